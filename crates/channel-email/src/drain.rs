//! Takes in what a folder has beyond its cursor: fetched in groups, stored while the next group is fetched, and accounted for
//! one by one, so that nothing is passed over and nothing holds up the rest.

mod batch;

use std::collections::{BTreeMap, HashMap};

use plugboard_domain::mail::{MailMark, UidFate};
use tokio::task::JoinHandle;
use tracing::warn;

use self::batch::{Batch, Do, Item};
use crate::{
    folder::Follow,
    imap::{Imap, ImapError, Listed},
    ingest,
};

/// Mails that are listed at once.
const LIST_MAX: usize = 500;

/// Mails of one group, and their bytes: enough that neither the way to the server nor the disk is waited for each.
const GROUP_MAX: usize = 48;
const GROUP_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// From this size on a mail is fetched alone, and one at a time in the whole desk, so that memory holds one.
const LARGE_BYTES: u64 = 4 * 1024 * 1024;

/// How often a mail is tried that its server does not give, or that the desk does not take.
const TRIES_MAX: u32 = 3;

/// How often the connection may break over the same mail before that is the mail's fault. Networks break often; the same mail
/// is hit twenty times only if it is the reason.
const BREAKS_MAX: u32 = 20;

/// Why a mail is set aside that is only too large.
const TOO_LARGE: &str = "it is too large";

/// What went wrong.
pub(crate) enum DrainError {
    /// With the server.
    Imap(ImapError),
    /// With the desk.
    Desk(String),
}

impl From<ImapError> for DrainError {
    fn from(error: ImapError) -> Self {
        Self::Imap(error)
    }
}

impl From<ingest::Unavailable> for DrainError {
    fn from(error: ingest::Unavailable) -> Self {
        Self::Desk(error.to_string())
    }
}

/// What is remembered of a folder between connections.
#[derive(Default)]
pub(crate) struct Drain {
    /// Something was taken in since it was last asked.
    progress: bool,
    /// The mails over which the connection broke.
    breaks: HashMap<u32, u32>,
    /// The connection broke over a group: mails are fetched one by one until some came.
    careful: bool,
    /// Something is to be tried again soon.
    again: bool,
}

/// A mail that is to be dealt with, in the order of the folder.
struct Due {
    mark: MailMark,
    what: What,
}

enum What {
    Fetch(u64),
    Note(UidFate),
    Quarantine(&'static str),
}

impl Drain {
    /// True when something was taken in since this was last asked.
    pub(crate) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progress)
    }

    /// True when something is to be tried again soon; asked once.
    pub(crate) fn take_again(&mut self) -> bool {
        std::mem::take(&mut self.again)
    }

    /// Takes in everything that is there now.
    pub(crate) async fn run(
        &mut self,
        follow: &Follow,
        imap: &mut Imap,
        uid_validity: u32,
    ) -> Result<(), DrainError> {
        let store = follow.engine.store();
        let (inbox, folder) = (follow.inbox.id, follow.folder.clone());
        let failed = |error: plugboard_store::StoreError| DrainError::Desk(error.to_string());
        let cursor = store
            .mail_folder(inbox, folder.clone())
            .await
            .map_err(failed)?;
        let Some(cursor) = cursor else {
            return Err(DrainError::Desk("the folder's cursor is gone".into()));
        };
        let uids = imap.uids_after(cursor.last_uid).await?;
        let fates = store
            .mail_uids(inbox, folder.clone(), uid_validity)
            .await
            .map_err(failed)?;
        let now = follow.engine.now();
        follow.shared.health.folder(inbox, &folder, now, |it| {
            it.checked_at = Some(now);
            it.behind = Some(uids.len() as u64);
        });
        let mut after = cursor.last_uid;
        for chunk in uids.chunks(LIST_MAX) {
            let listed = list(imap, chunk).await?;
            let due = self.due(follow, chunk, &listed, &fates, uid_validity, &mut after);
            self.take_all(follow, imap, due, &listed).await?;
        }
        let now = follow.engine.now();
        follow
            .shared
            .health
            .folder(inbox, &folder, now, |it| it.behind = Some(0));
        Ok(())
    }

    /// What is to be done with each mail.
    fn due(
        &self,
        follow: &Follow,
        uids: &[u32],
        listed: &[Listed],
        fates: &BTreeMap<u32, UidFate>,
        uid_validity: u32,
        after: &mut u32,
    ) -> Vec<Due> {
        let sizes: HashMap<u32, u64> = listed.iter().map(|it| (it.uid, it.size)).collect();
        let due = uids.iter().map(|uid| {
            let mark = MailMark {
                folder: follow.folder.clone(),
                uid_validity,
                uid: *uid,
                after: *after,
            };
            *after = *uid;
            let tries = match fates.get(uid) {
                Some(UidFate::Trying(tries)) => *tries,
                _ => 0,
            };
            let what = match (fates.get(uid), sizes.get(uid)) {
                (Some(fate), _) if !matches!(fate, UidFate::Trying(_)) => What::Note(*fate),
                (_, None) => What::Note(UidFate::Vanished),
                _ if tries >= TRIES_MAX => What::Quarantine("its server does not give it"),
                (_, Some(size)) if *size > follow.shared.bytes_max => What::Quarantine(TOO_LARGE),
                _ if self.breaks.get(uid).is_some_and(|it| *it >= BREAKS_MAX) => {
                    What::Quarantine("the connection breaks over it")
                }
                (_, Some(size)) => What::Fetch(*size),
            };
            Due { mark, what }
        });
        due.collect()
    }

    async fn take_all(
        &mut self,
        follow: &Follow,
        imap: &mut Imap,
        due: Vec<Due>,
        listed: &[Listed],
    ) -> Result<(), DrainError> {
        let mut storing: Option<JoinHandle<Result<usize, DrainError>>> = None;
        let mut due = due.into_iter().peekable();
        let mut result = Ok(());
        while due.peek().is_some() {
            let mut group = Vec::new();
            let mut bytes = 0;
            while let Some(next) = due.peek() {
                let size = match next.what {
                    What::Fetch(size) => size,
                    What::Note(_) | What::Quarantine(_) => 0,
                };
                let full = group.len() >= self.group_max() || bytes + size > GROUP_BYTES_MAX;
                if full && !group.is_empty() {
                    break;
                }
                bytes += size;
                group.extend(due.next());
            }
            // Held until the group is stored, so that memory holds one large mail.
            let alone = if bytes >= LARGE_BYTES {
                follow.shared.large.clone().acquire_owned().await.ok()
            } else {
                None
            };
            let fetched = self.fetch(follow, imap, &group).await;
            if let Some(storing) = storing.take() {
                self.stored(storing.await)?;
            }
            let items = match fetched {
                Ok(items) => items,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            };
            let arrived = listed.iter().map(|it| (it.uid, it.arrived)).collect();
            let batch = Batch::of(follow, arrived);
            storing = Some(follow.shared.runtime.spawn(async move {
                let stored = batch.store(items).await;
                drop(alone);
                stored
            }));
        }
        if let Some(storing) = storing.take() {
            self.stored(storing.await)?;
        }
        result
    }

    fn group_max(&self) -> usize {
        if self.careful { 1 } else { GROUP_MAX }
    }

    fn stored(
        &mut self,
        ended: Result<Result<usize, DrainError>, tokio::task::JoinError>,
    ) -> Result<(), DrainError> {
        match ended {
            Ok(Ok(count)) => {
                self.progress |= count > 0;
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Err(error) => Err(DrainError::Desk(format!("storing mail broke off: {error}"))),
        }
    }

    /// Fetches a group; what a server does not give is asked for alone.
    async fn fetch(
        &mut self,
        follow: &Follow,
        imap: &mut Imap,
        group: &[Due],
    ) -> Result<Vec<Item>, DrainError> {
        let wanted: Vec<u32> = group
            .iter()
            .filter(|it| matches!(it.what, What::Fetch(_)))
            .map(|it| it.mark.uid)
            .collect();
        let mut bodies: HashMap<u32, Vec<u8>> = HashMap::new();
        if !wanted.is_empty() {
            match imap.fetch(&wanted).await {
                Ok(found) => {
                    bodies.extend(found);
                    self.careful = false;
                }
                Err(ImapError::No(why)) => {
                    warn!(inbox.id = %follow.inbox.id, why, "a server does not give some mails");
                }
                Err(error) => {
                    self.broke(&wanted, &error);
                    return Err(error.into());
                }
            }
        }
        let mut items = Vec::with_capacity(group.len());
        for due in group {
            let mark = due.mark.clone();
            let uid = mark.uid;
            let what = match due.what {
                What::Note(fate) => Do::Note(fate),
                // What a server does not give, or breaks over, is not asked for again.
                What::Quarantine(why) if why == TOO_LARGE => {
                    Do::Quarantine(why, imap.fetch_head(uid).await?)
                }
                What::Quarantine(why) => Do::Quarantine(why, None),
                What::Fetch(_) => match bodies.remove(&uid) {
                    Some(body) => Do::Take(body),
                    None => match imap.fetch(&[uid]).await {
                        Ok(found) => match found.into_iter().next() {
                            Some((_, body)) => Do::Take(body),
                            None => Do::Note(UidFate::Vanished),
                        },
                        Err(ImapError::No(_)) => {
                            // A session whose token ended refuses everything: that is no fault of the mail.
                            imap.confirm(uid).await?;
                            self.again = true;
                            Do::TryAgain
                        }
                        Err(error) => {
                            self.broke(&[uid], &error);
                            return Err(error.into());
                        }
                    },
                },
            };
            items.push(Item { mark, what });
        }
        Ok(items)
    }

    fn broke(&mut self, uids: &[u32], error: &ImapError) {
        if let [uid] = uids {
            // A network breaks in silence. A server that says goodbye over a mail, or sends more than was agreed, means it.
            let weight = match error {
                ImapError::Bye(_) | ImapError::TooLarge(_) => BREAKS_MAX.div_ceil(TRIES_MAX),
                ImapError::Lost(_) | ImapError::No(_) => 1,
            };
            *self.breaks.entry(*uid).or_default() += weight;
        }
        // Bounded by what is in flight; a folder that goes on forgets.
        if self.breaks.len() > LIST_MAX {
            self.breaks.clear();
        }
        self.careful = true;
    }
}

/// Lists mails. One that the server tells nothing of keeps the others from nothing: it is asked for as if it were there.
async fn list(imap: &mut Imap, uids: &[u32]) -> Result<Vec<Listed>, ImapError> {
    match imap.list(uids).await {
        Err(ImapError::No(_)) => {}
        listed => return listed,
    }
    let mut all = Vec::with_capacity(uids.len());
    for uid in uids {
        match imap.list(&[*uid]).await {
            Ok(listed) => all.extend(listed),
            Err(ImapError::No(_)) => all.push(Listed {
                uid: *uid,
                size: 0,
                arrived: None,
            }),
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}
