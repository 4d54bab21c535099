//! `POST /api/v1/conversations/{id}/messages`: an agent writes.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{
    Command, Rejection, Seq,
    conversation::ConversationCommand,
    ids::{AttachmentId, ConversationId, MessageId},
    mail::WriteMail,
    message::{Delivery, MessageDraft, MessageKind},
};
use plugboard_engine::{EngineError, Outcome};
use plugboard_protocol::{
    mail::ComposeMail,
    messages::{Message, PostKind, PostMessage},
    page::LIMIT_MAX,
};
use plugboard_store::{MessageRow, MessageView, Stretch};

use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, id as parse_id, known_id, position, time as parse_time},
    mail,
    responses::WriteErrors,
    wire,
};

use super::visible;

/// Writes a reply or a note. The same `client_id` again answers 200 with the first result. A reply whose `seen_seq` is stale
/// answers 409 with the messages not seen. With `send_at`, the answer is the message as it waits: `seq` 0, delivery `queued`, `at` the time to send, no attachments yet.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/messages", tag = "conversations",
    params(("id" = String, Path)), request_body = PostMessage,
    responses(
        (status = 201, description = "Written", body = Message),
        (status = 200, description = "Written before, with this `client_id`", body = Message),
        WriteErrors,
    )
)]
pub(crate) async fn post_message(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<PostMessage>,
) -> Result<(StatusCode, Json<Message>), ApiError> {
    let id: ConversationId = known_id("conversation", &id)?;
    let (kind, draft) = (wire::post_kind(request.kind), draft(&app, &request)?);
    let command = match &request.mail {
        None => Command::from((id, command(&request, draft.clone())?)),
        Some(mail) => by_mail(&app, &caller, id, &request, draft.clone(), mail).await?,
    };
    let outcome = match caller.execute(&app, command).await {
        Err(EngineError::Rejected(Rejection::Unseen { since })) => {
            return Err(unseen(&app, &caller, id, since).await?);
        }
        outcome => outcome?,
    };
    let status = if outcome.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((
        status,
        Json(
            shown(
                &app,
                &caller,
                id,
                (kind, draft),
                request.mail.is_some(),
                outcome,
            )
            .await?,
        ),
    ))
}

/// An answer by mail, with recipients and all: what is not said is what the desk proposes.
async fn by_mail(
    app: &App,
    caller: &Authenticated,
    id: ConversationId,
    request: &PostMessage,
    draft: MessageDraft,
    asked: &ComposeMail,
) -> Result<Command, ApiError> {
    if request.kind == PostKind::Note {
        return Err(ApiError::invalid("mail: a note goes to nobody"));
    }
    let send_at = request.send_at.as_deref();
    let send_at = send_at.map(|it| parse_time("send_at", it)).transpose()?;
    visible(app, caller, &id.to_string()).await?;
    let thread = app.engine.store().mail_thread(id, mail::LOOKED_AT).await?;
    let viewer = caller.viewer(app);
    let mut composed = mail::compose(app, viewer, asked, &draft.attachments, &thread).await?;
    let proposal = mail::propose(app, id, &thread).await?;
    if asked.to.is_none() {
        composed.to = proposal.to;
    }
    if asked.cc.is_none() {
        composed.cc = proposal.cc;
    }
    composed.subject = composed.subject.or(Some(proposal.subject));
    Ok(Command::WriteMail(Box::new(WriteMail {
        conversation_id: id,
        draft,
        seen_seq: request.seen_seq.map(position),
        mail: composed,
        send_at,
    })))
}

fn draft(app: &App, request: &PostMessage) -> Result<MessageDraft, ApiError> {
    let ids = request
        .attachments
        .iter()
        .map(|it| parse_id::<AttachmentId>("attachments", it));
    Ok(MessageDraft {
        id: app.engine.mint::<MessageId>(),
        text: request.text.clone(),
        attachments: ids.collect::<Result<_, _>>()?,
        client_id: request.client_id.clone(),
    })
}

fn command(request: &PostMessage, draft: MessageDraft) -> Result<ConversationCommand, ApiError> {
    match (&request.send_at, request.kind) {
        (None, kind) => Ok(ConversationCommand::Post {
            kind: wire::post_kind(kind),
            draft,
            seen_seq: request.seen_seq.map(position),
        }),
        (Some(at), PostKind::Reply) => Ok(ConversationCommand::Schedule {
            draft,
            at: parse_time("send_at", at)?,
        }),
        (Some(_), PostKind::Note) => Err(ApiError::invalid("only replies can be sent later")),
    }
}

/// The refusal of a stale view, with what somebody else wrote meanwhile.
async fn unseen(
    app: &App,
    caller: &Authenticated,
    id: ConversationId,
    since: Seq,
) -> Result<ApiError, ApiError> {
    let stretch = Stretch::After(since);
    let found = app
        .engine
        .store()
        .messages(id, stretch, LIMIT_MAX as usize)
        .await?;
    let me = caller.principal.actor();
    let others = found.into_iter().filter(|view| view.row.author != me);
    let others: Vec<_> = others.collect();
    let shown = mail::shown(&app.engine, &others, caller.viewer(app)).await?;
    Ok(ApiError::unseen(shown))
}

/// The message as stored; for one that waits for its time, as it will be.
async fn shown(
    app: &App,
    caller: &Authenticated,
    id: ConversationId,
    (kind, draft): (MessageKind, MessageDraft),
    by_mail: bool,
    outcome: Outcome,
) -> Result<Message, ApiError> {
    let desk = app.engine.desk();
    let Some(posted) = outcome.message else {
        return Err(ApiError::unavailable("the message is not there yet"));
    };
    let waits = posted.seq == 0;
    // Fresh and without files, everything is known here: the busiest path of the desk reads nothing. What waits has no
    // row yet.
    if !waits && (by_mail || outcome.repeated || !draft.attachments.is_empty()) {
        let found = app.engine.store().messages_by_id(vec![posted.id]).await?;
        let shown = mail::shown(&app.engine, &found, caller.viewer(app)).await?;
        let shown = shown.into_iter().next();
        return shown.ok_or_else(|| ApiError::unavailable("the message is not there yet"));
    }
    let row = MessageRow {
        id: posted.id,
        conversation_id: id,
        seq: posted.seq,
        kind,
        author: caller.principal.actor(),
        text: draft.text,
        attachments: draft.attachments,
        delivery: if waits {
            Some(Delivery::Queued)
        } else {
            outcome.delivery
        },
        client_id: draft.client_id,
        dedup_key: None,
        at: posted.at,
    };
    Ok(wire::message(
        &MessageView {
            row,
            shown_in: id,
            files: Vec::new(),
            contact_name: None,
            amended: None,
        },
        &desk,
    ))
}
