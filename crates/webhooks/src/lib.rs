//! Calls outgoing webhooks, as the outbox asks.
//!
//! - [`Webhooks`] is an engine [`Courier`]: one try per call, the engine decides about the next one;
//! - [`sign`] is the signature of Standard Webhooks (<https://www.standardwebhooks.com>), so that receivers can use any
//!   of its libraries;
//! - [`plugboard_egress`] keeps a webhook from reaching into the own network.
//!
//! A call's body is `{"type", "timestamp", "data"}`. Receivers see an event at least once; `webhook-id` is the same for
//! every try of a call. A page of an escalation is such a call, of type `escalation.page`.

pub mod sign;

use std::time::Duration;

use plugboard_domain::{
    Event, Recorded, Seq,
    desk::{EntityKind, EntityRef, Webhook},
    outbox::{Attempt, Job, OutboxEntry},
};
use plugboard_egress::guard;
use plugboard_engine::{Courier, Engine};
use reqwest::{StatusCode, header::RETRY_AFTER};
use serde_json::{Value, json};

pub use plugboard_egress::{ClientError, Reach};

/// A receiver that does not answer within this time has failed; the recommendation is 15 to 30 seconds.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Name of a webhook's signing secret among its private parts.
pub const SIGNING_SECRET: &str = "signing";

/// Calls webhooks.
pub struct Webhooks {
    client: reqwest::Client,
    reach: Reach,
}

impl Webhooks {
    /// A courier that reaches as far as `reach` says. Redirects are not followed: they could lead anywhere.
    pub fn new(reach: Reach) -> Result<Self, ClientError> {
        let client = plugboard_egress::client(reach, TIMEOUT)?;
        Ok(Self { client, reach })
    }

    async fn call(
        &self,
        engine: &Engine,
        entry: &OutboxEntry,
        webhook: &Webhook,
    ) -> Result<(), Failure> {
        let secrets = engine
            .store()
            .secrets(EntityRef {
                kind: EntityKind::Webhook,
                id: webhook.id.0,
            })
            .await
            .map_err(|_| Failure::later("the store failed"))?;
        let secret = secrets
            .get(SIGNING_SECRET)
            .ok_or_else(|| Failure::never("the webhook has no secret"))?;
        let body = match &entry.job {
            Job::CallWebhook { seq, .. } => payload(engine, *seq).await?,
            job => page(engine, entry, job).await?,
        };
        let body = body.to_string();
        guard::check_url(&webhook.url, self.reach)
            .map_err(|why| Failure::never(why.to_string()))?;
        let id = entry.id.to_string();
        let timestamp = engine.now().as_second();
        let signature = sign::sign(secret, &id, timestamp, &body)
            .map_err(|why| Failure::never(why.to_string()))?;
        let answer = self
            .client
            .post(&webhook.url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signature)
            .body(body)
            .send()
            .await
            .map_err(|error| Failure::later(describe(&error)))?;
        judge(&answer)
    }
}

#[async_trait::async_trait]
impl Courier for Webhooks {
    fn takes(&self, job: &Job) -> bool {
        matches!(job, Job::CallWebhook { .. } | Job::Page { .. })
    }

    async fn attempt(&self, engine: &Engine, entry: &OutboxEntry) -> Attempt {
        let (Job::CallWebhook { webhook_id, .. } | Job::Page { webhook_id, .. }) = entry.job else {
            return Attempt::GiveUp {
                error: "not a webhook call".into(),
            };
        };
        let desk = engine.desk();
        let Some(webhook) = desk.webhook(webhook_id) else {
            return Attempt::GiveUp {
                error: "the webhook was removed".into(),
            };
        };
        if !webhook.enabled {
            return Attempt::GiveUp {
                error: "the webhook is paused".into(),
            };
        }
        match self.call(engine, entry, webhook).await {
            Ok(()) => Attempt::Done,
            Err(Failure {
                error,
                final_: true,
                ..
            }) => Attempt::GiveUp { error },
            Err(Failure {
                error, after_secs, ..
            }) => Attempt::Retry { error, after_secs },
        }
    }
}

/// How a try failed.
struct Failure {
    error: String,
    after_secs: Option<u64>,
    final_: bool,
}

impl Failure {
    fn later(error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            after_secs: None,
            final_: false,
        }
    }

    fn never(error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            after_secs: None,
            final_: true,
        }
    }
}

/// What the receiver is told. The journal has the facts; the text of a message is joined here, as for any client.
async fn payload(engine: &Engine, seq: Seq) -> Result<Value, Failure> {
    let events = engine
        .store()
        .read_since(seq - 1, 1)
        .await
        .map_err(|_| Failure::later("the store failed"))?;
    let recorded = events
        .into_iter()
        .next()
        // Without it, what is left begins later.
        .filter(|first| first.seq == seq)
        .ok_or_else(|| Failure::never("the event was removed by retention"))?;
    let mut data = facts(&recorded);
    if let Event::MessageCreated { message, .. } = &recorded.event {
        let rows = engine.store().messages_by_id(vec![message.id]).await;
        let rows = rows.map_err(|_| Failure::later("the store failed"))?;
        if let (Some(row), Some(target)) = (rows.first(), data.pointer_mut("/message")) {
            target["text"] = Value::String(row.row.text.clone());
        }
    }
    Ok(
        json!({ "type": recorded.event.kind(), "timestamp": format!("{:.6}", recorded.at), "data": data }),
    )
}

/// What an escalation policy wanted the receiver to know. It is kept with the decision, not with the job.
async fn page(engine: &Engine, entry: &OutboxEntry, job: &Job) -> Result<Value, Failure> {
    let Job::Page {
        conversation_id,
        decision_id,
        action,
        ..
    } = job
    else {
        return Err(Failure::never("not a page"));
    };
    let found = engine.store().decision(*decision_id).await;
    let found = found.map_err(|_| Failure::later("the store failed"))?;
    let (trace, _) = found.ok_or_else(|| Failure::never("the decision is gone"))?;
    let payload = trace
        .answer
        .pointer(&format!("/actions/{action}/page/payload"));
    let payload = payload.ok_or_else(|| Failure::never("the decision pages nobody"))?;
    Ok(json!({
        "type": "escalation.page", "timestamp": format!("{:.6}", entry.created_at),
        "data": {
            "conversation_id": conversation_id, "level": trace.answer["level"], "reason": trace.reason,
            "payload": payload,
        },
    }))
}

fn facts(recorded: &Recorded) -> Value {
    let mut data = recorded.event.data();
    if let Value::Object(object) = &mut data {
        object.insert("seq".into(), json!(recorded.seq));
        object.insert("actor".into(), json!(recorded.actor));
        object.insert("conversation_id".into(), json!(recorded.conversation_id));
    }
    data
}

/// 2xx is success, 410 asks never to call again; everything else may pass.
fn judge(answer: &reqwest::Response) -> Result<(), Failure> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    if status == StatusCode::GONE {
        return Err(Failure::never("the receiver is gone (410)"));
    }
    let after_secs = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|it| it.to_str().ok())
        .and_then(|it| it.parse().ok());
    Err(Failure {
        error: format!("the receiver answered {}", status.as_u16()),
        after_secs,
        final_: false,
    })
}

/// What went wrong, without the address.
fn describe(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "cannot connect"
    } else {
        "the request failed"
    };
    what.to_owned()
}
