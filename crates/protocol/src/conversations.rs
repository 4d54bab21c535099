//! Conversations: what the list and the thread show.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Time,
    contacts::Contact,
    messages::{MessageKind, ScheduledMessage},
};

/// A conversation as an agent sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Conversation {
    /// Identifier.
    pub id: String,
    /// The endpoint it came in through.
    pub inbox_id: String,
    /// `webchat`, `email`, `phone` or `plugin:ID`.
    pub channel: String,
    /// The shop.
    pub shop_id: Option<String>,
    /// The customer, masked unless permitted.
    pub contact: Contact,
    /// Open, snoozed, resolved or merged.
    pub status: ConversationStatus,
    /// When a snoozed one returns.
    pub snoozed_until: Option<Time>,
    /// When a resolved one was resolved.
    pub resolved_at: Option<Time>,
    /// The wrap-up of a resolved one.
    pub disposition: Option<String>,
    /// Where a merged one continues.
    pub merged_into: Option<String>,
    /// Conversations that were merged into this one.
    pub absorbed: Vec<String>,
    /// Where in the sale it stands.
    pub stage: Option<Stage>,
    /// How urgent it is.
    pub priority: Priority,
    /// Labels, in order.
    pub tags: Vec<String>,
    /// Who owns it.
    pub assignment: Assignment,
    /// Who waits for whom.
    pub waiting: Waiting,
    /// True when the contact waits for an answer and it is open.
    pub needs_reply: bool,
    /// Response targets; empty without an SLA policy.
    pub sla_clocks: Vec<SlaClock>,
    /// How far it has escalated; 0 when it has not, or was resolved since.
    pub escalation_level: u8,
    /// After-sale and complaint work, oldest first.
    pub cases: Vec<Case>,
    /// Replies that wait for their time.
    pub scheduled: Vec<ScheduledMessage>,
    /// The newest message by a person that is not a note.
    pub last_message: Option<Preview>,
    /// The subject of its newest mail that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Messages and notes so far.
    pub message_count: u64,
    /// True when it is resolved and all that people said in it was taken back or moved to other conversations.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub emptied: bool,
    /// Up to where you have read; 0 when never opened.
    pub read_seq: u64,
    /// Journal position of the newest message or note by somebody else than you, greetings aside; 0 when there is none.
    pub news_seq: u64,
    /// True when that is after what you have read.
    pub unread: bool,
    /// When it began.
    pub created_at: Time,
    /// When something was last said or done; the list's order.
    pub last_activity_at: Time,
    /// The journal position that this reflects: events up to it are included.
    pub seq: u64,
}

/// After-sale or complaint work that outlives the talk about it. What it is about is in `GET .../cases`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Case {
    /// Identifier.
    pub id: String,
    /// `complaint`, `aftersale`, ...
    pub kind: String,
    /// When it was opened.
    pub opened_at: Time,
    /// The agent who opened it; null when a policy did.
    pub opened_by: Option<String>,
    /// When it was closed; null while it is open.
    pub closed_at: Option<Time>,
}

/// A case with what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseDetail {
    /// The case.
    #[serde(flatten)]
    pub case: Case,
    /// What it is about, in words.
    pub summary: String,
}

/// What a new case is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenCase {
    /// `complaint`, `aftersale`, ...: at most 80 characters.
    pub kind: String,
    /// What it is about, at most 2,000 characters.
    #[serde(default)]
    pub summary: String,
}

/// The start of a message, for lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preview {
    /// The message.
    pub id: String,
    /// Its direction.
    pub kind: MessageKind,
    /// Its first 200 characters on one line.
    pub text: String,
    /// Whether the contact took it back; it has no text then.
    pub taken_back: bool,
    /// When.
    pub at: Time,
}

/// Open, snoozed, resolved or merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationStatus {
    /// Somebody has to act.
    Open,
    /// Out of sight until a time.
    Snoozed,
    /// Done.
    Resolved,
    /// Continued elsewhere.
    Merged,
}

/// Where in the sale a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Before buying.
    Presale,
    /// Between order and receipt.
    InSale,
    /// After receipt.
    Aftersale,
    /// Ratings and reviews.
    Review,
}

/// How urgent a conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Can wait.
    Low,
    /// The default.
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

/// Who owns a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Assignment {
    /// `unassigned`, `offered` or `assigned`.
    pub state: AssignmentState,
    /// The owner, or the one it is offered to.
    pub agent_id: Option<String>,
    /// The team whose queue it is in or came from.
    pub team_id: Option<String>,
    /// Since when.
    pub since: Time,
    /// When an offer lapses.
    pub offer_until: Option<Time>,
}

/// How firmly a conversation is owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentState {
    /// In a queue.
    Unassigned,
    /// Waits for an agent to take it.
    Offered,
    /// Owned.
    Assigned,
}

/// Who waits for whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// `nobody`, `agent` (the contact waits for an answer) or `contact` (we wait for them).
    pub on: WaitingOn,
    /// Since when.
    pub since: Option<Time>,
}

/// On whom somebody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitingOn {
    /// Nobody waits.
    Nobody,
    /// The contact waits for an agent.
    Agent,
    /// We wait for the contact.
    Contact,
}

/// One response target of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlaClock {
    /// `first_response`, `next_response` or `resolution`.
    pub target: SlaTarget,
    /// `running`, `paused`, `met` or `breached`.
    pub state: SlaClockState,
    /// Working seconds allowed.
    pub limit_secs: u64,
    /// When a running clock is missed, or a breached one was.
    pub due_at: Option<Time>,
    /// When a running clock turns amber; null once it has.
    pub warn_at: Option<Time>,
    /// Working seconds used, for a paused clock.
    pub used_secs: Option<u64>,
    /// When a met or breached clock stopped.
    pub ended_at: Option<Time>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaTarget {
    /// To the first answer.
    FirstResponse,
    /// To each later answer.
    NextResponse,
    /// To resolution.
    Resolution,
}

/// Whether a clock runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaClockState {
    /// Time passes.
    Running,
    /// Time stands still.
    Paused,
    /// In time.
    Met,
    /// Too late.
    Breached,
}

/// Which conversations to list; newest activity first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ConversationQuery {
    /// `open`, `snoozed`, `resolved` or `merged`; all but merged when unset.
    pub status: Option<ConversationStatus>,
    /// `me`, `none`, or an agent's id.
    pub assignee: Option<String>,
    /// A team's id, or `none`.
    pub team: Option<String>,
    /// An inbox's id.
    pub inbox: Option<String>,
    /// A shop's id.
    pub shop: Option<String>,
    /// A contact's id.
    pub contact: Option<String>,
    /// A label.
    pub tag: Option<String>,
    /// An urgency.
    pub priority: Option<Priority>,
    /// A stage.
    pub stage: Option<Stage>,
    /// Words to find, as in search; the order stays newest activity first.
    pub q: Option<String>,
    /// Only those whose contact waits for an answer (`true`), or only the others (`false`).
    pub needs_reply: Option<bool>,
    /// Only these ids, comma-separated, at most 200.
    pub ids: Option<String>,
    /// Items on a page, 1 to 200; 50 when unset.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Numbers beside views and queues. Numbers stop at 1,000 per entry: "999+" is all that anybody reads.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Open and mine.
    pub mine: u64,
    /// Open and mine, contact waiting.
    pub mine_needs_reply: u64,
    /// Open and nobody's.
    pub unassigned: u64,
    /// All open.
    pub open: u64,
    /// Open, contact waiting.
    pub needs_reply: u64,
    /// Snoozed.
    pub snoozed: u64,
    /// Open and in the queue of each team, by team id.
    pub team_queues: std::collections::BTreeMap<String, u64>,
}

/// A new owner; null clears.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct AssignRequest {
    /// The agent.
    #[serde(default)]
    pub agent_id: Option<String>,
    /// The team.
    #[serde(default)]
    pub team_id: Option<String>,
}

/// A new status.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StatusRequest {
    /// `open`, `snoozed` or `resolved`.
    pub status: RequestedStatus,
    /// When a snoozed one returns; required with `snoozed`.
    pub until: Option<Time>,
    /// The wrap-up, with `resolved`.
    pub disposition: Option<String>,
}

/// A status that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestedStatus {
    /// Open it.
    Open,
    /// Put it out of sight.
    Snoozed,
    /// Done.
    Resolved,
}

/// Changes of labels.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct TagsRequest {
    /// To put on.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub add: Vec<String>,
    /// To take off.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub remove: Vec<String>,
}

/// A new urgency.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PriorityRequest {
    /// The urgency.
    pub priority: Priority,
}

/// A new stage.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StageRequest {
    /// The stage; null for none.
    pub stage: Option<Stage>,
}

/// Where to merge into.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MergeRequest {
    /// The one that stays.
    pub into: String,
}

/// Up to where you have read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReadRequest {
    /// A journal position.
    pub seq: u64,
}

/// Up to where you have read, now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReadMark {
    /// The conversation.
    pub conversation_id: String,
    /// The journal position: what was asked for, or the newest position of the conversation when that is smaller.
    pub seq: u64,
}

/// On what terms a decision was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionMode {
    /// By a policy in force.
    Live,
    /// Beside the one in force, to compare: nothing was done.
    Shadow,
    /// By a policy on trial with a share of conversations.
    Canary,
    /// By the built-in policy, since another one failed.
    Fallback,
}

/// A stored decision of routing or escalation: why something happened, or did not.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// Identifier.
    pub id: String,
    /// `routing` or `escalation`.
    pub policy: String,
    /// Which version of which implementation.
    pub version: String,
    /// On what terms it was made.
    pub mode: DecisionMode,
    /// When the built-in policy decided in place of another: that one's label and what went wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// What it looked at.
    pub inputs: serde_json::Value,
    /// What it answered.
    pub answer: serde_json::Value,
    /// In words.
    pub reason: String,
    /// How long it took.
    pub duration_us: u64,
    /// When.
    pub at: Time,
}
