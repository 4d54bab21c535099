//! The records of the contract, with what makes them pleasant to use.

pub use crate::bindings::host::plugboard::plugin::types::{
    Body, ChannelEvent, ContactView, ConversationView, Failure, Identity, Inbound, MediaRef,
    Outbound, Receipt, ReceiptKind, RetryAdvice, Stage,
};

impl Identity {
    /// An address that is not verified and has no name.
    pub fn new(
        scheme: impl Into<String>,
        scope: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self {
            scheme: scheme.into(),
            scope: scope.into(),
            value: value.into(),
            display_name: None,
            verified: false,
        }
    }

    /// With the name that the provider shows.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }
}

impl Inbound {
    /// A message of one text. `dedupe_key` is the provider's id of the message, `thread_key` that of its conversation.
    pub fn text(
        dedupe_key: impl Into<String>,
        thread_key: impl Into<String>,
        sender: Identity,
        sent_at: u64,
        text: impl Into<String>,
    ) -> Self {
        Self {
            dedupe_key: dedupe_key.into(),
            thread_key: thread_key.into(),
            sender,
            sent_at,
            parts: vec![Body::Text(text.into())],
            reply_to: None,
            extras: Vec::new(),
        }
    }
}

impl Outbound {
    /// The text parts of the message, one line each; HTML parts are left out.
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self
            .parts
            .iter()
            .filter_map(|part| match part {
                Body::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        texts.join("\n")
    }

    /// The files of the message, in order.
    pub fn media(&self) -> impl Iterator<Item = &MediaRef> {
        self.parts.iter().filter_map(|part| match part {
            Body::Media(media) => Some(media),
            _ => None,
        })
    }
}

impl Receipt {
    /// A receipt without a failure.
    pub fn new(provider_id: impl Into<String>, kind: ReceiptKind, at: u64) -> Self {
        Self {
            provider_id: provider_id.into(),
            kind,
            at,
            failure: None,
        }
    }
}

impl ConversationView {
    /// The value of an extra that the host added after this contract was frozen.
    pub fn extra(&self, key: &str) -> Option<&str> {
        pair(&self.extras, key)
    }

    /// Whether the conversation or its contact has the tag; case does not count.
    pub fn has_tag(&self, tag: &str) -> bool {
        let mut tags = self.tags.iter().chain(&self.contact.tags);
        tags.any(|t| t.eq_ignore_ascii_case(tag))
    }

    /// The language of the conversation, else of the contact, without its region: `zh-TW` is `zh`.
    pub fn primary_language(&self) -> Option<String> {
        let language = self.language.as_ref().or(self.contact.language.as_ref())?;
        let primary = language.split(['-', '_']).next()?.to_ascii_lowercase();
        (!primary.is_empty()).then_some(primary)
    }
}

impl ContactView {
    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&str> {
        pair(&self.attributes, key)
    }

    /// The first identity of a scheme: `email`, `phone`, `telegram` ...
    pub fn identity(&self, scheme: &str) -> Option<&Identity> {
        self.identities.iter().find(|i| i.scheme == scheme)
    }
}

fn pair<'a>(pairs: &'a [(String, String)], key: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(k, _)| k == key)
        .map(|(_, value)| value.as_str())
}
