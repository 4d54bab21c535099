//! `GET /api/v1/policies/{kind}`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::extensions::PolicySlot;

use super::{kind, shown};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
};

/// What decides `routing` or `escalation`, and how what is on trial does.
#[utoipa::path(
    get, path = "/api/v1/policies/{kind}", tag = "rules", params(("kind" = String, Path)),
    responses((status = 200, description = "In force", body = PolicySlot), ReadErrors)
)]
pub(crate) async fn get_policy(
    State(app): State<App>,
    caller: Authenticated,
    Path(path): Path<String>,
) -> Result<Json<PolicySlot>, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    Ok(Json(shown(&app, kind(&path)?).await?))
}
