//! `DELETE /api/v1/teams/{id}`.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::desk::EntityKind;

use crate::{ApiError, App, auth::Authenticated, extract::Path, responses::WriteErrors, setup};

/// Removes a team that nothing refers to.
#[utoipa::path(
    delete, path = "/api/v1/teams/{id}", tag = "teams", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"), WriteErrors)
)]
pub(crate) async fn delete_team(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    setup::remove(&app, &caller, EntityKind::Team, &id).await
}
