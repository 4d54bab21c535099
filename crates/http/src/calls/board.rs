//! `GET /api/v1/phone/board`: calls and queues at this moment.

use std::collections::BTreeMap;

use axum::extract::State;
use plugboard_domain::{
    Timestamp,
    access::Permission,
    call::{Call, CallState},
    desk::{Agent, Availability},
    ids::{InboxId, TeamId},
};
use plugboard_protocol::{
    calls::{BoardAgent, BoardQueue, BoardState, PhoneBoard},
    time,
};
use plugboard_store::CallView;

use super::seen;
use crate::{ApiError, App, auth::Authenticated, extract::Json, responses::ReadErrors, wire};

/// Who waits where and for how long, who is in what, and the calls that go on. The `call.*` events of the websocket keep it
/// fresh.
#[utoipa::path(
    get, path = "/api/v1/phone/board", tag = "calls",
    responses((status = 200, description = "The board", body = PhoneBoard), ReadErrors)
)]
pub(crate) async fn phone_board(
    State(app): State<App>,
    caller: Authenticated,
) -> Result<Json<PhoneBoard>, ApiError> {
    let grants = caller.grants(&app);
    grants.require(Permission::ConversationsRead)?;
    let live = app.engine.store().live_calls().await?;
    let now = app.engine.now();
    let desk = app.engine.desk();
    let agents = desk.agents().filter(|it| !it.disabled);
    let agents = agents.map(|it| agent(it, &live)).collect();
    let mut inside = Vec::new();
    for view in &live {
        if seen(&app, &caller, &grants, view).await? {
            inside.push(view);
        }
    }
    let calls = inside.iter().map(|view| {
        let place = wire::queue_position(view, &live);
        wire::call(view, place, caller.viewer(&app), now)
    });
    Ok(Json(PhoneBoard {
        queues: queues(&inside, now),
        agents,
        calls: calls.collect(),
    }))
}

fn queues(live: &[&CallView], now: Timestamp) -> Vec<BoardQueue> {
    let mut queues: BTreeMap<(InboxId, Option<TeamId>), BoardQueue> = BTreeMap::new();
    for call in live.iter().map(|it| &it.row.call) {
        let team = call.wanted_team();
        let queue = queues
            .entry((call.inbox_id, team))
            .or_insert_with(|| BoardQueue {
                inbox_id: call.inbox_id.to_string(),
                team_id: team.map(|it| it.to_string()),
                waiting: 0,
                longest_wait_ms: 0,
                active: 0,
            });
        match call.state {
            CallState::Queued | CallState::Offering => {
                queue.waiting += 1;
                let since = call.times.queued_at.unwrap_or(call.times.started_at);
                let waited = now.as_millisecond() - since.as_millisecond();
                let waited = u64::try_from(waited).unwrap_or(0);
                queue.longest_wait_ms = queue.longest_wait_ms.max(waited);
            }
            CallState::Active | CallState::Held | CallState::Transferring => queue.active += 1,
            _ => {}
        }
    }
    queues.into_values().collect()
}

fn agent(agent: &Agent, live: &[CallView]) -> BoardAgent {
    let calls = live.iter().map(|it| &it.row.call);
    let mut theirs = calls.filter(|it| it.occupies().contains(&agent.id));
    let Some(call) = theirs.next() else {
        let state = match agent.availability {
            Availability::Online => BoardState::Free,
            Availability::Away | Availability::Offline => BoardState::Offline,
        };
        return BoardAgent {
            agent_id: agent.id.to_string(),
            state,
            call_id: None,
            since: time(agent.availability_since),
        };
    };
    let (state, since) = standing(call, agent);
    BoardAgent {
        agent_id: agent.id.to_string(),
        state,
        call_id: Some(call.id.to_string()),
        since: time(since),
    }
}

fn standing(call: &Call, agent: &Agent) -> (BoardState, Timestamp) {
    let times = &call.times;
    let began = times.answered_at.unwrap_or(times.started_at);
    // Handed on: it may go on with others, and is written up here.
    if let Some(write_up) = call.writing.iter().find(|it| it.agent_id == agent.id) {
        let lasting = std::time::Duration::from_secs(call.rules.wrapup_secs.into());
        return (BoardState::Wrapup, write_up.until - lasting);
    }
    match (call.offer, call.state) {
        (Some(offer), _) if offer.agent_id == agent.id => (BoardState::Ringing, offer.since),
        (_, CallState::New) => (BoardState::Ringing, times.started_at),
        (_, CallState::Held) => (BoardState::Held, times.held_since.unwrap_or(began)),
        (_, CallState::Wrapup) => (BoardState::Wrapup, times.ended_at.unwrap_or(began)),
        _ => (BoardState::Talking, began),
    }
}
