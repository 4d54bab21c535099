//! `GET /api/v1/inboxes`.

use axum::extract::State;
use plugboard_protocol::{Page, admin::Inbox, page::PageQuery};

use crate::{
    ApiError, App,
    auth::Authenticated,
    base_url::BaseUrl,
    extract::{Json, Query},
    responses::ReadErrors,
    setup::desk_page,
    wire,
};

/// Every inbox, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/inboxes", tag = "inboxes", params(PageQuery),
    responses((status = 200, description = "Inboxes", body = Page<Inbox>), ReadErrors)
)]
pub(crate) async fn list_inboxes(
    State(app): State<App>,
    _caller: Authenticated,
    BaseUrl(base): BaseUrl,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Inbox>>, ApiError> {
    let desk = app.engine.desk();
    let show = |it| wire::inbox(it, &base, app.can(it));
    Ok(Json(desk_page(desk.inboxes(), |it| it.id.0, &query, show)?))
}
