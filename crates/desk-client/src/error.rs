//! Why something asked of a desk did not happen.

use plugboard_protocol::{error::Code, extensions::Problem};

/// Something asked of a desk did not happen.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DeskError {
    /// That is no address.
    #[error(
        "{0:?} is no address of a desk: give http:// or https:// and a name, such as http://127.0.0.1:8080"
    )]
    Address(String),
    /// No client could be made.
    #[error("{0}")]
    Client(String),
    /// Nobody answers there.
    #[error("the desk at {address} cannot be reached: {why}")]
    Unreachable {
        /// Where.
        address: String,
        /// What the network says.
        why: String,
    },
    /// The desk said no.
    #[error("the desk refused: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// For programs.
        code: Code,
        /// For people.
        message: String,
        /// Places in a source, when that is what was refused.
        details: Vec<Problem>,
    },
    /// What answers is no desk, or one of another version.
    #[error("what answers is not what a desk of this version answers: {0}")]
    Strange(String),
}

impl DeskError {
    /// What the desk calls it.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Places in a source.
    pub fn details(&self) -> &[Problem] {
        match self {
            Self::Refused { details, .. } => details,
            _ => &[],
        }
    }
}
