//! `POST /api/v1/conversations/{id}/cases/{case_id}/close`: its work is done.

use axum::extract::State;
use plugboard_domain::conversation::ConversationCommand;
use plugboard_protocol::conversations::Conversation;

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    responses::WriteErrors,
};

/// Closes a case. Closing it again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/cases/{case_id}/close", tag = "conversations",
    params(("id" = String, Path), ("case_id" = String, Path)),
    responses((status = 200, description = "The conversation as it is now", body = Conversation), WriteErrors)
)]
pub(crate) async fn close_case(
    State(app): State<App>,
    caller: Authenticated,
    Path((id, case_id)): Path<(String, String)>,
) -> Result<Json<Conversation>, ApiError> {
    let command = ConversationCommand::CloseCase {
        id: known_id("case", &case_id)?,
    };
    change(&app, &caller, &id, command).await
}
