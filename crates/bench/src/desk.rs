//! A desk ready for load: one web chat inbox, an agent's token, visitors. Set up through the public API alone.

use std::{net::SocketAddr, path::Path};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    client::{AgentSocket, HttpConnection},
    server::{ADMIN_EMAIL, ADMIN_PASSWORD, Server, Spec},
};

/// A server with an inbox that visitors can write to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Desk {
    /// Where its server listens now.
    pub address: SocketAddr,
    /// Token of an administrator.
    pub agent_token: String,
    /// The web chat inbox.
    pub inbox: String,
    /// Visitors, each with a token that outlives the server process.
    pub visitors: Vec<String>,
}

impl Desk {
    /// Creates the administrator, starts the server on a fresh `data` folder and opens `visitors` sessions.
    pub async fn open(spec: &Spec, data: &Path, visitors: usize) -> Result<(Server, Self)> {
        spec.create_admin(data)?;
        let server = spec.start(data).await?;
        let desk = Self::set_up(server.address, visitors).await?;
        Ok((server, desk))
    }

    async fn set_up(address: SocketAddr, visitors: usize) -> Result<Self> {
        let mut http = HttpConnection::connect(address).await?;
        let login = json!({ "email": ADMIN_EMAIL, "password": ADMIN_PASSWORD });
        let session = http.call("/api/v1/sessions", None, &login).await?;
        let agent_token = text(&session["token"], "token of the session")?;
        let inbox = json!({ "name": "Bench", "channel": "webchat", "settings": {} });
        let inbox = http
            .call("/api/v1/inboxes", Some(&agent_token), &inbox)
            .await?;
        let inbox = text(&inbox["id"], "id of the inbox")?;
        let mut desk = Self {
            address,
            agent_token,
            inbox,
            visitors: Vec::new(),
        };
        desk.admit(visitors).await?;
        Ok(desk)
    }

    /// Opens sessions for visitors until there are `wanted`.
    pub async fn admit(&mut self, wanted: usize) -> Result<()> {
        let path = format!("/chat/v1/{}/sessions", self.inbox);
        let mut http = HttpConnection::connect(self.address).await?;
        while self.visitors.len() < wanted {
            let name = format!("Visitor {}", self.visitors.len());
            let session = http
                .call(&path, None, &json!({ "name": name, "locale": "zh" }))
                .await?;
            self.visitors
                .push(text(&session["visitor_token"], "visitor token")?);
        }
        Ok(())
    }

    /// Path that visitors' messages go to.
    pub fn messages_path(&self) -> String {
        format!("/chat/v1/{}/messages", self.inbox)
    }

    /// An agent's socket that gets every event from now on.
    pub async fn live_socket(&self) -> Result<AgentSocket> {
        let mut socket = AgentSocket::connect(self.address, &self.agent_token).await?;
        let head = socket.head();
        socket.subscribe(head).await?;
        Ok(socket)
    }

    /// Asks as the agent.
    pub async fn ask(&self, http: &mut HttpConnection, path: &str) -> Result<Value> {
        let answer = http.get(path, Some(&self.agent_token)).await?;
        Ok(answer.json(path)?)
    }
}

fn text(value: &Value, what: &str) -> Result<String> {
    let text = value.as_str().with_context(|| what.to_owned())?;
    Ok(text.to_owned())
}
