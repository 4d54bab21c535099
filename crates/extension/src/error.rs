//! What can go wrong, as far as a caller can act on it.

use plugboard_domain::Rejection;
use plugboard_protocol::extensions::Problem;

/// Something asked of an extension did not happen.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ExtensionError {
    /// The desk refused: permission, shape, or a state that does not allow it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// There is no such plugin, rule, backtest or panel.
    #[error("{0} does not exist")]
    NotFound(String),
    /// The source has errors, each with its line and column.
    #[error("the source has {} problems", .0.len())]
    Problems(Vec<Problem>),
    /// The plugin failed or was stopped. The text names the cause and holds nothing personal.
    #[error("the plugin failed: {0}")]
    Failed(String),
    /// The desk or the plugin cannot answer now; trying again can help.
    #[error("unavailable: {0}")]
    Unavailable(String),
}
