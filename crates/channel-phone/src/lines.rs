//! Which call a line belongs to, and which task carries a call.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use plugboard_domain::{call::CallChange, ids::CallId};
use plugboard_phone_media::digits::Digit;
use plugboard_sip::{Event, LineId};
use tokio::sync::mpsc;

/// What a call hears.
#[derive(Debug)]
pub(crate) enum Word {
    /// From a line of it.
    Line(Event),
    /// From the journal: what became of it, by whomever.
    Change(CallChange),
    /// From its agent: digits for the other side.
    Digits(Vec<Digit>),
    /// The desk stops.
    Stop,
}

/// Words of a call that wait: what an impatient agent can click.
pub(crate) const WORDS_MAX: usize = 256;

/// Events of lines that nobody carries yet.
const EARLY_MAX: usize = 256;

/// Leaf data, never held over an await.
#[derive(Default)]
pub(crate) struct Lines {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    lines: HashMap<LineId, mpsc::Sender<Word>>,
    calls: HashMap<CallId, mpsc::Sender<Word>>,
    /// What happened on lines that we dialled before their call could say so.
    early: Vec<(LineId, Event)>,
}

impl Lines {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call carries a line from now on; what happened on it so far is told.
    pub(crate) fn line(&self, line: LineId, to: &mpsc::Sender<Word>) {
        let mut inner = self.inner();
        inner.lines.insert(line, to.clone());
        let early = std::mem::take(&mut inner.early);
        for (of, event) in early {
            if of == line {
                let _ = to.try_send(Word::Line(event));
            } else {
                inner.early.push((of, event));
            }
        }
    }

    pub(crate) fn call(&self, call: CallId, to: &mpsc::Sender<Word>) {
        self.inner().calls.insert(call, to.clone());
    }

    /// A call is carried no more.
    pub(crate) fn forget(&self, call: Option<CallId>, lines: &[LineId]) {
        let mut inner = self.inner();
        if let Some(call) = call {
            inner.calls.remove(&call);
        }
        for line in lines {
            inner.lines.remove(line);
        }
    }

    pub(crate) fn forget_line(&self, line: LineId) {
        self.inner().lines.remove(&line);
    }

    /// Something happened on a line.
    pub(crate) fn happened(&self, line: LineId, event: Event) {
        let mut inner = self.inner();
        match inner.lines.get(&line) {
            Some(to) => {
                let _ = to.try_send(Word::Line(event));
            }
            None if inner.early.len() < EARLY_MAX => inner.early.push((line, event)),
            None => {
                // Those are of lines that nobody carries any more.
                inner.early.clear();
            }
        }
    }

    /// Tells a call; false when nobody carries it.
    pub(crate) fn tell(&self, call: CallId, word: Word) -> bool {
        let inner = self.inner();
        inner
            .calls
            .get(&call)
            .is_some_and(|to| to.try_send(word).is_ok())
    }

    pub(crate) fn stop(&self) {
        for to in self.inner().calls.values() {
            let _ = to.try_send(Word::Stop);
        }
    }

    pub(crate) fn calls(&self) -> usize {
        self.inner().calls.len()
    }
}
