//! Stores and brands.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{
    Timestamp,
    desk::{Entity, EntityKind, Shop as Stored},
    ids::ShopId,
};
use plugboard_protocol::{
    Page,
    admin::{SaveShop, Shop},
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
        .routes(routes!(list_shops, create_shop))
        .routes(routes!(update_shop, delete_shop))
}

/// Every shop, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/shops", tag = "set-up", params(PageQuery),
    responses((status = 200, description = "Items", body = Page<Shop>), ReadErrors)
)]
async fn list_shops(
    State(app): State<App>,
    _caller: Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Shop>>, ApiError> {
    let desk = app.engine.desk();
    Ok(Json(desk_page(
        desk.shops(),
        |it| it.id.0,
        &query,
        wire::shop,
    )?))
}

/// Makes a shop.
#[utoipa::path(
    post, path = "/api/v1/shops", tag = "set-up", request_body = SaveShop,
    responses((status = 201, description = "Made", body = Shop), WriteErrors)
)]
async fn create_shop(
    State(app): State<App>,
    caller: Authenticated,
    Json(request): Json<SaveShop>,
) -> Result<(StatusCode, Json<Shop>), ApiError> {
    let it = stored(app.engine.mint(), app.engine.now(), &request);
    let shown = wire::shop(&it);
    save(&app, &caller, Entity::Shop(it)).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Replaces a shop.
#[utoipa::path(
    put, path = "/api/v1/shops/{id}", tag = "set-up", params(("id" = String, Path)),
    request_body = SaveShop,
    responses((status = 200, description = "Replaced", body = Shop), WriteErrors)
)]
async fn update_shop(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<SaveShop>,
) -> Result<Json<Shop>, ApiError> {
    let id: ShopId = known_id("shop", &id)?;
    let desk = app.engine.desk();
    let before = desk.shop(id).ok_or_else(|| ApiError::not_found("shop"))?;
    let it = stored(id, before.created_at, &request);
    let shown = wire::shop(&it);
    save(&app, &caller, Entity::Shop(it)).await?;
    Ok(Json(shown))
}

/// Removes a shop that nothing refers to.
#[utoipa::path(
    delete, path = "/api/v1/shops/{id}", tag = "set-up", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"), WriteErrors)
)]
async fn delete_shop(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    remove(&app, &caller, EntityKind::Shop, &id).await
}

fn stored(id: ShopId, created_at: Timestamp, request: &SaveShop) -> Stored {
    Stored {
        id,
        name: request.name.trim().to_owned(),
        created_at,
    }
}
