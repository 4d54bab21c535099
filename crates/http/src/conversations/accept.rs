//! `POST /api/v1/conversations/{id}/accept`: the agent takes an offer.

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

/// Takes a conversation that was offered to you.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/accept", tag = "conversations",
    params(("id" = String, Path)),
    responses((status = 200, description = "The conversation as it is now", body = Conversation), WriteErrors)
)]
pub(crate) async fn accept_conversation(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Conversation>, ApiError> {
    change(&app, &caller, &id, ConversationCommand::AcceptOffer).await
}
