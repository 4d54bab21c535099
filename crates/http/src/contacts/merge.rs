//! `POST /api/v1/contacts/{id}/merge`: two contacts are one.

use axum::extract::State;
use plugboard_domain::{Command, ids::ContactId};
use plugboard_protocol::{contacts::ContactDetail, conversations::MergeRequest};

use super::after_write;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{self, Json, Path, known_id},
    responses::WriteErrors,
};

/// Merges a contact into another; the answer is the one that ends, with `merged_into`.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/merge", tag = "contacts", params(("id" = String, Path)),
    request_body = MergeRequest,
    responses((status = 200, description = "Merged", body = ContactDetail), WriteErrors)
)]
pub(crate) async fn merge_contact(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<MergeRequest>,
) -> Result<Json<ContactDetail>, ApiError> {
    let id: ContactId = known_id("contact", &id)?;
    let into = extract::id("into", &request.into)?;
    caller
        .execute(&app, Command::MergeContacts { id, into })
        .await?;
    after_write(&app, &caller, id).await
}
