//! `POST /api/v1/messages/{id}/mail/undo`: an agent takes a mail back before it leaves.

use axum::extract::State;
use plugboard_domain::{Command, message::MessageKind};
use plugboard_protocol::{mail::TakenBackMail, time};

use super::{compose::draft_of, composed, visible_mail};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Takes a mail back that is still held, and gives it back as it was composed; refused with `conflict` once it has left.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/mail/undo", tag = "mail", params(("id" = String, Path)),
    responses((status = 200, description = "Taken back", body = TakenBackMail), WriteErrors)
)]
pub(crate) async fn undo_mail(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<TakenBackMail>, ApiError> {
    let (view, mail) = visible_mail(&app, &caller, &id).await?;
    if view.row.kind != MessageKind::Outbound {
        return Err(ApiError::conflict(
            "only what the desk sends can be taken back",
        ));
    }
    let message_id = view.row.id;
    caller
        .execute(&app, Command::RecallMessage { message_id })
        .await?;
    let composed = composed(&app, caller.viewer(&app), &draft_of(&mail)).await?;
    let attachments = view.row.attachments.iter().map(ToString::to_string);
    Ok(Json(TakenBackMail {
        message_id: message_id.to_string(),
        text: view.row.text.clone(),
        mail: composed,
        attachments: attachments.collect(),
        at: time(app.engine.now()),
    }))
}
