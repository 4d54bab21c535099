//! `POST /api/v1/contacts/{id}/reveal`: shows one masked field, on the record.

use axum::extract::State;
use plugboard_domain::{Command, ids::ContactId};
use plugboard_protocol::contacts::{RevealField, RevealRequest, Revealed};

use super::visible;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    responses::WriteErrors,
    wire::{self, Viewer},
};

/// Shows one masked field. The journal keeps who saw which field of whom.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/reveal", tag = "contacts", params(("id" = String, Path)),
    request_body = RevealRequest,
    responses((status = 200, description = "The field", body = Revealed), WriteErrors)
)]
pub(crate) async fn reveal_contact(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<RevealRequest>,
) -> Result<Json<Revealed>, ApiError> {
    let id: ContactId = known_id("contact", &id)?;
    let field = wire::to_contact_field(request.field);
    caller
        .execute(&app, Command::RevealContact { id, field })
        .await?;
    let view = visible(&app, &caller, id).await?;
    let open = wire::contact(
        &view,
        Viewer {
            agent: None,
            unmasked: true,
        },
    );
    Ok(Json(Revealed {
        field: request.field,
        value: match request.field {
            RevealField::Email => open.email,
            RevealField::Phone => open.phone,
        },
    }))
}
