//! `DELETE /api/v1/conversations/{id}/scheduled/{message_id}`.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{conversation::ConversationCommand, ids::MessageId};

use super::visible;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Path, known_id},
    responses::WriteErrors,
};

/// Takes a scheduled reply back, or removes one that was not sent because the customer wrote first.
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
    let message_id: MessageId = known_id("scheduled reply", &message_id)?;
    let state = visible(&app, &caller, &id).await?.conversation;
    let kept = app.engine.store().scheduled(state.id).await?;
    if !kept.iter().any(|it| it.message_id == message_id) {
        return Err(ApiError::not_found("scheduled reply"));
    }
    let command = ConversationCommand::CancelScheduled { message_id };
    caller.execute(&app, (state.id, command)).await?;
    Ok(StatusCode::NO_CONTENT)
}
