//! When people work.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{
    Timestamp,
    desk::{BusinessHours as Stored, Entity, EntityKind},
    ids::BusinessHoursId,
};
use plugboard_protocol::{
    Page,
    admin::{BusinessHours, SaveBusinessHours},
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
        .routes(routes!(list_business_hours, create_business_hours_entry))
        .routes(routes!(
            update_business_hours_entry,
            delete_business_hours_entry
        ))
}

/// Every timetable, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/business_hours", tag = "set-up", params(PageQuery),
    responses((status = 200, description = "Items", body = Page<BusinessHours>), ReadErrors)
)]
async fn list_business_hours(
    State(app): State<App>,
    _caller: Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<BusinessHours>>, ApiError> {
    let desk = app.engine.desk();
    Ok(Json(desk_page(
        desk.all_business_hours(),
        |it| it.id.0,
        &query,
        wire::business_hours,
    )?))
}

/// Makes a timetable.
#[utoipa::path(
    post, path = "/api/v1/business_hours", tag = "set-up", request_body = SaveBusinessHours,
    responses((status = 201, description = "Made", body = BusinessHours), WriteErrors)
)]
async fn create_business_hours_entry(
    State(app): State<App>,
    caller: Authenticated,
    Json(request): Json<SaveBusinessHours>,
) -> Result<(StatusCode, Json<BusinessHours>), ApiError> {
    let it = stored(app.engine.mint(), app.engine.now(), request)?;
    let shown = wire::business_hours(&it);
    save(&app, &caller, Entity::BusinessHours(it)).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Replaces a timetable.
#[utoipa::path(
    put, path = "/api/v1/business_hours/{id}", tag = "set-up", params(("id" = String, Path)),
    request_body = SaveBusinessHours,
    responses((status = 200, description = "Replaced", body = BusinessHours), WriteErrors)
)]
async fn update_business_hours_entry(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<SaveBusinessHours>,
) -> Result<Json<BusinessHours>, ApiError> {
    let id: BusinessHoursId = known_id("timetable", &id)?;
    let desk = app.engine.desk();
    let before = desk
        .business_hours(id)
        .ok_or_else(|| ApiError::not_found("timetable"))?;
    let it = stored(id, before.created_at, request)?;
    let shown = wire::business_hours(&it);
    save(&app, &caller, Entity::BusinessHours(it)).await?;
    Ok(Json(shown))
}

/// Removes a timetable that nothing refers to.
#[utoipa::path(
    delete, path = "/api/v1/business_hours/{id}", tag = "set-up", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"), WriteErrors)
)]
async fn delete_business_hours_entry(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    remove(&app, &caller, EntityKind::BusinessHours, &id).await
}

fn stored(
    id: BusinessHoursId,
    created_at: Timestamp,
    request: SaveBusinessHours,
) -> Result<Stored, ApiError> {
    Ok(Stored {
        id,
        name: request.name.trim().to_owned(),
        hours: wire::weekly_hours(request)?,
        created_at,
    })
}
