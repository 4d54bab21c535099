//! Arbitrary histories of a few conversations at arbitrary desks: what must hold of every one of them.
//! [`World`] itself checks who waits, the counts, the timers and that everything reads back, after every command.

mod acts;
mod measure;

use plugboard_domain::{
    Actor, ConversationId, Event, Principal, Rejection,
    conversation::{CASES_MAX, Conversation, ConversationCommand, Status},
    decision::HOPS_MAX,
    escalation::STEPS_MAX,
};
use proptest::prelude::*;

use self::{
    acts::{Act, act, agent, perform, some_desk},
    measure::assert_clocks,
};
use crate::support::World;

/// What a command may be refused for is what was said after the position, by somebody else who is a person.
fn expects_unseen(world: &World, index: usize, act: &Act) -> bool {
    let state = &world.conversations[index];
    let Act::Reply(first, Some(seen)) = act else {
        return false;
    };
    let me = Actor::Agent { id: agent(*first) };
    state.merged_into().is_none()
        && world.history(state.id).any(|it| match &it.event {
            Event::MessageCreated { message, .. } => {
                it.seq > *seen
                    && message.author != me
                    && !matches!(message.author, Actor::System { .. })
            }
            _ => false,
        })
}

/// Fires whatever is due, and everything that becomes due by it, each twice: the second time nothing is left to do.
fn fire_due(world: &mut World, index: usize) {
    let timer = Principal::System("timer");
    for _ in 0..60 {
        let state = &world.conversations[index];
        let due = state
            .timers(&world.desk)
            .into_iter()
            .find(|it| it.due_at <= world.now);
        let Some(due) = due else { return };
        let fire = ConversationCommand::Fire(due.kind);
        let events = world.execute(index, &timer, &fire).unwrap();
        assert_ne!(events, [], "{} is due, so something happens", due.kind);
        let again = world.execute(index, &timer, &fire).unwrap();
        assert_eq!(again, [], "{} happens once", due.kind);
    }
    panic!("timers never come to rest");
}

/// An old snapshot and the events after it are the fresh snapshot, wherever the snapshot was taken.
fn assert_folds(world: &World, state: &Conversation) {
    let (journal, states): (Vec<_>, Vec<_>) = world
        .journal
        .iter()
        .filter(|(it, _)| it.conversation_id == Some(state.id))
        .map(|(recorded, after)| (recorded, after))
        .unzip();
    for n in 0..=journal.len() {
        let snapshot = n.checked_sub(1).map(|last| {
            let stored = serde_json::to_string(states[last]).unwrap();
            serde_json::from_str::<Conversation>(&stored).unwrap()
        });
        let fold = |state, recorded: &&_| Conversation::apply(state, states[0].id, recorded);
        let fresh = journal[n..].iter().fold(snapshot, fold);
        assert_eq!(fresh.as_ref(), Some(state), "from event {n} on");
    }
}

/// Nothing happens in a conversation while it is merged away, but for receipts, reading and the way back.
fn assert_quiet_while_merged(world: &World, state: &Conversation) {
    let mut merged = false;
    let mut merged_by = None;
    for recorded in world.history(state.id) {
        // What one command tells belongs together: the clocks stop with the merge.
        let together = merged_by == Some(recorded.at);
        match &recorded.event {
            Event::StatusChanged { status, cause, .. } => {
                assert!(!merged || cause == "unmerged");
                merged = matches!(status, Status::Merged { .. });
                merged_by = merged.then_some(recorded.at);
            }
            Event::DeliveryChanged { .. } | Event::Read { .. } => {}
            Event::SlaChanged { .. } | Event::SlaBreached { .. } if together => {}
            other => assert!(!merged, "{} while merged", other.kind()),
        }
    }
}

/// Merges are a forest, and everybody knows who is below.
fn assert_forest(world: &World) {
    fn below(world: &World, of: ConversationId) -> Vec<ConversationId> {
        let direct = world
            .conversations
            .iter()
            .filter(|it| it.merged_into() == Some(of));
        direct
            .flat_map(|it| below(world, it.id).into_iter().chain([it.id]))
            .collect()
    }
    for state in &world.conversations {
        let below = below(world, state.id).into_iter().collect();
        assert_eq!(state.absorbed, below);
    }
}

/// A policy's version decides until the conversation is resolved; moves end; what was acted on is not acted on again.
fn assert_decisions(world: &World, state: &Conversation) {
    let mut handled = 0;
    for (recorded, after) in &world.journal {
        if recorded.conversation_id != Some(state.id) {
            continue;
        }
        assert!(after.hops <= HOPS_MAX, "moved without end");
        if let Status::Resolved { .. } = after.status {
            assert!(after.pins.is_empty(), "pinned after the end");
            assert_eq!((after.hops, after.escalation.level), (0, 0));
            assert_eq!(after.escalation.ask_at, None);
        }
        match &recorded.event {
            Event::ConversationEscalated { trigger_seq, .. }
            | Event::EscalationPlanned { trigger_seq, .. } => {
                assert!(*trigger_seq > handled, "acted on {trigger_seq} twice");
                handled = *trigger_seq;
            }
            _ => {}
        }
        assert_eq!(after.escalation.handled, handled);
        assert!(after.escalation.steps.len() <= STEPS_MAX && after.cases.len() <= CASES_MAX);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn every_history_keeps_its_promises(
        desk in some_desk(),
        count in 1_usize..4,
        acts in prop::collection::vec((any::<u8>(), any::<bool>(), act()), 0..50),
    ) {
        let mut world = World::new(desk);
        for _ in 0..count {
            world.begin();
        }
        for (n, punctual, act) in acts {
            let index = usize::from(n) % count;
            let unseen = expects_unseen(&world, index, &act);
            let before = world.conversations.clone();
            match perform(&mut world, index, &act) {
                Ok(_) => prop_assert!(!unseen, "a stale view was accepted"),
                Err(rejection) => {
                    prop_assert_eq!(unseen, matches!(rejection, Rejection::Unseen { .. }));
                    prop_assert_eq!(&world.conversations, &before, "a refusal changes nothing");
                }
            }
            if punctual {
                (0..count).for_each(|index| fire_due(&mut world, index));
            }
            for state in &world.conversations {
                assert_clocks(&world, state);
            }
        }
        for state in &world.conversations {
            assert_folds(&world, state);
            assert_quiet_while_merged(&world, state);
            assert_decisions(&world, state);
        }
        assert_forest(&world);
        let seqs: Vec<_> = world.journal.iter().map(|(it, _)| it.seq).collect();
        prop_assert!(seqs.iter().copied().eq(1..=seqs.len() as u64));
    }
}
