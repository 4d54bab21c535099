//! The writer task: the only thing that commits.
//!
//! It takes whatever commands are waiting, runs them one after the other against the state in memory, and commits the lot in
//! one transaction; each is acknowledged after that. When the database refuses the lot, the commands run again one by one,
//! so that only the one at fault fails.

mod arrive;
mod attendance;
mod authorize;
mod calls;
mod contacts;
mod conversation;
mod desk;
mod macros;
mod mail;
mod outside;
mod plugin;
mod policies;
mod receive;
mod signals;
mod txn;
mod work;

use std::{sync::Arc, time::Duration};

use plugboard_domain::{Command, Envelope, Rejection, Seq, command::DEPTH_MAX, desk::Desk};
use plugboard_store::{Commit, Facts, Key, StoreError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

pub(crate) use signals::{Alarm, Signals};
use txn::{Changes, Stop, Txn};

use crate::handle::{EngineError, Outcome, Shared};

/// Most commands of one transaction. More would not commit faster, and would make the first of them wait.
const BATCH_MAX: usize = 512;

/// A batch at least this large shows that more are on the way: the next one waits a little to be larger.
const BUSY_BATCH: usize = 64;

/// How long a busy writer waits for more.
const GATHER: Duration = Duration::from_millis(1);

/// States kept in memory between batches. A state takes about a kibibyte.
const CACHED_MAX: usize = 20_000;

/// A command in the queue, and where its answer goes.
pub(crate) struct Waiting {
    pub(crate) envelope: Envelope,
    pub(crate) answer: oneshot::Sender<Result<Outcome, EngineError>>,
}

pub(crate) async fn run(
    shared: Arc<Shared>,
    mut queue: mpsc::Receiver<Waiting>,
    publish: watch::Sender<Seq>,
    head: Seq,
    stop: CancellationToken,
) {
    let mut writer = Writer {
        desk: shared.desk.load_full(),
        shared,
        known: Facts::default(),
        head,
        publish,
    };
    let mut batch = Vec::with_capacity(BATCH_MAX);
    let mut busy = false;
    loop {
        let received = tokio::select! {
            biased;
            received = queue.recv_many(&mut batch, BATCH_MAX) => received,
            () = stop.cancelled() => {
                // Stop intake, then finish what was taken.
                queue.close();
                queue.recv_many(&mut batch, BATCH_MAX).await
            }
        };
        if received == 0 {
            return;
        }
        if busy && batch.len() < BATCH_MAX {
            tokio::time::sleep(GATHER).await;
            while batch.len() < BATCH_MAX {
                let Ok(more) = queue.try_recv() else { break };
                batch.push(more);
            }
        }
        busy = batch.len() >= BUSY_BATCH;
        metrics::histogram!("plugboard_commit_batch_size")
            .record(f64::from(u32::try_from(batch.len()).unwrap_or(0)));
        writer.run_batch(&mut batch).await;
    }
}

struct Writer {
    shared: Arc<Shared>,
    /// The configuration, as of the last commit.
    desk: Arc<Desk>,
    /// States as of the last commit. This task is the only writer, so what it remembers is what is stored.
    known: Facts,
    head: Seq,
    publish: watch::Sender<Seq>,
}

/// A command that was accepted, and waits for its commit.
struct Accepted {
    envelope: Envelope,
    answer: oneshot::Sender<Result<Outcome, EngineError>>,
    outcome: Outcome,
}

impl Writer {
    async fn run_batch(&mut self, batch: &mut Vec<Waiting>) {
        let (accepted, commit, desk) = self.run_commands(std::mem::take(batch)).await;
        match self.commit(commit, desk).await {
            Ok(()) => {
                for Accepted {
                    answer, outcome, ..
                } in accepted
                {
                    // A caller that went away does not undo its command.
                    let _ = answer.send(Ok(outcome));
                }
            }
            Err(error @ StoreError::Unavailable(_)) => {
                error!(%error, commands = accepted.len(), "a batch was not committed");
                fail(accepted.into_iter().map(|it| it.answer), &error);
            }
            Err(error) if accepted.len() == 1 => {
                error!(%error, "a command was refused by the store");
                fail(accepted.into_iter().map(|it| it.answer), &error);
            }
            Err(error) => {
                warn!(%error, commands = accepted.len(), "a batch was refused; its commands run one by one");
                for Accepted {
                    envelope, answer, ..
                } in accepted
                {
                    self.run_singly(Waiting { envelope, answer }).await;
                }
            }
        }
        self.forget();
    }

    /// Runs a command of a refused batch in a transaction of its own.
    async fn run_singly(&mut self, waiting: Waiting) {
        let (mut accepted, commit, desk) = self.run_commands(vec![waiting]).await;
        let Some(Accepted {
            answer, outcome, ..
        }) = accepted.pop()
        else {
            return;
        };
        let result = self
            .commit(commit, desk)
            .await
            .map(|()| outcome)
            .map_err(EngineError::from);
        let _ = answer.send(result);
    }

    /// Runs commands in order on a growing set of changes; answers the rejected ones at once.
    async fn run_commands(&mut self, batch: Vec<Waiting>) -> (Vec<Accepted>, Commit, Arc<Desk>) {
        let mut desk = self.desk.clone();
        let mut commit = Commit::default();
        let mut accepted = Vec::with_capacity(batch.len());
        let now = self.shared.clock.now();
        if let Err(error) = self.prefetch(&batch).await {
            fail(batch.into_iter().map(|it| it.answer), &error);
            return (accepted, commit, desk);
        }
        for Waiting { envelope, answer } in batch {
            let next_seq = self.head + commit.events.len() as Seq + 1;
            match self.run_one(&envelope, &desk, now, next_seq).await {
                Ok((outcome, changes)) => {
                    let Changes {
                        facts,
                        events,
                        writes,
                        desk: changed,
                    } = changes;
                    self.known.extend(facts);
                    commit.events.extend(events);
                    commit.writes.extend(writes);
                    desk = changed;
                    accepted.push(Accepted {
                        envelope,
                        answer,
                        outcome,
                    });
                }
                Err(error) => {
                    let _ = answer.send(Err(error));
                }
            }
        }
        (accepted, commit, desk)
    }

    /// Runs one command; loads what it turns out to need and runs it again until it needs nothing more.
    async fn run_one(
        &mut self,
        envelope: &Envelope,
        desk: &Arc<Desk>,
        now: plugboard_domain::Timestamp,
        next_seq: Seq,
    ) -> Result<(Outcome, Changes), EngineError> {
        if envelope.depth > DEPTH_MAX {
            return Err(Rejection::conflict(
                "a consequence of a consequence went too deep: a loop",
            )
            .into());
        }
        loop {
            let mut txn = Txn::new(
                &self.known,
                desk.clone(),
                envelope,
                &*self.shared.mint,
                &*self.shared.channels,
                now,
                next_seq,
            );
            match dispatch(&mut txn, &envelope.command) {
                Ok(outcome) => return Ok(txn.finish(outcome)),
                Err(Stop::Rejected(rejection)) => return Err(rejection.into()),
                Err(Stop::Needs(key)) => {
                    let mut facts = self.shared.store.load(vec![key]).await?;
                    // All live calls come with their rows as they are stored: what this batch did to one before is newer.
                    let calls = &self.known.calls;
                    facts.calls.retain(|id, _| !calls.contains_key(id));
                    self.known.extend(facts);
                }
            }
        }
    }

    /// Loads what the batch is sure to need: in one round trip, and in a second one what the first led to.
    async fn prefetch(&mut self, batch: &[Waiting]) -> Result<(), StoreError> {
        let mut keys: Vec<Key> = batch
            .iter()
            .flat_map(|it| txn::sure_keys(&it.envelope))
            .collect();
        while !keys.is_empty() {
            keys.retain(|key| !txn::is_known(&self.known, key));
            if keys.is_empty() {
                return Ok(());
            }
            let facts = self.shared.store.load(std::mem::take(&mut keys)).await?;
            keys.extend(
                facts
                    .current
                    .values()
                    .flatten()
                    .map(|id| Key::Conversation(*id)),
            );
            self.known.extend(facts);
        }
        Ok(())
    }

    async fn commit(&mut self, commit: Commit, desk: Arc<Desk>) -> Result<(), StoreError> {
        if commit.events.is_empty() && commit.writes.is_empty() {
            return Ok(());
        }
        let started = std::time::Instant::now();
        let events = commit.events.len() as Seq;
        let earliest = signals::Earliest::of(&commit);
        if let Err(error) = self.shared.store.commit(commit).await {
            // What was remembered includes changes that did not happen.
            self.known = Facts::default();
            return Err(error);
        }
        metrics::histogram!("plugboard_commit_seconds").record(started.elapsed().as_secs_f64());
        metrics::counter!("plugboard_events_total").increment(events);
        self.head += events;
        if !Arc::ptr_eq(&desk, &self.desk) {
            self.desk = desk.clone();
            self.shared.desk.store(desk);
        }
        self.shared.signals.set(earliest);
        if events > 0 {
            self.publish.send_replace(self.head);
        }
        Ok(())
    }

    /// Keeps memory bounded: what is asked once is forgotten after the batch, what is asked often when there is too much.
    fn forget(&mut self) {
        let known = &mut self.known;
        known.duplicates.clear();
        known.messages.clear();
        known.scheduled.clear();
        known.agent_emails.clear();
        known.attachments.clear();
        known.outbox.clear();
        // Moves with every conversation that begins or changes hands.
        known.contacts_seen.clear();
        known.said.clear();
        known.external.clear();
        known.threads.clear();
        known.plugin_values.clear();
        known.plugin_usage.clear();
        known.conversations_of.clear();
        known.read_marks.clear();
        known.calls.clear();
        known.call_names.clear();
        known.live_calls = None;
        known.dialled.clear();
        known.numbers.clear();
        known.mails.clear();
        known.mails_seen.clear();
        known.mail_ids.clear();
        known.mail_senders.clear();
        known.mail_folders.clear();
        known.mail_uids.clear();
        let cached = known.conversations.len()
            + known.contacts.len()
            + known.identities.len()
            + known.current.len();
        if cached > CACHED_MAX {
            *known = Facts::default();
        }
    }
}

fn fail(
    answers: impl Iterator<Item = oneshot::Sender<Result<Outcome, EngineError>>>,
    error: &StoreError,
) {
    for answer in answers {
        let _ = answer.send(Err(EngineError::Store(error.clone())));
    }
}

/// Each command's own room.
fn dispatch(txn: &mut Txn<'_>, command: &Command) -> Result<Outcome, Stop> {
    match command {
        Command::Conversation { id, command } => conversation::run(txn, *id, command),
        Command::Receive(receive) => receive::receive(txn, receive),
        Command::Identify(identify) => receive::identify(txn, identify),
        Command::SaveDraft {
            conversation_id,
            kind,
            text,
        } => conversation::draft(txn, *conversation_id, *kind, text),
        Command::ApplyMacro {
            conversation_id,
            macro_id,
        } => macros::apply(txn, *conversation_id, *macro_id),
        Command::UpdateContact { id, profile } => contacts::update(txn, *id, profile),
        Command::MergeContacts { id, into } => contacts::merge(txn, *id, *into),
        Command::UnmergeContact { id } => contacts::unmerge(txn, *id),
        Command::RevealContact { id, field } => contacts::reveal(txn, *id, *field),
        Command::ReadRecording { plugin, calls } => plugin::read_recording(txn, *plugin, *calls),
        Command::Save { entity, private } => desk::save(txn, entity, private),
        Command::Remove(reference) => desk::remove(txn, *reference),
        Command::SetAvailability {
            agent_id,
            availability,
        } => attendance::set_availability(txn, *agent_id, *availability),
        Command::NoteSeen { agent_id } => attendance::seen(txn, *agent_id),
        Command::NoteMissed { agent_id } => attendance::missed(txn, *agent_id),
        Command::StartSession {
            id,
            agent_id,
            token_hash,
            expires_at,
        } => desk::start_session(txn, *id, *agent_id, *token_hash, *expires_at),
        Command::EndSession { id, agent_id } => desk::end_session(txn, *id, *agent_id),
        Command::StoreAttachment(file) => work::store_attachment(txn, file),
        Command::Decide { trace, outcome } => policies::decide(txn, trace, outcome),
        Command::KeepDecisions(traces) => policies::keep_decisions(txn, traces),
        Command::Escalate(asked) => policies::escalate(txn, asked),
        Command::KeepCursor { name, seq } => policies::keep_cursor(txn, name, *seq),
        Command::RecordAttempt { id, round, attempt } => {
            work::record_attempt(txn, *id, *round, attempt)
        }
        Command::Redeliver { id } => work::redeliver(txn, *id),
        Command::TakeIn(take_in) => receive::take_in(txn, take_in),
        Command::TakeMail(it) => mail::take(txn, it),
        Command::NoteUid(it) => mail::note_uid(txn, it),
        Command::BeginFolder(it) => mail::begin_folder(txn, it),
        Command::WriteMail(it) => mail::write(txn, it),
        Command::BeginMail(it) => mail::begin(txn, it),
        Command::MoveMail(it) => mail::relocate(txn, it),
        Command::ReadMailAgain(it) => mail::read_again(txn, it),
        Command::KeepMail(it) => mail::keep(txn, it),
        Command::RecallMessage { message_id } => mail::recall(txn, *message_id),
        Command::ReportExternal {
            inbox_id,
            external_id,
            fate,
        } => outside::report_external(txn, *inbox_id, external_id, fate),
        Command::Amend {
            inbox_id,
            external_id,
            amendment,
        } => outside::amend(txn, *inbox_id, external_id, amendment),
        Command::CloseThread {
            inbox_id,
            thread_key,
        } => outside::close_thread(txn, *inbox_id, thread_key),
        Command::RetryMessage { message_id } => outside::retry(txn, *message_id),
        Command::Ring(it) => calls::ring(txn, it),
        Command::Dial(it) => calls::dial(txn, it),
        Command::Call { id, command } => calls::run(txn, *id, command),
        Command::KeepPlugin(write) => plugin::keep(txn, write),
        Command::StoreHook {
            id,
            request,
            not_before,
        } => plugin::store_hook(txn, *id, request, *not_before),
    }
}
