//! `PUT /api/v1/policies/{kind}`.

use axum::extract::State;
use plugboard_domain::{access::Permission, desk::Entity};
use plugboard_protocol::extensions::{Chain, PolicySlot, SavePolicy};

use super::{changed, kind, shown};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
    setup, wire,
};

/// Puts policies in force, at once: the next decision is theirs. What was in force can be returned to.
#[utoipa::path(
    put, path = "/api/v1/policies/{kind}", tag = "rules", params(("kind" = String, Path)), request_body = SavePolicy,
    responses((status = 200, description = "In force", body = PolicySlot), WriteErrors)
)]
pub(crate) async fn save_policy(
    State(app): State<App>,
    caller: Authenticated,
    Path(path): Path<String>,
    Json(asked): Json<SavePolicy>,
) -> Result<Json<PolicySlot>, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    let kind = kind(&path)?;
    let live = match asked.live {
        None | Some(Chain::Builtin(_)) => Vec::new(),
        Some(Chain::One(policy)) => vec![policy],
        Some(Chain::Many(policies)) => policies,
    };
    let live: Vec<_> = live.into_iter().map(wire::policy_ref).collect();
    let _alone = app.desk_edits.lock().await;
    let now = app.engine.now();
    let policies = changed(&app, kind, |slot| {
        if slot.live != live {
            slot.previous = std::mem::replace(&mut slot.live, live);
        }
        slot.shadow = asked.shadow.map(wire::policy_ref);
        let before = slot.canary.take();
        slot.canary = asked.canary.map(|it| wire::canary(it, before, now));
    });
    setup::save(&app, &caller, Entity::Policies(policies)).await?;
    Ok(Json(shown(&app, kind).await?))
}
