//! `GET /api/v1/contacts/{id}`.

use axum::extract::State;
use plugboard_protocol::contacts::ContactDetail;

use super::{readable, visible};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    responses::ReadErrors,
    wire,
};

/// One contact; one that was merged into another says so.
#[utoipa::path(
    get, path = "/api/v1/contacts/{id}", tag = "contacts", params(("id" = String, Path)),
    responses((status = 200, description = "The contact", body = ContactDetail), ReadErrors)
)]
pub(crate) async fn get_contact(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<ContactDetail>, ApiError> {
    readable(&app, &caller)?;
    let view = visible(&app, &caller, known_id("contact", &id)?).await?;
    Ok(Json(wire::contact_detail(&view, caller.viewer(&app))))
}
