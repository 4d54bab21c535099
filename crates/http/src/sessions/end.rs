//! `DELETE /api/v1/sessions/current`: an agent signs out.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use plugboard_domain::Command;

use super::create::cookie;
use crate::{ApiError, App, auth::Authenticated, responses::WriteErrors};

/// Signs out: the session's token works no more.
#[utoipa::path(
    delete, path = "/api/v1/sessions/current", tag = "sessions",
    responses((status = 204, description = "Signed out"), WriteErrors)
)]
pub(crate) async fn end_session(
    State(app): State<App>,
    caller: Authenticated,
) -> Result<Response, ApiError> {
    let Some(id) = caller.session else {
        return Err(ApiError::conflict(
            "an API token is no session: delete it instead",
        ));
    };
    let agent_id = caller.agent_id;
    caller
        .execute(&app, Command::EndSession { id, agent_id })
        .await?;
    app.tokens.revoke();
    let cookie = cookie(&app, "", 0);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
