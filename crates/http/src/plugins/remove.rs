//! `DELETE /api/v1/plugins/{id}`.

use axum::{extract::State, http::StatusCode};

use super::administrator;
use crate::{ApiError, App, auth::Authenticated, extract::Path, responses::WriteErrors};

/// Removes a plugin with its settings and what it kept. Refused while an inbox or a policy uses it.
#[utoipa::path(
    delete, path = "/api/v1/plugins/{id}", tag = "plugins", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"), WriteErrors)
)]
pub(crate) async fn remove_plugin(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    administrator(&app, &caller)?;
    app.extensions()?.remove(caller.principal, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
