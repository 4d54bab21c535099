//! `POST /api/v1/plugins/{id}/approve`.

use axum::extract::State;
use plugboard_protocol::extensions::{Approval, PluginDetail};

use super::administrator;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, OptionalJson, Path},
    responses::WriteErrors,
};

/// Grants the waiting version what it asks, or only the `grants` named, and puts it in force. Without a waiting version:
/// changes what is granted. A body can be left out.
#[utoipa::path(
    post, path = "/api/v1/plugins/{id}/approve", tag = "plugins", params(("id" = String, Path)),
    request_body = Option<Approval>,
    responses((status = 200, description = "Approved", body = PluginDetail), WriteErrors)
)]
pub(crate) async fn approve_plugin(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    OptionalJson(approval): OptionalJson<Approval>,
) -> Result<Json<PluginDetail>, ApiError> {
    administrator(&app, &caller)?;
    let approval = approval.unwrap_or_default();
    let approved = app.extensions()?.approve(caller.principal, &id, approval);
    Ok(Json(approved.await?))
}
