//! `POST /api/v1/conversations/{id}/cases`: after-sale or complaint work begins.

use axum::extract::State;
use plugboard_domain::conversation::ConversationCommand;
use plugboard_protocol::conversations::{Conversation, OpenCase};

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Opens a case.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/cases", tag = "conversations",
    params(("id" = String, Path)), request_body = OpenCase,
    responses((status = 200, description = "The conversation as it is now", body = Conversation), WriteErrors)
)]
pub(crate) async fn open_case(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<OpenCase>,
) -> Result<Json<Conversation>, ApiError> {
    let command = ConversationCommand::OpenCase {
        id: app.engine.mint(),
        kind: request.kind,
        summary: request.summary,
    };
    change(&app, &caller, &id, command).await
}
