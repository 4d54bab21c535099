//! Signatures as Standard Webhooks defines them: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use plugboard_plugin_sdk::{
    Failure, encoding,
    secrets::{self, Hash},
    web::Webhook,
};

/// How far the sender's clock may be off, in seconds, either way. What is older may be a repetition by somebody else.
const TOLERANCE_SECS: u64 = 300;

/// The name of the secret.
const SECRET: &str = "signing_secret";

/// What is signed.
fn signed(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    let mut message = format!("{id}.{timestamp}.").into_bytes();
    message.extend_from_slice(body);
    message
}

/// Whether one of the signatures is ours, and recent. While a secret is replaced, a request bears several.
pub(crate) fn is_valid(webhook: &Webhook, now_ms: u64) -> bool {
    let header = |name: &str| webhook.header(name).unwrap_or_default();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    if id.is_empty() || !is_recent(timestamp, now_ms) {
        return false;
    }
    let message = signed(id, timestamp, &webhook.body);
    candidates(header("webhook-signature"))
        .iter()
        .any(|signature| secrets::verify_hmac(Hash::Sha256, SECRET, &message, signature))
}

fn is_recent(timestamp: &str, now_ms: u64) -> bool {
    timestamp
        .parse::<u64>()
        .is_ok_and(|at| at.abs_diff(now_ms / 1000) <= TOLERANCE_SECS)
}

/// The symmetric signatures of the header, at most ten.
fn candidates(header: &str) -> Vec<Vec<u8>> {
    header
        .split(' ')
        .filter_map(|one| encoding::from_base64(one.strip_prefix("v1,")?))
        .take(10)
        .collect()
}

/// The headers of a request of ours.
pub(crate) fn headers(
    id: &str,
    now_ms: u64,
    body: &[u8],
) -> Result<[(&'static str, String); 3], Failure> {
    let timestamp = (now_ms / 1000).to_string();
    let mac = secrets::hmac(Hash::Sha256, SECRET, &signed(id, &timestamp, body))?;
    Ok([
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", timestamp),
        (
            "webhook-signature",
            format!("v1,{}", encoding::base64(&mac)),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::{candidates, is_recent, signed};

    #[test]
    fn id_time_and_body_are_signed() {
        assert_eq!(signed("msg_1", "1790000000", b"{}"), b"msg_1.1790000000.{}");
    }

    #[test]
    fn old_and_future_times_are_refused() {
        let now = 1_790_000_000_000;
        assert!(is_recent("1790000000", now));
        assert!(is_recent("1789999700", now) && is_recent("1790000300", now));
        assert!(!is_recent("1789999699", now) && !is_recent("1790000301", now));
        assert!(!is_recent("", now) && !is_recent("-1", now));
    }

    #[test]
    fn a_request_may_bear_several_signatures() {
        assert_eq!(
            candidates("v1,AQI= v1a,AAAA v1,Aw== v1,%%"),
            [vec![1, 2], vec![3]]
        );
    }
}
