//! `POST /api/v1/conversations/{id}/assignment`: somebody owns it, or nobody.

use axum::extract::State;
use plugboard_domain::conversation::ConversationCommand;
use plugboard_protocol::conversations::{AssignRequest, Conversation};

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, optional_id},
    responses::WriteErrors,
};

/// Gives the conversation to an agent, to a team's queue, or (both null) to nobody.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/assignment", tag = "conversations",
    params(("id" = String, Path)), request_body = AssignRequest,
    responses((status = 200, description = "The conversation as it is now", body = Conversation), WriteErrors)
)]
pub(crate) async fn assign_conversation(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<AssignRequest>,
) -> Result<Json<Conversation>, ApiError> {
    let command = ConversationCommand::Assign {
        agent: optional_id("agent_id", request.agent_id.as_deref())?,
        team: optional_id("team_id", request.team_id.as_deref())?,
    };
    change(&app, &caller, &id, command).await
}
