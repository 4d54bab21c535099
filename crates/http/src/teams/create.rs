//! `POST /api/v1/teams`.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::desk::{AssignmentMethod, Team};
use plugboard_protocol::agents;

use super::{apply, save};
use crate::{ApiError, App, auth::Authenticated, extract::Json, responses::WriteErrors};

/// Makes a team.
#[utoipa::path(
    post, path = "/api/v1/teams", tag = "teams", request_body = agents::SaveTeam,
    responses((status = 201, description = "Made", body = agents::Team), WriteErrors)
)]
pub(crate) async fn create_team(
    State(app): State<App>,
    caller: Authenticated,
    Json(request): Json<agents::SaveTeam>,
) -> Result<(StatusCode, Json<agents::Team>), ApiError> {
    let mut team = Team {
        id: app.engine.mint(),
        name: String::new(),
        members: std::collections::BTreeSet::new(),
        assignment: AssignmentMethod::default(),
        overflow: None,
        created_at: app.engine.now(),
    };
    apply(&mut team, request)?;
    Ok((StatusCode::CREATED, save(&app, &caller, team).await?))
}
