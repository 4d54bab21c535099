//! `GET /api/v1/conversations/counts`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::conversations::Counts;

use crate::{ApiError, App, auth::Authenticated, extract::Json, responses::ReadErrors};

/// Numbers beside views and queues.
#[utoipa::path(
    get, path = "/api/v1/conversations/counts", tag = "conversations",
    responses((status = 200, description = "Numbers", body = Counts), ReadErrors)
)]
pub(crate) async fn count_conversations(
    State(app): State<App>,
    caller: Authenticated,
) -> Result<Json<Counts>, ApiError> {
    let grants = caller.grants(&app);
    grants.require(Permission::ConversationsRead)?;
    let store = app.engine.store();
    let counts = store
        .counts(caller.agent_id, grants.scope().clone())
        .await?;
    let queues = counts.team_queues.into_iter();
    Ok(Json(Counts {
        mine: counts.mine,
        mine_needs_reply: counts.mine_needs_reply,
        unassigned: counts.unassigned,
        open: counts.open,
        needs_reply: counts.needs_reply,
        snoozed: counts.snoozed,
        team_queues: queues
            .map(|(team, count)| (team.to_string(), count))
            .collect(),
    }))
}
