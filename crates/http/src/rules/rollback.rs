//! `POST /api/v1/rules/{name}/rollback`.

use axum::extract::State;
use plugboard_domain::{access::Permission, desk::Entity};
use plugboard_protocol::extensions::{RollbackRule, Rule};

use super::{named, shown};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
    setup,
};

/// Puts an earlier (or later) version in force, at once.
#[utoipa::path(
    post, path = "/api/v1/rules/{name}/rollback", tag = "rules", params(("name" = String, Path)),
    request_body = RollbackRule,
    responses((status = 200, description = "In force", body = Rule), WriteErrors)
)]
pub(crate) async fn rollback_rule(
    State(app): State<App>,
    caller: Authenticated,
    Path(name): Path<String>,
    Json(asked): Json<RollbackRule>,
) -> Result<Json<Rule>, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    let _alone = app.desk_edits.lock().await;
    let mut rule = named(&app.engine.desk(), &name)?.clone();
    if rule.version(asked.number).is_none() {
        return Err(ApiError::not_found("version"));
    }
    rule.live = asked.number;
    setup::save(&app, &caller, Entity::Rule(rule.clone())).await?;
    Ok(Json(shown(&app.engine.desk(), &rule, Vec::new())))
}
