//! Agents who come and go, and what is made of it when nothing of theirs is connected.

use plugboard_domain::{
    Actor, Event, Recorded,
    desk::{Agent, Attendance, Availability, Desk},
};

use crate::support::{LI, at, desk};

/// Lets things happen to an agent who is offline, and tells what the journal says of it: state, attendance and cause.
fn check(acts: &[fn(&Agent) -> Vec<Event>], told: &[&str], in_the_end: (Availability, Attendance)) {
    let mut desk = desk();
    fold(&mut desk, |li| li.choose(Availability::Offline));
    let mut heard = Vec::new();
    for act in acts {
        heard.extend(fold(&mut desk, act));
    }
    assert_eq!(heard, told);
    let li = desk.agent(LI).unwrap();
    assert_eq!((li.availability, li.attendance), in_the_end);
}

fn fold(desk: &mut Desk, act: impl Fn(&Agent) -> Vec<Event>) -> Vec<String> {
    let events = act(desk.agent(LI).unwrap());
    let mut told = Vec::new();
    for event in events {
        told.push(match &event {
            Event::AvailabilityChanged {
                availability,
                cause,
                ..
            } => format!("{availability:?}: {cause}"),
            other => other.kind().to_owned(),
        });
        desk.apply(&Recorded {
            seq: 1,
            at: at(60),
            actor: Actor::system("presence"),
            conversation_id: None,
            caused_by: None,
            event,
        });
    }
    told
}

fn online(li: &Agent) -> Vec<Event> {
    li.choose(Availability::Online)
}

fn away(li: &Agent) -> Vec<Event> {
    li.choose(Availability::Away)
}

fn offline(li: &Agent) -> Vec<Event> {
    li.choose(Availability::Offline)
}

#[test]
fn who_never_had_a_connection_is_never_missed() {
    check(
        &[Agent::missed, online, Agent::missed, away, Agent::missed],
        &["Online: asked", "Away: asked"],
        (Availability::Away, Attendance::Unseen),
    );
}

#[test]
fn who_had_one_and_lost_it_goes_offline_and_gets_their_choice_back() {
    for (choose, word, choice) in [
        (
            online as fn(&Agent) -> Vec<Event>,
            "Online",
            Availability::Online,
        ),
        (away, "Away", Availability::Away),
    ] {
        let returns = Attendance::Missing { returns_to: choice };
        let (asked, back) = (format!("{word}: asked"), format!("{word}: reconnected"));
        let lost = [asked.as_str(), "agent.seen", "Offline: no_connection"];
        let acts = [
            choose,
            Agent::seen,
            Agent::seen,
            Agent::missed,
            Agent::missed,
        ];
        check(&acts, &lost, (Availability::Offline, returns));
        let acts = [choose, Agent::seen, Agent::missed, Agent::seen, Agent::seen];
        check(
            &acts,
            &[&lost[..], &[back.as_str()]].concat(),
            (choice, Attendance::Seen),
        );
    }
}

#[test]
fn going_offline_oneself_ends_it_also_when_missed_already() {
    check(
        &[online, Agent::seen, offline, Agent::missed, Agent::seen],
        &["Online: asked", "agent.seen", "Offline: asked"],
        (Availability::Offline, Attendance::Unseen),
    );
    check(
        &[online, Agent::seen, Agent::missed, offline, Agent::seen],
        &[
            "Online: asked",
            "agent.seen",
            "Offline: no_connection",
            "Offline: asked",
        ],
        (Availability::Offline, Attendance::Unseen),
    );
}

#[test]
fn a_choice_made_for_the_missing_counts_until_they_are_seen() {
    check(
        &[online, Agent::seen, Agent::missed, away, Agent::missed],
        &[
            "Online: asked",
            "agent.seen",
            "Offline: no_connection",
            "Away: asked",
        ],
        (Availability::Away, Attendance::Unseen),
    );
}

#[test]
fn a_break_keeps_what_is_known_of_their_connection() {
    check(
        &[online, Agent::seen, away, online, Agent::missed],
        &[
            "Online: asked",
            "agent.seen",
            "Away: asked",
            "Online: asked",
            "Offline: no_connection",
        ],
        (
            Availability::Offline,
            Attendance::Missing {
                returns_to: Availability::Online,
            },
        ),
    );
}
