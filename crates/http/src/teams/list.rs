//! `GET /api/v1/teams`.

use axum::extract::State;
use plugboard_protocol::{Page, agents::Team, page::PageQuery};

use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Query},
    responses::ReadErrors,
    setup::desk_page,
    wire,
};

/// Every team, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/teams", tag = "teams", params(PageQuery),
    responses((status = 200, description = "Teams", body = Page<Team>), ReadErrors)
)]
pub(crate) async fn list_teams(
    State(app): State<App>,
    _caller: Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Team>>, ApiError> {
    let desk = app.engine.desk();
    Ok(Json(desk_page(
        desk.teams(),
        |team| team.id.0,
        &query,
        wire::team,
    )?))
}
