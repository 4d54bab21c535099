//! What a phone inbox is set up with: the inbox's `settings`, parsed. Every rejection names the setting.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod check;

use super::{CallRules, DialPolicy, QueueThen};
use crate::{
    ids::{AttachmentId, TeamId},
    rejection::Rejection,
};

/// What can be said by files of an inbox's own.
pub const PROMPTS: [&str; 11] = [
    // Said first, to everybody.
    "greeting",
    // The call is recorded.
    "consent",
    // What may be pressed; and that another key leads nowhere.
    "menu",
    "menu_again",
    // Please hold; and what is heard meanwhile.
    "wait",
    "music",
    // Too many wait already, or somebody waited too long.
    "busy",
    // Nobody works at this hour.
    "closed",
    // Leave a message; you are called back; goodbye.
    "voicemail",
    "callback",
    "goodbye",
];

/// What announcements of our own are spoken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpokenLanguage {
    /// Mandarin.
    #[default]
    Zh,
    /// English.
    En,
}

/// What happens to callers outside of the inbox's hours, after they were told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallClosed {
    /// They may leave a message, the call ends, or they are called back.
    pub then: ClosedThen,
}

/// What happens to callers outside of the inbox's hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedThen {
    /// They may leave a message.
    #[default]
    Voicemail,
    /// The call ends.
    Hangup,
    /// They are called back.
    Callback,
}

/// What callers who wait are told between the music.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueAnnounce {
    /// How many are before them.
    pub position: bool,
    /// How long they are likely to wait yet.
    pub wait: bool,
    /// How often, in seconds.
    pub every_seconds: u32,
}

impl Default for QueueAnnounce {
    fn default() -> Self {
        Self {
            position: true,
            wait: true,
            every_seconds: 45,
        }
    }
}

impl QueueAnnounce {
    /// True when anything is said at all.
    pub fn any(&self) -> bool {
        self.position || self.wait
    }
}

/// The settings of a phone inbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhoneSettings {
    /// Our numbers, E.164; the first shows when no other is named.
    pub numbers: Vec<String>,
    /// How calls come and go.
    pub trunk: TrunkSettings,
    /// The number that shows when we call; the first of `numbers` when unset.
    pub caller_id: Option<String>,
    /// How long a call rings at one agent, in seconds.
    pub offer_seconds: u32,
    /// How long an agent may write a call up, in seconds.
    pub wrapup_seconds: u32,
    /// How long a call stays with an agent whose browser is gone, in seconds; then somebody else gets it.
    pub rejoin_seconds: u32,
    /// What our own announcements are spoken in.
    pub language: SpokenLanguage,
    /// Callers who wait.
    pub queue: CallQueue,
    /// What callers may choose.
    pub menu: Option<CallMenu>,
    /// Outside of the inbox's hours.
    pub closed: CallClosed,
    /// What is recorded.
    pub recording: RecordingSettings,
    /// Messages that callers leave.
    pub voicemail: CallVoicemail,
    /// What callers hear, by its name of [`PROMPTS`]: ids of uploaded WAV files. Ours where absent.
    pub prompts: BTreeMap<String, AttachmentId>,
    /// Whom we call.
    pub dial: DialSettings,
    /// What a write-up chooses from; a code is free when there are none.
    pub dispositions: Vec<CodeLabel>,
    /// How often the address that a PBX reports to was made anew. Kept by Plugboard: what others send is left out.
    pub cti_renewals: u64,
}

impl Default for PhoneSettings {
    fn default() -> Self {
        Self {
            numbers: Vec::new(),
            trunk: TrunkSettings::default(),
            caller_id: None,
            offer_seconds: 30,
            wrapup_seconds: 30,
            rejoin_seconds: 20,
            language: SpokenLanguage::default(),
            queue: CallQueue::default(),
            menu: None,
            closed: CallClosed::default(),
            recording: RecordingSettings::default(),
            voicemail: CallVoicemail::default(),
            prompts: BTreeMap::new(),
            dial: DialSettings::default(),
            dispositions: Vec::new(),
            cti_renewals: 0,
        }
    }
}

/// How calls come and go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrunkSettings {
    /// Whether there is one, and who begins.
    pub kind: TrunkKind,
    /// Where it is.
    pub host: Option<String>,
    /// Its port; 5060 when unset.
    pub port: Option<u16>,
    /// `udp` or `tcp`; `udp` when unset.
    pub transport: Option<String>,
    /// Whom it knows us as.
    pub user: Option<String>,
    /// The same for the password, when that differs.
    pub auth_user: Option<String>,
    /// Sound is taken from another address than the trunk says: it is behind translation. Whoever speaks first is believed then, so
    /// only where it is needed.
    pub latch: bool,
    /// Addresses that it calls from, besides its own: `203.0.113.7`, `203.0.113.0/24`.
    pub peers: Vec<String>,
}

/// Whether there is a trunk, and who begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrunkKind {
    /// None: a PBX reports its calls.
    #[default]
    None,
    /// It knows our address, we know its.
    Peer,
    /// We sign in.
    Register,
}

/// Callers who wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallQueue {
    /// How many may wait at once.
    pub limit: u32,
    /// How long one waits at most, in seconds.
    pub max_wait_seconds: u32,
    /// What happens then: `voicemail`, `hangup`, `callback` or the id of a team.
    pub then: QueueThen,
    /// What they are told between the music.
    pub announce: QueueAnnounce,
}

impl Default for CallQueue {
    fn default() -> Self {
        Self {
            limit: 20,
            max_wait_seconds: 300,
            then: QueueThen::Voicemail,
            announce: QueueAnnounce::default(),
        }
    }
}

/// What callers may choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallMenu {
    /// What is said: the id of an uploaded WAV file. `prompts.menu` or ours when unset.
    #[serde(default)]
    pub prompt: Option<AttachmentId>,
    /// What they may press.
    pub options: Vec<MenuOption>,
    /// How long to wait for it, in seconds; then they wait for the inbox's team.
    #[serde(default = "five")]
    pub timeout_seconds: u32,
}

fn five() -> u32 {
    5
}

/// One key of a menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MenuOption {
    /// `0` to `9`, `*` or `#`.
    pub digit: String,
    /// Whom they wait for then.
    #[serde(default)]
    pub team_id: Option<TeamId>,
    /// `voicemail` or `callback`, in place of a team.
    #[serde(default)]
    pub then: Option<MenuTarget>,
    /// What the key is for, for people.
    #[serde(default)]
    pub label: Option<String>,
}

/// Where a key leads, besides a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MenuTarget {
    /// They may leave a message.
    Voicemail,
    /// They are called back.
    Callback,
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordingSettings {
    /// `always` or `never`.
    pub policy: String,
    /// Whether callers are told first.
    pub announce: bool,
    /// How long recordings are kept, in days; for ever when unset.
    pub retention_days: Option<u32>,
}

impl Default for RecordingSettings {
    fn default() -> Self {
        Self {
            policy: "never".into(),
            announce: true,
            retention_days: Some(180),
        }
    }
}

/// Messages that callers leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallVoicemail {
    /// Whether they may.
    pub enabled: bool,
    /// How long one is at most, in seconds.
    pub max_seconds: u32,
}

impl Default for CallVoicemail {
    fn default() -> Self {
        Self {
            enabled: true,
            max_seconds: 120,
        }
    }
}

/// Whom we call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DialSettings {
    /// Countries, as ISO 3166 writes them.
    pub countries: BTreeSet<String>,
    /// Beginnings of numbers that are refused nevertheless.
    pub deny: Vec<String>,
    /// Calls of one agent at once.
    pub concurrent_per_agent: u32,
    /// Calls of one agent within a day.
    pub per_agent_day: u32,
}

impl Default for DialSettings {
    fn default() -> Self {
        Self {
            countries: BTreeSet::from(["CN".to_owned()]),
            deny: Vec::new(),
            concurrent_per_agent: 1,
            per_agent_day: 200,
        }
    }
}

/// A code and what people read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeLabel {
    /// Kept.
    pub code: String,
    /// Shown.
    pub label: String,
}

impl PhoneSettings {
    /// Reads the settings of an inbox and checks them.
    ///
    /// # Errors
    /// [`Rejection::Invalid`] names the setting that does not fit.
    pub fn parse(settings: &Map<String, Value>) -> Result<Self, Rejection> {
        // Setting by setting, so that the rejection can name the one that does not fit. Null is "unset" on the wire.
        let given = settings.iter().filter(|(_, value)| !value.is_null());
        let given: Map<String, Value> =
            given.map(|(name, it)| (name.clone(), it.clone())).collect();
        for (name, value) in &given {
            let alone: Map<String, Value> = [(name.clone(), value.clone())].into_iter().collect();
            serde_json::from_value::<Self>(Value::Object(alone))
                .map_err(|error| Rejection::invalid(format!("settings.{name}: {error}")))?;
        }
        let parsed: Self = serde_json::from_value(Value::Object(given))
            .map_err(|error| Rejection::invalid(format!("settings: {error}")))?;
        parsed.check()?;
        Ok(parsed)
    }

    /// How a call that begins now is treated.
    pub fn rules(&self) -> CallRules {
        let then = match self.queue.then {
            QueueThen::Voicemail if !self.voicemail.enabled => QueueThen::Hangup,
            then => then,
        };
        CallRules {
            offer_secs: self.offer_seconds,
            wrapup_secs: self.wrapup_seconds,
            max_wait_secs: self.queue.max_wait_seconds,
            then,
            record: self.recording.policy == "always",
            retention_days: self.recording.retention_days,
            rejoin_secs: self.rejoin_seconds,
        }
    }

    /// What happens to callers outside of the inbox's hours.
    pub fn closed_then(&self) -> ClosedThen {
        match self.closed.then {
            ClosedThen::Voicemail if !self.voicemail.enabled => ClosedThen::Hangup,
            then => then,
        }
    }

    /// The file of an announcement, when the inbox has its own.
    pub fn prompt(&self, name: &str) -> Option<AttachmentId> {
        self.prompts.get(name).copied()
    }

    /// The files of all announcements, each once.
    pub fn prompt_files(&self) -> BTreeSet<AttachmentId> {
        let menu = self.menu.as_ref().and_then(|it| it.prompt);
        self.prompts.values().copied().chain(menu).collect()
    }

    /// Which numbers may be dialled.
    pub fn dial_policy(&self) -> DialPolicy {
        DialPolicy {
            countries: self.dial.countries.clone(),
            deny: self.dial.deny.clone(),
        }
    }

    /// The number that shows when we call.
    pub fn own_number(&self) -> Option<&str> {
        self.caller_id
            .as_deref()
            .or_else(|| self.numbers.first().map(String::as_str))
    }
}
