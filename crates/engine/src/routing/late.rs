//! Answers that take long: nobody else is kept waiting for them.

use std::{collections::HashMap, time::Duration};

use plugboard_domain::ids::ConversationId;
use tokio::{
    task::{Id, JoinSet},
    time::timeout,
};
use tracing::error;

use super::ask::{Answered, Reason};

/// How long routing waits for an answer before it goes on with the next conversation. A policy that is well answers in less.
const PATIENCE: Duration = Duration::from_millis(3);

/// Answers that are waited for beside the others. Were there more, the policy would be asked faster than it can answer.
const LATE_MAX: usize = 8;

/// A conversation that its policy has been asked about for long.
struct Asked {
    conversation: ConversationId,
    /// Why to ask again afterwards: something changed meanwhile.
    again: Option<Reason>,
}

/// Questions whose answers are late.
#[derive(Default)]
pub(super) struct Late {
    answering: JoinSet<Answered>,
    asked: HashMap<Id, Asked>,
    answered: Vec<(Answered, Option<Reason>)>,
}

impl Late {
    /// Whether its policy is being asked about it already; then it is asked once more when that is over.
    pub(super) fn is_asked(&mut self, id: ConversationId, reason: Reason) -> bool {
        let asked = self.asked.values_mut().find(|it| it.conversation == id);
        asked.is_some_and(|it| {
            it.again = match it.again {
                Some(Reason::Changed) => Some(Reason::Changed),
                _ => Some(reason),
            };
            true
        })
    }

    /// The answer, or nothing for now when it takes long: then it comes with [`Self::take`].
    pub(super) async fn patiently(
        &mut self,
        conversation: ConversationId,
        answering: impl Future<Output = Answered> + Send + 'static,
    ) -> Option<Answered> {
        if self.answering.len() >= LATE_MAX {
            return Some(answering.await);
        }
        let mut answering = Box::pin(answering);
        if let Ok(answered) = timeout(PATIENCE, &mut answering).await {
            return Some(answered);
        }
        let task = self.answering.spawn(answering).id();
        let again = None;
        self.asked.insert(
            task,
            Asked {
                conversation,
                again,
            },
        );
        None
    }

    /// Waits for the next late answer; for ever when there is none.
    pub(super) async fn wait(&mut self) {
        match self.answering.join_next_with_id().await {
            Some(joined) => self.keep(joined),
            None => std::future::pending().await,
        }
    }

    fn keep(&mut self, joined: Result<(Id, Answered), tokio::task::JoinError>) {
        match joined {
            Ok((task, answered)) => {
                let again = self.asked.remove(&task).and_then(|it| it.again);
                self.answered.push((answered, again));
            }
            Err(error) => {
                let asked = self.asked.remove(&error.id());
                let id = asked.map(|it| it.conversation.to_string());
                error!(conversation.id = id, %error, "routing: asking a policy failed");
            }
        }
    }

    /// Answers that have come, and why to ask again after each.
    pub(super) fn take(&mut self) -> Vec<(Answered, Option<Reason>)> {
        while let Some(joined) = self.answering.try_join_next_with_id() {
            self.keep(joined);
        }
        std::mem::take(&mut self.answered)
    }

    pub(super) fn has_come(&self) -> bool {
        !self.answered.is_empty()
    }
}
