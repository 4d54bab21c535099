//! The client of every measurement: one keep-alive HTTP connection, one websocket, both written by hand.
//!
//! It shares two cores with the server under test, so each microsecond it spends is one the server does not get. It
//! understands what our servers send (bodies with a length, unfragmented or fragmented text frames), and refuses the rest.

mod frame;
mod http;
mod socket;

pub use frame::{Frame, Opcode, decode_frame, encode_frame};
pub use http::{HttpConnection, Response};
pub use socket::AgentSocket;

/// Longest head of an answer, in bytes: ours are a few hundred.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Why an exchange with a server failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The connection broke: the server is gone or was never there.
    #[error("connection: {0}")]
    Io(#[from] std::io::Error),
    /// The server closed the connection between or within answers.
    #[error("closed by the server")]
    Closed,
    /// The bytes are no answer that this client understands.
    #[error("not understood: {0}")]
    Protocol(&'static str),
    /// An answer with another status than the caller needs.
    #[error("{what}: status {status}: {body}")]
    Status {
        /// What was asked.
        what: String,
        /// The status that came.
        status: u16,
        /// The body that came with it, shortened.
        body: String,
    },
    /// A body that is not the documented JSON.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
}
