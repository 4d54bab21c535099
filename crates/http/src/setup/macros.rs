//! Saved replies with actions.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{
    Timestamp,
    conversation::{ConversationCommand, StatusRequest},
    desk::{Entity, EntityKind, Macro as Stored},
    ids::{ConversationId, MacroId},
};
use plugboard_protocol::{
    Page,
    admin::{Macro, SaveMacro},
    page::PageQuery,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{desk_page, remove, save};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, Query, known_id, optional_id},
    responses::{ReadErrors, WriteErrors},
    wire,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_macros, create_macro))
        .routes(routes!(update_macro, delete_macro))
}

/// Shared ones and your own, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/macros", tag = "set-up", params(PageQuery),
    responses((status = 200, description = "Items", body = Page<Macro>), ReadErrors)
)]
async fn list_macros(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Macro>>, ApiError> {
    let desk = app.engine.desk();
    // Somebody else's personal things do not exist for others.
    let mine = desk
        .macros()
        .filter(|it| it.owner.is_none_or(|owner| owner == caller.agent_id));
    Ok(Json(desk_page(mine, |it| it.id.0, &query, wire::macro_)?))
}

/// Makes a macro.
#[utoipa::path(
    post, path = "/api/v1/macros", tag = "set-up", request_body = SaveMacro,
    responses((status = 201, description = "Made", body = Macro), WriteErrors)
)]
async fn create_macro(
    State(app): State<App>,
    caller: Authenticated,
    Json(request): Json<SaveMacro>,
) -> Result<(StatusCode, Json<Macro>), ApiError> {
    let it = stored(app.engine.mint(), app.engine.now(), &caller, request)?;
    let shown = wire::macro_(&it);
    save(&app, &caller, Entity::Macro(it)).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Replaces a macro.
#[utoipa::path(
    put, path = "/api/v1/macros/{id}", tag = "set-up", params(("id" = String, Path)),
    request_body = SaveMacro,
    responses((status = 200, description = "Replaced", body = Macro), WriteErrors)
)]
async fn update_macro(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<SaveMacro>,
) -> Result<Json<Macro>, ApiError> {
    let id: MacroId = known_id("macro", &id)?;
    let desk = app.engine.desk();
    let before = desk
        .macro_(id)
        .ok_or_else(|| ApiError::not_found("macro"))?;
    let it = stored(id, before.created_at, &caller, request)?;
    let shown = wire::macro_(&it);
    save(&app, &caller, Entity::Macro(it)).await?;
    Ok(Json(shown))
}

/// Removes a macro that nothing refers to.
#[utoipa::path(
    delete, path = "/api/v1/macros/{id}", tag = "set-up", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"), WriteErrors)
)]
async fn delete_macro(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    remove(&app, &caller, EntityKind::Macro, &id).await
}

fn stored(
    id: MacroId,
    created_at: Timestamp,
    caller: &Authenticated,
    request: SaveMacro,
) -> Result<Stored, ApiError> {
    Ok(Stored {
        id,
        name: request.name.trim().to_owned(),
        owner: request.personal.then_some(caller.agent_id),
        text: request.text,
        add_tags: request
            .add_tags
            .iter()
            .map(|tag| tag.trim().to_owned())
            .collect(),
        set_stage: request.set_stage.map(wire::to_stage),
        set_priority: request.set_priority.map(wire::to_priority),
        assign_team: optional_id("assign_team", request.assign_team.as_deref())?,
        resolve_as: request.resolve_as.filter(|it| !it.trim().is_empty()),
        created_at,
    })
}

/// Carries out a macro's actions in the caller's name, each as a command of its own; the first that is refused ends it.
pub(crate) async fn apply_actions(
    app: &App,
    caller: &Authenticated,
    id: ConversationId,
    it: &Stored,
) -> Result<(), ApiError> {
    use ConversationCommand as C;
    let tag = (!it.add_tags.is_empty()).then(|| C::Tag {
        add: it.add_tags.clone(),
        remove: std::collections::BTreeSet::new(),
    });
    let actions = [
        tag,
        it.set_stage.map(|stage| C::SetStage(Some(stage))),
        it.set_priority.map(C::SetPriority),
        it.assign_team.map(|team| C::Assign {
            agent: None,
            team: Some(team),
        }),
        it.resolve_as.clone().map(|disposition| {
            C::SetStatus(StatusRequest::Resolve {
                disposition: Some(disposition),
            })
        }),
    ];
    for action in actions.into_iter().flatten() {
        caller.execute(app, (id, action)).await?;
    }
    Ok(())
}
