//! What a browser keeps so that its visitor can come back.

use std::fmt::{self, Write as _};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use plugboard_domain::{
    command::inbox_scope,
    contact::{Address, IdentityKind},
    ids::InboxId,
};
use sha2::{Digest, Sha256};

/// 256 random bits, as 43 characters of base64url. The desk stores its hash only, as an address within the inbox, so a
/// token of one inbox is nobody in another, and a stolen database lets nobody in.
#[derive(Clone, PartialEq, Eq)]
pub struct VisitorToken(String);

impl VisitorToken {
    /// A fresh token.
    pub fn random() -> Self {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).expect("the system has randomness");
        Self(BASE64_URL_SAFE_NO_PAD.encode(bits))
    }

    /// Reads what somebody presents; `None` for what cannot be a token.
    pub fn parse(text: &str) -> Option<Self> {
        let bits = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        (bits.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The text to give to the browser, once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the desk keeps of it.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// Under which address the desk knows its holder.
    pub fn address(&self, inbox: InboxId) -> Address {
        Address {
            kind: IdentityKind::Visitor,
            scope: inbox_scope(inbox),
            value: hex(&self.hash()),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl fmt::Debug for VisitorToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisitorToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use plugboard_domain::ids::InboxId;
    use uuid::Uuid;

    use super::VisitorToken;

    #[test]
    fn a_token_is_known_by_its_hash_within_its_inbox() {
        let token = VisitorToken::random();
        assert_eq!(VisitorToken::parse(token.reveal()), Some(token.clone()));
        let here = token.address(InboxId(Uuid::from_u128(1)));
        let there = token.address(InboxId(Uuid::from_u128(2)));
        assert_ne!(here, there);
        assert_eq!(here.value.len(), 64);
        assert!(!format!("{token:?} {here:?}").contains(token.reveal()));
        assert_ne!(VisitorToken::random(), token);
    }

    #[test]
    fn nonsense_is_no_token() {
        let token = VisitorToken::random();
        let longer = format!("{}A", token.reveal());
        for nonsense in ["", "a", "null", "Bearer x", &longer, &token.reveal()[1..]] {
            assert_eq!(VisitorToken::parse(nonsense), None, "{nonsense:?}");
        }
    }
}
