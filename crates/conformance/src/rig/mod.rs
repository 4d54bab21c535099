//! A plugin between a fake and what a desk would keep. It does what the server does: hands webhooks, pages and frames in,
//! keeps messages by their key, and sends.

mod receive;
mod send;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use plugboard_fakes::{Clock, Fakes, Line, Media, Said};
use plugboard_plugin_runtime::{
    Account, Plugin,
    types::{Body, Failure, Inbound, Receipt},
};

use crate::{flaws::Flaw, host::Host, subject::Subject};

/// When every trial begins.
const BEGINNING_MS: i64 = 1_790_000_000_000;

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

    /// The message that holds this text.
    pub(crate) fn message(&self, text: &str) -> Option<&Inbound> {
        self.messages
            .values()
            .find(|message| texts(message).iter().any(|part| part == text))
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
