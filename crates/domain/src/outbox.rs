//! Work to be done outside the desk: deliveries by channels, webhook calls. At least once, with retries.

use serde::{Deserialize, Serialize};

use crate::{
    Seq, Timestamp,
    ids::{ConversationId, DecisionId, InboxId, MessageId, OutboxId, WebhookId},
    message::Undelivered,
};

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Tell a webhook of an event.
    CallWebhook {
        /// Which one.
        webhook_id: WebhookId,
        /// Of what.
        seq: Seq,
    },
    /// Tell a webhook of an escalation.
    Page {
        /// Which one.
        webhook_id: WebhookId,
        /// About which conversation.
        conversation_id: ConversationId,
        /// The decision whose answer says what it is told.
        decision_id: DecisionId,
        /// The place of the action in that answer.
        action: u32,
    },
    /// Hand an outbound message to its channel.
    Deliver {
        /// Through which endpoint.
        inbox_id: InboxId,
        /// In which conversation.
        conversation_id: ConversationId,
        /// What.
        message_id: MessageId,
    },
    /// Wake a plugin, as it asked for. What it wants to be told is kept beside the job.
    PluginTimer {
        /// Which one.
        plugin: String,
        /// For which of its inboxes; empty for none.
        account: String,
        /// The plugin's own name for the timer.
        key: String,
    },
    /// Tell a plugin of an event again that it could not take.
    HookEvent {
        /// Which one.
        plugin: String,
        /// The event's place in the journal.
        seq: Seq,
    },
    /// Erase a file that nothing names any more.
    EraseFile {
        /// Its key in the blob store.
        blob: String,
    },
    /// Hand a request of a provider to the inbox's plugin. The request is kept beside the job.
    Hook {
        /// To which inbox it was sent.
        inbox_id: InboxId,
    },
}

impl Job {
    /// The conversation whose jobs are done one after the other.
    pub fn in_order_of(&self) -> Option<ConversationId> {
        match self {
            Self::Deliver {
                conversation_id, ..
            } => Some(*conversation_id),
            _ => None,
        }
    }

    /// True when nobody asks for it any more once it is done: what comes by the thousand is not kept.
    pub fn leaves_nothing(&self) -> bool {
        matches!(
            self,
            Self::PluginTimer { .. }
                | Self::Hook { .. }
                | Self::HookEvent { .. }
                | Self::EraseFile { .. }
        )
    }
}

/// The outbox entry of a message is found by the message.
pub fn delivery_id(message: MessageId) -> OutboxId {
    OutboxId(message.0)
}

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum JobState {
    /// To be tried at a time.
    Pending {
        /// When.
        next_at: Timestamp,
    },
    /// Done.
    Done {
        /// When.
        at: Timestamp,
    },
    /// Given up: an administrator can redeliver it.
    Dead {
        /// When.
        at: Timestamp,
    },
}

/// A job and its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// Identifier; also the idempotency key of a webhook call.
    pub id: OutboxId,
    /// What is to be done.
    pub job: Job,
    /// How far it is.
    pub state: JobState,
    /// Tries so far.
    pub attempts: u32,
    /// How often it was scheduled anew. The end of a try of an earlier round says nothing about this one.
    #[serde(default, skip_serializing_if = "is_first")]
    pub round: u32,
    /// What went wrong last, without content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it was enqueued.
    pub created_at: Timestamp,
}

/// How one try of a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It is done.
    Done,
    /// A channel took the message.
    Sent {
        /// Its id over there, for receipts that come later.
        external_id: Option<String>,
    },
    /// A channel will not carry the message; a person can have it tried again.
    Undelivered {
        /// What kind of failure it is.
        cause: Undelivered,
        /// What went wrong, without content.
        error: String,
    },
    /// It may succeed later; the back-off schedule says when, or that it is given up.
    Retry {
        /// What went wrong, without content.
        error: String,
        /// The soonest that the other side wants to hear from us again, in seconds.
        after_secs: Option<u64>,
    },
    /// It may succeed later, by the channel's own schedule.
    Deferred {
        /// What went wrong, without content.
        error: String,
        /// When to try again, in seconds; `None` gives it up.
        after_secs: Option<u64>,
    },
    /// It was not tried: it is not its turn.
    NotYet {
        /// When to try, in seconds.
        after_secs: u64,
    },
    /// It will never succeed.
    GiveUp {
        /// What went wrong, without content.
        error: String,
    },
}

/// Waits between tries, in seconds: a little over three days in all, then the job is dead.
/// The schedule is the one that Standard Webhooks recommends.
pub const BACK_OFF_SECS: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_first(round: &u32) -> bool {
    *round == 0
}

impl OutboxEntry {
    /// A new entry, to be tried from `at` on.
    pub fn new(id: OutboxId, job: Job, at: Timestamp, now: Timestamp) -> Self {
        Self {
            id,
            job,
            state: JobState::Pending { next_at: at },
            attempts: 0,
            round: 0,
            last_error: None,
            created_at: now,
        }
    }

    /// The entry after one try.
    #[must_use]
    pub fn after(mut self, attempt: Attempt, now: Timestamp) -> Self {
        if let Attempt::NotYet { after_secs } = attempt {
            self.state = JobState::Pending {
                next_at: now + std::time::Duration::from_secs(after_secs),
            };
            return self;
        }
        self.attempts += 1;
        match attempt {
            Attempt::NotYet { .. } => unreachable!("handled before"),
            Attempt::Done | Attempt::Sent { .. } => {
                self.last_error = None;
                self.state = JobState::Done { at: now };
            }
            Attempt::GiveUp { error } | Attempt::Undelivered { error, .. } => {
                self.last_error = Some(error);
                self.state = JobState::Dead { at: now };
            }
            Attempt::Deferred { error, after_secs } => {
                self.last_error = Some(error);
                self.state = match after_secs {
                    None => JobState::Dead { at: now },
                    Some(secs) => JobState::Pending {
                        next_at: now + std::time::Duration::from_secs(secs),
                    },
                };
            }
            Attempt::Retry { error, after_secs } => {
                self.last_error = Some(error);
                let scheduled = BACK_OFF_SECS.get(self.attempts as usize - 1).copied();
                self.state = match scheduled {
                    None => JobState::Dead { at: now },
                    Some(secs) => {
                        // A day bounds what the other side may ask for.
                        let secs = secs.max(after_secs.unwrap_or(0).min(86_400));
                        JobState::Pending {
                            next_at: now + std::time::Duration::from_secs(secs),
                        }
                    }
                };
            }
        }
        self
    }

    /// The entry, to be tried anew from the start.
    #[must_use]
    pub fn redelivered(mut self, now: Timestamp) -> Self {
        self.attempts = 0;
        self.round += 1;
        self.state = JobState::Pending { next_at: now };
        self
    }
}
