//! `GET /api/v1/calls`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::{
    Page,
    calls::{Call, CallsQuery},
};
use plugboard_store::CallFilter;

use super::shown;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Query, cursor, id, limit, optional_id},
    responses::ReadErrors,
    wire,
};

/// Calls of conversations that you may read, the newest first.
#[utoipa::path(
    get, path = "/api/v1/calls", tag = "calls", params(CallsQuery),
    responses((status = 200, description = "Calls", body = Page<Call>), ReadErrors)
)]
pub(crate) async fn list_calls(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<CallsQuery>,
) -> Result<Json<Page<Call>>, ApiError> {
    let grants = caller.grants(&app);
    grants.require(Permission::ConversationsRead)?;
    let agent = match query.agent.as_deref() {
        None => None,
        Some("me") => Some(caller.agent_id),
        Some(other) => Some(id("agent", other)?),
    };
    let filter = CallFilter {
        stand: query.state.map(wire::to_call_stand),
        inbox: optional_id("inbox", query.inbox.as_deref())?,
        agent,
        now: Some(app.engine.now()),
        scope: grants.scope().clone(),
    };
    let limit = limit(query.limit)?;
    let after = cursor(query.cursor.as_deref())?;
    let paged = app.engine.store().calls(filter, after, limit).await?;
    let next_cursor = paged.next.as_ref().map(plugboard_store::Cursor::encode);
    Ok(Json(Page {
        items: shown(&app, &paged.items, caller.viewer(&app)).await?,
        next_cursor,
    }))
}
