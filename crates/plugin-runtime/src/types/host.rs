//! What plugins ask of the host.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use super::MediaRef;

enumeration! {
    /// How a digest is made.
    pub enum Hash {
        /// MD5, for providers that demand it.
        #[component(name = "md5")]
        Md5,
        /// SHA-1, for providers that demand it.
        #[component(name = "sha1")]
        Sha1,
        /// SHA-256.
        #[component(name = "sha256")]
        Sha256,
    }
}

/// What goes into a digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// As it is.
    #[component(name = "plain")]
    #[serde(with = "crate::bytes")]
    Plain(Vec<u8>),
    /// The value of the secret with this name.
    #[component(name = "secret")]
    Secret(String),
}

/// A header's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// As it is.
    #[component(name = "plain")]
    Plain(String),
    /// The value of the secret with this name.
    #[component(name = "secret")]
    Secret(String),
    /// `Bearer` and the value of the secret with this name.
    #[component(name = "bearer")]
    Bearer(String),
    /// Basic authentication: a user name, and the name of the password.
    #[component(name = "basic")]
    Basic((String, String)),
}

/// What a part of a form holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// As it is.
    #[component(name = "bytes")]
    #[serde(with = "crate::bytes")]
    Bytes(Vec<u8>),
    /// A file of the desk's store.
    #[component(name = "media")]
    Media(MediaRef),
}

/// One part of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct FormPart {
    /// Name of the field.
    pub name: String,
    /// Name of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// What it holds.
    pub content: Content,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// None.
    #[component(name = "empty")]
    Empty,
    /// As it is; `{{secret:NAME}}` in text is replaced.
    #[component(name = "bytes")]
    #[serde(with = "crate::bytes")]
    Bytes(Vec<u8>),
    /// A file of the desk's store.
    #[component(name = "media")]
    Media(MediaRef),
    /// `multipart/form-data`.
    #[component(name = "multipart")]
    Multipart(Vec<FormPart>),
}

/// A request to a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// Where; `{{secret:NAME}}` behind the host is replaced.
    pub url: String,
    /// Headers.
    #[serde(default)]
    pub headers: Vec<(String, Value)>,
    /// Body.
    pub payload: Payload,
    /// How long to wait, milliseconds.
    #[component(name = "timeout-ms")]
    pub timeout_ms: u32,
    /// Largest answer.
    #[component(name = "max-response-bytes")]
    pub max_response_bytes: u32,
}

/// A provider's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Body.
    #[serde(default, with = "crate::bytes")]
    pub body: Vec<u8>,
}

/// What a plugin asks of the desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum DeskCommand {
    /// Puts tags on.
    #[component(name = "add-tags")]
    AddTags(Vec<String>),
    /// Takes tags off.
    #[component(name = "remove-tags")]
    RemoveTags(Vec<String>),
    /// 0 low, 1 normal, 2 high, 3 urgent.
    #[component(name = "set-priority")]
    SetPriority(u8),
    /// Gives it to an agent.
    #[component(name = "assign-agent")]
    AssignAgent(String),
    /// Moves it into a team's queue.
    #[component(name = "assign-team")]
    AssignTeam(String),
    /// Writes a note.
    #[component(name = "note")]
    Note(String),
    /// Answers the contact.
    #[component(name = "reply")]
    Reply(String),
    /// Resolves it, with a disposition.
    #[component(name = "resolve")]
    Resolve(Option<String>),
    /// Opens a case: kind and summary.
    #[component(name = "open-case")]
    OpenCase((String, String)),
}

enumeration! {
    /// How loud a log line is.
    pub enum Level {
        /// For authors.
        #[component(name = "debug")]
        Debug,
        /// What it did.
        #[component(name = "info")]
        Info,
        /// Something odd.
        #[component(name = "warn")]
        Warn,
        /// Something failed.
        #[component(name = "error")]
        Error,
    }
}

impl DeskCommand {
    /// Its name in the contract: what `permissions.commands` lists.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AddTags(_) => "add-tags",
            Self::RemoveTags(_) => "remove-tags",
            Self::SetPriority(_) => "set-priority",
            Self::AssignAgent(_) => "assign-agent",
            Self::AssignTeam(_) => "assign-team",
            Self::Note(_) => "note",
            Self::Reply(_) => "reply",
            Self::Resolve(_) => "resolve",
            Self::OpenCase(_) => "open-case",
        }
    }

    /// Every name.
    pub const NAMES: [&'static str; 9] = [
        "add-tags",
        "remove-tags",
        "set-priority",
        "assign-agent",
        "assign-team",
        "note",
        "reply",
        "resolve",
        "open-case",
    ];
}

impl Level {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}
