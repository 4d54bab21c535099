//! Where an agent sits: their page is open, and its browser is connected for calls.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use plugboard_phone_peers::{Browser, Says};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{Agent, PATIENCE, PhoneDesk};
use crate::client::AgentSocket;

/// A page that is open. Dropped, it is closed without a word.
pub struct Seat {
    /// Its sound.
    pub browser: Browser,
    page: JoinHandle<()>,
}

impl Seat {
    /// Opens the page of an agent, and connects its browser.
    pub async fn open(desk: &PhoneDesk, agent: &Agent, says: Says) -> Result<Self> {
        Self::at(desk.server.address, agent, says).await
    }

    async fn at(address: SocketAddr, agent: &Agent, says: Says) -> Result<Self> {
        let mut socket = AgentSocket::connect(address, &agent.token).await?;
        let prepared = Browser::prepare(says).await;
        let offer = json!({ "type": "phone.offer", "sdp": prepared.offer });
        socket.say(&offer.to_string()).await?;
        let answered = async {
            loop {
                let frame: Value = serde_json::from_slice(&socket.next_text().await?)?;
                match frame["type"].as_str() {
                    Some("phone.answer") => {
                        let sdp = frame["sdp"].as_str().context("sdp")?;
                        return anyhow::Ok(sdp.to_owned());
                    }
                    Some("phone.error") => bail!("phone: {}", frame["message"]),
                    _ => {}
                }
            }
        };
        let answer = tokio::time::timeout(PATIENCE, answered)
            .await
            .context("the browser was not answered")??;
        let browser = prepared.connect(&answer);
        browser.is_connected().await;
        let page = tokio::spawn(async move { while socket.next_text().await.is_ok() {} });
        Ok(Self { browser, page })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.page.abort();
    }
}

/// Everything that happens to calls, as it happens.
pub struct Live {
    socket: AgentSocket,
}

impl Live {
    /// From now on.
    pub async fn open(desk: &PhoneDesk) -> Result<Self> {
        let mut socket = AgentSocket::connect(desk.server.address, &desk.token).await?;
        let head = socket.head();
        socket.subscribe(head).await?;
        Ok(Self { socket })
    }

    /// The next call that changed, as it is then.
    pub async fn next(&mut self) -> Result<Value> {
        loop {
            let text = self.socket.next_text().await?;
            let mut frame: Value = serde_json::from_slice(&text)?;
            let kind = frame["kind"].as_str().unwrap_or_default();
            if kind.starts_with("call.") && frame["data"]["call"].is_object() {
                return Ok(frame["data"]["call"].take());
            }
        }
    }
}
