//! `POST /api/v1/conversations/{id}/read`: an agent has read up to a position.

use axum::extract::State;
use plugboard_domain::{conversation::ConversationCommand, ids::ConversationId};
use plugboard_protocol::conversations::{ReadMark, ReadRequest};

use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id, position},
    responses::WriteErrors,
};

/// Marks the conversation as read up to a journal position, for you alone. A smaller position makes it unread again.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/read", tag = "conversations",
    params(("id" = String, Path)), request_body = ReadRequest,
    responses((status = 200, description = "Marked", body = ReadMark), WriteErrors)
)]
pub(crate) async fn mark_read(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<ReadRequest>,
) -> Result<Json<ReadMark>, ApiError> {
    let id: ConversationId = known_id("conversation", &id)?;
    let seq = position(request.seq);
    caller
        .execute(&app, (id, ConversationCommand::MarkRead { seq }))
        .await?;
    let view = app
        .engine
        .store()
        .conversation(id, Some(caller.agent_id))
        .await?;
    let view = view.ok_or_else(|| ApiError::not_found("conversation"))?;
    Ok(Json(ReadMark {
        conversation_id: id.to_string(),
        seq: view.read_seq,
    }))
}
