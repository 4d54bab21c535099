//! `POST /chat/v1/{inbox_id}/messages`: a visitor writes.

use axum::{extract::State, http::StatusCode};
use plugboard_channel_webchat::{VISITOR_ATTACHMENTS_MAX, VISITOR_TEXT_CHARS_MAX};
use plugboard_domain::{
    Command, Envelope,
    command::{Receive, Sender},
    ids::MessageId,
    message::MessageDraft,
};
use plugboard_protocol::visitors::{PostVisitorMessage, PostedVisitorMessage, VisitorMessage};

use super::{access::Visitor, message::visitor_message, open::ongoing};
use crate::{ApiError, App, extract, extract::Json, responses::PublicErrors};

/// Writes a message. The same `client_id` again answers 200 with the first result.
#[utoipa::path(
    post,
    path = "/chat/v1/{inbox_id}/messages",
    tag = "visitors",
    security(("bearer" = [])),
    params(("inbox_id" = String, Path)),
    request_body = PostVisitorMessage,
    responses(
        (status = 201, body = PostedVisitorMessage),
        (status = 200, body = PostedVisitorMessage, description = "It was written before"),
        PublicErrors,
    )
)]
pub(super) async fn post_visitor_message(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<PostVisitorMessage>,
) -> Result<(StatusCode, Json<PostedVisitorMessage>), ApiError> {
    app.flood.message(visitor.contact)?;
    let receive = receive(&app, &visitor, &request)?;
    limit_new_conversations(&app, &visitor).await?;
    let draft = receive.draft.clone();
    let envelope = Envelope::new(visitor.principal(), Command::Receive(receive));
    let outcome = app.engine.execute(envelope).await?;
    app.visitors.now_talks(&visitor);
    let (Some(posted), Some(conversation_id)) = (outcome.message, outcome.conversation_id) else {
        return Err(ApiError::unavailable("the message was not stored"));
    };
    // What was just stored is known, but for the files; what was stored before has to be read.
    let message = if outcome.repeated || !draft.attachments.is_empty() {
        read_back(&app, posted.id).await?
    } else {
        VisitorMessage {
            id: posted.id.to_string(),
            seq: posted.seq,
            kind: plugboard_protocol::messages::MessageKind::Inbound,
            text: draft.text,
            agent_name: None,
            at: plugboard_protocol::time(posted.at),
            attachments: Vec::new(),
            client_id: draft.client_id,
        }
    };
    let status = if outcome.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let posted = PostedVisitorMessage {
        message,
        conversation_id: conversation_id.to_string(),
    };
    Ok((status, Json(posted)))
}

fn receive(
    app: &App,
    visitor: &Visitor,
    request: &PostVisitorMessage,
) -> Result<Receive, ApiError> {
    if request.text.chars().count() > VISITOR_TEXT_CHARS_MAX {
        return Err(ApiError::invalid(format!(
            "text must be at most {VISITOR_TEXT_CHARS_MAX} characters"
        )));
    }
    if request.attachments.len() > VISITOR_ATTACHMENTS_MAX {
        return Err(ApiError::invalid(format!(
            "at most {VISITOR_ATTACHMENTS_MAX} attachments"
        )));
    }
    let attachments: Result<Vec<_>, _> = request
        .attachments
        .iter()
        .map(|id| extract::id("attachments", id))
        .collect();
    Ok(Receive {
        inbox_id: visitor.inbox_id(),
        from: Sender::Known(visitor.contact),
        draft: MessageDraft {
            id: app.engine.mint(),
            text: request.text.clone(),
            attachments: attachments?,
            client_id: request.client_id.clone(),
        },
        external_id: None,
        conversation_id: app.engine.mint(),
    })
}

/// A message that would begin a conversation counts against the inbox: many visitors with one message each are a flood, too.
async fn limit_new_conversations(app: &App, visitor: &Visitor) -> Result<(), ApiError> {
    if visitor.talks {
        return Ok(());
    }
    match ongoing(app, &visitor.site, visitor.contact).await? {
        Some(_) => Ok(()),
        None => app.flood.conversation(visitor.inbox_id()),
    }
}

async fn read_back(app: &App, id: MessageId) -> Result<VisitorMessage, ApiError> {
    let found = app.engine.store().messages_by_id(vec![id]).await?;
    let view = found
        .first()
        .ok_or_else(|| ApiError::unavailable("the message cannot be read now"))?;
    Ok(visitor_message(view, &app.engine.desk()))
}
