//! What comes in: webhooks, pages and frames are handed to the plugin as the server does, and its events are kept.

use plugboard_fakes::Push;
use plugboard_plugin_runtime::{
    CallError,
    types::{ChannelEvent, Frame, RetryAdvice, Webhook},
};

use super::{Rig, texts};
use crate::flaws;

/// Rounds after which whatever still comes is a loop.
const ROUNDS_MAX: usize = 60;

impl Rig<'_> {
    /// The administrator has set the inbox up: the plugin subscribes, the provider learns the webhook.
    pub(crate) async fn connect(&mut self) {
        if let Err(error) = self.plugin.connect(&self.account).await {
            self.problem(format!("connecting fails: {error}"));
        }
        if self.subject.pushed
            && let Some(mut provider) = self.fakes.get(self.subject.provider)
        {
            let board = provider.board();
            if board.hook.is_none() {
                board.hook = Some("https://desk.example/hooks/1".to_owned());
            }
        }
    }

    /// Lets everything arrive that is on its way.
    pub(crate) async fn deliver(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let mut moved = false;
            while let Some(push) = self.fakes.take_push(self.subject.provider) {
                moved = true;
                self.hand_in(push).await;
                self.turn += 1;
                if self.turn > 500 {
                    return self.problem("pushes never end");
                }
            }
            if self.subject.polled {
                moved |= self.poll().await > 0;
            }
            if self.subject.socket {
                moved |= self.frames().await;
            }
            if !moved {
                return;
            }
        }
        self.problem("what arrives never ends");
    }

    /// A request of the provider, or of somebody who says so.
    pub(crate) async fn hand_in(&mut self, push: Push) {
        let before = self.messages.len();
        let answer = self.webhook(&push).await;
        match answer {
            Ok((status, pull)) => {
                let taken = (200..300).contains(&status);
                if push.forged {
                    self.must(!taken, || {
                        format!("a forged request was answered with {status}")
                    });
                    let now = self.messages.len();
                    self.must(now == before, || {
                        "a forged request became a message".to_owned()
                    });
                } else if taken && pull {
                    self.poll().await;
                } else if !taken {
                    self.fakes.refused(self.subject.provider, push);
                }
            }
            Err(CallError::Refused(failure)) => {
                self.failures.push(failure);
                if !push.forged {
                    self.fakes.refused(self.subject.provider, push);
                }
            }
            Err(error) => self.problem(format!("a webhook broke the plugin: {error}")),
        }
    }

    /// Calls the webhook; answers with the status and whether there is more to fetch.
    pub(crate) async fn webhook(&mut self, push: &Push) -> Result<(u16, bool), CallError> {
        let (status, pull, _) = self.webhook_body(push).await?;
        Ok((status, pull))
    }

    pub(crate) async fn webhook_body(
        &mut self,
        push: &Push,
    ) -> Result<(u16, bool, Vec<u8>), CallError> {
        let webhook = Webhook {
            method: push.method.clone(),
            path: String::new(),
            query: push.query.clone(),
            headers: push.headers.clone(),
            body: push.body.clone(),
            remote_ip: "203.0.113.9".to_owned(),
            public_url: "https://desk.example/hooks/1".to_owned(),
        };
        let mut reply = self.plugin.on_webhook(&self.account, webhook).await?;
        self.turn += 1;
        flaws::bend_reply(self.flaw, &mut reply, self.turn);
        if (200..300).contains(&reply.status) {
            self.ingest(reply.events);
        }
        Ok((reply.status, reply.pull, reply.body))
    }

    /// Fetches until there is nothing more; answers with how many events came.
    pub(crate) async fn poll(&mut self) -> usize {
        let mut came = 0;
        for _ in 0..ROUNDS_MAX {
            match self.plugin.poll(&self.account, self.cursor.clone()).await {
                Ok(mut batch) => {
                    self.turn += 1;
                    flaws::bend_batch(self.flaw, &mut batch, self.cursor.as_deref(), self.turn);
                    came += batch.events.len();
                    self.ingest(batch.events);
                    self.cursor = Some(batch.cursor);
                    if !batch.more {
                        return came;
                    }
                }
                Err(CallError::Refused(failure)) if failure.advice == RetryAdvice::Retry => {
                    self.advance(i64::from(failure.retry_after_ms.unwrap_or(1_000)));
                    self.failures.push(failure);
                }
                Err(error) => {
                    self.problem(format!("polling fails: {error}"));
                    return came;
                }
            }
        }
        self.problem("polling never ends");
        came
    }

    /// Reads what is on the socket; answers whether there was anything.
    async fn frames(&mut self) -> bool {
        let socket = match self.socket {
            Some(socket) => socket,
            None => match self.dial().await {
                Some(socket) => socket,
                None => return false,
            },
        };
        let mut due = Vec::new();
        // What got lost on the way comes again after a while.
        for _ in 0..2 {
            let now_ms = self.fakes.clock.now_ms();
            let taken = self
                .fakes
                .get(self.subject.provider)
                .and_then(|mut provider| provider.socket_take(now_ms, socket));
            let Some(frames) = taken else {
                self.socket = None;
                return true;
            };
            due.extend(frames);
            if !due.is_empty() {
                break;
            }
            self.advance(11_000);
        }
        let any = due.iter().any(|frame| frame.contains("CALLBACK"));
        for frame in due {
            self.frame(socket, frame).await;
        }
        any
    }

    pub(crate) async fn frame(&mut self, socket: u64, frame: String) {
        let id = serde_json::from_str::<serde_json::Value>(&frame)
            .ok()
            .and_then(|frame| frame["headers"]["messageId"].as_str().map(str::to_owned));
        let step = self
            .plugin
            .socket_on_frame(&self.account, self.state.clone(), Frame::Text(frame))
            .await;
        match step {
            Ok(mut step) => {
                self.turn += 1;
                if let Some(id) = id.filter(|_| !step.events.is_empty()) {
                    let new = self.handed_in.insert(id);
                    self.must(new, || {
                        "a frame came again: it was not acknowledged".to_owned()
                    });
                }
                flaws::bend_step(self.flaw, &mut step, self.turn);
                self.ingest(step.events);
                self.state = step.state;
                let now_ms = self.fakes.clock.now_ms();
                if let Some(mut provider) = self.fakes.get(self.subject.provider) {
                    for frame in step.send {
                        if let Frame::Text(text) = frame {
                            provider.socket_heard(now_ms, socket, &text);
                        }
                    }
                    if step.close.is_some() {
                        provider.socket_gone(socket);
                        self.socket = None;
                    }
                }
            }
            Err(CallError::Refused(failure)) => self.failures.push(failure),
            Err(error) => self.problem(format!("a frame broke the plugin: {error}")),
        }
    }

    pub(crate) async fn dial(&mut self) -> Option<u64> {
        let dial = match self.plugin.socket_open(&self.account, 0).await {
            Ok(dial) => dial,
            Err(CallError::Refused(failure)) => {
                self.failures.push(failure);
                return None;
            }
            Err(error) => {
                self.problem(format!("opening fails: {error}"));
                return None;
            }
        };
        let ticket = dial
            .url
            .split_once("ticket=")
            .map(|(_, ticket)| ticket.to_owned());
        let now_ms = self.fakes.clock.now_ms();
        let mut provider = self.fakes.get(self.subject.provider)?;
        self.socket = provider.socket_open(now_ms, &ticket.unwrap_or_default());
        drop(provider);
        if self.socket.is_none() {
            self.problem("the provider does not take the ticket");
        }
        self.socket
    }

    /// What the desk does with events: the same key is the same message.
    pub(super) fn ingest(&mut self, events: Vec<ChannelEvent>) {
        for event in events {
            match event {
                ChannelEvent::Message(message) => {
                    self.must(!message.dedupe_key.is_empty(), || {
                        "a message has no key".to_owned()
                    });
                    match self.messages.get(&message.dedupe_key) {
                        Some(known) if texts(known) != texts(&message) => {
                            self.problem("two messages have the same key");
                        }
                        Some(_) => {}
                        None => {
                            self.messages.insert(message.dedupe_key.clone(), message);
                        }
                    }
                }
                ChannelEvent::Receipt(receipt) => self.receipts.push(receipt),
                _ => {}
            }
        }
    }
}
