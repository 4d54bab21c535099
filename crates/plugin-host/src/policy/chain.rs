//! Which policies are asked about a conversation: those that it is pinned to, its share of a canary, or those in force.

use std::sync::Arc;

use plugboard_domain::{
    Timestamp,
    decision::{DecisionMode, LABEL_CHARS_MAX},
    desk::{Canary, PolicyKind, PolicyRef},
    ids::ConversationId,
};

use super::Evaluator;
use crate::host::Shared;

/// Between the labels of a pin.
const BETWEEN: &str = " > ";

/// How the pin of a conversation in a canary's share begins.
const CANARY: &str = "canary: ";

/// What is asked about one conversation.
pub(crate) struct Chosen {
    /// In this order.
    pub(crate) chain: Vec<Arc<Evaluator>>,
    /// On what terms.
    pub(crate) mode: DecisionMode,
    /// What it is pinned to from now on.
    pub(crate) pin: Option<String>,
    /// A policy that should be asked and is not there: its name.
    pub(crate) missing: Option<String>,
}

impl Shared {
    /// True when anything but the built-in policy has a say.
    pub(crate) fn has_policies(&self, kind: PolicyKind) -> bool {
        let Some(engine) = self.engine() else {
            return false;
        };
        let desk = engine.desk();
        desk.policies().is_some_and(|policies| {
            let slot = policies.slot(kind);
            !slot.live.is_empty() || slot.shadow.is_some() || slot.canary.is_some()
        })
    }

    /// Which policy runs beside those in force.
    pub(crate) fn shadow_name(&self, kind: PolicyKind) -> Option<PolicyRef> {
        let desk = self.engine()?.desk();
        desk.policies()?.slot(kind).shadow.clone()
    }

    /// That policy, ready to be asked.
    pub(crate) async fn shadow(&self, kind: PolicyKind) -> Option<Arc<Evaluator>> {
        let shadow = self.shadow_name(kind)?;
        self.registry.policy(self, kind, &shadow).await
    }

    /// What is asked about a conversation.
    pub(crate) async fn chosen(
        &self,
        kind: PolicyKind,
        id: ConversationId,
        opened_at: Timestamp,
        pin: Option<&str>,
    ) -> Chosen {
        let desk = self.engine().map(plugboard_engine::Engine::desk);
        let slot = desk
            .and_then(|desk| desk.policies().map(|it| it.slot(kind).clone()))
            .unwrap_or_default();
        let trial = slot
            .canary
            .as_ref()
            .filter(|it| opened_at >= it.since && in_share(id, it));
        if let Some(pinned) = self.pinned(kind, pin, trial).await {
            return pinned;
        }
        let head = trial.map(|it| &it.policy);
        let names: Vec<&PolicyRef> = head.into_iter().chain(&slot.live).collect();
        let (mut chain, mut missing) = (Vec::new(), None);
        for name in names {
            match self.registry.policy(self, kind, name).await {
                Some(evaluator) => chain.push(evaluator),
                None => missing = Some(name.to_string()),
            }
        }
        let pin = (!chain.is_empty()).then(|| label(&chain, trial.is_some()));
        Chosen {
            pin: pin.filter(|it| it.chars().count() <= LABEL_CHARS_MAX),
            chain,
            mode: mode(trial.is_some()),
            missing,
        }
    }

    /// The versions that a conversation is pinned to, as long as each is still there, and a canary's as long as it is on
    /// trial.
    async fn pinned(
        &self,
        kind: PolicyKind,
        pin: Option<&str>,
        trial: Option<&Canary>,
    ) -> Option<Chosen> {
        let pin = pin?;
        let (labels, on_trial) = match pin.strip_prefix(CANARY) {
            Some(labels) => (labels, true),
            None => (pin, false),
        };
        if on_trial && trial.is_none() {
            return None;
        }
        let mut chain = Vec::new();
        for label in labels.split(BETWEEN) {
            chain.push(self.registry.labelled(self, kind, label).await?);
        }
        Some(Chosen {
            chain,
            mode: mode(on_trial),
            pin: Some(pin.to_owned()),
            missing: None,
        })
    }
}

fn mode(on_trial: bool) -> DecisionMode {
    if on_trial {
        DecisionMode::Canary
    } else {
        DecisionMode::Live
    }
}

fn label(chain: &[Arc<Evaluator>], on_trial: bool) -> String {
    let labels: Vec<&str> = chain.iter().map(|it| &*it.label).collect();
    let labels = labels.join(BETWEEN);
    if on_trial {
        format!("{CANARY}{labels}")
    } else {
        labels
    }
}

/// True when a conversation is in a canary's share. The same conversation always is, or never.
fn in_share(id: ConversationId, canary: &Canary) -> bool {
    share_of(id) < canary.percent
}

/// Where a conversation stands between 0 and 99. The last bytes of its id are random.
pub(crate) fn share_of(id: ConversationId) -> u8 {
    let [.., a, b, c, d] = *id.0.as_bytes();
    let number = u32::from_be_bytes([a, b, c, d]) % 100;
    u8::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_share_is_about_as_large_as_it_says() {
        let mut mix = 0x9e37_79b9_7f4a_7c15_u128;
        let hits = (0..10_000)
            .filter(|_| {
                mix = mix.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645) + 1;
                share_of(ConversationId(Uuid::from_u128(mix ^ (mix >> 64)))) < 20
            })
            .count();
        assert!((1_700..2_300).contains(&hits), "{hits}");
    }
}
