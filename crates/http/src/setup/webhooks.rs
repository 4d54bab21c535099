//! Endpoints that hear of events.

use axum::{extract::State, http::StatusCode};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use plugboard_domain::{
    Command, Timestamp,
    access::Permission,
    desk::{Entity, EntityKind, Private, Webhook as Stored},
    ids::WebhookId,
};
use plugboard_protocol::{
    Page,
    admin::{SaveWebhook, Webhook},
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

/// The name of the signing secret among a webhook's private parts; `plugboard-webhooks` reads it.
const SIGNING_SECRET: &str = "signing";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_webhooks, create_webhook))
        .routes(routes!(update_webhook, delete_webhook))
}

/// Every webhook, the oldest first. Secrets are not shown again.
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "integrations", params(PageQuery),
    responses((status = 200, description = "Items", body = Page<Webhook>), ReadErrors)
)]
async fn list_webhooks(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Webhook>>, ApiError> {
    caller.require(&app, Permission::IntegrationsManage)?;
    let desk = app.engine.desk();
    let show = |it| wire::webhook(it, None);
    Ok(Json(desk_page(
        desk.webhooks(),
        |it| it.id.0,
        &query,
        show,
    )?))
}

/// Makes a webhook. Its signing secret is in the answer and never shown again.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "integrations", request_body = SaveWebhook,
    responses((status = 201, description = "Made", body = Webhook), WriteErrors)
)]
async fn create_webhook(
    State(app): State<App>,
    caller: Authenticated,
    Json(request): Json<SaveWebhook>,
) -> Result<(StatusCode, Json<Webhook>), ApiError> {
    let it = stored(app.engine.mint(), app.engine.now(), request);
    let secret = fresh_secret()?;
    let private = Private {
        secrets: [(SIGNING_SECRET.to_owned(), secret.clone())].into(),
        ..Private::default()
    };
    let shown = wire::webhook(&it, Some(secret));
    let entity = Entity::Webhook(it);
    caller
        .execute(&app, Command::Save { entity, private })
        .await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Replaces a webhook; its secret stays.
#[utoipa::path(
    put, path = "/api/v1/webhooks/{id}", tag = "integrations", params(("id" = String, Path)),
    request_body = SaveWebhook,
    responses((status = 200, description = "Replaced", body = Webhook), WriteErrors)
)]
async fn update_webhook(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<SaveWebhook>,
) -> Result<Json<Webhook>, ApiError> {
    let id: WebhookId = known_id("webhook", &id)?;
    let desk = app.engine.desk();
    let before = desk
        .webhook(id)
        .ok_or_else(|| ApiError::not_found("webhook"))?;
    let it = stored(id, before.created_at, request);
    let shown = wire::webhook(&it, None);
    save(&app, &caller, Entity::Webhook(it)).await?;
    Ok(Json(shown))
}

/// Removes a webhook.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", tag = "integrations", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"), WriteErrors)
)]
async fn delete_webhook(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    remove(&app, &caller, EntityKind::Webhook, &id).await
}

fn stored(id: WebhookId, created_at: Timestamp, request: SaveWebhook) -> Stored {
    Stored {
        id,
        name: request.name.trim().to_owned(),
        url: request.url.trim().to_owned(),
        events: request.events.into_iter().collect(),
        enabled: request.enabled.unwrap_or(true),
        created_at,
    }
}

/// As Standard Webhooks writes it: `whsec_` and 32 random bytes.
fn fresh_secret() -> Result<String, ApiError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|_| ApiError::unavailable("the system gives no randomness"))?;
    Ok(format!("whsec_{}", BASE64_STANDARD.encode(bytes)))
}
