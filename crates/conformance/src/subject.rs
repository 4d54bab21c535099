//! What is tried: a channel plugin at one of the fakes, in one of its modes.

use plugboard_fakes::described::Description;

/// A channel at a provider, and what is known of the provider.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property of a provider that its documents name"
)]
pub struct Subject {
    /// Shown in the report.
    pub name: &'static str,
    /// Key of the bundled plugin.
    pub plugin: &'static str,
    /// Which fake plays the provider.
    pub provider: &'static str,
    /// Settings besides those that the fake gives.
    pub settings: &'static [(&'static str, &'static str)],
    /// A customer's id, as the provider writes it.
    pub person: &'static str,
    /// Messages are pushed to a webhook.
    pub pushed: bool,
    /// They are fetched without being told.
    pub polled: bool,
    /// Messages are fetched, with a cursor.
    pub cursor: bool,
    /// They come over a socket.
    pub socket: bool,
    /// The signature covers the body.
    pub body_signed: bool,
    /// The provider makes sure that the webhook is ours.
    pub verification: bool,
    /// Access tokens end.
    pub tokens: bool,
    /// The provider recognises a message that it had before.
    pub idempotent: bool,
    /// It says what was read.
    pub receipts: bool,
    /// How long after a message answers may be sent, in hours.
    pub window_hours: Option<i64>,
    /// How many.
    pub quota: Option<u32>,
    /// A refusal may come by receipt.
    pub late_refusal: bool,
    /// It limits texts.
    pub limits_text: bool,
    /// Files travel both ways.
    pub files: bool,
}

const PLAIN: Subject = Subject {
    name: "",
    plugin: "",
    provider: "",
    settings: &[],
    person: "customer-1",
    pushed: false,
    polled: false,
    cursor: false,
    socket: false,
    body_signed: false,
    verification: false,
    tokens: false,
    idempotent: false,
    receipts: false,
    window_hours: None,
    quota: None,
    late_refusal: false,
    limits_text: true,
    files: true,
};

/// Name of the provider that an author describes.
pub(crate) const DESCRIBED: &str = "described";

impl Subject {
    /// A channel at a provider that its author describes.
    pub(crate) fn described(provider: &Description) -> Self {
        let signature = provider.signature.as_ref();
        Self {
            name: "the provider that is described",
            provider: DESCRIBED,
            pushed: true,
            body_signed: signature.is_some_and(|it| it.over.contains("{{body}}")),
            idempotent: provider.send.key.is_some(),
            receipts: provider.receipt.is_some(),
            window_hours: provider.send.window_hours,
            quota: provider.send.quota,
            limits_text: provider.send.max_text.is_some(),
            files: false,
            ..PLAIN
        }
    }
}

/// Every bundled channel in each of its modes.
pub const BUNDLED: [Subject; 7] = [
    Subject {
        name: "telegram by polling",
        plugin: "channel-telegram",
        provider: "telegram",
        settings: &[("mode", "polling")],
        person: "42",
        polled: true,
        cursor: true,
        ..PLAIN
    },
    Subject {
        name: "telegram by webhook",
        plugin: "channel-telegram",
        provider: "telegram",
        settings: &[
            ("mode", "webhook"),
            ("webhook_url", "https://desk.example/hooks/1"),
        ],
        person: "42",
        pushed: true,
        ..PLAIN
    },
    Subject {
        name: "wecom customer service",
        plugin: "channel-wecom",
        provider: "wecom",
        person: "wmFakeCustomer01",
        pushed: true,
        cursor: true,
        body_signed: true,
        verification: true,
        tokens: true,
        idempotent: true,
        window_hours: Some(48),
        quota: Some(5),
        ..PLAIN
    },
    Subject {
        name: "wechat official account",
        plugin: "channel-wecom",
        provider: "wechat",
        person: "oFakeFollower01",
        pushed: true,
        body_signed: true,
        verification: true,
        tokens: true,
        window_hours: Some(48),
        quota: Some(5),
        ..PLAIN
    },
    Subject {
        name: "dingtalk stream",
        plugin: "channel-dingtalk-stream",
        provider: "dingtalk",
        person: "staff01",
        socket: true,
        tokens: true,
        ..PLAIN
    },
    Subject {
        name: "whatsapp",
        plugin: "channel-whatsapp",
        provider: "whatsapp",
        person: "8613800138000",
        pushed: true,
        body_signed: true,
        verification: true,
        tokens: true,
        receipts: true,
        window_hours: Some(24),
        late_refusal: true,
        ..PLAIN
    },
    Subject {
        name: "standard webhooks",
        plugin: "channel-webhook",
        provider: "peer",
        settings: &[("files_url", "http://127.0.0.1:9400/peer")],
        pushed: true,
        body_signed: true,
        idempotent: true,
        receipts: true,
        limits_text: false,
        ..PLAIN
    },
];
