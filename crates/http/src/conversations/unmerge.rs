//! `POST /api/v1/conversations/{id}/unmerge`: a merge is undone.

use axum::extract::State;
use plugboard_domain::conversation::ConversationCommand;
use plugboard_protocol::conversations::Conversation;

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Undoes a merge; sent to the one that had ended.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/unmerge", tag = "conversations",
    params(("id" = String, Path)),
    responses((status = 200, description = "The conversation as it is now", body = Conversation), WriteErrors)
)]
pub(crate) async fn unmerge_conversation(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Conversation>, ApiError> {
    change(&app, &caller, &id, ConversationCommand::Unmerge).await
}
