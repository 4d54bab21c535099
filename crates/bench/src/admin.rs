//! What an administrator does before and during a measurement: staff, plugins, policies, inboxes.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::{client::HttpConnection, desk::Desk};

/// Between the parts of an upload.
const BOUNDARY: &str = "plugboard-bench-boundary-4711";

/// An administrator's own connection.
pub struct Admin {
    http: HttpConnection,
    token: String,
}

impl Admin {
    /// Connects.
    pub async fn connect(desk: &Desk) -> Result<Self> {
        Ok(Self {
            http: HttpConnection::connect(desk.address).await?,
            token: desk.agent_token.clone(),
        })
    }

    /// Asks.
    pub async fn get(&mut self, path: &str) -> Result<Value> {
        let answer = self.http.get(path, Some(&self.token)).await?;
        Ok(answer.json(path)?)
    }

    /// Does something; any answer but a success is an error.
    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        Ok(self.http.call(path, Some(&self.token), body).await?)
    }

    /// So many agents at work, with room for so many conversations each; their ids.
    pub async fn staff(&mut self, agents: usize, capacity: u32) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for nth in 0..agents {
            let agent = json!({
                "email": format!("agent{nth}@example.com"), "name": format!("Agent {nth}"), "role": "agent",
                "capacity": capacity, "skills": ["zh"],
            });
            let agent = self.post("/api/v1/agents", &agent).await?;
            let id = agent["id"].as_str().context("id of the agent")?;
            let path = format!("/api/v1/agents/{id}/availability");
            self.post(&path, &json!({ "state": "online" })).await?;
            ids.push(id.to_owned());
        }
        Ok(ids)
    }

    /// A team of these agents gets what comes into an inbox.
    pub async fn team(&mut self, members: &[String], inbox: &str) -> Result<()> {
        let team = self
            .post("/api/v1/teams", &json!({ "name": "Bench" }))
            .await?;
        let team = team["id"].as_str().context("id of the team")?;
        let path = format!("/api/v1/teams/{team}/members");
        for agent in members {
            self.post(&path, &json!({ "agent_id": agent })).await?;
        }
        let path = format!("/api/v1/inboxes/{inbox}");
        let inbox =
            json!({ "name": "Bench", "channel": "webchat", "team_id": team, "settings": {} });
        self.change("PUT", &path, &inbox).await
    }

    /// Installs a plugin that comes with the desk, and switches it on.
    pub async fn install_bundled(&mut self, key: &str) -> Result<()> {
        let path = format!("/api/v1/plugins/available/{key}/install");
        self.post(&path, &json!({})).await?;
        self.switch(key, "approve").await?;
        self.switch(key, "enable").await
    }

    /// Uploads a plugin, or a new version of one.
    pub async fn upload(&mut self, package: &[u8]) -> Result<Value> {
        let mut body = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"plugin.wasm\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(package);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let bearer = format!("Bearer {}", self.token);
        let headers = [("content-type", &*kind), ("authorization", &*bearer)];
        let path = "/api/v1/plugins";
        let answer = self.http.send("POST", path, &headers, &body).await?;
        Ok(answer.json(path)?)
    }

    /// Approves, enables, disables or rolls back.
    pub async fn switch(&mut self, key: &str, what: &str) -> Result<()> {
        let path = format!("/api/v1/plugins/{key}/{what}");
        self.post(&path, &json!({})).await?;
        Ok(())
    }

    /// Puts a routing policy in force.
    pub async fn route_by(&mut self, key: &str) -> Result<()> {
        let path = "/api/v1/policies/routing";
        let live = json!({ "live": { "plugin": key } });
        self.change("PUT", path, &live).await
    }

    async fn change(&mut self, method: &str, path: &str, body: &Value) -> Result<()> {
        let body = serde_json::to_vec(body)?;
        let token = Some(self.token.as_str());
        let answer = self.http.request(method, path, token, Some(&body)).await?;
        answer.json(path)?;
        Ok(())
    }
}
