//! `POST /api/v1/conversations/{id}/merge`: continued in another one.

use axum::extract::State;
use plugboard_domain::conversation::ConversationCommand;
use plugboard_protocol::conversations::{Conversation, MergeRequest};

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{self, Json, Path},
    responses::WriteErrors,
};

/// Continues the conversation in another one; the answer is the one that ends, with `merged_into`.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/merge", tag = "conversations",
    params(("id" = String, Path)), request_body = MergeRequest,
    responses((status = 200, description = "The conversation as it is now", body = Conversation), WriteErrors)
)]
pub(crate) async fn merge_conversation(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<MergeRequest>,
) -> Result<Json<Conversation>, ApiError> {
    let command = ConversationCommand::Merge {
        into: extract::id("into", &request.into)?,
    };
    change(&app, &caller, &id, command).await
}
