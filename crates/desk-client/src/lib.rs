//! A client of a running desk, for the command line: what an operator can do in the app, done by a script.
//!
//! Two types to know: [`Desk`] is one desk with the token that opens it, and has a method for each operation that a
//! subcommand needs; [`DeskError`] says in words why one did not happen, with the sentence that the desk itself gave.
//!
//! To call another operation: a method in the file of its noun, with the types of `protocol`.
//!
//! What is absent, on purpose: printing, asking questions, retries, the rest of the API.

mod error;
mod plugins;
mod rules;

use std::time::Duration;

use plugboard_egress::Reach;
use plugboard_protocol::{
    admin::{Inbox, SaveInbox},
    agents::Session,
};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

pub use error::DeskError;

/// Longest wait for one answer. Installing compiles: a plugin in Python takes half a minute, and minutes on a machine that is busy.
const TIMEOUT: Duration = Duration::from_secs(600);

/// One desk, and the token that opens it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk {
    address: Url,
    token: String,
    http: reqwest::Client,
}

/// A list without pages.
#[derive(serde::Deserialize)]
pub(crate) struct Items<T> {
    pub(crate) items: Vec<T>,
}

impl Desk {
    /// A desk at an address such as `https://desk.example.com`, opened by an API token.
    pub fn new(address: &str, token: &str) -> Result<Self, DeskError> {
        let unknown = || DeskError::Address(address.to_owned());
        let address: Url = address.parse().map_err(|_| unknown())?;
        if !matches!(address.scheme(), "http" | "https") || address.cannot_be_a_base() {
            return Err(unknown());
        }
        // The person at the keyboard chose the address: it may be this machine.
        let http = plugboard_egress::client(Reach::Anywhere, TIMEOUT)
            .map_err(|error| DeskError::Client(error.to_string()))?;
        Ok(Self {
            address,
            token: token.to_owned(),
            http,
        })
    }

    /// A desk, opened with the address and the password of an agent.
    pub async fn sign_in(address: &str, email: &str, password: &str) -> Result<Self, DeskError> {
        let stranger = Self::new(address, "")?;
        let asked = serde_json::json!({ "email": email, "password": password });
        let session: Session = stranger.post(&["sessions"], &asked).await?;
        Self::new(address, &session.token)
    }

    /// Makes an inbox.
    pub async fn create_inbox(&self, inbox: &SaveInbox) -> Result<Inbox, DeskError> {
        self.post(&["inboxes"], inbox).await
    }

    /// Every inbox.
    pub async fn inboxes(&self) -> Result<Vec<Inbox>, DeskError> {
        let all: Items<Inbox> = self.get(&["inboxes"]).await?;
        Ok(all.items)
    }

    /// Sets an inbox up anew; its channel cannot change.
    pub async fn replace_inbox(&self, id: &str, inbox: &SaveInbox) -> Result<Inbox, DeskError> {
        self.put(&["inboxes", id], inbox).await
    }

    /// Where it is.
    pub fn address(&self) -> &Url {
        &self.address
    }

    pub(crate) fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.address.clone();
        url.path_segments_mut()
            .expect("checked when the desk was named")
            .pop_if_empty()
            .extend(["api", "v1"])
            .extend(path);
        self.http.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, DeskError> {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, DeskError> {
        self.send(json(self.request(Method::POST, path), body)?)
            .await
    }

    pub(crate) async fn put<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, DeskError> {
        self.send(json(self.request(Method::PUT, path), body)?)
            .await
    }

    pub(crate) async fn delete(&self, path: &[&str]) -> Result<(), DeskError> {
        self.text(self.request(Method::DELETE, path)).await?;
        Ok(())
    }

    /// The answer as the type that the contract names.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, DeskError> {
        let text = self.text(request).await?;
        serde_json::from_str(&text).map_err(|error| DeskError::Strange(error.to_string()))
    }

    /// The answer as it came, when it is a good one.
    pub(crate) async fn text(&self, request: RequestBuilder) -> Result<String, DeskError> {
        let unreachable = |error: reqwest::Error| DeskError::Unreachable {
            address: self.address.to_string(),
            why: causes(&error),
        };
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let text = answer.text().await.map_err(unreachable)?;
        if status.is_success() {
            return Ok(text);
        }
        Err(refused(status, &text))
    }
}

fn json(request: RequestBuilder, body: &impl Serialize) -> Result<RequestBuilder, DeskError> {
    let body = serde_json::to_vec(body).map_err(|error| DeskError::Strange(error.to_string()))?;
    Ok(request
        .header("content-type", "application/json")
        .body(body))
}

fn refused(status: StatusCode, text: &str) -> DeskError {
    match serde_json::from_str::<plugboard_protocol::error::ErrorBody>(text) {
        Ok(body) => DeskError::Refused {
            status: status.as_u16(),
            code: body.error.code,
            message: body.error.message,
            details: body.error.details,
        },
        Err(_) => DeskError::Strange(format!("HTTP status {}", status.as_u16())),
    }
}

/// What the client says only as causes of causes: refused, no such host, a certificate.
fn causes(error: &reqwest::Error) -> String {
    let mut all = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        all = format!("{all}: {cause}");
        next = cause.source();
    }
    all
}
