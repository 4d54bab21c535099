//! Stores a group of mails, beside the fetching of the next.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use futures_util::future::join_all;
use plugboard_domain::{
    Command, Envelope, Principal, Timestamp,
    desk::Inbox,
    mail::{MailMark, NoteUid, UidFate},
};
use plugboard_engine::{Engine, EngineError};
use tracing::warn;

use super::DrainError;
use crate::{
    folder::Follow,
    host::Shared,
    ingest::{self, Into, Prepared},
    origin::Seen,
    settings::EmailSettings,
};

/// A mail as it came, and where it was.
pub(super) struct Item {
    pub(super) mark: MailMark,
    pub(super) what: Do,
}

pub(super) enum Do {
    Take(Vec<u8>),
    Note(UidFate),
    TryAgain,
    Quarantine(&'static str, Option<Vec<u8>>),
}

/// Where a group is stored.
pub(super) struct Batch {
    shared: Arc<Shared>,
    engine: Engine,
    inbox: Inbox,
    settings: EmailSettings,
    own: Arc<[String]>,
    sent: bool,
    arrived: HashMap<u32, Option<Timestamp>>,
}

impl Batch {
    pub(super) fn of(follow: &Follow, arrived: HashMap<u32, Option<Timestamp>>) -> Self {
        Self {
            shared: follow.shared.clone(),
            engine: follow.engine.clone(),
            inbox: follow.inbox.clone(),
            settings: follow.settings.clone(),
            own: ingest::own_addresses(&follow.engine),
            sent: follow.sent,
            arrived,
        }
    }

    pub(super) async fn store(self, items: Vec<Item>) -> Result<usize, DrainError> {
        let to = Into {
            engine: &self.engine,
            blobs: &self.shared.blobs,
            inbox: &self.inbox,
            settings: &self.settings,
            own: &self.own,
            sent: self.sent,
            keys: &self.shared.keys,
            resolver: &self.shared.resolver,
        };
        let prepared = join_all(items.into_iter().map(async |item| {
            let Item { mark, what } = item;
            Ok::<_, ingest::Unavailable>(match what {
                Do::Take(raw) => {
                    let seen = if self.sent {
                        Seen::Anyhow
                    } else {
                        Seen::InFolder(self.arrived.get(&mark.uid).copied().flatten())
                    };
                    let prepared = ingest::prepare(&to, raw, seen).await?;
                    (mark, Ready::Take(Box::new(prepared)))
                }
                Do::Note(fate) => (mark, Ready::Note(fate)),
                Do::TryAgain => (mark, Ready::TryAgain),
                Do::Quarantine(why, head) => (mark, Ready::Quarantine(why, head)),
            })
        }))
        .await;
        let mut run = Run::default();
        for ready in prepared {
            let (mark, ready) = ready?;
            self.add(&to, &mut run, mark, ready).await?;
        }
        run.flush(&self).await?;
        if run.taken > 0 {
            let now = self.engine.now();
            let folder = run.folder.clone();
            self.shared
                .health
                .folder(self.inbox.id, &folder, now, |it| {
                    it.last_mail_at = Some(now);
                    it.behind = it.behind.map(|it| it.saturating_sub(run.taken as u64));
                });
        }
        Ok(run.taken)
    }

    async fn add(
        &self,
        to: &Into<'_>,
        run: &mut Run,
        mark: MailMark,
        ready: Ready,
    ) -> Result<(), DrainError> {
        run.folder.clone_from(&mark.folder);
        let note = |mark: MailMark, fate| {
            Command::NoteUid(NoteUid {
                inbox_id: self.inbox.id,
                mark,
                fate,
            })
        };
        match ready {
            Ready::Take(prepared) => {
                // What answers a mail of the same group has to wait until that is in the desk.
                if prepared.ids().any(|it| run.ids.contains(it)) {
                    run.flush(self).await?;
                }
                run.ids.extend(prepared.mail.message_id.clone());
                let arrived = self.arrived.get(&mark.uid).copied().flatten();
                let command = prepared.command(to, arrived, Some(mark.clone())).await?;
                run.commands
                    .push((mark, Command::TakeMail(Box::new(command))));
            }
            Ready::Note(fate) => run.commands.push((mark.clone(), note(mark, fate))),
            Ready::TryAgain => {
                let fate = UidFate::Trying(self.tries(&mark).await? + 1);
                run.commands.push((mark.clone(), note(mark, fate)));
            }
            Ready::Quarantine(why, head) => {
                let MailMark {
                    folder,
                    uid_validity,
                    uid,
                    ..
                } = &mark;
                let name = format!("quarantine:{folder}:{uid_validity}:{uid}");
                let stand_in = ingest::placeholder(to, head, name, why).await?;
                run.commands
                    .push((mark.clone(), Command::TakeMail(Box::new(stand_in))));
                run.commands
                    .push((mark.clone(), note(mark, UidFate::Quarantined)));
            }
        }
        Ok(())
    }

    async fn tries(&self, mark: &MailMark) -> Result<u32, DrainError> {
        let store = self.engine.store();
        let fates = store
            .mail_uids(self.inbox.id, mark.folder.clone(), mark.uid_validity)
            .await
            .map_err(|error| DrainError::Desk(error.to_string()))?;
        Ok(match fates.get(&mark.uid) {
            Some(UidFate::Trying(tries)) => *tries,
            _ => 0,
        })
    }
}

enum Ready {
    Take(Box<Prepared>),
    Note(UidFate),
    TryAgain,
    Quarantine(&'static str, Option<Vec<u8>>),
}

/// Commands that go to the desk together, in order.
#[derive(Default)]
struct Run {
    commands: Vec<(MailMark, Command)>,
    ids: HashSet<String>,
    folder: String,
    taken: usize,
}

impl Run {
    async fn flush(&mut self, batch: &Batch) -> Result<(), DrainError> {
        let commands = std::mem::take(&mut self.commands);
        self.ids.clear();
        let marks: Vec<_> = commands.iter().map(|it| it.0.clone()).collect();
        let sent = commands.into_iter().map(|(_, command)| {
            let envelope = Envelope::new(Principal::System("mail"), command);
            batch.engine.execute(envelope)
        });
        // Polled in this order, they are queued in this order; the desk commits them together.
        for (mark, done) in marks.into_iter().zip(join_all(sent).await) {
            match done {
                Ok(_) => self.taken += 1,
                Err(EngineError::Rejected(why)) => {
                    warn!(inbox.id = %batch.inbox.id, %why, "the desk does not take a mail");
                    let fate = UidFate::Trying(batch.tries(&mark).await? + 1);
                    let inbox_id = batch.inbox.id;
                    let command = Command::NoteUid(NoteUid {
                        inbox_id,
                        mark,
                        fate,
                    });
                    let envelope = Envelope::new(Principal::System("mail"), command);
                    let noted = batch.engine.execute(envelope).await;
                    noted.map_err(|error| DrainError::Desk(error.to_string()))?;
                }
                Err(error) => return Err(DrainError::Desk(error.to_string())),
            }
        }
        Ok(())
    }
}
