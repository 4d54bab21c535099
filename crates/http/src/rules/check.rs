//! `POST /api/v1/rules/check`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_extension::ExtensionError;
use plugboard_protocol::extensions::{CheckRule, RuleProblems};

use crate::{ApiError, App, auth::Authenticated, extract::Json, responses::WriteErrors};

/// Compiles a source without saving it. What is wrong is the answer, each with its line and column.
#[utoipa::path(
    post, path = "/api/v1/rules/check", tag = "rules", request_body = CheckRule,
    responses((status = 200, description = "What the compiler says", body = RuleProblems), WriteErrors)
)]
pub(crate) async fn check_rule(
    State(app): State<App>,
    caller: Authenticated,
    Json(asked): Json<CheckRule>,
) -> Result<Json<RuleProblems>, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    match app.extensions()?.check(asked.kind, &asked.source).await {
        Ok(warnings) => Ok(Json(RuleProblems {
            errors: Vec::new(),
            warnings,
        })),
        Err(ExtensionError::Problems(errors)) => Ok(Json(RuleProblems {
            errors,
            warnings: Vec::new(),
        })),
        Err(error) => Err(error.into()),
    }
}
