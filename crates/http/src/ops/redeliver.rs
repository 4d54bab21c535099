//! `POST /api/v1/outbox/{id}/redeliver`.

use axum::extract::State;
use plugboard_domain::{Command, ids::OutboxId};
use plugboard_protocol::admin::OutboxEntry;

use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    responses::WriteErrors,
    wire,
};

/// Tries work again that was given up.
#[utoipa::path(
    post, path = "/api/v1/outbox/{id}/redeliver", tag = "integrations", params(("id" = String, Path)),
    responses((status = 200, description = "To be tried again", body = OutboxEntry), WriteErrors)
)]
pub(crate) async fn redeliver(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<OutboxEntry>, ApiError> {
    let id: OutboxId = known_id("outbox entry", &id)?;
    caller.execute(&app, Command::Redeliver { id }).await?;
    let entry = app.engine.store().outbox_entry(id).await?;
    let entry = entry.ok_or_else(|| ApiError::not_found("outbox entry"))?;
    Ok(Json(wire::outbox_entry(&entry)))
}
