//! `POST /api/v1/<nouns>`.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::Command;

use super::{Fresh, Given, Noun};
use crate::{ApiError, App, auth::Authenticated, extract::Json};

/// Makes one. What nobody is shown again is in the answer.
pub(super) async fn create<N: Noun>(
    State(app): State<App>,
    caller: Authenticated,
    Json(asked): Json<N::Asked>,
) -> Result<(StatusCode, Json<N::Shown>), ApiError> {
    let given = Given {
        id: app.engine.mint(),
        created_at: app.engine.now(),
        caller: caller.agent_id,
    };
    let it = N::read(given, asked)?;
    let Fresh { private, secret } = N::fresh()?;
    let shown = it.show(secret);
    let entity = it.entity();
    caller
        .execute(&app, Command::Save { entity, private })
        .await?;
    Ok((StatusCode::CREATED, Json(shown)))
}
