//! `GET /api/v1/me`: who calls, and what they may do.

use axum::extract::State;
use plugboard_protocol::agents::Me;

use crate::{ApiError, App, auth::Authenticated, extract::Json, responses::ReadErrors, wire};

/// The agent, with the permissions of this session or token.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "sessions",
    responses((status = 200, description = "You", body = Me), ReadErrors)
)]
pub(crate) async fn me(
    State(app): State<App>,
    caller: Authenticated,
) -> Result<Json<Me>, ApiError> {
    let grants = caller.grants(&app);
    Ok(Json(Me {
        agent: crate::agents::shown(&app, caller.agent_id, true).await?,
        permissions: grants
            .permissions()
            .iter()
            .copied()
            .map(wire::permission_name)
            .collect(),
    }))
}
