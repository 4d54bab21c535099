//! Why a call did not give an answer.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::types::Failure;

/// Which clock ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Time that the plugin itself computed.
    Cpu,
    /// Time since the call began, waiting included.
    Wall,
}

/// Which bound was crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Calls of the host within one call.
    HostCalls,
    /// Bytes of the question.
    Arguments,
    /// Bytes of the answer.
    Answer,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HostCalls => "calls of the host",
            Self::Arguments => "bytes of the question",
            Self::Answer => "bytes of the answer",
        })
    }
}

/// Why a call did not give an answer. Everything but [`CallError::Refused`] costs the plugin its instance.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CallError {
    /// It took too long.
    #[error("took longer than {limit_ms} ms ({})", match clock { Clock::Cpu => "computing", Clock::Wall => "in all" })]
    Timeout {
        /// Which clock ran out.
        clock: Clock,
        /// What it was allowed.
        limit_ms: u64,
    },
    /// It wanted more memory than it may have.
    #[error("wanted {wanted_bytes} bytes of memory, {limit_bytes} are allowed")]
    OutOfMemory {
        /// What it wanted.
        wanted_bytes: u64,
        /// What it was allowed.
        limit_bytes: u64,
    },
    /// It called itself too deeply.
    #[error("called itself too deeply")]
    StackOverflow,
    /// It crashed: a panic, an access out of bounds, an exit.
    #[error("crashed: {0}")]
    Trap(String),
    /// It answered that it will not. The instance is as good as before.
    #[error("refused ({}): {}", .0.code, .0.message)]
    Refused(Failure),
    /// All its instances work, and enough calls wait.
    #[error("all instances are busy")]
    Busy,
    /// It crossed a bound.
    #[error("more than {limit} {what}")]
    Limit {
        /// Which.
        what: Bound,
        /// How many are allowed.
        limit: u64,
    },
    /// Its answer makes no sense: text that is not UTF-8, a discriminant that does not exist.
    #[error("gave an answer that makes no sense: {0}")]
    BadAnswer(String),
    /// It failed too often, and is not called for a while.
    #[error("rests after too many failures")]
    Resting,
    /// It does not offer what it was asked for, or was unloaded.
    #[error("does not offer {0}")]
    Gone(String),
}

impl CallError {
    /// A stable name for traces, metrics and the plugin's page.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Timeout {
                clock: Clock::Cpu, ..
            } => "timeout_cpu",
            Self::Timeout {
                clock: Clock::Wall, ..
            } => "timeout_wall",
            Self::OutOfMemory { .. } => "out_of_memory",
            Self::StackOverflow => "stack_overflow",
            Self::Trap(_) => "trap",
            Self::Refused(_) => "refused",
            Self::Busy => "busy",
            Self::Limit { what, .. } => match what {
                Bound::HostCalls => "limit_host_calls",
                Bound::Arguments => "limit_arguments",
                Bound::Answer => "limit_answer",
            },
            Self::BadAnswer(_) => "bad_answer",
            Self::Resting => "resting",
            Self::Gone(_) => "gone",
        }
    }

    /// Whether the plugin itself is to blame: what the breaker counts. A refusal is an answer.
    pub fn is_fault(&self) -> bool {
        !matches!(
            self,
            Self::Refused(_)
                | Self::Busy
                | Self::Resting
                | Self::Gone(_)
                | Self::Limit {
                    what: Bound::Arguments,
                    ..
                }
        )
    }
}
