//! `GET /api/v1/agents/{id}`.

use axum::extract::State;
use plugboard_protocol::agents::Agent;

use super::{sees_email, shown};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    responses::ReadErrors,
};

/// One agent.
#[utoipa::path(
    get, path = "/api/v1/agents/{id}", tag = "agents", params(("id" = String, Path)),
    responses((status = 200, description = "The agent", body = Agent), ReadErrors)
)]
pub(crate) async fn get_agent(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Agent>, ApiError> {
    let id = known_id("agent", &id)?;
    Ok(Json(shown(&app, id, sees_email(&app, &caller, id)).await?))
}
