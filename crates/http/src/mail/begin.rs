//! `POST /api/v1/mails`: an agent writes to somebody first.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{
    Command,
    access::Permission,
    ids::{AttachmentId, InboxId, MessageId},
    mail::BeginMail,
    message::MessageDraft,
};
use plugboard_protocol::mail::{ComposeMail, StartMail, StartedMail};

use super::{compose, shown};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, id as parse_id},
    responses::WriteErrors,
    wire,
};

/// Begins a conversation by mail. The same `client_id` again answers 200 with the first result.
#[utoipa::path(
    post, path = "/api/v1/mails", tag = "mail", request_body = StartMail,
    responses(
        (status = 201, description = "Begun", body = StartedMail),
        (status = 200, description = "Begun before, with this `client_id`", body = StartedMail),
        WriteErrors,
    )
)]
pub(crate) async fn begin_mail(
    State(app): State<App>,
    caller: Authenticated,
    Json(request): Json<StartMail>,
) -> Result<(StatusCode, Json<StartedMail>), ApiError> {
    caller.require(&app, Permission::ConversationsReply)?;
    let inbox_id: InboxId = parse_id("inbox_id", &request.inbox_id)?;
    let attachments = request
        .attachments
        .iter()
        .map(|it| parse_id::<AttachmentId>("attachments", it))
        .collect::<Result<Vec<_>, _>>()?;
    let asked = ComposeMail {
        to: Some(request.to),
        cc: Some(request.cc),
        bcc: Some(request.bcc),
        subject: Some(request.subject),
        html: request.html,
        quote: Some(false),
    };
    let viewer = caller.viewer(&app);
    let mail = compose(&app, viewer, &asked, &attachments, &[]).await?;
    let command = Command::BeginMail(Box::new(BeginMail {
        inbox_id,
        conversation_id: app.engine.mint(),
        draft: MessageDraft {
            id: app.engine.mint::<MessageId>(),
            text: request.text,
            attachments,
            client_id: request.client_id,
        },
        mail,
    }));
    let outcome = caller.execute(&app, command).await?;
    let missing = || ApiError::unavailable("the mail is not there yet");
    let posted = outcome.message.ok_or_else(missing)?;
    let store = app.engine.store();
    let views = store.messages_by_id(vec![posted.id]).await?;
    let conversation_id = views.first().ok_or_else(missing)?.shown_in;
    let message = shown(&app.engine, &views, viewer).await?.into_iter().next();
    let conversation = store
        .conversation(conversation_id, Some(caller.agent_id))
        .await?;
    let conversation = conversation.ok_or_else(missing)?;
    let status = if outcome.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((
        status,
        Json(StartedMail {
            conversation: wire::conversation(&conversation, viewer),
            message: message.ok_or_else(missing)?,
        }),
    ))
}
