//! `DELETE /api/v1/teams/{id}/members/{agent_id}`.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::ids::AgentId;

use super::edit;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Path, known_id},
    responses::WriteErrors,
};

/// Takes a member out.
#[utoipa::path(
    delete, path = "/api/v1/teams/{id}/members/{agent_id}", tag = "teams",
    params(("id" = String, Path), ("agent_id" = String, Path)),
    responses((status = 204, description = "Taken out"), WriteErrors)
)]
pub(crate) async fn remove_member(
    State(app): State<App>,
    caller: Authenticated,
    Path((id, agent_id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let member: AgentId = known_id("member", &agent_id)?;
    edit(&app, &caller, known_id("team", &id)?, |team| {
        let there = team.members.remove(&member);
        there
            .then_some(())
            .ok_or_else(|| ApiError::not_found("member"))
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
