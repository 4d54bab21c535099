//! `POST /api/v1/agents/{id}/availability`: an agent comes or goes.

use axum::extract::State;
use plugboard_domain::{Command, ids::AgentId};
use plugboard_protocol::agents::{Agent, AvailabilityRequest};

use super::{sees_email, shown};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    responses::WriteErrors,
    wire,
};

/// Sets whether routing may give the agent work: one's own, or anybody's with `desk_manage` or `agents_manage`.
#[utoipa::path(
    post, path = "/api/v1/agents/{id}/availability", tag = "agents", params(("id" = String, Path)),
    request_body = AvailabilityRequest,
    responses((status = 200, description = "Set", body = Agent), WriteErrors)
)]
pub(crate) async fn set_availability(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<AvailabilityRequest>,
) -> Result<Json<Agent>, ApiError> {
    let agent_id: AgentId = known_id("agent", &id)?;
    let availability = wire::to_availability(request.state);
    let _alone = app.desk_edits.lock().await;
    let command = Command::SetAvailability {
        agent_id,
        availability,
    };
    caller.execute(&app, command).await?;
    Ok(Json(
        shown(&app, agent_id, sees_email(&app, &caller, agent_id)).await?,
    ))
}
