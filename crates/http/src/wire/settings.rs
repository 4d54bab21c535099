//! An inbox's `settings`: one object on the wire, policy and channel settings inside.

use plugboard_domain::desk::{Inbox, InboxPolicy};
use serde_json::{Map, Value};

use crate::ApiError;

/// Settings that every channel has; they are the fields of [`InboxPolicy`].
const POLICY: [&str; 10] = [
    "greeting",
    "away_message",
    "business_hours_id",
    "sla_policy_id",
    "priority",
    "stage",
    "required_skills",
    "offer_timeout_secs",
    "reopen_within_hours",
    "require_disposition",
];

/// Divides settings into policy and what is the channel's own.
pub fn split(
    mut settings: Map<String, Value>,
) -> Result<(InboxPolicy, Map<String, Value>), ApiError> {
    let mut policy = Map::new();
    for name in POLICY {
        match settings.remove(name) {
            // Null is "unset" on the wire.
            None | Some(Value::Null) => {}
            Some(value) => {
                policy.insert(name.to_owned(), value);
            }
        }
    }
    // Field by field, so that the answer can name the one that does not fit.
    for (name, value) in &policy {
        let alone: Map<String, Value> = [(name.clone(), value.clone())].into_iter().collect();
        serde_json::from_value::<InboxPolicy>(Value::Object(alone))
            .map_err(|error| ApiError::invalid(format!("settings.{name}: {error}")))?;
    }
    let policy = serde_json::from_value(Value::Object(policy))
        .map_err(|error| ApiError::invalid(format!("settings: {error}")))?;
    Ok((policy, settings))
}

/// One object again.
pub fn merged(inbox: &Inbox) -> Map<String, Value> {
    let mut all = inbox.settings.clone();
    if let Ok(Value::Object(policy)) = serde_json::to_value(&inbox.policy) {
        all.extend(policy);
    }
    all
}
