//! Outside work: tries, waits, and giving up.

use plugboard_domain::{
    OutboxId, Timestamp,
    outbox::{Attempt, BACK_OFF_SECS, Job, JobState, OutboxEntry},
};
use uuid::Uuid;

use crate::support::{at, start};

fn entry() -> OutboxEntry {
    OutboxEntry {
        id: OutboxId(Uuid::from_u128(81)),
        job: Job::CallWebhook {
            webhook_id: plugboard_domain::WebhookId(Uuid::from_u128(82)),
            seq: 7,
        },
        state: JobState::Pending { next_at: start() },
        attempts: 0,
        round: 0,
        last_error: None,
        created_at: start(),
    }
}

fn retry(after_secs: Option<u64>) -> Attempt {
    Attempt::Retry {
        error: "502".to_owned(),
        after_secs,
    }
}

fn waits(entry: &OutboxEntry, now: Timestamp) -> Option<u64> {
    match entry.state {
        JobState::Pending { next_at } => {
            Some(u64::try_from(next_at.as_second() - now.as_second()).unwrap())
        }
        JobState::Done { .. } | JobState::Dead { .. } => None,
    }
}

#[test]
fn waits_grow_and_then_the_job_is_dead() {
    let mut job = entry();
    let mut waited = vec![];
    while let Some(secs) = {
        job = job.after(retry(None), start());
        waits(&job, start())
    } {
        waited.push(secs);
    }
    assert_eq!(waited, BACK_OFF_SECS);
    assert_eq!(job.state, JobState::Dead { at: start() });
    assert_eq!(job.attempts, 10);
    assert_eq!(job.last_error.as_deref(), Some("502"));
    assert!(BACK_OFF_SECS.is_sorted());
    assert_eq!(
        BACK_OFF_SECS.iter().sum::<u64>() / 86_400,
        3,
        "a little over three days"
    );
}

#[test]
fn other_side_may_ask_for_more_time_within_a_day() {
    let after = |secs| waits(&entry().after(retry(Some(secs)), start()), start());
    assert_eq!(after(0), Some(5));
    assert_eq!(after(60), Some(60));
    assert_eq!(after(u64::MAX), Some(86_400));
}

#[test]
fn success_ends_it_and_forgets_the_error() {
    let job = entry()
        .after(retry(None), start())
        .after(Attempt::Done, at(5));
    assert_eq!(job.state, JobState::Done { at: at(5) });
    assert_eq!((job.attempts, job.last_error), (2, None));
}

#[test]
fn what_will_never_succeed_is_given_up_at_once() {
    let error = "410".to_owned();
    let job = entry().after(Attempt::GiveUp { error }, at(5));
    assert_eq!(job.state, JobState::Dead { at: at(5) });
}

#[test]
fn redelivery_begins_anew() {
    let error = "410".to_owned();
    let job = entry()
        .after(Attempt::GiveUp { error }, at(5))
        .redelivered(at(60));
    assert_eq!(job.state, JobState::Pending { next_at: at(60) });
    assert_eq!(waits(&job.after(retry(None), at(60)), at(60)), Some(5));
}
