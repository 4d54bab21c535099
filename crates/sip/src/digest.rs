//! Proving who one is with a password that is not said (RFC 7616, and RFC 2617 as trunks speak it).

use std::fmt::Write as _;

use md5::Md5;
use sha2::{Digest as _, Sha256};

use crate::address::Params;

/// Which digest is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha256,
}

/// What the other side asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    named: Option<String>,
    /// Answers are tied to the request and counted.
    counted: bool,
    /// The password was right, only too late.
    pub stale: bool,
}

impl Challenge {
    /// Reads what `WWW-Authenticate` or `Proxy-Authenticate` says; `None` when it is nothing that can be answered here.
    pub fn parse(value: &str) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once(char::is_whitespace)?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let said = fields(rest);
        let get = |name: &str| crate::address::param(&said, name).map(str::to_owned);
        let named = get("algorithm");
        let algorithm = match named.as_deref() {
            None => Algorithm::Md5,
            Some(name) if name.eq_ignore_ascii_case("MD5") => Algorithm::Md5,
            Some(name) if name.eq_ignore_ascii_case("SHA-256") => Algorithm::Sha256,
            Some(_) => return None,
        };
        let qop = get("qop");
        let counted = match &qop {
            None => false,
            Some(all)
                if all
                    .split(',')
                    .any(|it| it.trim().eq_ignore_ascii_case("auth")) =>
            {
                true
            }
            Some(_) => return None,
        };
        Some(Self {
            realm: get("realm")?,
            nonce: get("nonce")?,
            opaque: get("opaque"),
            algorithm,
            named,
            counted,
            stale: get("stale").is_some_and(|it| it.eq_ignore_ascii_case("true")),
        })
    }

    /// True when it is the stronger of the two: it is answered first.
    pub fn is_strong(&self) -> bool {
        self.algorithm == Algorithm::Sha256
    }

    /// The header that answers it, for a request of `method` to `uri`. `chance` is drawn anew each time.
    pub fn answer(
        &self,
        user: &str,
        password: &str,
        method: &str,
        uri: &str,
        chance: u64,
    ) -> String {
        let Self { realm, nonce, .. } = self;
        let client = format!("{chance:016x}");
        // Each challenge is answered once, so the count is always one.
        let count = "00000001";
        let secret = self.digest(&format!("{user}:{realm}:{password}"));
        let wanted = self.digest(&format!("{method}:{uri}"));
        let response = if self.counted {
            self.digest(&format!("{secret}:{nonce}:{count}:{client}:auth:{wanted}"))
        } else {
            self.digest(&format!("{secret}:{nonce}:{wanted}"))
        };
        let [user, realm, nonce] = [user, realm, nonce].map(quoted);
        let mut text = format!(
            "Digest username={user}, realm={realm}, nonce={nonce}, uri=\"{uri}\", response=\"{response}\""
        );
        if let Some(name) = &self.named {
            let _ = write!(text, ", algorithm={name}");
        }
        if self.counted {
            let _ = write!(text, ", qop=auth, nc={count}, cnonce=\"{client}\"");
        }
        if let Some(opaque) = &self.opaque {
            let _ = write!(text, ", opaque={}", quoted(opaque));
        }
        text
    }

    fn digest(&self, text: &str) -> String {
        let hex = |bytes: &[u8]| {
            bytes.iter().fold(String::new(), |mut text, it| {
                // Writing into a text cannot fail.
                let _ = write!(text, "{it:02x}");
                text
            })
        };
        match self.algorithm {
            Algorithm::Md5 => hex(&Md5::digest(text)),
            Algorithm::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `a="b, c", d=e`.
fn fields(text: &str) -> Params {
    let mut in_quotes = false;
    let parts = text.split(move |letter| {
        in_quotes ^= letter == '"';
        letter == ',' && !in_quotes
    });
    let field = |it: &str| {
        let (name, value) = it.split_once('=')?;
        let value = value.trim().trim_matches('"').to_owned();
        Some((name.trim().to_owned(), Some(value)))
    };
    parts.filter_map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::Challenge;

    #[test]
    fn the_examples_of_the_standards_come_out() {
        // RFC 2617, section 3.5, without the count.
        let plain =
            "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
        let answer = Challenge::parse(plain).unwrap();
        let answer = answer.answer("Mufasa", "Circle Of Life", "GET", "/dir/index.html", 1);
        assert!(
            answer.contains("response=\"670fd8c2df070c60b045671b8b24ff02\""),
            "{answer}"
        );
    }

    #[test]
    fn a_counted_answer_names_its_count_and_an_unknown_way_is_none() {
        let text = "Digest realm=\"a, b\", qop=\"auth,auth-int\", nonce=\"n\", algorithm=SHA-256, opaque=\"o\", stale=TRUE";
        let challenge = Challenge::parse(text).unwrap();
        assert!(challenge.stale && challenge.is_strong());
        let answer = challenge.answer("u", "p", "REGISTER", "sip:h", 0xAB);
        for part in [
            "realm=\"a, b\"",
            "qop=auth, nc=00000001, cnonce=\"00000000000000ab\"",
            "opaque=\"o\"",
        ] {
            assert!(answer.contains(part), "{answer}");
        }
        for bad in [
            "Basic realm=x",
            "Digest realm=\"x\"",
            "Digest realm=x, nonce=y, algorithm=SHA-512",
        ] {
            assert_eq!(Challenge::parse(bad), None, "{bad}");
        }
        assert_eq!(
            Challenge::parse("Digest realm=x, nonce=y, qop=auth-int"),
            None
        );
    }
}
