//! `POST /api/v1/conversations/{id}/messages/{message_id}/retry`.

use axum::extract::State;
use plugboard_domain::{Command, ids::MessageId};
use plugboard_protocol::messages::Message;

use super::visible;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    mail,
    responses::WriteErrors,
};

/// Has a message that was not delivered tried again; refused with `conflict` for any other. Where delivery was uncertain the
/// contact may get it twice.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/messages/{message_id}/retry", tag = "conversations",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 200, description = "To be tried again", body = Message), WriteErrors)
)]
pub(crate) async fn retry_message(
    State(app): State<App>,
    caller: Authenticated,
    Path((id, message_id)): Path<(String, String)>,
) -> Result<Json<Message>, ApiError> {
    let conversation = visible(&app, &caller, &id).await?.conversation.id;
    let message_id: MessageId = known_id("message", &message_id)?;
    let read = async || -> Result<_, ApiError> {
        let found = app.engine.store().messages_by_id(vec![message_id]).await?;
        let shown = found.into_iter().find(|it| it.shown_in == conversation);
        shown.ok_or_else(|| ApiError::not_found("message"))
    };
    read().await?;
    caller
        .execute(&app, Command::RetryMessage { message_id })
        .await?;
    let views = [read().await?];
    let shown = mail::shown(&app.engine, &views, caller.viewer(&app)).await?;
    let shown = shown.into_iter().next();
    Ok(Json(shown.ok_or_else(|| ApiError::not_found("message"))?))
}
