//! Service levels: targets, the clocks that measure them, and what starts, pauses and stops a clock.

mod clock;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use clock::{ClockState, SlaClock};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlaTarget {
    /// From the first message to the first answer by an agent.
    FirstResponse,
    /// From a later message to the answer to it.
    NextResponse,
    /// From the first message to resolution; stands still while the contact is waited for.
    Resolution,
}

impl SlaTarget {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::FirstResponse, Self::NextResponse, Self::Resolution];
}

impl fmt::Display for SlaTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstResponse => "first_response",
            Self::NextResponse => "next_response",
            Self::Resolution => "resolution",
        })
    }
}

/// The text names no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an SLA target")]
pub struct UnknownTarget;

impl FromStr for SlaTarget {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, UnknownTarget> {
        Self::ALL
            .into_iter()
            .find(|target| target.to_string() == text)
            .ok_or(UnknownTarget)
    }
}
