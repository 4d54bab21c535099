//! Mailboxes: trying their settings, how they fare, and asking a provider for leave.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::Time;

/// Settings of a mailbox to try before they are saved.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TryMailbox {
    /// The inbox whose stored secrets stand in for those that are left out.
    #[serde(default)]
    pub inbox_id: Option<String>,
    /// Settings, as in `POST /api/v1/inboxes`.
    pub settings: Map<String, Value>,
}

/// What trying a mailbox found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailboxReport {
    /// True when mail can come in and go out.
    pub ok: bool,
    /// What was tried, in order; steps after one that failed are left out.
    pub steps: Vec<MailboxStep>,
}

/// One step of trying a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailboxStep {
    /// Mail coming in or going out.
    pub side: MailboxSide,
    /// What was tried.
    pub step: MailboxStepKind,
    /// Unset when it worked; otherwise what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<MailboxTrouble>,
    /// What the server said, or what was found: folders, capabilities. Never a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// Which way mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailboxSide {
    /// Coming in, over IMAP.
    Imap,
    /// Coming in, handed over by a mail server.
    Lmtp,
    /// Going out.
    Smtp,
    /// Asking the provider for an access token.
    Oauth,
}

/// A step of trying a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailboxStepKind {
    /// Finding the host's address.
    Resolve,
    /// Connecting.
    Connect,
    /// Talking privately.
    Tls,
    /// The server's greeting.
    Greeting,
    /// Signing in.
    SignIn,
    /// Opening the folders.
    Folders,
    /// Seeing which mail server says where mails are from. `detail` is its name, which `authserv_id` may be set to.
    Origin,
    /// Being told of new mail at once.
    Idle,
    /// Whether the sender's address is taken.
    Sender,
    /// Getting an access token.
    Token,
    /// Listening for a mail server.
    Listen,
}

/// What is wrong with a mailbox, so that it can be said in the reader's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailboxTrouble {
    /// No host of this name.
    UnknownHost,
    /// Nothing listens there.
    Refused,
    /// No answer in time.
    Timeout,
    /// The connection broke.
    Broken,
    /// What answered does not speak this protocol; often a wrong port.
    WrongProtocol,
    /// The server's certificate is not trusted, or not its own.
    Certificate,
    /// The server offers no encryption, and the host is another machine.
    NoEncryption,
    /// The name or password is wrong.
    WrongPassword,
    /// The provider wants an app password, or an authorisation code, instead of the password.
    AppPasswordNeeded,
    /// The provider takes no passwords any more: sign in with it (OAuth).
    OauthNeeded,
    /// The provider has not given leave, or took it back: connect it again.
    LeaveNeeded,
    /// Access by this protocol is turned off in the mailbox's settings.
    Disabled,
    /// Too many connections or tries; the provider makes us wait.
    Throttled,
    /// A folder is not there.
    NoFolder,
    /// The server does not let this address send.
    SenderRefused,
    /// The mailbox is full.
    Full,
    /// The desk listens for no mail server.
    NotListening,
    /// Something else; see the detail.
    Other,
}

/// How a mailbox fares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MailboxHealth {
    /// The inbox.
    pub inbox_id: String,
    /// How it is as a whole: the worse of both ways.
    pub state: MailboxState,
    /// Mail coming in.
    pub incoming: MailboxFlow,
    /// Mail going out; unset when the inbox sends none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outgoing: Option<MailboxFlow>,
    /// Each folder that is followed.
    pub folders: Vec<MailFolder>,
    /// Mails that could not be taken in and stand as placeholders.
    pub quarantined: u64,
    /// Mails that wait to be sent.
    pub queued: u64,
    /// Since when the oldest of them waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_queued_at: Option<Time>,
}

/// How a mailbox is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailboxState {
    /// Works.
    Ok,
    /// Is being connected, or catches up.
    Starting,
    /// Failed lately; is tried again.
    Troubled,
    /// Does not work, for minutes or until somebody acts.
    Stopped,
}

/// One way of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailboxFlow {
    /// How it is.
    pub state: MailboxState,
    /// Since when.
    pub since: Time,
    /// When it last worked; unset when it never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ok_at: Option<Time>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<MailboxTrouble>,
    /// What the server said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_try_at: Option<Time>,
}

/// A folder that is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailFolder {
    /// Its name.
    pub name: String,
    /// True while the server tells of new mail at once; otherwise it is asked now and then.
    pub live: bool,
    /// When it was last looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Time>,
    /// Mails that are still to be taken in; unset when that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<u64>,
    /// When the newest mail of it came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_mail_at: Option<Time>,
}

/// A provider that mailboxes can be connected to by OAuth; as data, so that any other can be typed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OauthProvider {
    /// Its key: `gmail`.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Settings of an inbox that follow from it, as in `POST /api/v1/inboxes`.
    pub settings: Map<String, Value>,
}

/// Where to send an administrator so that a provider gives leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OauthStart {
    /// The provider's page, to be opened in a window.
    pub url: String,
    /// What has to be registered with the provider as the place to return to.
    pub redirect_url: String,
}

/// What a provider sends an administrator back with.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct OauthReturn {
    /// What the way there began with.
    pub state: String,
    /// The provider's code, when it gave leave.
    pub code: Option<String>,
    /// Why it gave none.
    pub error: Option<String>,
}

/// Which mails of a mailbox are read again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ReadMailboxAgain {
    /// Those behind this message, oldest first; all when unset.
    #[serde(default)]
    pub after: Option<String>,
}

/// Mails that were read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailsReadAgain {
    /// How many were.
    pub read: u32,
    /// How many of them say something else now.
    pub changed: u32,
    /// The last one: ask again with it as `after`. Unset when there are no more.
    pub next: Option<String>,
}
