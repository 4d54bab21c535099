//! `DELETE /api/v1/inboxes/{id}`.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::desk::EntityKind;

use crate::{ApiError, App, auth::Authenticated, extract::Path, responses::WriteErrors, setup};

/// Removes an inbox that no conversation came in through; of another one it says how many did.
#[utoipa::path(
    delete, path = "/api/v1/inboxes/{id}", tag = "inboxes", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"), WriteErrors)
)]
pub(crate) async fn delete_inbox(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    setup::remove(&app, &caller, EntityKind::Inbox, &id).await
}
