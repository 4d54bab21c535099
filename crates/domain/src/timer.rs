//! Timers. They are a projection: the state of a conversation says which timers it needs, the engine keeps the stored
//! ones equal to that in the same transaction, and a timer that fires late, twice or after a restart finds its reason gone.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Timestamp, ids::MessageId, sla::SlaTarget};

/// What becomes due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TimerKind {
    /// A snoozed conversation returns.
    Wake,
    /// An offer lapses.
    OfferLapse,
    /// A queue hands over to another team.
    Overflow,
    /// A target is nearly missed.
    SlaWarning(SlaTarget),
    /// A target is missed.
    SlaBreach(SlaTarget),
    /// An escalation policy wants to be asked again.
    Escalation,
    /// A scheduled reply is to be sent.
    Send(MessageId),
}

/// A timer that a conversation needs. There is at most one of a kind for each conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    /// What becomes due.
    pub kind: TimerKind,
    /// When.
    pub due_at: Timestamp,
}

impl fmt::Display for TimerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wake => f.write_str("wake"),
            Self::OfferLapse => f.write_str("offer_lapse"),
            Self::Overflow => f.write_str("overflow"),
            Self::SlaWarning(target) => write!(f, "sla_warning:{target}"),
            Self::SlaBreach(target) => write!(f, "sla_breach:{target}"),
            Self::Escalation => f.write_str("escalation"),
            Self::Send(id) => write!(f, "send:{id}"),
        }
    }
}

/// The text names no timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a timer kind")]
pub struct UnknownTimer;

impl FromStr for TimerKind {
    type Err = UnknownTimer;

    fn from_str(text: &str) -> Result<Self, UnknownTimer> {
        match text.split_once(':') {
            None => match text {
                "wake" => Ok(Self::Wake),
                "offer_lapse" => Ok(Self::OfferLapse),
                "overflow" => Ok(Self::Overflow),
                "escalation" => Ok(Self::Escalation),
                _ => Err(UnknownTimer),
            },
            Some(("sla_warning", target)) => target
                .parse()
                .map(Self::SlaWarning)
                .map_err(|_| UnknownTimer),
            Some(("sla_breach", target)) => target
                .parse()
                .map(Self::SlaBreach)
                .map_err(|_| UnknownTimer),
            Some(("send", id)) => id.parse().map(Self::Send).map_err(|_| UnknownTimer),
            Some(_) => Err(UnknownTimer),
        }
    }
}
