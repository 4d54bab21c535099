//! Names of conversations that only we can write: in the addresses that answers go to, and in our message ids.
//!
//! `support+c<conversation>.<proof>@host` and `<c<conversation>.<message>.<proof>@host>`, in base 32 because mail
//! servers change the case of addresses.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// Letters of RFC 4648 base 32, in lower case.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Letters of an identifier: 128 bits.
const ID: usize = 26;

/// Letters of a proof: 50 bits. A guess costs a mail.
const PROOF: usize = 10;

/// The secrets that tokens are signed with: the first signs, all are accepted, so that one can be replaced.
#[derive(Clone)]
pub struct Keys(Vec<Vec<u8>>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

impl Keys {
    /// One secret of at least 16 random bytes.
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self(vec![secret.into()])
    }

    /// Accepts what an earlier secret signed.
    #[must_use]
    pub fn and_earlier(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.0.push(secret.into());
        self
    }

    fn proof(secret: &[u8], what: &str) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
        mac.update(what.as_bytes());
        let digest = mac.finalize().into_bytes();
        let mut first = [0; 16];
        first.copy_from_slice(&digest[..16]);
        letters(u128::from_be_bytes(first))[..PROOF].to_owned()
    }

    fn sign(&self, what: &str) -> String {
        self.0
            .first()
            .map(|it| Self::proof(it, what))
            .unwrap_or_default()
    }

    fn holds(&self, what: &str, proof: &str) -> bool {
        // Compared as a whole: where two proofs differ must not be told by how long it took.
        self.0.iter().any(|secret| {
            let own = Self::proof(secret, what);
            own.len() == proof.len()
                && own
                    .bytes()
                    .zip(proof.bytes())
                    .fold(0, |sum, (a, b)| sum | (a ^ b))
                    == 0
        })
    }

    /// The conversation that an address of [`reply_address`] names, if we wrote it.
    pub fn of_address(&self, address: &str) -> Option<Uuid> {
        let (local, _) = address.rsplit_once('@')?;
        let local = local.to_ascii_lowercase();
        local.split('+').skip(1).find_map(|tag| {
            let (named, proof) = tag.strip_prefix('c')?.split_once('.')?;
            let id = identifier(named)?;
            self.holds(&format!("reply:{named}"), proof).then_some(id)
        })
    }

    /// The conversation and the message that an id of [`message_id`] names, if we wrote it.
    pub fn of_message_id(&self, message_id: &str) -> Option<(Uuid, Uuid)> {
        let (local, _) = message_id.trim_matches(['<', '>']).rsplit_once('@')?;
        let local = local.to_ascii_lowercase();
        let mut pieces = local.strip_prefix('c')?.split('.');
        let (named, message, proof) = (pieces.next()?, pieces.next()?, pieces.next()?);
        let ids = (identifier(named)?, identifier(message)?);
        (pieces.next().is_none() && self.holds(&format!("id:{named}.{message}"), proof))
            .then_some(ids)
    }
}

/// The address with which answers find the conversation: `address` with a tag. Not every provider delivers these.
pub fn reply_address(keys: &Keys, address: &str, conversation: Uuid) -> String {
    match address.rsplit_once('@') {
        Some((local, host)) => format!("{local}+{}@{host}", reply_name(keys, conversation)),
        None => address.to_owned(),
    }
}

/// The tag of [`reply_address`]: for bounces, whose addresses others build.
pub fn reply_name(keys: &Keys, conversation: Uuid) -> String {
    let named = letters(conversation.as_u128());
    let proof = keys.sign(&format!("reply:{named}"));
    format!("c{named}.{proof}")
}

/// The `Message-ID`, without brackets, of a message that we send.
pub fn message_id(keys: &Keys, conversation: Uuid, message: Uuid, host: &str) -> String {
    let (named, message) = (letters(conversation.as_u128()), letters(message.as_u128()));
    let proof = keys.sign(&format!("id:{named}.{message}"));
    let host: String = host
        .chars()
        .filter(|it| it.is_ascii_alphanumeric() || matches!(it, '.' | '-'))
        .collect();
    let host = if host.is_empty() {
        "localhost".to_owned()
    } else {
        host
    };
    format!("c{named}.{message}.{proof}@{host}")
}

/// 26 letters, the last of which has only three bits to say.
fn letters(mut number: u128) -> String {
    let mut out = [0_u8; ID];
    for letter in out.iter_mut().rev() {
        *letter = LETTERS[usize::try_from(number & 31).expect("five bits fit")];
        number >>= 5;
    }
    out.iter().map(|it| char::from(*it)).collect()
}

fn identifier(text: &str) -> Option<Uuid> {
    if text.len() != ID {
        return None;
    }
    let mut number = 0_u128;
    for letter in text.bytes() {
        let value = LETTERS.iter().position(|it| *it == letter)?;
        number = number.checked_mul(32)? | u128::try_from(value).ok()?;
    }
    Some(Uuid::from_u128(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_mail_and_cannot_be_forged() {
        let keys = Keys::new(*b"a secret of ours");
        let (conversation, message) = (Uuid::from_u128(u128::MAX - 7), Uuid::from_u128(42));
        let address = reply_address(&keys, "help@shop.example", conversation);
        assert!(address.split('@').next().is_some_and(|it| it.len() <= 64));
        assert_eq!(keys.of_address(&address.to_uppercase()), Some(conversation));
        let id = message_id(&keys, conversation, message, "shop.example");
        assert_eq!(keys.of_message_id(&id), Some((conversation, message)));

        let other = Keys::new(*b"a secret of them");
        assert_eq!(other.of_address(&address), None);
        assert_eq!(other.of_message_id(&id), None);
        assert_eq!(
            other.and_earlier(*b"a secret of ours").of_address(&address),
            Some(conversation)
        );
        // A proof of an address is none of an id, and the other way round.
        let forged = id.replace(&letters(42), &letters(43));
        assert_eq!(keys.of_message_id(&forged), None);
        assert_eq!(keys.of_address("help+c.@x"), None);
        assert_eq!(keys.of_address("help@x"), None);
    }
}
