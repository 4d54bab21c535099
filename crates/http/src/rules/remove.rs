//! `DELETE /api/v1/rules/{name}`.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{
    Command,
    access::Permission,
    desk::{EntityKind, EntityRef},
};

use super::named;
use crate::{ApiError, App, auth::Authenticated, extract::Path, responses::WriteErrors};

/// Removes a rule that no policy uses.
#[utoipa::path(
    delete, path = "/api/v1/rules/{name}", tag = "rules", params(("name" = String, Path)),
    responses((status = 204, description = "Removed"), WriteErrors)
)]
pub(crate) async fn remove_rule(
    State(app): State<App>,
    caller: Authenticated,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    let id = named(&app.engine.desk(), &name)?.id.0;
    let kind = EntityKind::Rule;
    caller
        .execute(&app, Command::Remove(EntityRef { kind, id }))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
