//! A plugin between a fake and what a desk would keep. It does what the server does: hands webhooks, pages and frames in,
//! keeps messages by their key, and sends.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use plugboard_fakes::{Clock, Fakes, Line, Media, Push, Said};
use plugboard_plugin_runtime::{
    Account, CallError, Plugin,
    types::{
        Body, ChannelEvent, Failure, Frame, Identity, Inbound, Outbound, Receipt, RetryAdvice,
        Sent, Webhook,
    },
};

use crate::{
    flaws::{self, Flaw},
    host::Host,
    subject::Subject,
};

/// When every trial begins.
const BEGINNING_MS: i64 = 1_790_000_000_000;

/// Rounds after which whatever still comes is a loop.
const ROUNDS_MAX: usize = 60;

/// A trial under way.
pub(crate) struct Rig<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) fakes: Arc<Fakes>,
    pub(crate) plugin: Plugin,
    pub(crate) account: Account,
    pub(crate) host: Arc<Host>,
    pub(crate) flaw: Option<Flaw>,
    /// What the desk keeps, by key.
    pub(crate) messages: BTreeMap<String, Inbound>,
    pub(crate) receipts: Vec<Receipt>,
    /// What is wrong.
    pub(crate) problems: Vec<String>,
    /// Everything that failures said, for looking through.
    pub(crate) failures: Vec<Failure>,
    cursor: Option<Vec<u8>>,
    socket: Option<u64>,
    state: Vec<u8>,
    turn: u64,
    /// Frames whose messages the desk has.
    handed_in: BTreeSet<String>,
}

/// A clock of the beginning.
pub(crate) fn clock() -> Clock {
    Clock::standing(BEGINNING_MS)
}

impl<'a> Rig<'a> {
    pub(crate) fn new(
        subject: &'a Subject,
        plugin: Plugin,
        account: Account,
        host: Arc<Host>,
    ) -> Self {
        Self {
            subject,
            fakes: Arc::clone(&host.fakes),
            plugin,
            account,
            flaw: host.flaw,
            host,
            messages: BTreeMap::new(),
            receipts: Vec::new(),
            problems: Vec::new(),
            failures: Vec::new(),
            cursor: None,
            socket: None,
            state: Vec::new(),
            turn: 0,
            handed_in: BTreeSet::new(),
        }
    }

    pub(crate) fn problem(&mut self, text: impl Into<String>) {
        self.problems.push(text.into());
    }

    /// Notes a problem unless it is so.
    pub(crate) fn must(&mut self, so: bool, text: impl FnOnce() -> String) {
        if !so {
            let text = text();
            self.problem(text);
        }
    }

    pub(crate) fn advance(&self, by_ms: i64) {
        self.fakes.clock.advance(by_ms);
    }

    /// A customer says something.
    pub(crate) fn say(&self, text: &str) -> String {
        self.say_with(text, None)
    }

    pub(crate) fn say_with(&self, text: &str, media: Option<Media>) -> String {
        let said = Said {
            person: self.subject.person.to_owned(),
            name: Some("Wang Fang".to_owned()),
            text: text.to_owned(),
            media,
        };
        self.fakes.say(self.subject.provider, &said)
    }

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
    fn ingest(&mut self, events: Vec<ChannelEvent>) {
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

    /// The message that holds this text.
    pub(crate) fn message(&self, text: &str) -> Option<&Inbound> {
        self.messages
            .values()
            .find(|message| texts(message).iter().any(|part| part == text))
    }

    /// An answer to the customer.
    pub(crate) fn answer(&self, key: &str, parts: Vec<Body>) -> Outbound {
        let known = self.messages.values().next();
        let to = known.map_or_else(
            || Identity {
                scheme: self.subject.provider.to_owned(),
                scope: String::new(),
                value: self.subject.person.to_owned(),
                display_name: None,
                verified: true,
            },
            |message| message.sender.clone(),
        );
        Outbound {
            idempotency_key: key.to_owned(),
            account: self.account.id.to_string(),
            thread_key: known.map(|message| message.thread_key.clone()),
            to,
            parts,
            template: None,
            extras: Vec::new(),
        }
    }

    /// Tries once to send.
    pub(crate) async fn send(&mut self, message: &Outbound) -> Result<Sent, Failure> {
        if self.flaw == Some(Flaw::LogsSecrets) {
            let secrets = &self.host.secrets;
            let values = secrets.names().filter_map(|name| secrets.get(name).ok());
            if let Some(secret) = values.max_by_key(|value| value.len()) {
                let line = format!("sending with {secret}");
                self.host.kept().said.push(line);
            }
        }
        if self.flaw == Some(Flaw::SendsTwice) {
            let mut again = message.clone();
            again.idempotency_key.push('2');
            let _ = self.plugin.send(&self.account, again).await;
        }
        let sent = self.plugin.send(&self.account, message.clone()).await;
        match flaws::bend_sent(self.flaw, message, sent) {
            Ok(sent) => {
                self.ingest(sent.events.clone());
                Ok(sent)
            }
            Err(CallError::Refused(failure)) => {
                self.failures.push(failure.clone());
                Err(failure)
            }
            Err(error) => {
                self.problem(format!("sending broke the plugin: {error}"));
                Err(Failure::lasting("broken", error.to_string()))
            }
        }
    }

    /// Sends as the desk does: again as long as the advice is to try again.
    pub(crate) async fn send_on(&mut self, message: &Outbound) -> Result<Sent, Failure> {
        for _ in 0..4 {
            match self.send(message).await {
                Err(failure) if failure.advice == RetryAdvice::Retry => {
                    self.advance(i64::from(failure.retry_after_ms.unwrap_or(1_000)));
                }
                outcome => return outcome,
            }
        }
        self.problem("sending is tried again without end");
        Err(Failure::lasting("endless", "tried four times"))
    }

    /// Sends a text and demands that it goes well.
    pub(crate) async fn send_text(&mut self, key: &str, text: &str) -> Option<Sent> {
        let message = self.answer(key, vec![Body::Text(text.to_owned())]);
        match self.send_on(&message).await {
            Ok(sent) => Some(sent),
            Err(failure) => {
                self.problem(format!(
                    "an answer is not sent: {} {}",
                    failure.code, failure.message
                ));
                None
            }
        }
    }

    /// The desk was cut off before it kept the cursor.
    pub(crate) fn rewind(&mut self) {
        self.cursor = None;
    }

    /// How many messages customers have sent.
    pub(crate) fn said_times(&self) -> usize {
        let lines = self.fakes.lines(self.subject.provider);
        lines.iter().filter(|line| line.from_person).count()
    }

    /// What the customer sees of us.
    pub(crate) fn seen(&self) -> Vec<Line> {
        let lines = self.fakes.lines(self.subject.provider);
        lines.into_iter().filter(|line| !line.from_person).collect()
    }

    /// How often the customer sees a text of ours.
    pub(crate) fn seen_times(&self, text: &str) -> usize {
        self.seen().iter().filter(|line| line.text == text).count()
    }
}

/// The texts of a message.
pub(crate) fn texts(message: &Inbound) -> Vec<String> {
    message
        .parts
        .iter()
        .filter_map(|part| match part {
            Body::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect()
}
