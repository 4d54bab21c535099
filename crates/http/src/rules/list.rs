//! `GET /api/v1/rules`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::extensions::{Rule, Whole};

use super::shown;
use crate::{ApiError, App, auth::Authenticated, extract::Json, responses::ReadErrors};

/// Every rule, by name.
#[utoipa::path(
    get, path = "/api/v1/rules", tag = "rules",
    responses((status = 200, description = "Rules", body = Whole<Rule>), ReadErrors)
)]
pub(crate) async fn list_rules(
    State(app): State<App>,
    caller: Authenticated,
) -> Result<Json<Whole<Rule>>, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    let desk = app.engine.desk();
    let mut items: Vec<Rule> = desk
        .rules()
        .map(|rule| shown(&desk, rule, Vec::new()))
        .collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Json(Whole { items }))
}
