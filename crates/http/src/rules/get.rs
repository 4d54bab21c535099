//! `GET /api/v1/rules/{name}`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::extensions::Rule;

use super::{named, shown};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
};

/// One rule with its versions.
#[utoipa::path(
    get, path = "/api/v1/rules/{name}", tag = "rules", params(("name" = String, Path)),
    responses((status = 200, description = "The rule", body = Rule), ReadErrors)
)]
pub(crate) async fn get_rule(
    State(app): State<App>,
    caller: Authenticated,
    Path(name): Path<String>,
) -> Result<Json<Rule>, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    let desk = app.engine.desk();
    Ok(Json(shown(&desk, named(&desk, &name)?, Vec::new())))
}
