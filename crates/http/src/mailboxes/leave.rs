//! Asking providers for leave: what is remembered between sending an administrator there and their coming back.
//!
//! RFC 6749 §4.1 with a proof key (RFC 7636, `S256`). The state is random, good once, for ten minutes, and only for whoever
//! began; it is forgotten when the process ends, and then the administrator begins anew.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use plugboard_domain::ids::{AgentId, InboxId};
use sha2::{Digest, Sha256};

use crate::ApiError;

/// Long enough to find one's phone for the second factor.
const GOOD_FOR: Duration = Duration::from_mins(10);

/// Beginnings that are remembered; more are only made by somebody who never finishes.
const BEGUN_MAX: usize = 256;

/// Who went to a provider, and for which inbox.
#[derive(Clone)]
pub(crate) struct Leave {
    /// For which inbox.
    pub(crate) inbox: InboxId,
    /// Who went.
    pub(crate) agent: AgentId,
    /// The proof that whoever comes back is who went.
    pub(crate) verifier: String,
    /// Where they come back to.
    pub(crate) redirect_url: String,
    began: Instant,
}

/// Everybody who is at a provider now.
#[derive(Default)]
pub(crate) struct Leaves {
    /// By state. Leaf data, never held over an await.
    begun: Mutex<HashMap<String, Leave>>,
}

impl Leaves {
    /// Remembers that somebody goes; the state and the challenge to send them with.
    pub(crate) fn begin(
        &self,
        inbox: InboxId,
        agent: AgentId,
        redirect_url: String,
    ) -> Result<(String, String), ApiError> {
        let (state, verifier) = (random()?, random()?);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.retain(|_, it| it.began.elapsed() < GOOD_FOR);
        if begun.len() >= BEGUN_MAX {
            return Err(ApiError::rate_limited(60));
        }
        let leave = Leave {
            inbox,
            agent,
            verifier,
            redirect_url,
            began: Instant::now(),
        };
        begun.insert(state.clone(), leave);
        Ok((state, challenge))
    }

    /// Whoever went with this state, once.
    pub(crate) fn finish(&self, state: &str, agent: AgentId) -> Option<Leave> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.retain(|_, it| it.began.elapsed() < GOOD_FOR);
        if begun.get(state)?.agent != agent {
            return None;
        }
        begun.remove(state)
    }
}

fn random() -> Result<String, ApiError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| ApiError::unavailable("no randomness"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use plugboard_domain::ids::{AgentId, InboxId};
    use uuid::Uuid;

    use super::Leaves;

    #[test]
    fn a_state_is_good_once_and_only_for_whoever_began() {
        let leaves = Leaves::default();
        let (inbox, agent) = (InboxId(Uuid::nil()), AgentId(Uuid::nil()));
        let (state, challenge) = leaves.begin(inbox, agent, "https://x".into()).unwrap();
        assert_ne!(state, challenge);
        let other = AgentId(Uuid::from_u128(7));
        assert!(leaves.finish(&state, other).is_none());
        assert!(leaves.finish("nonsense", agent).is_none());
        let leave = leaves.finish(&state, agent).unwrap();
        assert!(leave.verifier.len() >= 43, "RFC 7636: 43 to 128 characters");
        assert!(leaves.finish(&state, agent).is_none());
    }
}
