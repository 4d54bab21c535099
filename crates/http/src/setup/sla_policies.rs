//! Response targets.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{
    Timestamp,
    desk::{Entity, EntityKind, SlaPolicy as Stored},
    ids::SlaPolicyId,
};
use plugboard_protocol::{
    Page,
    admin::{SaveSlaPolicy, SlaPolicy},
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
        .routes(routes!(list_sla_policies, create_sla_policy))
        .routes(routes!(update_sla_policy, delete_sla_policy))
}

/// Every SLA policy, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/sla_policies", tag = "set-up", params(PageQuery),
    responses((status = 200, description = "Items", body = Page<SlaPolicy>), ReadErrors)
)]
async fn list_sla_policies(
    State(app): State<App>,
    _caller: Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<SlaPolicy>>, ApiError> {
    let desk = app.engine.desk();
    Ok(Json(desk_page(
        desk.sla_policies(),
        |it| it.id.0,
        &query,
        wire::sla_policy,
    )?))
}

/// Makes an SLA policy.
#[utoipa::path(
    post, path = "/api/v1/sla_policies", tag = "set-up", request_body = SaveSlaPolicy,
    responses((status = 201, description = "Made", body = SlaPolicy), WriteErrors)
)]
async fn create_sla_policy(
    State(app): State<App>,
    caller: Authenticated,
    Json(request): Json<SaveSlaPolicy>,
) -> Result<(StatusCode, Json<SlaPolicy>), ApiError> {
    let it = stored(app.engine.mint(), app.engine.now(), request);
    let shown = wire::sla_policy(&it);
    save(&app, &caller, Entity::SlaPolicy(it)).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Replaces an SLA policy.
#[utoipa::path(
    put, path = "/api/v1/sla_policies/{id}", tag = "set-up", params(("id" = String, Path)),
    request_body = SaveSlaPolicy,
    responses((status = 200, description = "Replaced", body = SlaPolicy), WriteErrors)
)]
async fn update_sla_policy(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<SaveSlaPolicy>,
) -> Result<Json<SlaPolicy>, ApiError> {
    let id: SlaPolicyId = known_id("SLA policy", &id)?;
    let desk = app.engine.desk();
    let before = desk
        .sla_policy(id)
        .ok_or_else(|| ApiError::not_found("SLA policy"))?;
    let it = stored(id, before.created_at, request);
    let shown = wire::sla_policy(&it);
    save(&app, &caller, Entity::SlaPolicy(it)).await?;
    Ok(Json(shown))
}

/// Removes an SLA policy that nothing refers to.
#[utoipa::path(
    delete, path = "/api/v1/sla_policies/{id}", tag = "set-up", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"), WriteErrors)
)]
async fn delete_sla_policy(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    remove(&app, &caller, EntityKind::SlaPolicy, &id).await
}

fn stored(id: SlaPolicyId, created_at: Timestamp, request: SaveSlaPolicy) -> Stored {
    Stored {
        id,
        name: request.name.trim().to_owned(),
        targets: wire::targets(request.targets),
        created_at,
    }
}
