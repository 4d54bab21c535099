//! `POST /api/v1/conversations/{id}/priority`: urgency.

use axum::extract::State;
use plugboard_domain::conversation::ConversationCommand;
use plugboard_protocol::conversations::{Conversation, PriorityRequest};

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
    wire,
};

/// Sets how urgent the conversation is.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/priority", tag = "conversations",
    params(("id" = String, Path)), request_body = PriorityRequest,
    responses((status = 200, description = "The conversation as it is now", body = Conversation), WriteErrors)
)]
pub(crate) async fn set_priority(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<PriorityRequest>,
) -> Result<Json<Conversation>, ApiError> {
    let command = ConversationCommand::SetPriority(wire::to_priority(request.priority));
    change(&app, &caller, &id, command).await
}
