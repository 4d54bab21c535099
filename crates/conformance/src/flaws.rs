//! Plugins that are broken on purpose: what each answers is bent at the boundary, as if it had been written so. The scenarios
//! must notice every one; a kit that passes them proves nothing.

use plugboard_plugin_runtime::{
    CallError,
    types::{
        Batch, ChannelEvent, Inbound, Outbound, ReceiptKind, RetryAdvice, Sent, SocketStep,
        WebhookReply,
    },
};

use crate::scenarios::Scenario;

/// A way to be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// Gives a message a new key each time that it is told of it.
    NewKeyEachTime,
    /// Gives all messages the same key.
    OneKeyForAll,
    /// Acknowledges, and hands nothing in.
    LosesMessages,
    /// Checks no signatures.
    BelievesEverybody,
    /// Answers with success what it should refuse.
    AcceptsForgeries,
    /// Takes the customer's text for its own: changes it.
    BendsText,
    /// Mixes senders up.
    MixesSenders,
    /// Drops files of messages.
    DropsFiles,
    /// Says that it sent, whatever happened.
    HidesFailures,
    /// Says that trying again is of no use.
    NeverRetries,
    /// Says that everything may be tried again.
    AlwaysRetries,
    /// Forgets how long to wait.
    IgnoresRetryAfter,
    /// Sends a message twice.
    SendsTwice,
    /// Does not remember what it began.
    ForgetsWhatItBegan,
    /// Uses an access token for ever.
    KeepsAnOldToken,
    /// Stops at an empty page.
    StopsAtEmptyPages,
    /// Never moves its cursor.
    ForgetsItsCursor,
    /// Does not fetch when it is told that there is something.
    IgnoresHints,
    /// Does not acknowledge frames.
    NeverAcknowledges,
    /// Tells of receipts in the wrong order.
    TurnsReceiptsBack,
    /// Writes secrets into its log.
    LogsSecrets,
    /// Writes what customers say into failures.
    FailuresTellPersonalThings,
    /// Answers the provider's verification with something else.
    FailsVerification,
}

/// Every flaw.
pub const ALL: [Flaw; 23] = [
    Flaw::NewKeyEachTime,
    Flaw::OneKeyForAll,
    Flaw::LosesMessages,
    Flaw::BelievesEverybody,
    Flaw::AcceptsForgeries,
    Flaw::BendsText,
    Flaw::MixesSenders,
    Flaw::DropsFiles,
    Flaw::HidesFailures,
    Flaw::NeverRetries,
    Flaw::AlwaysRetries,
    Flaw::IgnoresRetryAfter,
    Flaw::SendsTwice,
    Flaw::ForgetsWhatItBegan,
    Flaw::KeepsAnOldToken,
    Flaw::StopsAtEmptyPages,
    Flaw::ForgetsItsCursor,
    Flaw::IgnoresHints,
    Flaw::NeverAcknowledges,
    Flaw::TurnsReceiptsBack,
    Flaw::LogsSecrets,
    Flaw::FailuresTellPersonalThings,
    Flaw::FailsVerification,
];

impl Flaw {
    /// The scenario that is made for it: tried first, to save time.
    pub fn scenario(self) -> Scenario {
        match self {
            Self::NewKeyEachTime => Scenario::Duplicate,
            Self::OneKeyForAll => Scenario::Reorder,
            Self::LosesMessages
            | Self::BendsText
            | Self::MixesSenders
            | Self::IgnoresHints
            | Self::NeverAcknowledges => Scenario::Text,
            Self::BelievesEverybody | Self::AcceptsForgeries => Scenario::Forgery,
            Self::DropsFiles => Scenario::FileIn,
            Self::HidesFailures | Self::NeverRetries | Self::IgnoresRetryAfter => {
                Scenario::RateLimit
            }
            Self::AlwaysRetries | Self::FailuresTellPersonalThings => Scenario::Nobody,
            Self::SendsTwice | Self::LogsSecrets => Scenario::Answer,
            Self::ForgetsWhatItBegan => Scenario::RepeatedAnswer,
            Self::KeepsAnOldToken => Scenario::TokenExpiry,
            Self::StopsAtEmptyPages => Scenario::EmptyPage,
            Self::ForgetsItsCursor => Scenario::Cursor,
            Self::TurnsReceiptsBack => Scenario::Receipts,
            Self::FailsVerification => Scenario::Verification,
        }
    }
}

/// Bends messages; `turn` counts up.
pub(crate) fn bend_events(flaw: Option<Flaw>, events: &mut Vec<ChannelEvent>, turn: u64) {
    let Some(flaw) = flaw else { return };
    match flaw {
        Flaw::LosesMessages => events.clear(),
        Flaw::TurnsReceiptsBack => {
            for event in events.iter_mut() {
                if let ChannelEvent::Receipt(receipt) = event
                    && receipt.kind == ReceiptKind::Read
                {
                    receipt.kind = ReceiptKind::Sent;
                }
            }
        }
        _ => {}
    }
    for event in events {
        if let ChannelEvent::Message(message) = event {
            bend_message(flaw, message, turn);
        }
    }
}

fn bend_message(flaw: Flaw, message: &mut Inbound, turn: u64) {
    use plugboard_plugin_runtime::types::Body;
    match flaw {
        Flaw::NewKeyEachTime => message.dedupe_key = format!("{}-{turn}", message.dedupe_key),
        Flaw::OneKeyForAll => "key".clone_into(&mut message.dedupe_key),
        Flaw::MixesSenders => "somebody".clone_into(&mut message.sender.value),
        Flaw::DropsFiles => message.parts.retain(|part| !matches!(part, Body::Media(_))),
        Flaw::BendsText => {
            for part in &mut message.parts {
                if let Body::Text(text) = part {
                    *text = text.to_uppercase();
                }
            }
        }
        _ => {}
    }
}

/// Bends an answer to the provider.
pub(crate) fn bend_reply(flaw: Option<Flaw>, reply: &mut WebhookReply, turn: u64) {
    bend_events(flaw, &mut reply.events, turn);
    match flaw {
        Some(Flaw::AcceptsForgeries) => reply.status = 200,
        Some(Flaw::IgnoresHints) => reply.pull = false,
        Some(Flaw::FailsVerification) => reply.body.push(b'!'),
        _ => {}
    }
}

/// Bends a page; `before` is the cursor that it was asked with.
pub(crate) fn bend_batch(flaw: Option<Flaw>, batch: &mut Batch, before: Option<&[u8]>, turn: u64) {
    match flaw {
        Some(Flaw::StopsAtEmptyPages) if batch.events.is_empty() => batch.more = false,
        Some(Flaw::ForgetsItsCursor) => batch.cursor = before.unwrap_or_default().to_vec(),
        _ => {}
    }
    bend_events(flaw, &mut batch.events, turn);
}

/// Bends what is done about a frame.
pub(crate) fn bend_step(flaw: Option<Flaw>, step: &mut SocketStep, turn: u64) {
    if flaw == Some(Flaw::NeverAcknowledges) {
        step.send.clear();
    }
    bend_events(flaw, &mut step.events, turn);
}

/// Bends the outcome of sending.
pub(crate) fn bend_sent(
    flaw: Option<Flaw>,
    message: &Outbound,
    sent: Result<Sent, CallError>,
) -> Result<Sent, CallError> {
    match (flaw, sent) {
        (Some(Flaw::HidesFailures), Err(CallError::Refused(_))) => Ok(Sent {
            provider_id: "made-up".to_owned(),
            events: Vec::new(),
        }),
        (Some(flaw), Err(CallError::Refused(mut failure))) => {
            match flaw {
                Flaw::NeverRetries => failure.advice = RetryAdvice::NoRetry,
                Flaw::AlwaysRetries => {
                    failure.advice = RetryAdvice::Retry;
                    "busy".clone_into(&mut failure.code);
                }
                Flaw::IgnoresRetryAfter => failure.retry_after_ms = None,
                Flaw::FailuresTellPersonalThings => {
                    failure.message = format!("could not send to {}", message.to.value);
                }
                _ => {}
            }
            Err(CallError::Refused(failure))
        }
        (_, sent) => sent,
    }
}
