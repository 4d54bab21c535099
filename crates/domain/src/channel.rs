//! The kinds of transport.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The transport that an inbox uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChannelKind {
    /// The chat widget.
    Webchat,
    /// IMAP or LMTP in, SMTP out.
    Email,
    /// A SIP trunk.
    Phone,
    /// A channel plugin, by its id.
    Plugin(String),
}

impl fmt::Display for ChannelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Webchat => f.write_str("webchat"),
            Self::Email => f.write_str("email"),
            Self::Phone => f.write_str("phone"),
            Self::Plugin(id) => write!(f, "plugin:{id}"),
        }
    }
}

/// The text names no channel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a channel is webchat, email, phone or plugin:ID")]
pub struct UnknownChannel;

impl FromStr for ChannelKind {
    type Err = UnknownChannel;

    fn from_str(text: &str) -> Result<Self, UnknownChannel> {
        match text {
            "webchat" => Ok(Self::Webchat),
            "email" => Ok(Self::Email),
            "phone" => Ok(Self::Phone),
            _ => match text.strip_prefix("plugin:") {
                Some(id) if !id.is_empty() && id.len() <= 100 => Ok(Self::Plugin(id.to_owned())),
                _ => Err(UnknownChannel),
            },
        }
    }
}

impl Serialize for ChannelKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ChannelKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
