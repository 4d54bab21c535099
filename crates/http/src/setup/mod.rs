//! What administrators set up besides agents, teams and inboxes: one file for each noun, with its four operations.

mod api_tokens;
mod business_hours;
mod macros;
mod shops;
mod sla_policies;
mod views;
mod webhooks;

use axum::http::StatusCode;
use plugboard_domain::{
    Command,
    desk::{Entity, EntityKind, EntityRef, Private},
};
use plugboard_protocol::{Page, page::PageQuery};
use plugboard_store::{Cursor, Paged};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{cursor, known_id, limit, page},
};

pub(crate) use macros::apply_actions;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(shops::routes())
        .merge(sla_policies::routes())
        .merge(business_hours::routes())
        .merge(macros::routes())
        .merge(views::routes())
        .merge(webhooks::routes())
        .merge(api_tokens::routes())
}

/// A page of things that are in memory, oldest first (ids grow with time).
pub(crate) fn desk_page<'a, T: 'a, U>(
    all: impl Iterator<Item = &'a T>,
    id: impl Fn(&T) -> Uuid,
    query: &PageQuery,
    change: impl FnMut(&'a T) -> U,
) -> Result<Page<U>, ApiError> {
    let limit = limit(query.limit)?;
    let after = cursor(query.cursor.as_deref())?.map(|it| it.id);
    let items = all
        .filter(|it| {
            after
                .as_ref()
                .is_none_or(|after| id(it).to_string() > *after)
        })
        .take(limit + 1)
        .collect();
    let paged = Paged::cut(items, limit, |last| Cursor {
        key: 0,
        id: id(last).to_string(),
    });
    Ok(page(paged, change))
}

/// Saves a thing that has nothing private.
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

/// Removes a thing: 204.
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
