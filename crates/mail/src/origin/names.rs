//! Questions to the domain name system, and the answers that came so far.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// Questions that one mail may cost. Honest ones cost a handful; beyond it nothing more is asked.
const QUESTIONS_MAX: usize = 60;

/// Longest name, and longest part of one.
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Record {
    /// Texts.
    Txt,
    /// Addresses of the old kind.
    A,
    /// Addresses of the new kind.
    Aaaa,
    /// Hosts that take mail.
    Mx,
}

/// A question to the domain name system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// Small letters, without a dot at its end.
    pub name: String,
    /// What is asked for.
    pub record: Record,
}

/// What the domain name system says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Texts, each with its pieces joined.
    Texts(Vec<String>),
    /// Addresses.
    Addresses(Vec<IpAddr>),
    /// Names of hosts, the preferred first.
    Hosts(Vec<String>),
    /// There is no such name, or nothing of this kind.
    Missing,
    /// Nobody knows now.
    Failed,
}

/// Something has to be asked first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending;

/// What is known, and what is to be asked next.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    known: BTreeMap<Question, Answer>,
    open: BTreeSet<Question>,
}

impl Names {
    /// The answer, if it is there; otherwise it is asked for.
    pub(super) fn ask(&mut self, record: Record, name: &str) -> Result<Answer, Pending> {
        let Some(name) = tidy(name) else {
            return Ok(Answer::Missing);
        };
        let question = Question { name, record };
        if let Some(answer) = self.known.get(&question) {
            return Ok(answer.clone());
        }
        if self.known.len() + self.open.len() >= QUESTIONS_MAX && !self.open.contains(&question) {
            return Ok(Answer::Failed);
        }
        self.open.insert(question);
        Err(Pending)
    }

    /// Notes an answer.
    pub(super) fn note(&mut self, question: Question, answer: Answer) {
        self.open.remove(&question);
        self.known.insert(question, answer);
    }

    /// What is to be asked next.
    pub(super) fn open(&self) -> Vec<Question> {
        self.open.iter().cloned().collect()
    }
}

/// The name as it is asked for; nothing when there can be no such name.
fn tidy(name: &str) -> Option<String> {
    let name = name.trim_end_matches('.');
    let name = if name.is_ascii() {
        name.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(name).ok()?
    };
    let fits = |label: &str| {
        (1..=LABEL_MAX).contains(&label.len()) && label.bytes().all(|it| it.is_ascii_graphic())
    };
    (name.len() <= NAME_MAX && name.split('.').all(fits)).then_some(name)
}
