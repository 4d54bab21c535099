//! `POST /api/v1/teams/{id}/members`.

use axum::extract::State;
use plugboard_domain::ids::AgentId;
use plugboard_protocol::agents::{AddMember, Team};

use super::edit;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{self, Json, Path, known_id},
    responses::WriteErrors,
};

/// Adds a member; one who is there already stays.
#[utoipa::path(
    post, path = "/api/v1/teams/{id}/members", tag = "teams", params(("id" = String, Path)),
    request_body = AddMember,
    responses((status = 200, description = "The team with the member", body = Team), WriteErrors)
)]
pub(crate) async fn add_member(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<AddMember>,
) -> Result<Json<Team>, ApiError> {
    let member: AgentId = extract::id("agent_id", &request.agent_id)?;
    edit(&app, &caller, known_id("team", &id)?, |team| {
        team.members.insert(member);
        Ok(())
    })
    .await
}
