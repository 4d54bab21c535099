//! `PUT /api/v1/conversations/{id}/drafts`.

use axum::extract::State;
use plugboard_domain::{Command, ids::ConversationId};
use plugboard_protocol::{messages::Draft, time};

use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    responses::WriteErrors,
    wire,
};

/// Keeps what you have typed so far; an empty text removes the draft.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/drafts", tag = "conversations",
    params(("id" = String, Path)), request_body = Draft,
    responses((status = 200, description = "Kept", body = Draft), WriteErrors)
)]
pub(crate) async fn save_draft(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<Draft>,
) -> Result<Json<Draft>, ApiError> {
    let conversation_id: ConversationId = known_id("conversation", &id)?;
    let command = Command::SaveDraft {
        conversation_id,
        kind: wire::post_kind(request.kind),
        text: request.text.clone(),
    };
    caller.execute(&app, command).await?;
    Ok(Json(Draft {
        updated_at: Some(time(app.engine.now())),
        ..request
    }))
}
