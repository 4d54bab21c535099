//! Pictures of mails that are elsewhere, fetched by the desk so that a sender does not learn who reads, when and where.
//!
//! Only addresses that the desk signed are fetched, so this is no way to reach anything else; only public hosts are asked
//! (`crates/egress` looks at what is connected to); nothing is told to them; and only what its bytes say is a picture comes
//! back.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use hmac::{Hmac, KeyInit, Mac};
use plugboard_egress::{Reach, guard::check_url};
use sha2::Sha256;
use tokio::sync::Semaphore;

use crate::{ApiError, wire};

/// Larger pictures stay out: a mail shows photographs, not films.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// Longest address that is fetched.
const URL_MAX: usize = 4_096;

/// Shorteners and counters lead on once or twice.
const REDIRECTS_MAX: usize = 4;

/// A picture that takes longer is not worth waiting for.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Fetched at the same time, at most 8 MB each.
const AT_ONCE: usize = 16;

/// Fetches pictures. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pictures(Arc<Inner>);

struct Inner {
    /// The same at each start, so that a mail that is open shows its pictures on.
    key: [u8; 32],
    reach: Reach,
    client: Option<plugboard_egress::Client>,
    room: Semaphore,
}

impl Pictures {
    pub(crate) fn new(reach: Reach, key: Option<[u8; 32]>) -> Self {
        let mut drawn = [0; 32];
        let random = key.is_some() || getrandom::fill(&mut drawn).is_ok();
        let key = key.unwrap_or(drawn);
        let client = plugboard_egress::client(reach, TIMEOUT);
        if let Err(error) = &client {
            tracing::error!(%error, "pictures in mails stay out");
        }
        Self(Arc::new(Inner {
            key,
            reach,
            // A key that can be guessed would sign anything.
            client: client.ok().filter(|_| random),
            room: Semaphore::new(AT_ONCE),
        }))
    }

    /// The desk's own address of a picture.
    pub(crate) fn address(&self, url: &str) -> String {
        let signature = URL_SAFE_NO_PAD.encode(self.mac(url).finalize().into_bytes());
        format!(
            "/api/v1/mail-images?signature={signature}&url={}",
            encoded(url)
        )
    }

    /// True when the desk signed this address.
    pub(crate) fn signed(&self, url: &str, signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else {
            return false;
        };
        self.mac(url).verify_slice(&signature).is_ok()
    }

    fn mac(&self, url: &str) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0.key).expect("HMAC takes keys of any length");
        mac.update(url.as_bytes());
        mac
    }

    /// The picture there, with its media type.
    pub(crate) async fn fetch(&self, url: &str) -> Result<(Bytes, &'static str), ApiError> {
        let gone = || ApiError::not_found("picture");
        if url.len() > URL_MAX {
            return Err(gone());
        }
        let client = self.0.client.as_ref();
        let client = client.ok_or_else(|| ApiError::unavailable("pictures stay out"))?;
        let _room = self.0.room.acquire().await.map_err(|_| gone())?;
        let fetched = tokio::time::timeout(TIMEOUT, self.follow(client, url)).await;
        let content = fetched.ok().flatten().ok_or_else(gone)?;
        let kind = infer::get(&content).map(|it| it.mime_type());
        let kind = kind.filter(|it| wire::is_image(it)).ok_or_else(gone)?;
        Ok((content, kind))
    }

    /// Follows redirects by hand: each place that they lead to is looked at as the first was.
    async fn follow(&self, client: &plugboard_egress::Client, url: &str) -> Option<Bytes> {
        let mut url = url.to_owned();
        for _ in 0..=REDIRECTS_MAX {
            check_url(&url, self.0.reach).ok()?;
            let request = client.get(&url).header("accept", "image/*");
            let answer = request.send().await.ok()?;
            let status = answer.status();
            if status.is_redirection() {
                let to = answer.headers().get("location")?.to_str().ok()?;
                url = answer.url().join(to).ok()?.to_string();
                continue;
            }
            if !status.is_success() {
                return None;
            }
            let mut content = BytesMut::new();
            let mut stream = answer.bytes_stream();
            while let Some(chunk) = stream.next().await {
                content.extend_from_slice(&chunk.ok()?);
                if content.len() > BYTES_MAX {
                    return None;
                }
            }
            return Some(content.freeze());
        }
        None
    }
}

/// Percent-encoded for a query.
fn encoded(url: &str) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_is_fetched() {
        let pictures = Pictures::new(Reach::Public, None);
        let url = "https://a.example/p.png?x=1&y=\u{4e2d}";
        let address = pictures.address(url);
        let (_, rest) = address.split_once("signature=").unwrap();
        let (signature, shown) = rest.split_once("&url=").unwrap();
        assert!(!shown.contains('&') && !shown.contains('?'), "{shown}");
        assert!(pictures.signed(url, signature));
        assert!(!pictures.signed("http://127.0.0.1/", signature));
        assert!(!pictures.signed(url, "AAAA"));
        assert!(!Pictures::new(Reach::Public, None).signed(url, signature));
        // A process that starts again shows on what was open.
        let before = Pictures::new(Reach::Public, Some([7; 32])).address(url);
        assert_eq!(
            Pictures::new(Reach::Public, Some([7; 32])).address(url),
            before
        );
    }

    #[tokio::test]
    async fn nothing_in_the_own_network_is_asked() {
        let pictures = Pictures::new(Reach::Public, None);
        for url in [
            "http://127.0.0.1:1/x.png",
            "http://[::1]/x.png",
            "file:///etc/passwd",
        ] {
            let refused = pictures.fetch(url).await.unwrap_err();
            assert_eq!(refused.status(), axum::http::StatusCode::NOT_FOUND, "{url}");
        }
    }
}
