//! `PUT /api/v1/<nouns>/{id}`.

use axum::extract::State;
use plugboard_domain::{
    Command,
    desk::{Entity, EntityRef, Private},
};

use super::{Given, Noun};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
};

/// Replaces one; what only it was given stays.
pub(super) async fn replace<N: Noun>(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(asked): Json<N::Asked>,
) -> Result<Json<N::Shown>, ApiError> {
    let name = N::WORDS.name;
    let id = known_id(name, &id)?;
    let _alone = app.desk_edits.lock().await;
    let desk = app.engine.desk();
    let before = desk
        .get(EntityRef { kind: N::KIND, id })
        .and_then(N::of)
        .ok_or_else(|| ApiError::not_found(name))?;
    let given = Given {
        id,
        created_at: before.created_at(),
        caller: caller.agent_id,
    };
    let it = N::read(given, asked)?;
    let shown = it.show(None);
    save(&app, &caller, it.entity()).await?;
    Ok(Json(shown))
}

/// Saves a thing and leaves what is private as it is.
pub(crate) async fn save(
    app: &App,
    caller: &Authenticated,
    entity: Entity,
) -> Result<(), ApiError> {
    let private = Private::default();
    caller
        .execute(app, Command::Save { entity, private })
        .await?;
    Ok(())
}
