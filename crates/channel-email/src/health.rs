//! How mailboxes fare: in memory, since the truth is outside.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use plugboard_channel::mailbox::{Flow, Folder, State, Trouble};
use plugboard_domain::{Timestamp, ids::InboxId};
use tracing::{error, info, warn};

use crate::net::Failure;

/// How long a mailbox may fail before that is an alarm: a restart of a mail server is shorter.
const ALARM_AFTER: Duration = Duration::from_mins(10);

/// How each mailbox fares.
#[derive(Default)]
pub(crate) struct Board {
    /// Leaf data, never held over an await.
    boxes: Mutex<HashMap<InboxId, Mailbox>>,
}

/// How one mailbox fares.
#[derive(Default)]
struct Mailbox {
    folders: BTreeMap<String, FolderState>,
    outgoing: Option<Flow>,
}

struct FolderState {
    flow: Flow,
    shown: Folder,
}

/// Which way something happened.
#[derive(Clone, Copy)]
pub(crate) enum Way<'a> {
    In(&'a str),
    Out,
}

fn starting(now: Timestamp) -> Flow {
    Flow {
        state: State::Starting,
        since: now,
        last_ok_at: None,
        trouble: None,
        detail: None,
        next_try_at: None,
    }
}

impl Board {
    fn boxes(&self) -> MutexGuard<'_, HashMap<InboxId, Mailbox>> {
        self.boxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is known of a folder.
    pub(crate) fn folder(
        &self,
        inbox: InboxId,
        name: &str,
        now: Timestamp,
        change: impl FnOnce(&mut Folder),
    ) {
        let mut boxes = self.boxes();
        change(&mut folder(boxes.entry(inbox).or_default(), name, now).shown);
    }

    /// It works.
    pub(crate) fn works(&self, inbox: InboxId, way: Way<'_>, now: Timestamp) {
        let mut boxes = self.boxes();
        let flow = flow(boxes.entry(inbox).or_default(), way, now);
        if flow.state == State::Stopped {
            info!(inbox.id = %inbox, "a mailbox works again");
        }
        if flow.state != State::Ok {
            flow.since = now;
        }
        *flow = Flow {
            state: State::Ok,
            since: flow.since,
            last_ok_at: Some(now),
            trouble: None,
            detail: None,
            next_try_at: None,
        };
    }

    /// It failed. Loud when that has lasted, or when only a person can help.
    pub(crate) fn failed(
        &self,
        inbox: InboxId,
        way: Way<'_>,
        failure: &Failure,
        next_try_at: Option<Timestamp>,
        now: Timestamp,
    ) {
        let mut boxes = self.boxes();
        let flow = flow(boxes.entry(inbox).or_default(), way, now);
        if matches!(flow.state, State::Ok | State::Starting) {
            flow.since = now;
        }
        let lasting = now.duration_since(flow.since).unsigned_abs() >= ALARM_AFTER;
        let stopped = lasting || needs_somebody(failure.trouble);
        let side = match way {
            Way::In(_) => "incoming",
            Way::Out => "outgoing",
        };
        if stopped && flow.state != State::Stopped {
            error!(
                inbox.id = %inbox, side, trouble = ?failure.trouble, step = ?failure.step,
                "A MAILBOX DOES NOT WORK: mail is not moved until this is mended: {}", failure.detail
            );
        } else if !stopped {
            warn!(inbox.id = %inbox, side, trouble = ?failure.trouble, step = ?failure.step, "a mailbox failed: {}", failure.detail);
        }
        metrics::counter!("plugboard_mail_failures_total", "side" => side).increment(1);
        flow.state = if stopped {
            State::Stopped
        } else {
            State::Troubled
        };
        flow.trouble = Some(failure.trouble);
        flow.detail = Some(failure.detail.clone());
        flow.next_try_at = next_try_at;
    }

    /// True when nothing is left to read in the other folders of a mailbox.
    pub(crate) fn all_read(&self, inbox: InboxId, but: &str) -> bool {
        let boxes = self.boxes();
        let Some(mailbox) = boxes.get(&inbox) else {
            return false;
        };
        let mut others = mailbox.folders.iter().filter(|it| it.0 != but);
        others.all(|it| it.1.shown.behind == Some(0))
    }

    /// A mailbox is not followed any more.
    pub(crate) fn forget(&self, inbox: InboxId) {
        self.boxes().remove(&inbox);
    }

    /// Incoming, outgoing and the folders of a mailbox.
    pub(crate) fn show(&self, inbox: InboxId, now: Timestamp) -> (Flow, Option<Flow>, Vec<Folder>) {
        let mut boxes = self.boxes();
        let mailbox = boxes.entry(inbox).or_default();
        let worst = mailbox.folders.values().map(|it| &it.flow);
        let incoming = worst.max_by_key(|it| it.state).cloned();
        let folders = mailbox.folders.values().map(|it| it.shown.clone());
        (
            incoming.unwrap_or_else(|| starting(now)),
            mailbox.outgoing.clone(),
            folders.collect(),
        )
    }

    /// Mailboxes that do not work, in words for an operator.
    pub(crate) fn stopped(&self) -> Vec<String> {
        let boxes = self.boxes();
        let mut found = Vec::new();
        for (inbox, mailbox) in boxes.iter() {
            let incoming = mailbox.folders.values().map(|it| ("incoming", &it.flow));
            let outgoing = mailbox.outgoing.iter().map(|it| ("outgoing", it));
            for (side, flow) in incoming.chain(outgoing) {
                if flow.state == State::Stopped {
                    let trouble = flow.trouble.unwrap_or(Trouble::Other);
                    found.push(format!("inbox {inbox}: {side} mail stopped ({trouble:?})"));
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }
}

fn folder<'a>(mailbox: &'a mut Mailbox, name: &str, now: Timestamp) -> &'a mut FolderState {
    mailbox
        .folders
        .entry(name.to_owned())
        .or_insert_with(|| FolderState {
            flow: starting(now),
            shown: Folder {
                name: name.to_owned(),
                live: false,
                checked_at: None,
                behind: None,
                last_mail_at: None,
            },
        })
}

fn flow<'a>(mailbox: &'a mut Mailbox, way: Way<'_>, now: Timestamp) -> &'a mut Flow {
    match way {
        Way::In(name) => &mut folder(mailbox, name, now).flow,
        Way::Out => mailbox.outgoing.get_or_insert_with(|| starting(now)),
    }
}

/// Waiting will not help.
pub(crate) fn needs_somebody(trouble: Trouble) -> bool {
    matches!(
        trouble,
        Trouble::WrongPassword
            | Trouble::AppPasswordNeeded
            | Trouble::OauthNeeded
            | Trouble::LeaveNeeded
            | Trouble::Disabled
            | Trouble::NoFolder
            | Trouble::Certificate
            | Trouble::NoEncryption
    )
}

#[cfg(test)]
mod tests {
    use plugboard_channel::mailbox::Step;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn alarm_is_raised_when_it_lasts_or_when_only_a_person_can_help() {
        let board = Board::default();
        let inbox = InboxId(Uuid::nil());
        let start = Timestamp::UNIX_EPOCH;
        let broken = Failure::new(Step::Connect, Trouble::Broken, "gone");
        board.works(inbox, Way::In("INBOX"), start);
        board.failed(inbox, Way::In("INBOX"), &broken, None, start);
        assert_eq!(board.show(inbox, start).0.state, State::Troubled);
        assert!(board.stopped().is_empty());
        board.failed(inbox, Way::In("INBOX"), &broken, None, start + ALARM_AFTER);
        assert_eq!(board.stopped().len(), 1);
        board.works(inbox, Way::In("INBOX"), start + ALARM_AFTER);
        assert!(board.stopped().is_empty());
        let password = Failure::new(Step::SignIn, Trouble::WrongPassword, "no");
        board.failed(inbox, Way::Out, &password, None, start);
        assert_eq!(board.stopped().len(), 1);
    }
}
