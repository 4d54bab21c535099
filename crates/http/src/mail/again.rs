//! `POST /api/v1/messages/{id}/mail/read-again`: a mail is read again from its source.

use axum::extract::State;
use plugboard_channel::mailbox::Unread;
use plugboard_domain::{Actor, Command, access::Permission, mail::Mail};
use plugboard_protocol::{mail::ReadMailAgain, messages::Message};
use plugboard_store::MessageView;

use super::visible_mail;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Reads a mail again from its source, as the decoder is today, or in the characters that the caller names, and answers with the
/// message. What it said before is kept; where it is, and what was found out about it, stays.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/mail/read-again", tag = "mail", params(("id" = String, Path)),
    request_body = ReadMailAgain,
    responses((status = 200, description = "The message", body = Message), WriteErrors)
)]
pub(crate) async fn read_mail_again(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<ReadMailAgain>,
) -> Result<Json<Message>, ApiError> {
    caller.require(&app, Permission::ConversationsManage)?;
    let (view, mail) = visible_mail(&app, &caller, &id).await?;
    read_again(&app, &caller, &view, &mail, request.charset.as_deref()).await?;
    let (view, _) = visible_mail(&app, &caller, &id).await?;
    let shown = super::shown(&app.engine, &[view], caller.viewer(&app)).await?;
    let shown = shown.into_iter().next();
    Ok(Json(shown.ok_or_else(|| ApiError::not_found("message"))?))
}

/// Reads one mail again; whether anything of it changed.
pub(crate) async fn read_again(
    app: &App,
    caller: &Authenticated,
    view: &MessageView,
    mail: &Mail,
    charset: Option<&str>,
) -> Result<bool, ApiError> {
    let read = app.mailboxes()?.read_again(mail, &view.files, charset);
    let mut again = read.await.map_err(|unread| match unread {
        Unread::NoSource => ApiError::conflict("the source of this mail is not kept"),
        Unread::UnknownCharset => ApiError::invalid("no charset is called so"),
        Unread::Unavailable(error) => {
            tracing::error!(error, "a mail was not read again");
            ApiError::unavailable("the mail cannot be read now")
        }
    })?;
    // Whoever was called as it was read before was called wrongly.
    let name = |it: &Mail| it.from.as_ref().and_then(|it| it.name.clone());
    let (before, now) = (name(mail), name(&again.mail));
    if let (Actor::Contact { id }, Some(now)) = (&view.row.author, now)
        && before.as_ref() != Some(&now)
        && before.is_some()
        && view.contact_name == before
    {
        again.contact_name = Some((*id, now));
    }
    let command = Command::ReadMailAgain(Box::new(again));
    let outcome = caller.execute(app, command).await?;
    Ok(!outcome.repeated)
}
