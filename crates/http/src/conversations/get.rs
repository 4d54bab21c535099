//! `GET /api/v1/conversations/{id}`.

use axum::extract::State;
use plugboard_protocol::conversations::Conversation;

use super::visible;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
    wire,
};

/// One conversation, with contact, assignment, tags, response clocks, and the journal position that it reflects.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, description = "The conversation", body = Conversation), ReadErrors)
)]
pub(crate) async fn get_conversation(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Conversation>, ApiError> {
    let view = visible(&app, &caller, &id).await?;
    Ok(Json(wire::conversation(&view, caller.viewer(&app))))
}
