//! Keys for scripts.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{
    Command,
    access::Permission,
    desk::{ApiToken as Stored, Entity, EntityKind, Private},
};
use plugboard_protocol::{
    Page,
    admin::{ApiToken, CreateApiToken},
    page::PageQuery,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{desk_page, remove};
use crate::{
    ApiError, App,
    auth::{API_TOKEN_PREFIX, Authenticated, fresh_token, hash},
    extract::{Json, Path, Query, time},
    responses::{ReadErrors, WriteErrors},
    wire,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_api_tokens, create_api_token))
        .routes(routes!(delete_api_token))
}

/// Every API token, the oldest first, without the tokens themselves.
#[utoipa::path(
    get, path = "/api/v1/api_tokens", tag = "integrations", params(PageQuery),
    responses((status = 200, description = "Items", body = Page<ApiToken>), ReadErrors)
)]
async fn list_api_tokens(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ApiToken>>, ApiError> {
    caller.require(&app, Permission::IntegrationsManage)?;
    let desk = app.engine.desk();
    let show = |it| wire::api_token(it, None);
    Ok(Json(desk_page(
        desk.api_tokens(),
        |it| it.id.0,
        &query,
        show,
    )?))
}

/// Makes an API token that acts as you. The token is in the answer and never shown again.
#[utoipa::path(
    post, path = "/api/v1/api_tokens", tag = "integrations", request_body = CreateApiToken,
    responses((status = 201, description = "Made", body = ApiToken), WriteErrors)
)]
async fn create_api_token(
    State(app): State<App>,
    caller: Authenticated,
    Json(request): Json<CreateApiToken>,
) -> Result<(StatusCode, Json<ApiToken>), ApiError> {
    let token = format!("{API_TOKEN_PREFIX}{}", fresh_token()?);
    let it = stored(&app, &caller, &request)?;
    let private = Private {
        token_hash: Some(hash(&token)),
        ..Private::default()
    };
    let shown = wire::api_token(&it, Some(token));
    let entity = Entity::ApiToken(it);
    caller
        .execute(&app, Command::Save { entity, private })
        .await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Removes an API token: it works no more.
#[utoipa::path(
    delete, path = "/api/v1/api_tokens/{id}", tag = "integrations", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"), WriteErrors)
)]
async fn delete_api_token(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    remove(&app, &caller, EntityKind::ApiToken, &id).await
}

fn stored(app: &App, caller: &Authenticated, request: &CreateApiToken) -> Result<Stored, ApiError> {
    let scope = |name: &String| {
        wire::permission(name)
            .ok_or_else(|| ApiError::invalid(format!("scopes: {name:?} is not a permission")))
    };
    let mut scopes = request
        .scopes
        .iter()
        .map(scope)
        .collect::<Result<Vec<_>, _>>()?;
    scopes.sort_unstable();
    scopes.dedup();
    let now = app.engine.now();
    let expires_at = request
        .expires_at
        .as_deref()
        .map(|at| time("expires_at", at))
        .transpose()?;
    if expires_at.is_some_and(|at| at <= now) {
        return Err(ApiError::invalid("expires_at must be in the future"));
    }
    Ok(Stored {
        id: app.engine.mint(),
        name: request.name.trim().to_owned(),
        agent_id: caller.agent_id,
        scopes,
        expires_at,
        created_at: now,
    })
}
