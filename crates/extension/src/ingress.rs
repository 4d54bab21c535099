//! Requests from outside, as they came.

use async_trait::async_trait;
use bytes::Bytes;
use plugboard_domain::ids::InboxId;

use crate::ExtensionError;

/// A request to `/hooks/{inbox}`. Content: never log it.
#[derive(Clone)]
pub struct RawRequest {
    /// Method, upper case.
    pub method: String,
    /// The path behind the inbox id, with its leading slash; empty when there is none.
    pub path: String,
    /// The query as it came, without the question mark.
    pub query: String,
    /// Headers in order, names in lower case. Values that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte: signatures are computed over it.
    pub body: Bytes,
    /// Who connected.
    pub remote_ip: String,
    /// The whole address as the outside sees it; some providers sign it.
    pub public_url: String,
}

/// What the plugin answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawReply {
    /// HTTP status.
    pub status: u16,
    /// Headers; the edge drops those that are its own to set.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Where requests from outside go.
#[async_trait]
pub trait Ingress: Send + Sync {
    /// Hands the request to the plugin of the inbox. It was kept before the plugin saw it, and what the plugin made of it
    /// is durable before this returns. `NotFound` when no enabled plugin serves the inbox.
    async fn receive(
        &self,
        inbox: InboxId,
        request: RawRequest,
    ) -> Result<RawReply, ExtensionError>;
}
