//! What a message that came or went by mail shows.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::MailAddress;
use crate::{Time, extensions::Pair};

/// What a message has besides its text when it came or went by mail. The message's `text` is the whole text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Mail {
    /// Its subject, decoded; empty when it has none.
    pub subject: String,
    /// Who it says it is from.
    pub from: Option<MailAddress>,
    /// Where answers shall go, when that is said.
    pub reply_to: Vec<MailAddress>,
    /// To whom.
    pub to: Vec<MailAddress>,
    /// To whom else.
    pub cc: Vec<MailAddress>,
    /// To whom else, unseen by the others; only of what the desk sent.
    pub bcc: Vec<MailAddress>,
    /// When its sender says it was written.
    pub date: Option<Time>,
    /// The text without what it quotes and without its signature; unset when nothing was cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_text: Option<String>,
    /// The path of its cleaned HTML; unset when it is plain text. `?part=new` leaves out what it quotes,
    /// `?images=remote` fetches its pictures through the desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Pictures that it wants fetched from elsewhere; none is, until somebody asks.
    pub remote_images: u32,
    /// Files of the message that its HTML shows in place; they need not be listed again.
    pub inline_attachments: Vec<String>,
    /// Where its source can be saved from; unset until it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// Why it is in this conversation; unset of what the desk sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_here: Option<WhyHere>,
    /// The conversation that it was moved to; here it is empty since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
    /// What a reader should know before trusting it, gravest first.
    pub warnings: Vec<MailWarning>,
    /// Whether a person wrote it.
    pub automatic: Automatic,
    /// How far it got on its way out; unset of what came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sending: Option<Sending>,
    /// True when it could not be read and stands here as a placeholder; its source can be saved.
    #[serde(default)]
    pub unreadable: bool,
}

/// Why a mail is in the conversation that it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WhyHere {
    /// What decided.
    pub rule: WhyHereRule,
    /// The message of this conversation that it answers, when one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The agent who moved it here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// A conversation that it may belong to although nothing proves it: same sender, same subject, lately.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maybe: Option<String>,
}

/// What decided where a mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyHereRule {
    /// It was sent to an address, or answers a message id, that the desk signed for this conversation.
    Token,
    /// `In-Reply-To` names a message of this conversation.
    InReplyTo,
    /// `References` names a message of this conversation.
    References,
    /// It shares an earlier message with this conversation that neither side's desk sent.
    SharedReferences,
    /// Its subject has the number of this conversation, and its sender takes part in it.
    SubjectNumber,
    /// It is a report about a message of this conversation.
    Report,
    /// Nothing tied it to an earlier conversation, so it began this one.
    New,
    /// It answers a conversation that was closed; this one follows it.
    AfterClosed,
    /// An agent moved it here.
    Moved,
    /// An agent made a conversation of its own of it.
    Split,
}

/// What a reader should know before trusting a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailWarning {
    /// What it is.
    pub kind: MailWarningKind,
    /// What it is about: the address or host in question, or the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What can be wrong with a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailWarningKind {
    /// Its sender's domain says that mail like this is not from it (DMARC failed).
    Spoofed,
    /// Nothing proves that it is from the address that it names.
    Unverified,
    /// Its sender's domain looks like one that is known, and is another.
    LookAlike,
    /// Its sender's name is that of an agent, a shop or an address of the desk.
    Impersonation,
    /// Answers would go to another domain than it came from.
    ReplyToDiffers,
    /// This address has never written before.
    FirstTimeSender,
    /// A link shows one host and leads to another.
    DeceptiveLink,
    /// A file in it can run.
    DangerousFile,
}

/// Whether a person wrote a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Automatic {
    /// As far as can be known, a person did.
    #[default]
    No,
    /// It answers by itself: out of office, confirmations.
    AutoReply,
    /// A machine wrote it without being asked.
    Generated,
    /// A mailing list.
    List,
    /// Sent to many.
    Bulk,
    /// A report on a delivery.
    Report,
}

/// How a mail of the desk fares on its way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sending {
    /// How far it got.
    pub state: SendingState,
    /// Until when it can be taken back (`held`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_until: Option<Time>,
    /// When it is tried next (`deferred`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Time>,
    /// Tries so far.
    pub attempts: u32,
    /// What the other side said last, without addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How each recipient fares; empty until something is known of one.
    pub recipients: Vec<RecipientFate>,
}

/// How far a mail of the desk got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SendingState {
    /// It can still be taken back.
    Held,
    /// It waits for its turn.
    Queued,
    /// It is being handed over.
    Sending,
    /// The mail server took it.
    Sent,
    /// The mail server did not take it yet; it is tried again.
    Deferred,
    /// It will not arrive.
    Failed,
    /// The connection broke after it was handed over: it may have arrived, or not. A person decides.
    Uncertain,
    /// It was taken back in time.
    TakenBack,
}

/// How one recipient of a mail fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecipientFate {
    /// Whose.
    pub address: String,
    /// How far it got.
    pub state: RecipientState,
    /// The status code of the report or the answer: `5.1.1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What the other side said, without addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
}

/// How far a mail got for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecipientState {
    /// On its way.
    Pending,
    /// Our mail server took it.
    Accepted,
    /// Their mail server took it.
    Delivered,
    /// Not yet; it is tried again by a mail server.
    Delayed,
    /// It will not arrive.
    Failed,
    /// It may have arrived, or not.
    Uncertain,
}

/// Everything about a mail that is not shown at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MailDetails {
    /// The message.
    pub message_id: String,
    /// Its header fields, decoded, in their order.
    pub headers: Vec<Pair>,
    /// What checks of its origin found.
    pub authentication: Authentication,
    /// What had to be repaired to read it, in words.
    pub problems: Vec<String>,
    /// Size of its source in bytes.
    pub size: u64,
    /// The mailbox and folder that it was found in; unset when it was handed in otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// What it was read in since a person said so; unset where that was found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
}

/// What checks of a mail's origin found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Authentication {
    /// Whether its server may send for its envelope's domain.
    pub spf: AuthenticationResult,
    /// Whether its signature holds.
    pub dkim: AuthenticationResult,
    /// Whether either of them is of the domain that it says it is from.
    pub dmarc: AuthenticationResult,
    /// Who checked: the name of the mail server that is trusted; unset when nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_by: Option<String>,
}

/// The outcome of a check of origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationResult {
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

/// How much of a mail's HTML.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct MailHtmlQuery {
    /// `all` when unset.
    #[param(inline)]
    pub part: Option<MailPart>,
    /// `blocked` when unset.
    #[param(inline)]
    pub images: Option<MailImages>,
}

/// How a mail's source is given.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct MailSourceQuery {
    /// True to look at it as text; otherwise it is to be saved.
    pub view: Option<bool>,
}

/// How much of a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailPart {
    /// What it quotes as well.
    #[default]
    All,
    /// Without what it quotes.
    New,
}

/// What becomes of pictures that a mail wants fetched from elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailImages {
    /// They stay out.
    #[default]
    Blocked,
    /// They are fetched by the desk, so that the sender does not learn who reads.
    Remote,
}

/// A picture that a mail wants fetched. Addresses of pictures are in the mail's HTML, signed.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MailImageQuery {
    /// Where it is.
    pub url: String,
    /// The desk's signature of it.
    pub signature: String,
}

/// How a mail shall be read again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ReadMailAgain {
    /// What everything of it is in, whatever it says: `gb18030`, `big5`, `utf-8`, `shift_jis`. Found out when unset.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub charset: Option<String>,
}

/// Where a mail shall be instead. Where it was, it stays as an empty message that says where it went.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MoveMail {
    /// The conversation; one of its own when unset.
    #[serde(default)]
    pub conversation_id: Option<String>,
}
