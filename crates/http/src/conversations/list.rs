//! `GET /api/v1/conversations`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::{
    Page,
    conversations::{Conversation, ConversationQuery},
};

use super::filter::filter;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Query, cursor, limit, page},
    responses::ReadErrors,
    wire::{self, Viewer},
};

/// Conversations that fit all filters, newest activity first; without a status, all but merged ones.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations", params(ConversationQuery),
    responses((status = 200, description = "Conversations", body = Page<Conversation>), ReadErrors)
)]
pub(crate) async fn list_conversations(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<ConversationQuery>,
) -> Result<Json<Page<Conversation>>, ApiError> {
    let grants = caller.grants(&app);
    grants.require(Permission::ConversationsRead)?;
    let filter = filter(&query, &caller, grants.scope().clone())?;
    let (limit, after) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let store = app.engine.store();
    let found = store
        .conversations(filter, Some(caller.agent_id), after, limit)
        .await?;
    let viewer = Viewer::new(caller.agent_id, &grants);
    Ok(Json(page(found, |view| wire::conversation(&view, viewer))))
}
