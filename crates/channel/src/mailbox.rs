//! Mailboxes: trying what an administrator typed, how each fares, and leave that a provider gives.
//!
//! Only email has them. The edge asks through [`Mailboxes`]; the channel that holds the connections answers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use plugboard_domain::{
    Rejection, Timestamp,
    command::StoredFile,
    ids::InboxId,
    mail::{Mail, ReadAgain},
};
use serde_json::{Map, Value};

/// Which way mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
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
    /// Seeing which mail server says where mails are from; its name is the detail.
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

/// What is wrong with a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
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
    /// The provider takes no passwords any more: sign in with it.
    OauthNeeded,
    /// The provider has not given leave, or took it back.
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

/// One step of trying a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Which way.
    pub side: Side,
    /// What was tried.
    pub step: Step,
    /// What is wrong; `None` when it worked.
    pub trouble: Option<Trouble>,
    /// What the server said, or what was found. Never a secret.
    pub detail: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// How a mailbox is; greater is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// How it is.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// When it last worked.
    pub last_ok_at: Option<Timestamp>,
    /// What is wrong.
    pub trouble: Option<Trouble>,
    /// What the server said; never an address or a secret.
    pub detail: Option<String>,
    /// When it is tried next.
    pub next_try_at: Option<Timestamp>,
}

/// A folder that is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its name.
    pub name: String,
    /// True while the server tells of new mail at once.
    pub live: bool,
    /// When it was last looked at.
    pub checked_at: Option<Timestamp>,
    /// Mails still to be taken in, when that is known.
    pub behind: Option<u64>,
    /// When its newest mail came in.
    pub last_mail_at: Option<Timestamp>,
}

/// How a mailbox fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whose.
    pub inbox_id: InboxId,
    /// Mail coming in.
    pub incoming: Flow,
    /// Mail going out; `None` when the inbox sends none.
    pub outgoing: Option<Flow>,
    /// Each folder that is followed.
    pub folders: Vec<Folder>,
    /// Mails that could not be taken in and stand as placeholders.
    pub quarantined: u64,
    /// Mails that wait to be sent.
    pub queued: u64,
    /// Since when the oldest of them waits.
    pub oldest_queued_at: Option<Timestamp>,
}

/// A mail cannot be read again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// Its source is not kept: it was written here, or a placeholder stands for it.
    #[error("the source of this mail is not kept")]
    NoSource,
    /// Nothing is known of that charset.
    #[error("no charset is called so")]
    UnknownCharset,
    /// Files cannot be read or written now.
    #[error("the files of the desk cannot be reached now: {0}")]
    Unavailable(String),
}

/// The mailboxes of the desk.
#[async_trait]
pub trait Mailboxes: Send + Sync {
    /// Tries settings that may not be saved yet, step by step, without changing anything there: connects, signs in, opens the
    /// folders, asks the mail server whether it takes the sender. Ends within half a minute. `secrets` by their stored
    /// names. The rejection is about settings that cannot be tried at all.
    async fn try_out(
        &self,
        inbox: Option<InboxId>,
        settings: &Map<String, Value>,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Vec<Tried>, Rejection>;

    /// How each mailbox fares now, in no order.
    async fn health(&self) -> Vec<Health>;

    /// Reads a mail again from its source: with the decoder as it is today, or everything in the charset that somebody names.
    /// Answers with what the desk is to be told.
    async fn read_again(
        &self,
        mail: &Mail,
        files: &[StoredFile],
        charset: Option<&str>,
    ) -> Result<ReadAgain, Unread>;

    /// Connects again at once instead of waiting for the next try: somebody mended something.
    async fn wake(&self, inbox: InboxId);

    /// Changes a provider's code for tokens (RFC 6749 §4.1.3, with RFC 7636), as the secrets to store, by their stored names.
    async fn redeem(
        &self,
        settings: &Map<String, Value>,
        secrets: &BTreeMap<String, String>,
        code: &str,
        verifier: &str,
        redirect_url: &str,
    ) -> Result<BTreeMap<String, String>, Tried>;
}
