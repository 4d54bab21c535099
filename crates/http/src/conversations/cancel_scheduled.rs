//! `DELETE /api/v1/conversations/{id}/scheduled/{message_id}`.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{conversation::ConversationCommand, ids::ConversationId};

use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Path, known_id},
    responses::WriteErrors,
};

/// Takes a scheduled reply back.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}/scheduled/{message_id}", tag = "conversations",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 204, description = "Taken back"), WriteErrors)
)]
pub(crate) async fn cancel_scheduled(
    State(app): State<App>,
    caller: Authenticated,
    Path((id, message_id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let id: ConversationId = known_id("conversation", &id)?;
    let message_id = known_id("scheduled reply", &message_id)?;
    let command = ConversationCommand::CancelScheduled { message_id };
    caller.execute(&app, (id, command)).await?;
    Ok(StatusCode::NO_CONTENT)
}
