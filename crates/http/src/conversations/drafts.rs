//! `GET /api/v1/conversations/{id}/drafts`.

use axum::extract::State;
use plugboard_domain::message::MessageKind;
use plugboard_protocol::{
    Page,
    messages::{Draft, PostKind},
    time,
};
use plugboard_store::DraftView;

use super::visible;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
};

/// Your drafts in a conversation: at most one reply and one note.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/drafts", tag = "conversations",
    params(("id" = String, Path)),
    responses((status = 200, description = "Drafts", body = Page<Draft>), ReadErrors)
)]
pub(crate) async fn list_drafts(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Page<Draft>>, ApiError> {
    let id = visible(&app, &caller, &id).await?.conversation.id;
    let drafts = app.engine.store().drafts(id, caller.agent_id).await?;
    Ok(Json(Page {
        items: drafts.into_iter().map(draft).collect(),
        next_cursor: None,
    }))
}

fn draft(it: DraftView) -> Draft {
    Draft {
        kind: match it.kind {
            MessageKind::Note => PostKind::Note,
            MessageKind::Inbound | MessageKind::Outbound | MessageKind::Call => PostKind::Reply,
        },
        text: it.text,
        updated_at: Some(time(it.at)),
    }
}
