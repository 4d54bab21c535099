//! `/cti/v1/{inbox_id}/{token}`: a PBX reports its calls, in the shape that Zammad's generic CTI has, so that scripts which
//! were written for that work here. They become calls like all others, without a line: what is done in them is done at the
//! telephone.
//!
//! Reports come late, twice and in any order. Each names its call, so whichever comes first begins it.

mod event;
mod report;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::HeaderMap,
    routing::post,
};
use hmac::{Hmac, KeyInit, Mac};
use plugboard_domain::{channel::ChannelKind, desk::Inbox, ids::InboxId};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    ApiError, App,
    extract::{ClientAddress, Json},
};

/// Largest report, in bytes: a dozen short fields.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// Bytes of a token: 128 bits, which nobody guesses.
const TOKEN_BYTES: usize = 16;

/// No part of the described API: its shape is another program's.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/cti/v1/{inbox_id}/{token}", post(receive))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// Makes and checks the addresses that PBXs report to.
pub(crate) struct Pbx {
    key: [u8; 32],
}

impl Pbx {
    /// With this key, or one that is good while the process lives.
    pub(crate) fn new(key: Option<[u8; 32]>) -> Self {
        let key = key.unwrap_or_else(|| {
            let mut fresh = [0; 32];
            // Without randomness there is no token at all: the empty key is never one that somebody has.
            if getrandom::fill(&mut fresh).is_err() {
                tracing::error!("no randomness for the addresses that a PBX reports to");
            }
            fresh
        });
        Self { key }
    }

    /// Where the PBX of an inbox reports to.
    pub(crate) fn address(&self, base: &str, inbox: &Inbox) -> String {
        use std::fmt::Write;
        let token = self.mac(inbox).finalize().into_bytes();
        let hex = token[..TOKEN_BYTES]
            .iter()
            .fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
        format!("{base}/cti/v1/{}/{hex}", inbox.id)
    }

    /// Compared in constant time.
    fn knows(&self, inbox: &Inbox, token: &str) -> bool {
        if token.len() != TOKEN_BYTES * 2 || !token.is_ascii() {
            return false;
        }
        let bytes: Option<Vec<u8>> = (0..token.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&token[at..at + 2], 16).ok())
            .collect();
        bytes.is_some_and(|it| self.mac(inbox).verify_truncated_left(&it).is_ok())
    }

    fn mac(&self, inbox: &Inbox) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(inbox.id.0.as_bytes());
        // The first address has none, as those had that were made before there were others.
        let renewed = renewals(inbox);
        if renewed > 0 {
            mac.update(&renewed.to_be_bytes());
        }
        mac
    }
}

/// The setting that says how often the address of an inbox was made anew. Only making it anew changes it.
pub(crate) const RENEWALS: &str = "cti_renewals";

/// How often the address was made anew.
pub(crate) fn renewals(inbox: &Inbox) -> u64 {
    inbox
        .settings
        .get(RENEWALS)
        .and_then(Value::as_u64)
        .unwrap_or(0)
}

async fn receive(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Path((inbox, token)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let Some(inbox) = known(&app, &inbox, &token) else {
        // Who guesses tokens is slowed down; who has one never is by that.
        if let Some(address) = address {
            app.limits.address.take(&address)?;
        }
        return Err(ApiError::not_found("inbox"));
    };
    app.limits.hook.take(&inbox)?;
    let report = report::read(&headers, &body)?;
    let call = event::carry_out(&app, inbox, &report).await?;
    Ok(Json(json!({ "call_id": call.to_string() })))
}

/// The phone inbox that this address is of, if it is one.
fn known(app: &App, inbox: &str, token: &str) -> Option<InboxId> {
    let id: InboxId = inbox.parse().ok()?;
    let desk = app.engine.desk();
    let phone = |it: &&Inbox| it.channel == ChannelKind::Phone;
    let inbox = desk.inbox(id).filter(phone)?;
    app.pbx.knows(inbox, token).then_some(id)
}

#[cfg(test)]
mod tests {
    use plugboard_domain::{Timestamp, desk::InboxPolicy};

    use super::*;

    fn inbox(n: u128, settings: &Value) -> Inbox {
        Inbox {
            id: InboxId(uuid::Uuid::from_u128(n)),
            name: "Hotline".into(),
            channel: ChannelKind::Phone,
            shop_id: None,
            team_id: None,
            policy: InboxPolicy::default(),
            settings: settings.as_object().cloned().unwrap_or_default(),
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_address_opens_its_own_inbox_and_no_other_until_it_is_made_anew() {
        let pbx = Pbx::new(Some([7; 32]));
        let (one, other) = (&inbox(1, &json!({})), &inbox(2, &json!({})));
        let anew = &inbox(1, &json!({ RENEWALS: 1 }));
        let address = pbx.address("https://desk", one);
        let token = address.rsplit('/').next().expect("a token");
        assert_eq!(token.len(), 32);
        assert!(pbx.knows(one, token));
        assert!(!pbx.knows(other, token));
        assert!(!pbx.knows(anew, token));
        let second = pbx.address("https://desk", anew);
        let second = second.rsplit('/').next().expect("a token");
        assert!(pbx.knows(anew, second) && !pbx.knows(one, second));
        assert!(!Pbx::new(Some([8; 32])).knows(one, token));
        for wrong in [
            "",
            "00",
            &token[..30],
            &format!("{token}00"),
            &"z".repeat(32),
            &"\u{e9}".repeat(16),
        ] {
            assert!(!pbx.knows(one, wrong), "{wrong}");
        }
    }
}
