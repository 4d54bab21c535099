//! The oldest events go, and nothing else.

use std::time::Duration;

use plugboard_domain::{
    Actor,
    ids::{InboxId, WebhookId},
    message::MessageKind,
    outbox::{Attempt, Job, JobState, OutboxEntry},
};
use plugboard_store::{Store, Stretch, Write};

use crate::world::World;

pub(super) async fn old_events_go_and_what_is_still_needed_stays(
    world: &mut World,
    store: &dyn Store,
) {
    assert_eq!(store.journal_horizon().await.unwrap(), 0);
    let contact = world.contact("Old");
    let inbox: InboxId = world.id();
    let id = world.conversation(contact, inbox, None, None);
    let author = Actor::Contact { id: contact };
    for at in 0..6 {
        world.message(
            id,
            MessageKind::Inbound,
            author.clone(),
            &format!("old {at}"),
        );
    }
    let told = world.seq - 2;
    let call = pending_call(world, told);
    world.write(Write::Outbox(call.clone()));
    world.commit(store).await;
    let all = store.read_since(0, 10_000).await.unwrap();
    let at = |seq: u64| all[usize::try_from(seq).unwrap() - 1].at;

    // Nothing is that old.
    assert_eq!(store.prune_journal(at(1), 100).await.unwrap(), 0);
    assert_eq!(store.journal_horizon().await.unwrap(), 0);
    // Bounded, then the rest: everything before the time, and not the event at it.
    assert_eq!(store.prune_journal(at(6), 3).await.unwrap(), 3);
    assert_eq!(store.journal_horizon().await.unwrap(), 3);
    assert_eq!(store.prune_journal(at(6), 3).await.unwrap(), 2);
    assert_eq!(store.read_since(0, 2).await.unwrap(), all[5..7]);
    assert_eq!(store.journal_head().await.unwrap(), world.seq);
    // A webhook is still to be told: its event and what follows it stay.
    let future = world.now() + Duration::from_secs(3_600);
    store.prune_journal(future, 10_000).await.unwrap();
    assert_eq!(store.journal_horizon().await.unwrap(), told - 1);
    assert_eq!(
        store.read_since(0, 1).await.unwrap(),
        all[usize::try_from(told).unwrap() - 1..usize::try_from(told).unwrap()]
    );
    // And somebody who follows the journal has not read all of it.
    let done = call.after(Attempt::Done, world.now());
    world.write(Write::Outbox(done));
    world.write(Write::Cursor("somebody".into(), told));
    world.commit(store).await;
    store.prune_journal(future, 10_000).await.unwrap();
    assert_eq!(store.journal_horizon().await.unwrap(), told);
    world.write(Write::Cursor("somebody".into(), world.seq));
    world.commit(store).await;
    store.prune_journal(future, 10_000).await.unwrap();
    assert_eq!(store.journal_horizon().await.unwrap(), world.seq);
    assert_eq!(store.read_since(0, 10).await.unwrap(), []);

    // Rows stay, positions go on, and what was said before is still found.
    let thread = store.messages(id, Stretch::Newest, 100).await.unwrap();
    assert_eq!(thread.len(), 6);
    let head = world.seq;
    world.message(id, MessageKind::Inbound, author, "still here");
    world.commit(store).await;
    let next = store.read_since(0, 10).await.unwrap();
    assert_eq!(next.first().map(|it| it.seq), Some(head + 1));
}

fn pending_call(world: &mut World, seq: u64) -> OutboxEntry {
    OutboxEntry {
        id: world.id(),
        job: Job::CallWebhook {
            webhook_id: world.id::<WebhookId>(),
            seq,
        },
        state: JobState::Pending {
            next_at: world.now(),
        },
        attempts: 0,
        round: 0,
        last_error: None,
        created_at: world.now(),
    }
}
