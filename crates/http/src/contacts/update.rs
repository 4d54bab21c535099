//! `PATCH /api/v1/contacts/{id}`.

use axum::extract::State;
use plugboard_domain::{Command, contact::Profile, ids::ContactId};
use plugboard_protocol::contacts::{ContactDetail, UpdateContact};

use super::after_write;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    responses::WriteErrors,
};

/// Changes a contact; fields left out stay, an empty text clears.
#[utoipa::path(
    patch, path = "/api/v1/contacts/{id}", tag = "contacts", params(("id" = String, Path)),
    request_body = UpdateContact,
    responses((status = 200, description = "Changed", body = ContactDetail), WriteErrors)
)]
pub(crate) async fn update_contact(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<UpdateContact>,
) -> Result<Json<ContactDetail>, ApiError> {
    let id: ContactId = known_id("contact", &id)?;
    let profile = Profile {
        name: request.name,
        email: request.email,
        phone: request.phone,
        locale: request.locale,
        note: request.note,
        tags: request.tags.map(|tags| tags.into_iter().collect()),
        attributes: request.attributes,
    };
    caller
        .execute(&app, Command::UpdateContact { id, profile })
        .await?;
    after_write(&app, &caller, id).await
}
