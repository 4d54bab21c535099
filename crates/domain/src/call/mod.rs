//! A call: who rang whom, where it stands, who talks, what became of it.
//!
//! Four things to know:
//! - a [`Call`] is the fold of its [`CallChange`]s; [`Call::apply`] never decides, [`decide`] never folds;
//! - the line (a trunk, a PBX) reports facts by [`CallFact`], as late, doubled and reordered as it likes: what makes no sense
//!   any more changes nothing;
//! - what people decide is a [`CallCommand`] and takes effect at once; the line follows the journal and does it;
//! - a call has one message of kind `call` in one conversation, which shows it as it is now.
//!
//! Numbers are content: they are in the row beside ([`CallLine`]), never here, never in an event.

mod change;
mod command;
mod countries;
mod decide;
mod fold;
mod number;
mod parts;
mod policy;
mod queue;
mod settings;

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use change::{CallChange, CallFacts, EndCause, EndWord, EndedBy, ListenMode, OfferEnd};
pub use command::{CallCommand, CallFact, DialNumber, Ring, TransferTo};
pub use countries::country_of;
pub use decide::decide;
pub use number::{Number, NumberKind};
pub use parts::{
    CallDisposition, Hearing, Leg, LegKind, LegQuality, Listening, Recording, RecordingState,
    Transfer, TransferKind, TransferState, TransferTarget, WriteUp,
};
pub use policy::DialPolicy;
pub use queue::{EXPECTED_MINUTES_MAX, expected_minutes};
pub use settings::{
    CallClosed, CallMenu, CallQueue, CallVoicemail, ClosedThen, CodeLabel, DialSettings,
    MenuOption, MenuTarget, PROMPTS, PhoneSettings, QueueAnnounce, RecordingSettings,
    SpokenLanguage, TrunkKind, TrunkSettings,
};

use crate::{
    Seq, Timestamp,
    ids::{AgentId, CallId, ContactId, ConversationId, IdentityId, InboxId, MessageId, TeamId},
};

/// Most legs of one call: the line, an agent, one to consult, and supervisors who listen; with those who left.
pub const LEGS_MAX: usize = 32;

/// Most hearings of a recording that are told beside it, the newest; the journal has those before.
pub const HEARINGS_MAX: usize = 100;

/// The provider that a PBX reports by.
pub const CTI: &str = "cti";

/// Longest that a call of a PBX is believed to go on without a word of it: half a day.
pub const SILENT_SECS_MAX: u64 = 12 * 3_600;

/// The state of one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what became of a call is told in many words of yes or no"
)]
pub struct Call {
    /// Identifier.
    pub id: CallId,
    /// The conversation that it is in.
    pub conversation_id: ConversationId,
    /// The message that shows it.
    pub message_id: MessageId,
    /// The endpoint.
    pub inbox_id: InboxId,
    /// The customer.
    pub contact_id: ContactId,
    /// Their number, when they showed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<IdentityId>,
    /// Who rang.
    pub direction: Direction,
    /// Who carries it: `sip`, `cti`.
    pub provider: String,
    /// Where it stands.
    pub state: CallState,
    /// How it is treated, frozen when it began.
    pub rules: CallRules,
    /// The team that it waits for or came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// Whom it rings at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// Agents that declined it or let it ring; they are not asked again while others can be.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub passed: BTreeSet<AgentId>,
    /// Who talks for the desk, or talked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Until when the call stays with its agent, whose browser is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejoin_until: Option<Timestamp>,
    /// True when its caller waits again because the agent was lost: they are the first in the queue.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub returned: bool,
    /// Its ends, in the order in which they joined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<Leg>,
    /// When what happened.
    pub times: CallTimes,
    /// Being handed on, or the last time that it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// Supervisors who hear it, or are about to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listening: Vec<Listening>,
    /// Agents who handed it on and write up what they heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writing: Vec<WriteUp>,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<EndCause>,
    /// Who ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<EndedBy>,
    /// Its recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
    /// Who heard its recording, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<Hearing>,
    /// True when the caller was asked to leave a message.
    #[serde(default)]
    pub voicemail: bool,
    /// True when the caller asked to be called back.
    #[serde(default)]
    pub callback: bool,
    /// Until when its agent writes it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapup_until: Option<Timestamp>,
    /// How it was written up. The note is content, in the row beside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<CallDisposition>,
    /// True once whoever talked last wrote it up, or somebody who worked it when nobody had; not by who handed it on alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settled: bool,
    /// The journal position that this state reflects.
    pub seq: Seq,
}

/// What is known of a call that is content: numbers, names, notes. Never in the journal, never in a log.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CallLine {
    /// The provider's name of the call: with the provider, unique in the desk.
    pub provider_call_id: String,
    /// The other side's number as it came, or as it is to be dialled.
    pub number: String,
    /// The same as E.164 (with `;ext=` for privacy numbers), when it is one.
    pub e164: Option<String>,
    /// Our number.
    pub own_number: String,
    /// Where it is being handed on to, when that is a number.
    pub transfer_number: Option<String>,
    /// What agents who handed it on wrote for those after them.
    pub handover: Option<String>,
    /// What its agent wrote after it.
    pub note: Option<String>,
}

impl fmt::Debug for CallLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallLine").finish_non_exhaustive()
    }
}

/// Who rang.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The contact.
    Inbound,
    /// An agent.
    Outbound,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// It began. An outbound one is being dialled.
    New,
    /// The caller hears a menu.
    Ivr,
    /// The caller waits for an agent.
    Queued,
    /// It rings at an agent.
    Offering,
    /// Both sides talk.
    Active,
    /// The caller hears music.
    Held,
    /// It is being handed on.
    Transferring,
    /// It is over; its agent writes it up.
    Wrapup,
    /// It is over, and was answered.
    Closed,
    /// The caller gave up, or an agent did before anybody answered.
    Abandoned,
    /// The caller leaves a message, or left one.
    Voicemail,
    /// One side would not take it.
    Rejected,
    /// Something broke.
    Failed,
}

impl CallState {
    /// Its name on the wire and in rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Ivr => "ivr",
            Self::Queued => "queued",
            Self::Offering => "offering",
            Self::Active => "active",
            Self::Held => "held",
            Self::Transferring => "transferring",
            Self::Wrapup => "wrapup",
            Self::Closed => "closed",
            Self::Abandoned => "abandoned",
            Self::Voicemail => "voicemail",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
        }
    }
}

/// How a call is treated, frozen when it began: what an administrator changes meanwhile is for the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRules {
    /// How long it rings at one agent, in seconds.
    pub offer_secs: u32,
    /// How long an agent may write it up, in seconds.
    pub wrapup_secs: u32,
    /// How long a caller waits for an agent at most, in seconds.
    pub max_wait_secs: u32,
    /// What happens then.
    pub then: QueueThen,
    /// Whether it is recorded.
    pub record: bool,
    /// How long a recording is kept, in days; for ever when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// How long a call stays with an agent whose browser is gone, in seconds.
    #[serde(default = "rejoin_secs", skip_serializing_if = "is_usual_rejoin")]
    pub rejoin_secs: u32,
}

/// How long a page takes to be loaded again, and then some.
fn rejoin_secs() -> u32 {
    20
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over references"
)]
fn is_usual_rejoin(secs: &u32) -> bool {
    *secs == rejoin_secs()
}

impl Default for CallRules {
    fn default() -> Self {
        Self {
            offer_secs: 30,
            wrapup_secs: 30,
            max_wait_secs: 300,
            then: QueueThen::Voicemail,
            record: false,
            retention_days: None,
            rejoin_secs: rejoin_secs(),
        }
    }
}

/// What happens to a caller who has waited long enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueThen {
    /// They may leave a message.
    #[default]
    Voicemail,
    /// The call ends.
    Hangup,
    /// They are called back, and the call ends.
    Callback,
    /// They wait for another team.
    Team(TeamId),
}

/// The text says nothing that can happen to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be voicemail, hangup, callback or the id of a team")]
pub struct UnknownThen;

impl fmt::Display for QueueThen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Voicemail => f.write_str("voicemail"),
            Self::Hangup => f.write_str("hangup"),
            Self::Callback => f.write_str("callback"),
            Self::Team(id) => id.fmt(f),
        }
    }
}

impl FromStr for QueueThen {
    type Err = UnknownThen;

    fn from_str(text: &str) -> Result<Self, UnknownThen> {
        match text {
            "voicemail" => Ok(Self::Voicemail),
            "hangup" => Ok(Self::Hangup),
            "callback" => Ok(Self::Callback),
            _ => text.parse().map(Self::Team).map_err(|_| UnknownThen),
        }
    }
}

impl Serialize for QueueThen {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for QueueThen {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// It rings at an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// At whom.
    pub agent_id: AgentId,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// When what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTimes {
    /// It began.
    pub started_at: Timestamp,
    /// The caller began to wait for an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Timestamp>,
    /// It first rang: at an agent, or with the contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rang_at: Option<Timestamp>,
    /// Both sides first talked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// Since when the caller hears music.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Timestamp>,
    /// How long they heard it before, in milliseconds.
    #[serde(default)]
    pub held_ms: u64,
    /// It was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl CallTimes {
    /// How long the caller waited, or has waited by now, in milliseconds.
    pub fn wait_ms(&self, now: Timestamp) -> u64 {
        let until = self.answered_at.or(self.ended_at).unwrap_or(now);
        millis(self.started_at, until)
    }

    /// How long the caller heard music while held, in milliseconds.
    pub fn hold_ms(&self, now: Timestamp) -> u64 {
        let going = self
            .held_since
            .map_or(0, |since| millis(since, self.ended_at.unwrap_or(now)));
        self.held_ms + going
    }

    /// How long both sides talked, in milliseconds.
    pub fn talk_ms(&self, now: Timestamp) -> u64 {
        let Some(answered) = self.answered_at else {
            return 0;
        };
        millis(answered, self.ended_at.unwrap_or(now)).saturating_sub(self.hold_ms(now))
    }
}

/// Whole milliseconds from one time to a later one.
pub(crate) fn millis(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond() - from.as_millisecond()).unwrap_or(0)
}

impl Call {
    /// True when the line is gone: nobody hears anybody any more.
    pub fn is_over(&self) -> bool {
        self.times.ended_at.is_some()
    }

    /// True when nothing but its recording and its write-up can change any more.
    pub fn is_final(&self) -> bool {
        self.is_over() && self.state != CallState::Wrapup && self.writing.is_empty()
    }

    /// True when somebody rang and nobody of the desk talked with them.
    pub fn is_missed(&self) -> bool {
        self.direction == Direction::Inbound
            && self.is_over()
            && matches!(
                self.state,
                CallState::Abandoned
                    | CallState::Voicemail
                    | CallState::Rejected
                    | CallState::Failed
            )
    }

    /// True when somebody wrote it up who had the last word.
    pub fn is_settled(&self) -> bool {
        self.settled || (self.disposition.is_some() && self.transfer.is_none())
    }

    /// True when it waits for routing to find an agent: a caller in a queue, or an agent who wants to speak with somebody
    /// of another team.
    pub fn wants_agent(&self) -> bool {
        match (self.state, &self.transfer) {
            (CallState::Queued, _) => self.offer.is_none(),
            (CallState::Transferring, Some(transfer)) => {
                self.offer.is_none()
                    && transfer.consulted.is_none()
                    && matches!(transfer.target, TransferTarget::Team { .. })
            }
            _ => false,
        }
    }

    /// The team that an agent is looked for in.
    pub fn wanted_team(&self) -> Option<TeamId> {
        match (self.state, self.transfer.map(|it| it.target)) {
            (CallState::Transferring, Some(TransferTarget::Team { team_id })) => Some(team_id),
            _ => self.team_id,
        }
    }

    /// The agents whom it keeps from other work: who talks, who is consulted, at whom it rings, who listens, who writes it
    /// up.
    pub fn occupies(&self) -> Vec<AgentId> {
        let mut all: Vec<AgentId> = self.writing.iter().map(|it| it.agent_id).collect();
        if self.is_over() && self.state != CallState::Wrapup {
            return all;
        }
        let consulted = self
            .transfer
            .filter(|_| self.state == CallState::Transferring);
        let mut more = |agent: Option<AgentId>| {
            let new = agent.filter(|it| !all.contains(it));
            all.extend(new);
        };
        more(self.agent_id);
        more(consulted.and_then(|it| it.consulted));
        more(self.offer.map(|it| it.agent_id));
        for it in &self.listening {
            more(Some(it.agent_id));
        }
        let listens = |it: &&Leg| it.kind == LegKind::Listener && it.left_at.is_none();
        for leg in self.legs.iter().filter(listens) {
            more(leg.agent_id);
        }
        all
    }

    /// True when this agent hears it, or is about to, and talks in it at most as a supervisor.
    pub fn is_heard_by(&self, agent: AgentId) -> bool {
        let listens = |it: &Leg| {
            it.kind == LegKind::Listener && it.left_at.is_none() && it.agent_id == Some(agent)
        };
        !self.is_over()
            && (self.listening.iter().any(|it| it.agent_id == agent)
                || self.legs.iter().any(listens))
    }

    /// When something is due: an offer lapses, a wait is over, an agent did not come back, a write-up ends, a PBX was silent
    /// for too long, a recording's time is over.
    pub fn due_at(&self) -> Option<Timestamp> {
        let secs = |at: Timestamp, secs: u64| at + std::time::Duration::from_secs(secs);
        let offer = self.offer.map(|it| it.until);
        let wait = self
            .waits_since()
            .map(|since| secs(since, self.rules.max_wait_secs.into()));
        let wrapup = self
            .wrapup_until
            .filter(|_| self.state == CallState::Wrapup);
        let handed_on = self.writing.iter().map(|it| it.until).min();
        let silent = (self.provider == CTI && !self.is_over())
            .then(|| secs(self.times.started_at, SILENT_SECS_MAX));
        let expiry = self
            .recording
            .as_ref()
            .filter(|it| it.state == RecordingState::Kept)
            .and_then(|it| it.expires_at);
        let rejoin = self.rejoin_until.filter(|_| !self.is_over());
        [offer, wait, rejoin, wrapup, handed_on, silent, expiry]
            .into_iter()
            .flatten()
            .min()
    }

    /// Since when the caller waits for an agent, ringing included.
    pub(crate) fn waits_since(&self) -> Option<Timestamp> {
        match self.state {
            CallState::Queued | CallState::Offering => self.times.queued_at,
            _ => None,
        }
    }

    /// True when this agent talks in it.
    pub fn is_with(&self, agent: AgentId) -> bool {
        self.agent_id == Some(agent)
            && matches!(
                self.state,
                CallState::New | CallState::Active | CallState::Held | CallState::Transferring
            )
    }
}
