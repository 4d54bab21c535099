//! How fast batches are committed: a message, its conversation, its event and its timers, 256 at a time.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use plugboard_domain::{
    Actor,
    message::MessageKind,
    sla::SlaTarget,
    timer::{Timer, TimerKind},
};
use plugboard_store::{Commit, Write, WriteStore};
use plugboard_store_sqlite::{Durability, Options, SqliteStore};
use plugboard_test_kit::world::World;

use crate::texts::{self, Chance};

/// Messages in a batch, each to another conversation.
const BATCH: usize = 256;

pub(crate) async fn run(dir: &Path, secs: usize, durability: Durability) {
    // What an earlier run left.
    let _ = fs::remove_dir_all(dir);
    let store = SqliteStore::open(
        dir,
        Options {
            durability,
            ..Options::default()
        },
    )
    .expect("opening the desk");
    let mut world = World::new();
    let mut chance = Chance::new(3);
    let inbox = world.id();
    let conversations: Vec<_> = (0..BATCH * 8)
        .map(|_| {
            let contact = world.contact(&texts::name(&mut chance));
            (world.conversation(contact, inbox, None, None), contact)
        })
        .collect();
    world.commit(&store).await;
    let mut batches: Vec<Commit> = Vec::new();
    for at in 0..secs * 60 {
        batches.push(batch(
            &mut world,
            &mut chance,
            &conversations[at % 8 * BATCH..][..BATCH],
        ));
    }
    let (begun, cpu) = (Instant::now(), cpu_secs());
    let mut latencies: Vec<Duration> = Vec::new();
    for batch in batches {
        let sent = Instant::now();
        store
            .commit(batch)
            .await
            .expect("the store takes a good batch");
        latencies.push(sent.elapsed());
    }
    let (took, cpu) = (begun.elapsed().as_secs_f64(), cpu_secs() - cpu);
    latencies.sort_unstable();
    let messages = f64::from(u32::try_from(latencies.len() * BATCH).expect("not that many"));
    println!(
        "{durability:?}: {:.0} messages/s, {:.1} us/message; process CPU with indexing {:.1} us/message; commit of {BATCH}: p50 {:.1?} p99 {:.1?} max {:.1?}",
        messages / took,
        took / messages * 1e6,
        cpu / messages * 1e6,
        latencies[latencies.len() / 2],
        latencies[latencies.len() * 99 / 100],
        latencies[latencies.len() - 1],
    );
    println!("{:?}", store.stats().await.expect("stats"));
}

fn batch(
    world: &mut World,
    chance: &mut Chance,
    conversations: &[(
        plugboard_domain::ids::ConversationId,
        plugboard_domain::ids::ContactId,
    )],
) -> Commit {
    for (id, contact) in conversations {
        world.message(
            *id,
            MessageKind::Inbound,
            Actor::Contact { id: *contact },
            &texts::message(chance),
        );
        let due_at = world.now() + Duration::from_secs(600);
        let timer = |target| Timer {
            kind: TimerKind::SlaBreach(target),
            due_at,
        };
        world.write(Write::Timers(
            *id,
            vec![
                timer(SlaTarget::FirstResponse),
                timer(SlaTarget::Resolution),
            ],
        ));
    }
    world.take()
}

/// Processor time of this process so far.
pub(crate) fn cpu_secs() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |at: usize| {
        fields
            .get(at)
            .and_then(|it| it.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}
