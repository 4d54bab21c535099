//! `GET /api/v1/inboxes`.

use axum::extract::State;
use plugboard_protocol::{Page, admin::Inbox, page::PageQuery};

use super::shown;
use crate::{
    ApiError, App,
    auth::Authenticated,
    base_url::BaseUrl,
    extract::{Json, Query},
    responses::ReadErrors,
    setup::desk_page,
};

/// Every inbox, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/inboxes", tag = "inboxes", params(PageQuery),
    responses((status = 200, description = "Inboxes", body = Page<Inbox>), ReadErrors)
)]
pub(crate) async fn list_inboxes(
    State(app): State<App>,
    caller: Authenticated,
    BaseUrl(base): BaseUrl,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Inbox>>, ApiError> {
    let desk = app.engine.desk();
    let show = |it| shown(&app, &caller, &base, it);
    Ok(Json(desk_page(desk.inboxes(), |it| it.id.0, &query, show)?))
}
