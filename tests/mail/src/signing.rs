//! Signs mails as the mail server of a domain does (DKIM).

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256};

/// A mail server that signs.
pub struct Signer {
    domain: String,
    key: Ed25519KeyPair,
}

impl Signer {
    /// The mail server of a domain.
    pub fn of(domain: &str) -> Self {
        Self {
            domain: domain.to_owned(),
            key: Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap(),
        }
    }

    /// Where its key is, and what is there.
    pub fn record(&self) -> (String, String) {
        let key = STANDARD.encode(self.key.public_key().as_ref());
        (
            format!("k._domainkey.{}", self.domain),
            format!("v=DKIM1; k=ed25519; p={key}"),
        )
    }

    /// The mail with a signature on top. Its headers are of one line each, and its body ends with one end of a line.
    pub fn sign(&self, mail: &[u8]) -> Vec<u8> {
        let text = String::from_utf8(mail.to_vec()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let digest = STANDARD.encode(Sha256::digest(body));
        let own = format!(
            "v=1; a=ed25519-sha256; c=relaxed/relaxed; d={}; s=k; h=from:subject; bh={digest}; b=",
            self.domain
        );
        let mut signed = String::new();
        for name in ["from", "subject"] {
            let value = head.lines().find_map(|line| {
                let (found, value) = line.split_once(':')?;
                found.eq_ignore_ascii_case(name).then(|| value.trim())
            });
            signed.push_str(&format!("{name}:{}\r\n", value.unwrap()));
        }
        signed.push_str(&format!("dkim-signature:{own}"));
        let signature = self.key.sign(&Sha256::digest(signed));
        let signature = STANDARD.encode(signature.as_ref());
        format!("DKIM-Signature: {own}{signature}\r\n{text}").into_bytes()
    }
}
