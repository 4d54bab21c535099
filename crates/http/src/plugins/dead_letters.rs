//! `GET /api/v1/plugins/{id}/dead_letters` and `POST /api/v1/plugins/{id}/dead_letters/replay`.

use axum::extract::State;
use plugboard_protocol::{
    Page,
    admin::OutboxEntry,
    extensions::{ReplayDeadLetters, Replayed},
};

use super::administrator;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, OptionalJson, Path},
    responses::{ReadErrors, WriteErrors},
    wire,
};

/// Work of the plugin that was given up, newest first, at most 200 pieces.
#[utoipa::path(
    get, path = "/api/v1/plugins/{id}/dead_letters", tag = "plugins", params(("id" = String, Path)),
    responses((status = 200, description = "Work", body = Page<OutboxEntry>), ReadErrors)
)]
pub(crate) async fn list_plugin_dead_letters(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Page<OutboxEntry>>, ApiError> {
    administrator(&app, &caller)?;
    let dead = app.extensions()?.dead_letters(&id).await?;
    Ok(Json(Page {
        items: dead.iter().map(wire::outbox_entry).collect(),
        next_cursor: None,
    }))
}

/// Tries given-up work again, with the version of the plugin that runs now: the piece named, or all of it.
#[utoipa::path(
    post, path = "/api/v1/plugins/{id}/dead_letters/replay", tag = "plugins", params(("id" = String, Path)),
    request_body = Option<ReplayDeadLetters>,
    responses((status = 200, description = "To be tried again", body = Replayed), WriteErrors)
)]
pub(crate) async fn replay_plugin_dead_letters(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    OptionalJson(asked): OptionalJson<ReplayDeadLetters>,
) -> Result<Json<Replayed>, ApiError> {
    administrator(&app, &caller)?;
    let only = asked.and_then(|it| it.id);
    let replayed = app
        .extensions()?
        .replay(caller.principal, &id, only.as_deref())
        .await?;
    Ok(Json(Replayed { replayed }))
}
