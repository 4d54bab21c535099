//! Routing: gives waiting conversations to agents. The worker waits for events that can change an answer, asks the policy,
//! and acts by commands that the writer checks again.
//!
//! The built-in policy is asked about the queues that somebody could take from. A deeper one is asked about a waiting
//! conversation when something about it changed, whoever is free; and about all of them when capacity became free. It is
//! never polled, and never asked twice for the same reason. An answer that takes long is waited for beside the next ones.

mod ask;
mod board;
mod calls;
mod late;
mod reasons;

use plugboard_domain::{
    conversation::Status,
    desk::{AssignmentMethod, Availability, Desk},
    ids::{AgentId, ConversationId, TeamId},
};
use plugboard_store::StoreError;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tracing::error;

use self::{ask::Reason, board::Board, late::Late, reasons::Todo};
use crate::{Engine, RoutingVerdict};

/// Conversations looked at in one pass. What is left over is looked at in the next one, which follows at once.
const PASS_MAX: usize = 500;

/// How long to wait after the store failed.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    let mut head = engine.head();
    let mut position = *head.borrow_and_update();
    let mut todo = Todo::at_start();
    let mut late = Late::default();
    tokio::select! {
        () = stop.cancelled() => return,
        () = engine.shared.routing.ready() => {}
    }
    loop {
        let more = match step(&engine, &mut position, &mut todo, &mut late, &stop).await {
            Ok(more) => more,
            Err(error) => {
                error!(%error, "routing: the store failed");
                tokio::time::sleep(PAUSE).await;
                true
            }
        };
        if (more || !todo.is_empty()) && !stop.is_cancelled() {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = engine.shared.policies_changed.notified() => todo.everything(),
            () = late.wait() => {}
            changed = head.changed() => if changed.is_err() { return },
        }
    }
}

/// Reads what happened and does what follows from it. What could not be done stays in `todo`. True when there is more to
/// read.
async fn step(
    engine: &Engine,
    position: &mut u64,
    todo: &mut Todo,
    late: &mut Late,
    stop: &CancellationToken,
) -> Result<bool, StoreError> {
    while let Some(reached) = reasons::read(engine, *position, todo).await? {
        *position = reached;
        if todo.is_full() {
            break;
        }
    }
    // What was read can be stored and not published yet, and the desk does not know of it before: whoever came online by it
    // would not be found. Its writer publishes it in a moment; when there is none any more, the end is near.
    let _ = engine.head().wait_for(|it| *it >= *position).await;
    let more = todo.is_full();
    if todo.is_empty() && !late.has_come() {
        return Ok(false);
    }
    let deep = engine.shared.routing.wants_facts();
    let desk = engine.desk();
    let mut board = Board::read(engine, &desk).await?;
    for (answered, again) in late.take() {
        let id = answered.conversation();
        answered.carry_out(&mut board, &desk).await;
        match again {
            Some(Reason::Changed) => todo.put_back(id),
            Some(Reason::Freed) => todo.freed(),
            None => {}
        }
    }
    todo.take_calls();
    calls::pass(engine, &mut board, &desk, stop).await?;
    let mut asked = Vec::new();
    while let Some(id) = todo.next_changed() {
        if !deep {
            todo.freed();
            continue;
        }
        if stop.is_cancelled() {
            return Ok(false);
        }
        match changed(engine, &mut board, late, &desk, id).await {
            Ok(()) => asked.push(id),
            Err(error) => {
                todo.put_back(id);
                return Err(error);
            }
        }
    }
    if todo.take_freed() {
        let fresh = todo.take_fresh() && deep;
        let seen = (fresh, asked.as_slice(), *position);
        match pass(engine, &desk, &mut board, late, seen, stop).await {
            Ok(Passed::Whole) => {}
            Ok(Passed::More) => todo.freed(),
            Ok(Passed::Unread) => todo.everything(),
            Err(error) => {
                todo.everything();
                return Err(error);
            }
        }
    }
    Ok(more)
}

/// Asks about a conversation that something changed about, if it waits.
async fn changed(
    engine: &Engine,
    board: &mut Board,
    late: &mut Late,
    desk: &Desk,
    id: ConversationId,
) -> Result<(), StoreError> {
    let view = engine.store().conversation(id, None).await?;
    if let Some(view) = view.filter(|it| waits(&it.conversation)) {
        ask::ask(
            engine,
            board,
            late,
            desk,
            &view.conversation,
            Reason::Changed,
        )
        .await?;
    }
    Ok(())
}

/// One pass over the queues that somebody could take from. `fresh` also
/// looks at conversations that no policy has decided about yet, whoever is free; those in `asked` were asked about just now.
async fn pass(
    engine: &Engine,
    desk: &Desk,
    board: &mut Board,
    late: &mut Late,
    (fresh, asked, position): (bool, &[ConversationId], u64),
    stop: &CancellationToken,
) -> Result<Passed, StoreError> {
    let deep = engine.shared.routing.wants_facts();
    let queues = queues(desk, deep, fresh);
    if queues.is_empty() {
        return Ok(Passed::Whole);
    }
    let waiting = engine.store().queued(queues, PASS_MAX).await?;
    let full = waiting.len() == PASS_MAX;
    let (mut placed, mut unread) = (0, false);
    for conversation in waiting.iter().filter(|it| waits(it)) {
        if stop.is_cancelled() {
            return Ok(Passed::Whole);
        }
        let never_decided = fresh && conversation.pins.routing.is_none();
        if never_decided && conversation.seq > position {
            unread = true;
            continue;
        }
        let reason = if never_decided {
            Reason::Changed
        } else {
            Reason::Freed
        };
        let worth_asking = never_decided || board.has_room(desk, conversation);
        if !worth_asking || asked.contains(&conversation.id) {
            continue;
        }
        if ask::ask(engine, board, late, desk, conversation, reason).await? {
            placed += 1;
        }
    }
    Ok(match (unread, full && placed > 0) {
        (true, _) => Passed::Unread,
        (false, true) => Passed::More,
        (false, false) => Passed::Whole,
    })
}

/// How a pass went.
enum Passed {
    /// Everything that could be looked at was.
    Whole,
    /// Another pass should follow at once.
    More,
    /// Something happened meanwhile to a conversation that no policy has decided about: that is read first, or it would be
    /// asked about twice.
    Unread,
}

/// True when an agent is to be found. While somebody is on the line, whoever talks with them will have it.
fn waits(conversation: &plugboard_domain::conversation::Conversation) -> bool {
    conversation.is_queued() && conversation.live_calls.is_empty()
}

/// Queues with a member who is online: of teams that let routing choose, or of all and of none for a deeper policy.
fn queues(desk: &Desk, deep: bool, fresh: bool) -> Vec<Option<TeamId>> {
    let online = |id: &AgentId| {
        desk.agent(*id)
            .is_some_and(|agent| !agent.disabled && agent.availability == Availability::Online)
    };
    let teams = desk.teams().filter(|team| {
        let chosen_for = deep || team.assignment != AssignmentMethod::Manual;
        chosen_for && (fresh || team.members.iter().any(online))
    });
    let mut queues: Vec<_> = teams.map(|team| Some(team.id)).collect();
    if deep && (fresh || desk.agents().any(|it| online(&it.id))) {
        queues.push(None);
    }
    queues
}

/// Why a conversation has no owner, or whom it would get, at this moment: what the policy looks at, and what it says.
pub(crate) async fn explain(
    engine: &Engine,
    id: ConversationId,
) -> Result<Option<(Value, RoutingVerdict)>, StoreError> {
    let Some(view) = engine.store().conversation(id, None).await? else {
        return Ok(None);
    };
    let conversation = view.conversation;
    if conversation.status != Status::Open || conversation.assignment.agent().is_some() {
        return Ok(None);
    }
    let desk = engine.desk();
    let board = Board::read(engine, &desk).await?;
    let Some(input) = ask::input(engine, &board, &desk, &conversation).await? else {
        return Ok(None);
    };
    let verdict = ask::verdict(engine, &input).await;
    Ok(Some((input.to_json(), verdict)))
}
