//! What a try means: for each recipient, and for the message as a whole; and when the next one is.

use std::time::Duration;

use plugboard_domain::{
    mail::{Mail, Recipient, RecipientState},
    message::Undelivered,
    outbox::{Attempt, OutboxEntry},
};

use crate::smtp::{Handed, Reply};

/// Waits between tries, in seconds; the last goes on until two days are over.
const WAITS_SECS: [u64; 5] = [60, 300, 900, 3_600, 14_400];

/// Tries until two days are over: four waits, then every four hours.
const TRIES_MAX: u32 = 16;

/// The wait before the next try.
pub(super) fn wait(entry: &OutboxEntry) -> Option<Duration> {
    let wait = WAITS_SECS.get(entry.attempts as usize);
    wait.copied().map(Duration::from_secs)
}

pub(super) fn refused(error: impl Into<String>) -> Attempt {
    Attempt::Undelivered {
        cause: Undelivered::Refused,
        error: error.into(),
    }
}

pub(super) fn uncertain(error: impl Into<String>) -> Attempt {
    Attempt::Undelivered {
        cause: Undelivered::Uncertain,
        error: error.into(),
    }
}

/// Another try, by the schedule for mail.
pub(super) fn later(entry: &OutboxEntry, error: String) -> Attempt {
    let nth = entry.attempts as usize;
    let last = WAITS_SECS[WAITS_SECS.len() - 1];
    let wait = WAITS_SECS.get(nth).copied().unwrap_or(last);
    Attempt::Deferred {
        error,
        after_secs: (entry.attempts + 1 < TRIES_MAX).then_some(wait),
    }
}

/// What the try means: for each recipient, and for the message as a whole.
pub(super) fn judge(mail: &mut Mail, handed: Handed, entry: &OutboxEntry) -> Attempt {
    let sending: Vec<&mut Recipient> = mail
        .recipients
        .iter_mut()
        .filter(|it| it.state == RecipientState::Sending)
        .collect();
    let tried = !sending.is_empty();
    match handed {
        Handed::Answered(reply) if tried && reply.is_ok() => {
            for it in sending {
                it.state = RecipientState::Sent;
                it.detail = None;
            }
        }
        Handed::Answered(reply) => {
            if tried {
                for it in sending {
                    refuse(it, &reply);
                }
            } else {
                for it in to_try(mail) {
                    refuse(it, &reply);
                }
            }
        }
        Handed::NotSent(why) => {
            for it in sending {
                it.state = RecipientState::Deferred;
                it.detail = Some(why.clone());
            }
        }
        Handed::Unknown(why) => {
            for it in sending {
                it.state = RecipientState::Uncertain;
                it.detail = Some(why.clone());
            }
            return uncertain(format!(
                "the connection broke after the mail was handed over: {why}"
            ));
        }
    }
    overall(mail, entry)
}

/// Recipients that have not got it for sure and have not been refused.
pub(super) fn to_try(mail: &mut Mail) -> impl Iterator<Item = &mut Recipient> {
    mail.recipients.iter_mut().filter(|it| {
        matches!(
            it.state,
            RecipientState::Queued | RecipientState::Deferred | RecipientState::Sending
        )
    })
}

pub(super) fn refuse(recipient: &mut Recipient, reply: &Reply) {
    recipient.state = if reply.is_temporary() {
        RecipientState::Deferred
    } else {
        RecipientState::Failed
    };
    recipient.detail = Some(reply.said());
}

/// What the fates of all recipients mean for the message.
fn overall(mail: &Mail, entry: &OutboxEntry) -> Attempt {
    let count = |state| {
        mail.recipients
            .iter()
            .filter(|it| it.state == state)
            .count()
    };
    let of = mail.recipients.len();
    let said = |state| {
        let with = mail.recipients.iter().find(|it| it.state == state);
        with.and_then(|it| it.detail.clone()).unwrap_or_default()
    };
    if count(RecipientState::Deferred) > 0 {
        return later(entry, said(RecipientState::Deferred));
    }
    match count(RecipientState::Failed) {
        0 => Attempt::Sent { external_id: None },
        lost if lost == of => refused(said(RecipientState::Failed)),
        lost => refused(format!(
            "{lost} of {of} recipients: {}",
            said(RecipientState::Failed)
        )),
    }
}

#[cfg(test)]
mod tests {
    use plugboard_domain::{
        Timestamp,
        ids::{ConversationId, InboxId, MessageId},
        outbox::{Job, delivery_id},
    };
    use uuid::Uuid;

    use super::*;

    fn entry(attempts: u32) -> OutboxEntry {
        let (inbox_id, message_id) = (InboxId(Uuid::nil()), MessageId(Uuid::nil()));
        let job = Job::Deliver {
            inbox_id,
            conversation_id: ConversationId(Uuid::nil()),
            message_id,
        };
        let now = Timestamp::UNIX_EPOCH;
        OutboxEntry {
            attempts,
            ..OutboxEntry::new(delivery_id(message_id), job, now, now)
        }
    }

    #[test]
    fn tries_go_on_for_two_days() {
        let mut waited = 0;
        for attempts in 0.. {
            match later(&entry(attempts), String::new()) {
                Attempt::Deferred {
                    after_secs: Some(secs),
                    ..
                } => waited += secs,
                Attempt::Deferred {
                    after_secs: None, ..
                } => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(
            (44..=48).contains(&(waited / 3_600)),
            "{} hours",
            waited / 3_600
        );
    }

    #[test]
    fn one_refused_recipient_makes_the_message_fail_and_one_deferred_makes_it_wait() {
        let mut mail = Mail::new(MessageId(Uuid::nil()), InboxId(Uuid::nil()));
        let with = |state| Recipient {
            state,
            ..Recipient::default()
        };
        mail.recipients = vec![with(RecipientState::Sent), with(RecipientState::Failed)];
        assert!(matches!(
            overall(&mail, &entry(0)),
            Attempt::Undelivered { .. }
        ));
        mail.recipients.push(with(RecipientState::Deferred));
        assert!(matches!(
            overall(&mail, &entry(0)),
            Attempt::Deferred { .. }
        ));
        mail.recipients = vec![with(RecipientState::Sent)];
        assert!(matches!(overall(&mail, &entry(0)), Attempt::Sent { .. }));
    }
}
