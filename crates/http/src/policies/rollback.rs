//! `POST /api/v1/policies/{kind}/rollback`.

use axum::extract::State;
use plugboard_domain::{access::Permission, desk::Entity};
use plugboard_protocol::extensions::PolicySlot;

use super::{changed, kind, shown};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
    setup,
};

/// Returns to the chain before, and takes shadow and canary off. Doing it twice returns to where it began.
#[utoipa::path(
    post, path = "/api/v1/policies/{kind}/rollback", tag = "rules", params(("kind" = String, Path)),
    responses((status = 200, description = "In force", body = PolicySlot), WriteErrors)
)]
pub(crate) async fn rollback_policy(
    State(app): State<App>,
    caller: Authenticated,
    Path(path): Path<String>,
) -> Result<Json<PolicySlot>, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    let kind = kind(&path)?;
    let _alone = app.desk_edits.lock().await;
    let policies = changed(&app, kind, |slot| {
        std::mem::swap(&mut slot.live, &mut slot.previous);
        slot.shadow = None;
        slot.canary = None;
    });
    setup::save(&app, &caller, Entity::Policies(policies)).await?;
    Ok(Json(shown(&app, kind).await?))
}
