//! `POST /api/v1/contacts/{id}/unmerge`: they were two after all.

use axum::extract::State;
use plugboard_domain::{Command, ids::ContactId};
use plugboard_protocol::contacts::ContactDetail;

use super::after_write;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    responses::WriteErrors,
};

/// Undoes a merge; sent to the one that had ended.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/unmerge", tag = "contacts", params(("id" = String, Path)),
    responses((status = 200, description = "On its own again", body = ContactDetail), WriteErrors)
)]
pub(crate) async fn unmerge_contact(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<ContactDetail>, ApiError> {
    let id: ContactId = known_id("contact", &id)?;
    caller.execute(&app, Command::UnmergeContact { id }).await?;
    after_write(&app, &caller, id).await
}
