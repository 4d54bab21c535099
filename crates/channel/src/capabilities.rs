//! What a channel can do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What a channel can do in an inbox. The composer shows it before somebody types into a wall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Longest text of one message, in characters.
    pub text_chars_max: u32,
    /// What may be attached; empty when nothing may.
    pub media: BTreeSet<MediaKind>,
    /// Most attachments of one message.
    pub attachments_max: u32,
    /// Largest attachment, in bytes.
    pub attachment_bytes_max: u64,
    /// True when each side can see that the other types.
    pub typing: bool,
    /// How far the channel follows a message.
    pub receipts: Receipts,
    /// When the contact may be answered; always when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_window: Option<ReplyWindow>,
}

/// A kind of attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// Pictures.
    Image,
    /// Sounds.
    Audio,
    /// Films.
    Video,
    /// Any other file.
    File,
}

impl MediaKind {
    /// The kind that a media type such as `image/png` belongs to.
    pub fn of(content_type: &str) -> Self {
        match content_type.split('/').next() {
            Some("image") => Self::Image,
            Some("audio") => Self::Audio,
            Some("video") => Self::Video,
            _ => Self::File,
        }
    }
}

/// The furthest fate of a message that a channel reports. A step includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipts {
    /// That the other side took it.
    Sent,
    /// That it reached the contact's device.
    Delivered,
    /// That the contact has seen it.
    Read,
}

/// A limit on answering: so many messages within so many hours after the contact wrote, such as 5 in 48.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyWindow {
    /// How long after the contact's last message an answer is taken, in hours.
    pub hours: u32,
    /// How many answers are taken in that time; any number when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends: Option<u32>,
}
