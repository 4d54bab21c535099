//! Plays the providers of the bundled channels, faithfully enough that an adapter cannot tell: signatures, token expiry,
//! cursors, windows and quotas, limits and error texts. For tests, the conformance kit and the demo; not for the product.
//!
//! Three things to know:
//! - a [`Provider`] is a plain state machine over [`Asked`] and [`Answer`]: no socket, no thread, no clock of its own;
//! - [`Fakes`] holds one of each, their [`Clock`] and the [`Fault`]s that a test arms; a test may ask them in process,
//!   or let [`edge::serve`] put them on loopback;
//! - what a provider would push to a webhook lies in a queue as a [`Push`]: a test takes it with [`Fakes::take_push`],
//!   the binary carries it ([`edge::carry`]).
//!
//! Calls are another matter: [`carrier`] is a telephone company, with pages that are telephones.
//!
//! To add a provider: a module with a type that implements [`Provider`], and a line in [`Fakes::new`]. One that is only
//! described, in a file, is a [`described::Described`].
//!
//! What is absent: anything that answers only to please a test. Where the real provider is known to behave otherwise than
//! its documents say, the module says so.

mod board;
mod calendar;
pub mod carrier;
mod clock;
pub mod crypto;
pub mod described;
pub mod dingtalk;
pub mod edge;
pub mod peer;
mod phone;
pub mod telegram;
pub mod wechat;
pub mod wecom;
pub mod whatsapp;
mod wire;
pub mod woocommerce;
mod wx;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tokio::sync::Notify;

pub use board::{
    Board, Call, Fault, Line, Media, Person, Push, RETRY_AFTER_SECS, SKEW_MS, SLOW_MS, Said,
};
pub use clock::Clock;
pub use wire::{Answer, Asked, Part, escape, pairs};

/// A provider, as its customers, its administrators and its API's callers see it.
pub trait Provider: Send {
    /// What all providers keep.
    fn board(&mut self) -> &mut Board;

    /// Answers a call of its API.
    fn call(&mut self, now_ms: i64, asked: &Asked) -> Answer;

    /// How it says that somebody asks too often.
    fn too_many(&self) -> Answer;

    /// Makes the access tokens of now invalid; nothing where tokens do not expire.
    fn expire_tokens(&mut self) {}

    /// A customer says something; answers with the id of the message.
    fn say(&mut self, now_ms: i64, said: &Said) -> String;

    /// A customer reads what was sent.
    fn read(&mut self, _now_ms: i64, person: &str) {
        for line in &mut self.board().lines {
            if line.person == person && !line.from_person {
                "read".clone_into(&mut line.state);
            }
        }
    }

    /// Anything else that may happen at the provider, such as an order that changes. Answers with what came of it.
    fn act(&mut self, _now_ms: i64, _act: &Value) -> Value {
        Value::Null
    }

    /// The request by which it makes sure that a webhook is ours, and the body that it wants to see.
    fn verification(&mut self, _now_ms: i64) -> Option<(Push, String)> {
        None
    }

    /// What an administrator types into the plugin: settings and secrets. Every secret is made up.
    fn setup(&self, base_url: &str) -> Value;

    /// Begins a stream for a ticket.
    fn socket_open(&mut self, _now_ms: i64, _ticket: &str) -> Option<u64> {
        None
    }

    /// Frames that are due on a stream; `None` when it is closed.
    fn socket_take(&mut self, _now_ms: i64, _socket: u64) -> Option<Vec<String>> {
        None
    }

    /// A frame came in on a stream.
    fn socket_heard(&mut self, _now_ms: i64, _socket: u64, _frame: &str) {}

    /// The other side has gone.
    fn socket_gone(&mut self, _socket: u64) {}
}

/// All providers and their clock.
pub struct Fakes {
    /// Their time.
    pub clock: Clock,
    /// Wakes whoever waits for news.
    pub news: Notify,
    providers: BTreeMap<&'static str, Mutex<Box<dyn Provider>>>,
}

impl Fakes {
    /// One of each provider.
    pub fn new(clock: Clock) -> Self {
        let providers: [(&'static str, Box<dyn Provider>); 7] = [
            ("dingtalk", Box::new(dingtalk::DingTalk::default())),
            ("peer", Box::new(peer::Peer::default())),
            ("telegram", Box::new(telegram::Telegram::default())),
            ("wechat", Box::new(wechat::WeChat::default())),
            ("wecom", Box::new(wecom::WeCom::default())),
            ("whatsapp", Box::new(whatsapp::WhatsApp::default())),
            ("woocommerce", Box::new(woocommerce::WooCommerce::default())),
        ];
        Self {
            clock,
            news: Notify::new(),
            providers: providers
                .into_iter()
                .map(|(name, provider)| (name, Mutex::new(provider)))
                .collect(),
        }
    }

    /// This one alone.
    pub fn only(clock: Clock, name: &'static str, provider: Box<dyn Provider>) -> Self {
        Self {
            clock,
            news: Notify::new(),
            providers: BTreeMap::from([(name, Mutex::new(provider))]),
        }
    }

    /// The same, numbering from here: whoever remembers their earlier life, as a desk does that was started again, meets
    /// no number twice.
    #[must_use]
    pub fn beginning_at(self, number: u64) -> Self {
        for name in self.names() {
            if let Some(mut provider) = self.get(name) {
                provider.board().begin_at(number);
            }
        }
        self
    }

    /// The same with one more, or with one in the place of another.
    #[must_use]
    pub fn with(mut self, name: &'static str, provider: Box<dyn Provider>) -> Self {
        self.providers.insert(name, Mutex::new(provider));
        self
    }

    /// Names of the providers.
    pub fn names(&self) -> Vec<&'static str> {
        self.providers.keys().copied().collect()
    }

    /// A provider, locked. Nothing waits inside.
    pub fn get(&self, name: &str) -> Option<MutexGuard<'_, Box<dyn Provider>>> {
        let provider = self.providers.get(name)?;
        Some(provider.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers a call of a provider's API, with the faults that are armed.
    pub fn call(&self, name: &str, asked: &Asked) -> Answer {
        let now_ms = self.clock.now_ms();
        let Some(mut provider) = self.get(name) else {
            return Answer::text(404, "no such provider");
        };
        let answer = if provider.board().take(Fault::RateLimit) {
            provider.too_many()
        } else if provider.board().take(Fault::ServerError) {
            Answer::text(502, "<html>Bad Gateway</html>")
        } else {
            if provider.board().take(Fault::ExpireToken) {
                provider.expire_tokens();
            }
            let mut answer = provider.call(now_ms, asked);
            if answer.wait_ms.is_none() && provider.board().take(Fault::Slow) {
                answer.delay_ms = SLOW_MS;
            }
            answer
        };
        if answer.wait_ms.is_none() {
            let what = format!("{} {}", asked.method, without_secret(&asked.path));
            provider.board().called(what, answer.status, now_ms);
        }
        drop(provider);
        self.news.notify_waiters();
        answer
    }

    /// A customer says something.
    ///
    /// # Panics
    ///
    /// When there is no such provider.
    pub fn say(&self, name: &str, said: &Said) -> String {
        let now_ms = self.clock.now_ms();
        let id = self
            .get(name)
            .expect("the caller names a provider")
            .say(now_ms, said);
        self.news.notify_waiters();
        id
    }

    /// A customer reads what was sent.
    pub fn read(&self, name: &str, person: &str) {
        let now_ms = self.clock.now_ms();
        if let Some(mut provider) = self.get(name) {
            provider.read(now_ms, person);
        }
        self.news.notify_waiters();
    }

    /// Lets something go wrong the next `times` times.
    pub fn arm(&self, name: &str, fault: Fault, times: u32) {
        if let Some(mut provider) = self.get(name) {
            provider.board().arm(fault, times);
        }
        self.news.notify_waiters();
    }

    /// The next push of a provider that arrives.
    pub fn take_push(&self, name: &str) -> Option<Push> {
        self.get(name)?.board().next_push()
    }

    /// Tells a provider that a push was not answered with success: it may send it again.
    pub fn refused(&self, name: &str, push: Push) {
        if let Some(mut provider) = self.get(name) {
            provider.board().refused(push);
        }
    }

    /// What was said, oldest first.
    pub fn lines(&self, name: &str) -> Vec<Line> {
        self.get(name)
            .map(|mut provider| provider.board().lines.clone())
            .unwrap_or_default()
    }
}

/// The Bot API has the token in the path.
fn without_secret(path: &str) -> String {
    path.split('/')
        .map(|part| {
            if part.starts_with("bot") && part.contains(':') {
                "bot…"
            } else {
                part
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::without_secret;

    #[test]
    fn calls_are_kept_without_the_token_in_their_path() {
        assert_eq!(without_secret("/bot1:secret/getMe"), "/bot…/getMe");
    }
}
