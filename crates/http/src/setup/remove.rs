//! `DELETE /api/v1/<nouns>/{id}`.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{
    Command,
    desk::{EntityKind, EntityRef},
};
use uuid::Uuid;

use super::Noun;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Path, known_id},
};

/// Removes one that nothing refers to.
pub(super) async fn remove_noun<N: Noun>(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    remove(&app, &caller, N::KIND, &id).await
}

/// Removes a thing of any kind: 204.
pub(crate) async fn remove(
    app: &App,
    caller: &Authenticated,
    kind: EntityKind,
    id: &str,
) -> Result<StatusCode, ApiError> {
    let id: Uuid = known_id(kind.name(), id)?;
    let _alone = app.desk_edits.lock().await;
    caller
        .execute(app, Command::Remove(EntityRef { kind, id }))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
