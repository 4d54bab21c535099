//! `POST /api/v1/conversations/{id}/status`: open, snoozed, resolved.

use axum::extract::State;
use plugboard_domain::conversation::{ConversationCommand, StatusRequest as Asked};
use plugboard_protocol::conversations::{Conversation, RequestedStatus, StatusRequest};

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, time},
    responses::WriteErrors,
};

/// Opens, snoozes or resolves the conversation.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/status", tag = "conversations",
    params(("id" = String, Path)), request_body = StatusRequest,
    responses((status = 200, description = "The conversation as it is now", body = Conversation), WriteErrors)
)]
pub(crate) async fn set_status(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<StatusRequest>,
) -> Result<Json<Conversation>, ApiError> {
    let asked = match request.status {
        RequestedStatus::Open => Asked::Open,
        RequestedStatus::Snoozed => {
            let until = request.until.as_deref();
            let until = until.ok_or_else(|| ApiError::invalid("until is required with snoozed"))?;
            Asked::Snooze {
                until: time("until", until)?,
            }
        }
        RequestedStatus::Resolved => Asked::Resolve {
            disposition: request.disposition,
        },
    };
    change(&app, &caller, &id, ConversationCommand::SetStatus(asked)).await
}
