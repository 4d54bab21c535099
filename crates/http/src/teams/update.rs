//! `PUT /api/v1/teams/{id}`.

use axum::extract::State;
use plugboard_protocol::agents;

use super::{apply, edit};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    responses::WriteErrors,
};

/// Replaces a team; its members stay when they are left out.
#[utoipa::path(
    put, path = "/api/v1/teams/{id}", tag = "teams", params(("id" = String, Path)),
    request_body = agents::SaveTeam,
    responses((status = 200, description = "Changed", body = agents::Team), WriteErrors)
)]
pub(crate) async fn update_team(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<agents::SaveTeam>,
) -> Result<Json<agents::Team>, ApiError> {
    edit(&app, &caller, known_id("team", &id)?, |team| {
        apply(team, request)
    })
    .await
}
