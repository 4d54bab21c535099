//! The contract between the desk and every transport: chat, email, phone, plugins.
//!
//! Three things to know:
//! - a [`Channel`] says what it can do ([`Capabilities`]), checks what an administrator sets up, and carries one
//!   [`Outbound`] message at a time to the contact, answering with a [`Receipt`];
//! - whatever comes in is an [`Inbound`], handed to the desk's [`Intake`]; when that returns, it is durable, and the
//!   channel may acknowledge it to the outside;
//! - both sides are at-least-once with a key: an outbound message carries its id, an inbound one the outside's id.
//!
//! To add a channel: a crate that implements [`Channel`], holds an [`Intake`] if it listens, and passes
//! [`conformance::check`]; then a line where the server makes its [`Registry`]. A channel that is itself a client of the
//! journal (the chat widget) commits its messages as sent, so `deliver` is never asked of it.
//!
//! The desk's side of it is the engine: one courier takes every `Job::Deliver`, reads the message and the address, asks the
//! channel of the inbox, and records the receipt (`Uncertain` and `WindowClosed` give up, for a person to decide); and the
//! engine is an [`Intake`]. It finds channels by [`Channels`]; those of plugins come and go while it runs.
//!
//! What is absent, on purpose: the engine, the store, HTTP. Channels know none of them.

mod capabilities;
pub mod conformance;
mod fake;
mod inbound;
pub mod mailbox;
mod outbound;
pub mod phone;
mod registry;

use std::{borrow::Cow, collections::BTreeMap};

use async_trait::async_trait;
use plugboard_domain::{Rejection, channel::ChannelKind, desk::Inbox};
use serde_json::{Map, Value};

pub use capabilities::{Capabilities, MediaKind, Receipts, ReplyWindow};
pub use fake::FakeChannel;
pub use inbound::{
    Accepted, CallEvent, CallStep, Inbound, InboundReceipt, Intake, IntakeError, MessageRef, Typing,
};
pub use outbound::{Outbound, Receipt};
pub use registry::{Channels, Registry};

/// A transport.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Which inboxes are its.
    fn kind(&self) -> ChannelKind;

    /// What it can do in this inbox. The composer shows it, and the desk holds replies to it. Asked for each reply while it is
    /// written, so it answers from memory.
    fn capabilities(&self, inbox: &Inbox) -> Capabilities;

    /// Settings that are secrets: kept encrypted, never shown, never in the journal.
    fn secret_settings(&self) -> Vec<SecretSetting> {
        Vec::new()
    }

    /// Checks what an administrator wants to set up, before it is saved. `secrets` has the values by their stored name,
    /// as far as they are set, now or before. The text of the rejection names the setting.
    fn validate_settings(
        &self,
        settings: &Map<String, Value>,
        secrets: &BTreeMap<String, String>,
    ) -> Result<(), Rejection>;

    /// Tries once to carry a message to the contact. The message's id is the idempotency key: it may be asked again when
    /// the answer to an earlier try was lost.
    async fn deliver(&self, inbox: &Inbox, outbound: &Outbound) -> Receipt;
}

/// A setting that is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSetting {
    /// Its name among the settings, such as `identity_secret`.
    pub setting: Cow<'static, str>,
    /// Its name among the stored secrets, such as `identity`.
    pub stored_as: Cow<'static, str>,
}
