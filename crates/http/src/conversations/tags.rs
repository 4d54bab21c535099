//! `POST /api/v1/conversations/{id}/tags`: labels.

use axum::extract::State;
use plugboard_domain::conversation::ConversationCommand;
use plugboard_protocol::conversations::{Conversation, TagsRequest};

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Puts labels on and takes labels off.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/tags", tag = "conversations",
    params(("id" = String, Path)), request_body = TagsRequest,
    responses((status = 200, description = "The conversation as it is now", body = Conversation), WriteErrors)
)]
pub(crate) async fn tag_conversation(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<TagsRequest>,
) -> Result<Json<Conversation>, ApiError> {
    let command = ConversationCommand::Tag {
        add: request.add.into_iter().collect(),
        remove: request.remove.into_iter().collect(),
    };
    change(&app, &caller, &id, command).await
}
