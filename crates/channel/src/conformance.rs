//! What every channel must get right. Channel crates call [`check`] from a test.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Channel;

/// Checks a channel against the contract, with an inbox whose settings are valid.
///
/// # Panics
///
/// When the channel breaks the contract; the text says how.
pub fn check(
    channel: &dyn Channel,
    inbox: &plugboard_domain::desk::Inbox,
    secrets: &BTreeMap<String, String>,
) {
    assert_eq!(channel.kind(), inbox.channel, "an inbox of its own kind");
    channel
        .validate_settings(&inbox.settings, secrets)
        .expect("the example settings are valid");
    let mut unknown = inbox.settings.clone();
    unknown.insert("no_such_setting".into(), Value::Bool(true));
    let refused = channel.validate_settings(&unknown, secrets).expect_err(
        "a setting that does not exist is refused: it would be a typing error without effect",
    );
    assert!(
        refused.to_string().contains("no_such_setting"),
        "the refusal names the setting: {refused}"
    );
    for secret in channel.secret_settings() {
        let mut shown = Map::new();
        shown.insert(secret.setting.into_owned(), Value::String("x".into()));
        channel.validate_settings(&shown, secrets).expect_err(
            "a secret is not among the plain settings, where the journal would keep it",
        );
    }
    let can = channel.capabilities(inbox);
    assert!(can.text_chars_max > 0, "a channel carries text");
    assert_eq!(
        can.media.is_empty(),
        can.attachments_max == 0 || can.attachment_bytes_max == 0,
        "kinds of media and room for them go together"
    );
    let wire = serde_json::to_value(&can).expect("capabilities are plain data");
    let back = serde_json::from_value(wire).expect("what was written can be read");
    assert_eq!(can, back, "capabilities survive the wire");
}
