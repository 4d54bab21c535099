//! `GET /api/v1/<nouns>`.

use axum::extract::State;
use plugboard_protocol::{Page, page::PageQuery};
use plugboard_store::{Cursor, Paged};
use uuid::Uuid;

use super::Noun;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Query, cursor, limit, page},
};

/// Those that the caller may know of, the oldest first.
pub(super) async fn list<N: Noun>(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<N::Shown>>, ApiError> {
    if let Some(permission) = N::LISTED_BY {
        caller.require(&app, permission)?;
    }
    let desk = app.engine.desk();
    // Somebody else's personal things do not exist for others.
    let known = desk
        .of_kind(N::KIND)
        .filter_map(N::of)
        .filter(|it| it.owner().is_none_or(|owner| owner == caller.agent_id));
    Ok(Json(desk_page(known, N::id, &query, |it| it.show(None))?))
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
