//! `POST /api/v1/decisions/{id}/replay`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::extensions::DecisionReplay;

use crate::{
    ApiError, App,
    auth::Authenticated,
    conversations::visible,
    extract::{Json, Path, known_id},
    responses::WriteErrors,
};

/// Makes a stored decision once more, without effect, with the versions and the inputs of then, and compares bit for bit.
/// When an input or a version is gone or has changed, the answer says which.
#[utoipa::path(
    post, path = "/api/v1/decisions/{id}/replay", tag = "rules", params(("id" = String, Path)),
    responses((status = 200, description = "Compared", body = DecisionReplay), WriteErrors)
)]
pub(crate) async fn replay_decision(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<DecisionReplay>, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    let known = app
        .engine
        .store()
        .decision(known_id("decision", &id)?)
        .await?;
    let (trace, _) = known.ok_or_else(|| ApiError::not_found("decision"))?;
    // A decision tells of its conversation.
    visible(&app, &caller, &trace.conversation_id.to_string()).await?;
    let replay = app
        .extensions()?
        .replay_decision(caller.principal, &id)
        .await?;
    Ok(Json(replay))
}
