//! A desk that is called: a phone inbox with a trunk on loopback, agents whose browsers are connected, and what came of calls.

mod recording;
mod seat;

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::net::TcpStream;

pub use recording::{Recording, seconds_of};
pub use seat::{Live, Seat};

use crate::{
    client::{HttpConnection, Response},
    server::{ADMIN_EMAIL, ADMIN_PASSWORD, Server, Spec},
};

/// Nothing that is waited for takes longer, or it never happens.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The password of agents.
const AGENT_PASSWORD: &str = "agent-password-4711";

/// A running desk with a phone inbox.
pub struct PhoneDesk {
    /// Its process.
    pub server: Server,
    /// Where trunks call it.
    pub sip: SocketAddr,
    /// The phone inbox.
    pub inbox: String,
    /// The team that calls go to.
    pub team: String,
    /// The session of the administrator.
    pub token: String,
    settings: Value,
    spec: Spec,
    data: PathBuf,
    agents: AtomicUsize,
}

/// An agent who has signed in.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Their identifier.
    pub id: String,
    /// Their session.
    pub token: String,
}

impl PhoneDesk {
    /// Starts a desk on a fresh folder. `settings` are those of the inbox beside its number, the trunk and the recording of calls, or instead
    /// of them.
    pub async fn open(spec: &Spec, data: &Path, settings: Value) -> Result<Self> {
        let sip = free_port()?;
        let spec = spec
            .clone()
            .with("PLUGBOARD_SIP_LISTEN", &sip.to_string())
            .with("PLUGBOARD_MEDIA_ADDRESS", "127.0.0.1")
            .with("PLUGBOARD_MEDIA_PORTS", "20000-29999")
            .with("PLUGBOARD_WEBRTC_PORT", &free_port()?.port().to_string());
        spec.create_admin(data)?;
        let server = spec.start(data).await?;
        let mut desk = Self {
            server,
            sip,
            inbox: String::new(),
            team: String::new(),
            token: String::new(),
            settings: Value::Null,
            spec,
            data: data.to_owned(),
            agents: AtomicUsize::new(0),
        };
        desk.token = desk.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).await?;
        let team = json!({ "name": "Hotline", "assignment": "least_loaded" });
        desk.team = id(&desk.post("/api/v1/teams", &team).await?)?;
        let mut whole = json!({
            "numbers": [plugboard_phone_peers::NUMBER],
            "trunk": { "kind": "peer", "host": "127.0.0.1", "port": 5060 },
            "recording": { "policy": "always", "announce": false },
            "queue": { "limit": 1_000 },
            "wrapup_seconds": 0,
        });
        for (name, value) in settings.as_object().context("settings")? {
            whole[name] = value.clone();
        }
        desk.settings = whole;
        let made = desk.post("/api/v1/inboxes", &desk.shown()).await?;
        desk.inbox = id(&made)?;
        desk.listens().await?;
        Ok(desk)
    }

    /// Waits until trunks are listened for.
    async fn listens(&self) -> Result<()> {
        until("trunks are listened for", || async {
            let heard = TcpStream::connect(self.sip).await;
            Ok(heard.is_ok().then_some(()))
        })
        .await
    }

    fn shown(&self) -> Value {
        json!({ "name": "Hotline", "channel": "phone", "team_id": self.team, "settings": self.settings })
    }

    /// Changes settings of the inbox.
    pub async fn set(&mut self, settings: Value) -> Result<()> {
        for (name, value) in settings.as_object().context("settings")? {
            self.settings[name] = value.clone();
        }
        let path = format!("/api/v1/inboxes/{}", self.inbox);
        let answer = self.request("PUT", &path, Some(&self.shown())).await?;
        ensure!(answer.status < 300, "{}", answer.refusal(&path));
        Ok(())
    }

    /// Kills the process, as a crash would, and starts it again on what it left.
    pub async fn crash(mut self) -> Result<Self> {
        self.server.kill()?;
        self.server = self.spec.start(&self.data).await?;
        self.listens().await?;
        Ok(self)
    }

    /// An answer to the administrator, whatever it is.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response> {
        self.request_as(&self.token, method, path, body).await
    }

    async fn request_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response> {
        let mut http = HttpConnection::connect(self.server.address).await?;
        let body = body.map(serde_json::to_vec).transpose()?;
        let token = (!token.is_empty()).then_some(token);
        Ok(http.request(method, path, token, body.as_deref()).await?)
    }

    /// Asks as the administrator.
    pub async fn get(&self, path: &str) -> Result<Value> {
        Ok(self.request("GET", path, None).await?.json(path)?)
    }

    /// Does something as the administrator.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        Ok(self.request("POST", path, Some(body)).await?.json(path)?)
    }

    /// Does something in a call, as an agent.
    pub async fn by(&self, agent: &Agent, call: &str, what: &str, body: &Value) -> Result<()> {
        let answer = self.try_by(agent, call, what, body).await?;
        let done = (200..300).contains(&answer.status);
        ensure!(done, "{}", answer.refusal(what));
        Ok(())
    }

    /// The same, whatever is answered.
    pub async fn try_by(
        &self,
        agent: &Agent,
        call: &str,
        what: &str,
        body: &Value,
    ) -> Result<Response> {
        let path = format!("/api/v1/calls/{call}/{what}");
        self.request_as(&agent.token, "POST", &path, Some(body))
            .await
    }

    /// An agent calls a number; the call.
    pub async fn dial(&self, agent: &Agent, number: &str) -> Result<Value> {
        let answer = self.try_dial(agent, number).await?;
        Ok(answer.json("calls")?)
    }

    /// The same, whatever is answered.
    pub async fn try_dial(&self, agent: &Agent, number: &str) -> Result<Response> {
        let body = json!({ "inbox_id": self.inbox, "number": number });
        self.request_as(&agent.token, "POST", "/api/v1/calls", Some(&body))
            .await
    }

    async fn sign_in(&self, email: &str, password: &str) -> Result<String> {
        let login = json!({ "email": email, "password": password });
        let session = self.request_as("", "POST", "/api/v1/sessions", Some(&login));
        let session = session.await?.json("sessions")?;
        Ok(session["token"].as_str().context("token")?.to_owned())
    }

    /// One more agent of the team, who has signed in and is not at work.
    pub async fn hire(&self) -> Result<Agent> {
        let nth = self.agents.fetch_add(1, Ordering::Relaxed);
        let email = format!("agent{nth}@example.com");
        let agent = json!({ "email": email, "name": format!("Agent {nth}"), "role": "agent", "password": AGENT_PASSWORD });
        let agent = id(&self.post("/api/v1/agents", &agent).await?)?;
        let path = format!("/api/v1/teams/{}/members", self.team);
        let member = json!({ "agent_id": agent });
        let joined = self.request("POST", &path, Some(&member)).await?;
        ensure!(joined.status < 300, "{}", joined.refusal(&path));
        let token = self.sign_in(&email, AGENT_PASSWORD).await?;
        Ok(Agent { id: agent, token })
    }

    /// An agent begins to work, or stops.
    pub async fn works(&self, agent: &Agent, works: bool) -> Result<()> {
        let path = format!("/api/v1/agents/{}/availability", agent.id);
        let state = if works { "online" } else { "offline" };
        let answer = self
            .request("POST", &path, Some(&json!({ "state": state })))
            .await?;
        ensure!(answer.status < 300, "{}", answer.refusal(&path));
        Ok(())
    }

    /// Calls that are in a state: `live`, `ended` or `missed`; the newest first, a page of them.
    pub async fn calls(&self, state: &str) -> Result<Vec<Value>> {
        let page = self
            .get(&format!("/api/v1/calls?state={state}&limit=100"))
            .await?;
        Ok(page["items"].as_array().context("items")?.clone())
    }

    /// All calls that are over.
    pub async fn all_ended(&self) -> Result<Vec<Value>> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/calls?state=ended&limit=100{cursor}");
            let page = self.get(&path).await?;
            all.extend(page["items"].as_array().context("items")?.clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(all),
            }
        }
    }

    /// The newest call, once it is so; how it is when it never gets so.
    pub async fn call(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let found = until(what, || async {
            Ok(self.newest().await?.filter(|it| wanted(it)))
        });
        match found.await {
            Ok(found) => Ok(found),
            Err(error) => {
                let newest = self.newest().await?.unwrap_or_default();
                Err(error.context(format!("the newest call: {newest}")))
            }
        }
    }

    async fn newest(&self) -> Result<Option<Value>> {
        let mut all = self.calls("live").await?;
        all.extend(self.calls("ended").await?);
        let newest = all
            .into_iter()
            .max_by_key(|it| it["started_at"].as_str().unwrap_or_default().to_owned());
        Ok(newest)
    }

    /// The recording of a call, once it is kept.
    pub async fn recording(&self, call: &str) -> Result<Recording> {
        let path = format!("/api/v1/calls/{call}");
        until("a recording is kept", || async {
            let call = self.get(&path).await?;
            Ok((call["recording"]["state"] == "kept").then_some(()))
        })
        .await?;
        let path = format!("{path}/recording");
        let answer = self.request("GET", &path, None).await?;
        ensure!(answer.status == 200, "{}", answer.refusal(&path));
        Recording::read(&answer.body)
    }

    /// What is wrong, in words, beside what is wanted here.
    pub async fn warnings(&self) -> Result<String> {
        let ready = self.get("/readyz").await?;
        let all = ready["warnings"].as_array().context("warnings")?.iter();
        let words = all.filter_map(Value::as_str);
        let words: Vec<_> = words.filter(|it| !it.starts_with("RATE LIMITS")).collect();
        Ok(words.join("; "))
    }
}

/// The identifier of what was made.
pub(crate) fn id(made: &Value) -> Result<String> {
    Ok(made["id"].as_str().context("id")?.to_owned())
}

/// Waits until something is there.
pub async fn until<T, F: Future<Output = Result<Option<T>>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> Result<T> {
    let waiting = async {
        loop {
            if let Some(found) = look().await? {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    waited.with_context(|| format!("never: {what}"))?
}

/// A port that is free for UDP and, most likely, for TCP.
fn free_port() -> Result<SocketAddr> {
    Ok(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
