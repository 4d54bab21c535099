//! `POST /api/v1/messages/{id}/mail/move`: a mail is put where it belongs.

use axum::extract::State;
use plugboard_domain::{
    Command,
    access::Permission,
    command::{Sender, StoredFile},
    contact::{Address, IdentityKind, Profile},
    ids::{AttachmentId, ConversationId, MessageId},
    mail::{MailPlace, MoveMail, Stir, TakeMail},
    message::MessageDraft,
};
use plugboard_protocol::{conversations::Conversation, mail as wire_mail};

use super::visible_mail;
use crate::{
    ApiError, App,
    auth::Authenticated,
    conversations::visible,
    extract::{Json, Path},
    responses::WriteErrors,
    wire,
};

/// Puts a mail into another conversation of its inbox, or into one of its own, and answers with that. Where it was, an empty
/// message says where it went.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/mail/move", tag = "mail", params(("id" = String, Path)),
    request_body = wire_mail::MoveMail,
    responses((status = 200, description = "Where it is now", body = Conversation), WriteErrors)
)]
pub(crate) async fn move_mail(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<wire_mail::MoveMail>,
) -> Result<Json<Conversation>, ApiError> {
    caller.require(&app, Permission::ConversationsManage)?;
    let (view, old) = visible_mail(&app, &caller, &id).await?;
    let target = match request.conversation_id.as_deref() {
        Some(id) => Some(visible(&app, &caller, id).await?.conversation.id),
        None => None,
    };
    let from = old.from.as_ref().map(|it| it.address.to_lowercase());
    let from = from.ok_or_else(|| ApiError::conflict("only what came in can be moved"))?;
    let message_id: MessageId = app.engine.mint();
    let files: Vec<StoredFile> = view
        .files
        .iter()
        .map(|it| StoredFile {
            id: app.engine.mint::<AttachmentId>(),
            ..it.clone()
        })
        .collect();
    let mut mail = old.clone();
    mail.message_id = message_id;
    mail.related = None;
    let how = if target.is_some() { "moved" } else { "split" };
    mail.why_here = Some(format!("{how} {}", caller.agent_id));
    // Its pictures are shown from the files that it has there.
    mail.inline = view
        .files
        .iter()
        .zip(&files)
        .filter(|(before, _)| old.inline.contains(&before.id))
        .map(|(_, after)| after.id)
        .collect();
    let sender = sender(&app, from, &old).await?;
    let take = TakeMail {
        inbox_id: old.inbox_id,
        from: sender,
        draft: MessageDraft {
            id: message_id,
            text: view.row.text.clone(),
            attachments: Vec::new(),
            client_id: None,
        },
        files,
        mail,
        fingerprint: String::new(),
        place: target.map_or(MailPlace::New, MailPlace::Put),
        conversation_id: app.engine.mint::<ConversationId>(),
        stir: Stir::Live,
        report: None,
        // Nothing answers it by itself: it was answered when it came.
        own: true,
        mark: None,
    };
    let command = Command::MoveMail(Box::new(MoveMail {
        message_id: view.row.id,
        take,
    }));
    let outcome = caller.execute(&app, command).await?;
    let now = outcome.conversation_id.unwrap_or(view.shown_in);
    let store = app.engine.store();
    let shown = store.conversation(now, Some(caller.agent_id)).await?;
    let shown = shown.ok_or_else(|| ApiError::not_found("conversation"))?;
    Ok(Json(wire::conversation(&shown, caller.viewer(&app))))
}

/// Who wrote it, proved as far as their address is.
async fn sender(
    app: &App,
    address: String,
    mail: &plugboard_domain::mail::Mail,
) -> Result<Sender, ApiError> {
    let address = Address {
        kind: IdentityKind::Email,
        scope: String::new(),
        value: address,
    };
    let known = app.engine.store().identity(address.clone()).await?;
    let doubtful = mail
        .warnings
        .iter()
        .any(|it| it.starts_with("spoofed") || it.starts_with("unverified"));
    Ok(Sender::Address {
        profile: Profile {
            name: mail.from.as_ref().and_then(|it| it.name.clone()),
            email: Some(address.value.clone()),
            ..Profile::default()
        },
        verified: !doubtful && known.is_some_and(|it| it.verified),
        address,
    })
}
