//! Agents who come and go, on a desk that runs.

use plugboard_domain::{
    Command, Envelope, Principal, Rejection,
    access::Role,
    conversation::Assignment,
    desk::{AssignmentMethod, Attendance, Availability, Entity, InboxPolicy},
};
use plugboard_engine::EngineError;

use crate::desk::Desk;

#[tokio::test]
async fn that_somebody_was_seen_and_is_missing_survives_a_restart() {
    let desk = Desk::open().await;
    let li = desk.agent("Li", Role::Agent).await;
    desk.available(li, Availability::Online).await;
    desk.system(Command::NoteSeen { agent_id: li })
        .await
        .unwrap();
    let desk = desk.restart().await;
    let seen = desk.engine.desk().agent(li).unwrap().clone();
    assert_eq!(
        (seen.availability, seen.attendance),
        (Availability::Online, Attendance::Seen)
    );
    desk.system(Command::NoteMissed { agent_id: li })
        .await
        .unwrap();
    let desk = desk.restart().await;
    desk.system(Command::NoteSeen { agent_id: li })
        .await
        .unwrap();
    let back = desk.engine.desk().agent(li).unwrap().clone();
    assert_eq!(
        (back.availability, back.attendance),
        (Availability::Online, Attendance::Seen)
    );
    desk.close().await;
}

#[tokio::test]
async fn what_the_missing_owe_goes_back_to_the_queue() {
    let desk = Desk::open().await;
    let li = desk.agent("Li", Role::Agent).await;
    let team = desk.team(&[li], AssignmentMethod::LeastLoaded).await;
    let inbox = desk.inbox(Some(team), InboxPolicy::default()).await;
    desk.available(li, Availability::Online).await;
    desk.system(Command::NoteSeen { agent_id: li })
        .await
        .unwrap();
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.until(id, |it| it.assignment.agent() == Some(li)).await;
    desk.system(Command::NoteMissed { agent_id: li })
        .await
        .unwrap();
    desk.until(
        id,
        |it| matches!(it.assignment, Assignment::Unassigned { team: Some(to), .. } if to == team),
    )
    .await;
    desk.close().await;
}

#[tokio::test]
async fn only_the_desk_itself_notes_presence() {
    let desk = Desk::open().await;
    let boss = desk.agent("Boss", Role::Administrator).await;
    for command in [
        Command::NoteSeen { agent_id: boss },
        Command::NoteMissed { agent_id: boss },
    ] {
        let asked = Envelope::new(Principal::Agent(boss), command);
        let refused = desk.engine.execute(asked).await.unwrap_err();
        assert!(matches!(
            refused,
            EngineError::Rejected(Rejection::NotFound(_))
        ));
    }
    desk.close().await;
}

#[tokio::test]
async fn changing_an_agents_record_does_not_undo_that_they_came() {
    let desk = Desk::open().await;
    let li = desk.agent("Li", Role::Agent).await;
    let mut read_before = desk.engine.desk().agent(li).unwrap().clone();
    desk.available(li, Availability::Online).await;
    read_before.capacity = 9;
    desk.save(Entity::Agent(read_before)).await;
    let li = desk.engine.desk().agent(li).unwrap().clone();
    assert_eq!((li.availability, li.capacity), (Availability::Online, 9));
    desk.close().await;
}
