//! Follows one folder of a mailbox: takes in what is there, then waits for more, for ever.
//!
//! What is stored decides, never what a connection remembers: after any failure the folder is read on from its cursor, and
//! what was taken in already is known by its fingerprint.

use std::{sync::Arc, time::Duration};

use plugboard_channel::mailbox::{Step, Trouble};
use plugboard_domain::{
    Command, Envelope, Principal,
    desk::Inbox,
    ids::InboxId,
    mail::{BeginFolder, FolderCursor},
};
use plugboard_engine::Engine;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::{
    access,
    drain::{Drain, DrainError},
    health::{Way, needs_somebody},
    host::Shared,
    imap::{Credential, IdleEnd, Imap, ImapError, Selected},
    net::{self, Failure},
    settings::{EmailSettings, ImapSettings},
};

/// The longest that a server is left waiting: some cut after ten minutes.
const IDLE_MAX: Duration = Duration::from_mins(9);

/// How often a server is asked that does not tell.
const ASK_EVERY: Duration = Duration::from_secs(30);

/// How often somebody who typed a wrong password is tried again: providers lock out whoever knocks too often.
const KNOCK_EVERY: Duration = Duration::from_mins(5);

/// How often, and how many times, it is looked whether the other folders were read.
const OTHERS_EVERY: Duration = Duration::from_millis(250);
const OTHERS_LOOKS: u32 = 40;

/// The largest part of a wait that is left to chance, so that mailboxes of one provider do not knock together.
const JITTER_PARTS: u32 = 5;

/// What a folder is followed with.
pub(crate) struct Follow {
    pub(crate) shared: Arc<Shared>,
    pub(crate) engine: Engine,
    pub(crate) inbox: Inbox,
    pub(crate) settings: EmailSettings,
    pub(crate) imap: ImapSettings,
    /// Its name; empty until the server has told which one holds what was sent.
    pub(crate) folder: String,
    /// It holds what was sent.
    pub(crate) sent: bool,
    /// Ends it: the inbox changed or went, or the process ends.
    pub(crate) stop: CancellationToken,
}

/// Why following broke off.
enum Broke {
    /// On the way to the server or at it.
    Server(Failure),
    /// The desk cannot take mail.
    Desk(String),
}

impl From<Failure> for Broke {
    fn from(failure: Failure) -> Self {
        Self::Server(failure)
    }
}

impl Follow {
    /// Follows the folder until it is told to stop.
    pub(crate) async fn run(mut self) {
        let wanted = self.sent;
        if wanted || (self.imap.read_sent && !self.folder.eq_ignore_ascii_case("INBOX")) {
            let found = self.finds_sent().await;
            let listed = found
                .as_ref()
                .is_some_and(|it| self.imap.folders.contains(it));
            match found {
                Some(folder) if wanted && !listed => self.folder = folder,
                // It is followed by its name, or there is none.
                _ if wanted => return,
                found => self.sent = found.as_ref() == Some(&self.folder),
            }
        }

        let mut drain = Drain::default();
        let mut wait = self.shared.patience.retry;
        loop {
            let round = tokio::select! {
                () = self.stop.cancelled() => return,
                ended = self.round(&mut drain) => ended,
            };
            if drain.take_progress() {
                wait = self.shared.patience.retry;
            }
            let pause = match round {
                Ok(()) => wait,
                Err(Broke::Server(failure)) => {
                    let knock = needs_somebody(failure.trouble);
                    let most = self.shared.patience.retry_max;
                    let pause = if knock { KNOCK_EVERY.min(most) } else { wait };
                    self.failed(&failure, pause);
                    wait = (wait * 2).min(most);
                    pause
                }
                Err(Broke::Desk(why)) => {
                    self.failed(&Failure::new(Step::Folders, Trouble::Other, why), wait);
                    wait = (wait * 2).min(self.shared.patience.retry_max);
                    wait
                }
            };
            let pause = pause + jitter(&self.engine, pause);
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Finds out which folder holds what was sent, however long that takes. Nothing when there is none.
    async fn finds_sent(&self) -> Option<String> {
        loop {
            let failure = tokio::select! {
                () = self.stop.cancelled() => return None,
                found = self.sent_folder() => match found {
                    Ok(found) => return found,
                    Err(failure) => failure,
                },
            };
            let most = self.shared.patience.retry_max;
            let knock = needs_somebody(failure.trouble);
            let pause = if knock { KNOCK_EVERY } else { ASK_EVERY }.min(most);
            // A folder without a name has nobody to be told of: the others tell what is wrong.
            if !self.folder.is_empty() {
                self.failed(&failure, pause);
            }
            tokio::select! {
                () = self.stop.cancelled() => return None,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn sent_folder(&self) -> Result<Option<String>, Failure> {
        if self.imap.sent_folder.is_some() {
            return Ok(self.imap.sent_folder.clone());
        }
        let mut imap = self.open().await?;
        let found = imap.sent_folder().await;
        let found = found.map_err(|it| it.at(Step::Folders))?;
        imap.bye().await;
        Ok(found)
    }

    /// What an answer of ours answers is taken in before it, as far as that can be waited for.
    async fn after_the_others(&self) {
        for _ in 0..OTHERS_LOOKS {
            if self.shared.health.all_read(self.inbox.id, &self.folder) {
                return;
            }
            tokio::time::sleep(OTHERS_EVERY).await;
        }
    }

    fn failed(&self, failure: &Failure, pause: Duration) {
        let now = self.engine.now();
        let way = Way::In(&self.folder);
        let next = Some(now + pause);
        self.shared
            .health
            .failed(self.inbox.id, way, failure, next, now);
        self.shared
            .health
            .folder(self.inbox.id, &self.folder, now, |it| it.live = false);
    }

    /// One connection, from signing in until it breaks.
    async fn round(&self, drain: &mut Drain) -> Result<(), Broke> {
        let mut imap = self.open().await?;
        let selected = imap.select(&self.folder).await;
        let selected = selected.map_err(|it| it.at(Step::Folders))?;
        self.begin(&mut imap, selected).await?;
        self.works();
        loop {
            let seen = imap.exists();
            if self.sent {
                self.after_the_others().await;
            }
            drain
                .run(self, &mut imap, selected.uid_validity)
                .await
                .map_err(|it| match it {
                    DrainError::Imap(error) => Broke::Server(error.at(Step::Folders)),
                    DrainError::Desk(why) => Broke::Desk(why),
                })?;
            self.works();
            let again = drain.take_again();
            self.wait(&mut imap, seen, again)
                .await
                .map_err(|it| it.at(Step::Idle))?;
        }
    }

    async fn open(&self) -> Result<Imap, Failure> {
        match self.sign_in().await {
            // A token can end before its time: then there is a new one at once, if there is any.
            Err(failure)
                if failure.trouble == Trouble::LeaveNeeded && failure.step == Step::SignIn =>
            {
                self.sign_in().await
            }
            signed => signed,
        }
    }

    async fn sign_in(&self) -> Result<Imap, Failure> {
        let patience = self.shared.patience;
        let endpoint = self.imap.endpoint();
        let found = net::resolve(&endpoint, patience, &self.shared.trust).await?;
        let mut imap = Imap::connect(&endpoint, &found, patience, self.shared.bytes_max).await?;
        let credential =
            access::incoming(&self.shared, &self.engine, &self.inbox, &self.settings).await?;
        let signed = imap.sign_in(self.settings.imap_user(), &credential).await;
        if let (Err(_), Credential::Token(token)) = (&signed, &credential) {
            self.shared.tokens.reject(self.inbox.id, token).await;
        }
        signed?;
        Ok(imap)
    }

    fn works(&self) {
        let now = self.engine.now();
        self.shared
            .health
            .works(self.inbox.id, Way::In(&self.folder), now);
    }

    /// Finds out from where to read: on from the cursor, from the day that is wanted at first, or anew when the server
    /// numbers its mails otherwise now.
    async fn begin(&self, imap: &mut Imap, selected: Selected) -> Result<(), Broke> {
        let store = self.engine.store();
        let known = store
            .mail_folder(self.inbox.id, self.folder.clone())
            .await
            .map_err(|error| Broke::Desk(error.to_string()))?;
        if known.is_some_and(|it| it.uid_validity == selected.uid_validity) {
            return Ok(());
        }
        if known.is_some() {
            info!(inbox.id = %self.inbox.id, "a folder's mails have new numbers; it is read again, and what is known is left out");
        }
        // What was sent before is of no conversation here.
        let wanted = if self.sent {
            0
        } else {
            self.settings.backfill_days
        };
        let days = u64::from(wanted) * 24 + 24;
        let since = self.inbox.created_at - Duration::from_hours(days);
        let uids = imap.uids_since(since).await;
        let uids = uids.map_err(|it| it.at(Step::Folders))?;
        let listed = match uids.first() {
            Some(_) if wanted == 0 => self.first_wanted(imap, &uids).await?,
            Some(first) => Some(*first),
            None => None,
        };
        let last_uid = match (listed, selected.uid_next) {
            (Some(first), _) => first - 1,
            (None, Some(next)) => next.saturating_sub(1),
            (None, None) => {
                let all = imap.uids_after(0).await;
                let all = all.map_err(|it| it.at(Step::Folders))?;
                all.last().copied().unwrap_or(0)
            }
        };
        let begin = BeginFolder {
            inbox_id: self.inbox.id,
            folder: self.folder.clone(),
            cursor: FolderCursor {
                uid_validity: selected.uid_validity,
                last_uid,
            },
        };
        execute(&self.engine, Command::BeginFolder(begin)).await
    }

    /// The first mail that arrived since the inbox was set up: servers search by day.
    async fn first_wanted(&self, imap: &mut Imap, uids: &[u32]) -> Result<Option<u32>, Broke> {
        let listed = imap.list(uids).await;
        let listed = listed.map_err(|it| it.at(Step::Folders))?;
        let wanted = |at| at >= self.inbox.created_at - Duration::from_secs(1);
        let first = listed
            .iter()
            .find(|it| it.arrived.is_none_or(wanted))
            .map(|it| it.uid);
        Ok(first)
    }

    /// Waits until there may be more.
    async fn wait(&self, imap: &mut Imap, seen: u32, again: bool) -> Result<(), ImapError> {
        let mut patience = self.shared.patience;
        if again {
            patience.poll = patience.poll.min(patience.retry_max).min(ASK_EVERY);
        }
        let live = imap.can("IDLE");
        self.shared
            .health
            .folder(self.inbox.id, &self.folder, self.engine.now(), |it| {
                it.live = live;
            });
        // What came while the last ones were taken in is not told again by a server that believes that we know.
        if imap.has_news(seen).await? {
            return Ok(());
        }
        if live {
            let limit = patience.poll.min(IDLE_MAX);
            match imap.idle(limit, &self.stop).await? {
                IdleEnd::News | IdleEnd::Time => Ok(()),
            }
        } else {
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(patience.poll.min(ASK_EVERY)) => {}
            }
            Ok(())
        }
    }
}

async fn execute(engine: &Engine, command: Command) -> Result<(), Broke> {
    engine
        .execute(Envelope::new(Principal::System("mail"), command))
        .await
        .map(|_| ())
        .map_err(|error| Broke::Desk(error.to_string()))
}

/// A little more of a wait, differently for each.
fn jitter(engine: &Engine, wait: Duration) -> Duration {
    let chance: InboxId = engine.mint();
    let chance = u32::from(chance.0.as_bytes()[15]);
    wait / JITTER_PARTS * chance / 255
}
