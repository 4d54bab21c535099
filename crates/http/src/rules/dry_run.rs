//! `POST /api/v1/rules/dry_run`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::extensions::{DryRun, TrialRequest};

use crate::{ApiError, App, auth::Authenticated, extract::Json, responses::WriteErrors};

/// Most conversations that a dry run looks at: it answers while somebody waits.
const CONVERSATIONS_MAX: usize = 100;

/// Tries a policy on the latest conversations, without effect: what was, what would be, why.
#[utoipa::path(
    post, path = "/api/v1/rules/dry_run", tag = "rules", request_body = TrialRequest,
    responses((status = 200, description = "What would be", body = DryRun), WriteErrors)
)]
pub(crate) async fn dry_run(
    State(app): State<App>,
    caller: Authenticated,
    Json(trial): Json<TrialRequest>,
) -> Result<Json<DryRun>, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    if !(1..=CONVERSATIONS_MAX).contains(&trial.limit) {
        return Err(ApiError::invalid(format!(
            "limit must be 1 to {CONVERSATIONS_MAX}"
        )));
    }
    let tried = app.extensions()?.dry_run(caller.principal, trial).await?;
    Ok(Json(tried))
}
