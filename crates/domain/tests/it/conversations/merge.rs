use insta::assert_snapshot;
use plugboard_domain::{
    ConversationId, Event, Principal, Rejection,
    conversation::{ConversationCommand, Status, absorb, release},
    timer::TimerKind,
};

use crate::support::{
    DAY, HOUR, LI, POLICY, Step, World, contact, desk, desk_with, li, message, tell, timer,
};

/// Three conversations of the same contact, begun at once.
fn three() -> World {
    let mut world = World::new(desk());
    for _ in 0..3 {
        world.begin();
    }
    world
}

fn id(world: &World, index: usize) -> ConversationId {
    world.conversations[index].id
}

fn merge(world: &mut World, from: usize, into: usize) -> Result<Vec<Event>, Rejection> {
    let into = id(world, into);
    world.execute(
        from,
        &Principal::Agent(LI),
        &ConversationCommand::Merge { into },
    )
}

fn unmerge(world: &mut World, index: usize) -> Result<Vec<Event>, Rejection> {
    world.execute(index, &Principal::Agent(LI), &ConversationCommand::Unmerge)
}

fn given(world: &mut World, index: usize, steps: impl IntoIterator<Item = Step>) {
    for step in steps {
        step.run(world, index).unwrap();
    }
}

#[test]
fn merged_conversation_continues_in_the_other() {
    let mut world = three();
    assert_snapshot!(tell(&merge(&mut world, 0, 1).unwrap()), @r"
    merged into c2 at 7, was open; the contact waits since now (merged)
    absorbs c1
    ");
}

#[test]
fn question_is_not_lost_in_a_merge() {
    let mut world = three();
    given(&mut world, 1, [li().replies().at(60), li().resolves(None)]);
    assert_snapshot!(tell(&merge(&mut world, 0, 1).unwrap()), @r"
    merged into c2 at 9, was open; the contact waits since now (merged)
    absorbs c1
    open; the contact waits since now (absorbed)
    ");
}

#[test]
fn whoever_waits_longer_in_either_sets_since_when() {
    for (from, into) in [(0, 1), (1, 0)] {
        let mut world = World::new(desk());
        world.begin();
        world.now = crate::support::at(HOUR);
        world.begin();
        merge(&mut world, from, into).unwrap();
        let since = crate::support::start();
        let waiting = world.conversations[into].waiting;
        assert_eq!(
            waiting,
            plugboard_domain::conversation::Waiting::Agent { since }
        );
    }
}

#[test]
fn merge_of_an_answered_conversation_leaves_the_target_as_it_is() {
    let mut world = three();
    given(&mut world, 0, [li().replies().at(60)]);
    given(&mut world, 1, [li().resolves(None)]);
    assert_snapshot!(tell(&merge(&mut world, 0, 1).unwrap()), @r"
    merged into c2 at 9, was open; we wait since +1m (merged)
    absorbs c1
    ");
}

#[test]
fn merge_cancels_what_was_scheduled() {
    let mut world = three();
    given(&mut world, 0, [li().schedules(HOUR)]);
    assert_snapshot!(tell(&merge(&mut world, 0, 1).unwrap()), @r"
    m4 will not be sent (merged)
    merged into c2 at 8, was open; the contact waits since now (merged)
    absorbs c1
    ");
}

#[test]
fn merge_takes_along_what_was_absorbed_before() {
    let mut world = three();
    merge(&mut world, 0, 1).unwrap();
    assert_snapshot!(tell(&merge(&mut world, 1, 2).unwrap()), @r"
    merged into c3 at 9, was open; the contact waits since now (merged)
    absorbs c2 with c1
    ");
    assert_eq!(world.conversations[2].absorbed.len(), 2);
    assert_snapshot!(unmerge(&mut world, 0).unwrap_err(), @"the other conversation was merged since: undo that first");
    assert_snapshot!(tell(&unmerge(&mut world, 1).unwrap()), @r"
    open; the contact waits since now (unmerged)
    queued for care since now (reopened)
    releases c2 with c1
    ");
    assert!(world.conversations[2].absorbed.is_empty());
    assert_eq!(world.conversations[1].absorbed, [id(&world, 0)].into());
}

#[test]
fn circles_and_merges_into_what_is_gone_are_refused() {
    let mut world = three();
    assert_snapshot!(merge(&mut world, 0, 0).unwrap_err(), @"a conversation cannot be merged into itself");
    merge(&mut world, 0, 1).unwrap();
    assert_snapshot!(merge(&mut world, 0, 2).unwrap_err(), @"the conversation was merged into another");
    assert_snapshot!(merge(&mut world, 1, 0).unwrap_err(), @"the other conversation was merged into another itself");
    assert_snapshot!(merge(&mut world, 2, 0).unwrap_err(), @"the other conversation was merged into another itself");
}

#[test]
fn unmerge_restores_the_status_before() {
    for (steps, status) in [
        (vec![], "open"),
        (vec![li().snoozes(DAY)], "snoozed"),
        (vec![li().resolves(Some("refund"))], "resolved"),
    ] {
        let mut world = three();
        given(&mut world, 0, steps);
        let before = world.conversations[0].clone();
        merge(&mut world, 0, 1).unwrap();
        unmerge(&mut world, 0).unwrap();
        let after = &world.conversations[0];
        assert_eq!(after.status, before.status, "{status}");
        assert_eq!(after.waiting, before.waiting, "{status}");
        assert!(world.conversations[1].absorbed.is_empty());
    }
}

#[test]
fn unmerge_is_told_to_both() {
    let mut world = three();
    merge(&mut world, 0, 1).unwrap();
    assert_snapshot!(tell(&unmerge(&mut world, 0).unwrap()), @r"
    open; the contact waits since now (unmerged)
    queued for care since now (reopened)
    releases c1
    ");
    assert_snapshot!(unmerge(&mut world, 0).unwrap_err(), @"the conversation is not merged");
}

#[test]
fn merged_conversation_answers_no_other_command() {
    let mut world = three();
    given(&mut world, 0, [li().schedules(HOUR), li().snoozes(HOUR)]);
    merge(&mut world, 0, 1).unwrap();
    let refused = [
        contact().writes(),
        li().replies(),
        li().notes(),
        li().schedules(HOUR),
        li().cancels(message(4)),
        li().gives_it_to(None),
        li().does(ConversationCommand::AcceptOffer),
        li().snoozes(HOUR),
        li().resolves(None),
        li().opens(),
    ];
    for step in refused {
        let refusal = step.run(&mut world, 0).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the conversation was merged into another"
        );
    }
    for kind in [
        TimerKind::Wake,
        TimerKind::Send(message(4)),
        TimerKind::Overflow,
    ] {
        assert_eq!(timer(kind).at(DAY).run(&mut world, 0), Ok(vec![]));
    }
    let read = li().does(ConversationCommand::MarkRead { seq: 1 });
    assert!(read.run(&mut world, 0).is_ok());
}

#[test]
fn absorbing_and_releasing_twice_changes_nothing() {
    let mut world = three();
    merge(&mut world, 0, 1).unwrap();
    let [other, target, third] = &world.conversations[..] else {
        panic!()
    };
    assert_eq!(absorb(target, other), vec![]);
    assert_eq!(release(third, other), vec![]);
    assert!(matches!(other.status, Status::Merged { at_seq: 7, .. }));
}

#[test]
fn clocks_stand_still_while_merged() {
    let mut world = World::new(desk_with(|it| it.sla_policy_id = Some(POLICY)));
    world.begin();
    world.begin();
    world.now = crate::support::at(100);
    assert_snapshot!(tell(&merge(&mut world, 0, 1).unwrap()), @r"
    merged into c2 at 7, was open; the contact waits since now (merged)
    clocks: first_response stands at 100s, resolution stands at 100s
    absorbs c1
    ");
    world.now = crate::support::at(HOUR);
    assert_snapshot!(tell(&unmerge(&mut world, 0).unwrap()), @r"
    open; the contact waits since now (unmerged)
    queued for care since +1h (reopened)
    clocks: first_response runs from 100s, warns +1h2m20s, due +1h3m20s, resolution runs from 100s, warns +7h22m20s, due +8h58m20s
    releases c1
    ");
}

#[test]
fn clocks_of_the_target_run_for_the_question_that_it_took_over() {
    let mut world = World::new(desk_with(|it| it.sla_policy_id = Some(POLICY)));
    world.begin();
    world.begin();
    given(
        &mut world,
        1,
        [li().replies().at(60), li().resolves(None).at(90)],
    );
    world.now = crate::support::at(100);
    assert_snapshot!(tell(&merge(&mut world, 0, 1).unwrap()), @r"
    merged into c2 at 11, was open; the contact waits since now (merged)
    clocks: first_response stands at 100s, resolution stands at 100s
    absorbs c1
    open; the contact waits since now (absorbed)
    clocks: first_response met +1m, resolution runs from 0s, warns +6h25m40s, due +8h1m40s, next_response runs from 0s, warns +9m40s, due +11m40s
    ");
}
