//! What plugins may ask of the desk, and what they may keep in it. Rows only: none of it is in the journal.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Seq, Timestamp,
    ids::{InboxId, OutboxId},
    rejection::Rejection,
};

/// Longest key of a kept value or a timer, in bytes.
pub const KEY_BYTES_MAX: usize = 256;

/// Longest payload of a timer, in bytes.
pub const TIMER_BYTES_MAX: usize = 64 * 1024;

/// Largest request of a provider that is kept, in bytes of its body.
pub const HOOK_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The namespace that ids of timers are made in.
const TIMERS: Uuid = Uuid::from_u128(0x6a1c_0f4e_51b7_4d0c_9a77_2f60_91f3_5b0e);

/// One thing that a plugin may ask of a conversation, when it was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PluginAct {
    /// Change labels.
    Tag,
    /// Change the urgency.
    Priority,
    /// Give it to an agent or a team.
    Assign,
    /// Write to agents.
    Note,
    /// Write to the contact.
    Reply,
    /// Resolve it.
    Resolve,
    /// Open a case.
    Case,
}

impl PluginAct {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Tag,
        Self::Priority,
        Self::Assign,
        Self::Note,
        Self::Reply,
        Self::Resolve,
        Self::Case,
    ];
}

impl fmt::Display for PluginAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tag => "tag",
            Self::Priority => "priority",
            Self::Assign => "assign",
            Self::Note => "note",
            Self::Reply => "reply",
            Self::Resolve => "resolve",
            Self::Case => "case",
        })
    }
}

/// Whose things: a plugin's, apart for each of its inboxes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PluginSpace {
    /// The plugin's key.
    pub plugin: String,
    /// The inbox, as text; empty for a plugin that is no channel.
    pub account: String,
}

/// The most that one space may hold, as it was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PluginQuota {
    /// Keys.
    pub keys_max: u64,
    /// Bytes of one value.
    pub value_bytes_max: u64,
    /// Bytes of all keys and values.
    pub total_bytes_max: u64,
    /// Timers of the plugin that wait.
    pub timers_max: u64,
}

/// What a space holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PluginUsage {
    /// Keys.
    pub keys: u64,
    /// Bytes of all keys and values.
    pub bytes: u64,
    /// Timers of the plugin that wait, in any of its spaces.
    pub timers: u64,
}

/// A value as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct PluginValue {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// When it is gone; never when unset.
    pub expires_at: Option<Timestamp>,
}

impl fmt::Debug for PluginValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PluginValue")
            .field("bytes", &self.bytes.len())
            .field("expires_at", &self.expires_at)
            .finish()
    }
}

/// What has to be there for a value to be set.
#[derive(Clone, PartialEq, Eq)]
pub enum Expected {
    /// Whatever it is.
    Anything,
    /// Nothing.
    Absent,
    /// Exactly this.
    Value(Vec<u8>),
}

/// A plugin keeps something.
#[derive(Clone)]
pub enum PluginWrite {
    /// Sets a value. The outcome says whether what was expected was there; if not, nothing changed.
    Set {
        /// Whose.
        space: PluginSpace,
        /// Under which key.
        key: String,
        /// The value.
        value: Vec<u8>,
        /// Seconds until it is gone; never when unset.
        ttl_secs: Option<u64>,
        /// What has to be there.
        expected: Expected,
        /// The most that the space may hold.
        quota: PluginQuota,
    },
    /// Takes a value away.
    Delete {
        /// Whose.
        space: PluginSpace,
        /// Under which key.
        key: String,
    },
    /// Wakes the plugin at a time. A timer of the same key is replaced.
    ScheduleTimer {
        /// Whose.
        space: PluginSpace,
        /// Its name.
        key: String,
        /// When.
        at: Timestamp,
        /// What the plugin wants to be told then: JSON.
        payload: String,
        /// The most that the space may hold.
        quota: PluginQuota,
    },
    /// Takes a timer back.
    CancelTimer {
        /// Whose.
        space: PluginSpace,
        /// Its name.
        key: String,
    },
    /// The plugin could not take an event, which is left behind as work that was given up.
    LeaveEvent {
        /// Its key.
        plugin: String,
        /// The event's place in the journal.
        seq: Seq,
        /// How often it was told.
        tries: u32,
        /// What went wrong, without content.
        error: String,
    },
    /// The plugin is gone: everything that it kept goes, and its timers.
    Forget {
        /// Its key.
        plugin: String,
    },
}

impl PluginWrite {
    /// The plugin that it is about.
    pub fn plugin(&self) -> &str {
        match self {
            Self::Set { space, .. }
            | Self::Delete { space, .. }
            | Self::ScheduleTimer { space, .. }
            | Self::CancelTimer { space, .. } => &space.plugin,
            Self::LeaveEvent { plugin, .. } | Self::Forget { plugin } => plugin,
        }
    }
}

// Values are content: a log line may say that something was kept, never what.
impl fmt::Debug for PluginWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Set { .. } => "set",
            Self::Delete { .. } => "delete",
            Self::ScheduleTimer { .. } => "schedule_timer",
            Self::CancelTimer { .. } => "cancel_timer",
            Self::LeaveEvent { .. } => "leave_event",
            Self::Forget { .. } => "forget",
        };
        write!(f, "PluginWrite({what} of {})", self.plugin())
    }
}

/// The id of a timer: the same key of the same space is the same timer.
pub fn timer_id(space: &PluginSpace, key: &str) -> OutboxId {
    // Keys hold any text, so the lengths keep ("a", "bc") and ("ab", "c") apart.
    let PluginSpace { plugin, account } = space;
    let name = format!("{}:{plugin}{}:{account}{key}", plugin.len(), account.len());
    OutboxId(Uuid::new_v5(&TIMERS, name.as_bytes()))
}

/// The id of the work to tell a plugin of an event again: one event is left behind once.
pub fn left_event_id(plugin: &str, seq: Seq) -> OutboxId {
    // The keys of timers begin with a number.
    let name = format!("event:{plugin}:{seq}");
    OutboxId(Uuid::new_v5(&TIMERS, name.as_bytes()))
}

/// Checks a key of a value or a timer.
pub fn check_key(key: &str) -> Result<(), Rejection> {
    if key.is_empty() || key.len() > KEY_BYTES_MAX || key.contains('\0') {
        return Err(Rejection::invalid(format!(
            "a key is 1 to {KEY_BYTES_MAX} bytes without NUL"
        )));
    }
    Ok(())
}

/// Checks that a value fits, in place of one that may be there.
pub fn check_quota(
    usage: PluginUsage,
    before: Option<&PluginValue>,
    key: &str,
    value: &[u8],
    quota: PluginQuota,
) -> Result<(), Rejection> {
    let size = |bytes: &[u8]| (key.len() + bytes.len()) as u64;
    if value.len() as u64 > quota.value_bytes_max {
        return Err(Rejection::invalid(format!(
            "a value is at most {} bytes",
            quota.value_bytes_max
        )));
    }
    if before.is_none() && usage.keys >= quota.keys_max {
        return Err(Rejection::invalid(format!(
            "at most {} keys are kept",
            quota.keys_max
        )));
    }
    let freed = before.map_or(0, |before| size(&before.bytes));
    if usage.bytes.saturating_sub(freed) + size(value) > quota.total_bytes_max {
        return Err(Rejection::invalid(format!(
            "at most {} bytes are kept",
            quota.total_bytes_max
        )));
    }
    Ok(())
}

/// A request of a provider as it came. Content: never log it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookRequest {
    /// To which inbox it was sent.
    pub inbox_id: InboxId,
    /// Such as `POST`.
    pub method: String,
    /// What follows the inbox in the path, with its slash; empty when nothing does.
    pub path: String,
    /// The query as it came, without the question mark.
    pub query: String,
    /// Names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The body. Encoded beside the rest, since JSON would make it four times as large.
    #[serde(skip)]
    pub body: Vec<u8>,
    /// Who sent it.
    pub remote_ip: String,
    /// The address that it was sent to.
    pub public_url: String,
}

impl fmt::Debug for HookRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookRequest")
            .field("inbox_id", &self.inbox_id)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl HookRequest {
    /// As bytes: a line of JSON, then the body.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("plain data with text keys always encodes");
        bytes.push(b'\n');
        bytes.extend(&self.body);
        bytes
    }

    /// Reads [`HookRequest::to_bytes`]; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let mut request: Self = serde_json::from_slice(&bytes[..end]).ok()?;
        request.body = bytes[end + 1..].to_vec();
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(plugin: &str, account: &str) -> PluginSpace {
        PluginSpace {
            plugin: plugin.into(),
            account: account.into(),
        }
    }

    #[test]
    fn timers_of_different_keys_are_different_timers() {
        let one = timer_id(&space("a", "bc"), "d");
        assert_eq!(one, timer_id(&space("a", "bc"), "d"));
        assert_ne!(one, timer_id(&space("ab", "c"), "d"));
        assert_ne!(one, timer_id(&space("a", "b"), "cd"));
    }

    #[test]
    fn a_quota_counts_what_is_replaced_only_once() {
        let quota = PluginQuota {
            keys_max: 1,
            value_bytes_max: 4,
            total_bytes_max: 5,
            timers_max: 1,
        };
        let usage = PluginUsage {
            keys: 1,
            bytes: 5,
            timers: 0,
        };
        let before = PluginValue {
            bytes: b"four".to_vec(),
            expires_at: None,
        };
        assert!(check_quota(usage, Some(&before), "k", b"also", quota).is_ok());
        assert!(check_quota(usage, None, "l", b"", quota).is_err(), "keys");
        assert!(check_quota(usage, Some(&before), "k", b"fives", quota).is_err());
        let empty = PluginUsage::default();
        assert!(
            check_quota(empty, None, "long", b"ab", quota).is_err(),
            "bytes"
        );
    }

    #[test]
    fn a_request_survives_its_row() {
        let request = HookRequest {
            inbox_id: InboxId(Uuid::nil()),
            method: "POST".into(),
            path: "/a".into(),
            query: "x=1".into(),
            headers: vec![("content-type".into(), "text/plain".into())],
            body: vec![0, 10, 255],
            remote_ip: "203.0.113.1".into(),
            public_url: "https://desk.example/hooks/1/a".into(),
        };
        assert_eq!(HookRequest::from_bytes(&request.to_bytes()), Some(request));
        assert_eq!(HookRequest::from_bytes(b"nothing"), None);
    }
}
