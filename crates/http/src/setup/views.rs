//! Saved list filters.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{
    Timestamp,
    desk::{Entity, EntityKind, View as Stored},
    ids::ViewId,
};
use plugboard_protocol::{
    Page,
    admin::{SaveView, View},
    page::PageQuery,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{desk_page, remove, save};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, Query, known_id},
    responses::{ReadErrors, WriteErrors},
    wire,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_views, create_view))
        .routes(routes!(update_view, delete_view))
}

/// Shared ones and your own, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/views", tag = "set-up", params(PageQuery),
    responses((status = 200, description = "Items", body = Page<View>), ReadErrors)
)]
async fn list_views(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<View>>, ApiError> {
    let desk = app.engine.desk();
    // Somebody else's personal things do not exist for others.
    let mine = desk
        .views()
        .filter(|it| it.owner.is_none_or(|owner| owner == caller.agent_id));
    Ok(Json(desk_page(mine, |it| it.id.0, &query, wire::view)?))
}

/// Makes a view.
#[utoipa::path(
    post, path = "/api/v1/views", tag = "set-up", request_body = SaveView,
    responses((status = 201, description = "Made", body = View), WriteErrors)
)]
async fn create_view(
    State(app): State<App>,
    caller: Authenticated,
    Json(request): Json<SaveView>,
) -> Result<(StatusCode, Json<View>), ApiError> {
    let it = stored(app.engine.mint(), app.engine.now(), &caller, request);
    let shown = wire::view(&it);
    save(&app, &caller, Entity::View(it)).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Replaces a view.
#[utoipa::path(
    put, path = "/api/v1/views/{id}", tag = "set-up", params(("id" = String, Path)),
    request_body = SaveView,
    responses((status = 200, description = "Replaced", body = View), WriteErrors)
)]
async fn update_view(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<SaveView>,
) -> Result<Json<View>, ApiError> {
    let id: ViewId = known_id("view", &id)?;
    let desk = app.engine.desk();
    let before = desk.view(id).ok_or_else(|| ApiError::not_found("view"))?;
    let it = stored(id, before.created_at, &caller, request);
    let shown = wire::view(&it);
    save(&app, &caller, Entity::View(it)).await?;
    Ok(Json(shown))
}

/// Removes a view that nothing refers to.
#[utoipa::path(
    delete, path = "/api/v1/views/{id}", tag = "set-up", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"), WriteErrors)
)]
async fn delete_view(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    remove(&app, &caller, EntityKind::View, &id).await
}

fn stored(id: ViewId, created_at: Timestamp, caller: &Authenticated, request: SaveView) -> Stored {
    Stored {
        id,
        name: request.name.trim().to_owned(),
        owner: request.personal.then_some(caller.agent_id),
        filter: request.filter,
        created_at,
    }
}
