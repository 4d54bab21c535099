//! `GET /api/v1/conversations/{id}/scheduled`: what waits for its time, and what the customer was faster than.

use axum::extract::State;
use plugboard_protocol::{Page, messages::ScheduledReply, time};

use super::visible;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    mail,
    responses::ReadErrors,
    wire,
};

/// Replies that wait for their time, with what they say; and those that were not sent because the customer wrote first, until
/// somebody takes them back.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/scheduled", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, description = "Scheduled replies", body = Page<ScheduledReply>), ReadErrors)
)]
pub(crate) async fn list_scheduled(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Page<ScheduledReply>>, ApiError> {
    let state = visible(&app, &caller, &id).await?.conversation;
    let kept = app.engine.store().scheduled(state.id).await?;
    let mut items = Vec::with_capacity(kept.len());
    for it in kept {
        let waits = state
            .scheduled
            .iter()
            .find(|s| s.message_id == it.message_id);
        let composed = match &it.mail {
            Some(draft) => Some(mail::composed(&app, caller.viewer(&app), draft).await?),
            None => None,
        };
        items.push(ScheduledReply {
            message_id: it.message_id.to_string(),
            at: waits.map(|it| time(it.at)),
            agent_id: waits.and_then(|it| Some(it.author.agent_id()?.to_string())),
            text: it.text,
            attachments: it.files.iter().map(wire::attachment).collect(),
            mail: composed,
        });
    }
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}
