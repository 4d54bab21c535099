//! `POST /api/v1/conversations/{id}/stage`: where in the sale it stands.

use axum::extract::State;
use plugboard_domain::conversation::ConversationCommand;
use plugboard_protocol::conversations::{Conversation, StageRequest};

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
    wire,
};

/// Sets where in the sale the conversation stands; null for none.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/stage", tag = "conversations",
    params(("id" = String, Path)), request_body = StageRequest,
    responses((status = 200, description = "The conversation as it is now", body = Conversation), WriteErrors)
)]
pub(crate) async fn set_stage(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<StageRequest>,
) -> Result<Json<Conversation>, ApiError> {
    let command = ConversationCommand::SetStage(request.stage.map(wire::to_stage));
    change(&app, &caller, &id, command).await
}
