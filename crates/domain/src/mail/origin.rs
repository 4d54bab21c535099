//! What was found of where a mail is from.

use serde::{Deserialize, Serialize};

/// What checks of a mail's origin found, by its own mail server or by the desk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailOrigin {
    /// Whether the server that sent it may send for its envelope's domain (SPF).
    #[serde(default)]
    pub spf: OriginCheck,
    /// Whether a signature of its holds (DKIM).
    #[serde(default)]
    pub dkim: OriginCheck,
    /// Whether either is of the domain that it says it is from (DMARC).
    #[serde(default)]
    pub dmarc: OriginCheck,
    /// Who checked: a mail server, or `desk`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// The outcome of one check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginCheck {
    /// Nobody checked, or there was nothing to check.
    #[default]
    None,
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It could not be checked.
    Error,
}
