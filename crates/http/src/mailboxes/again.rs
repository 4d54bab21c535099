//! `POST /api/v1/mailboxes/{inbox_id}/read-again`.

use axum::extract::State;
use plugboard_domain::{access::Permission, ids::MessageId, message::MessageKind};
use plugboard_protocol::mail::{MailsReadAgain, ReadMailboxAgain};

use super::email_inbox;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    mail::read_again,
    responses::WriteErrors,
};

/// Mails that one request reads.
const READ_AT_ONCE: usize = 50;

/// Reads mails of a mailbox again from their sources, some at a time: a decoder was mended, or the mailbox's usual charset was
/// set. Mails whose source is not kept, and those that the caller may not manage, stay as they are.
#[utoipa::path(
    post, path = "/api/v1/mailboxes/{inbox_id}/read-again", tag = "mailboxes",
    params(("inbox_id" = String, Path)), request_body = ReadMailboxAgain,
    responses((status = 200, description = "So many were", body = MailsReadAgain), WriteErrors)
)]
pub(crate) async fn read_mailbox_again(
    State(app): State<App>,
    caller: Authenticated,
    Path(inbox_id): Path<String>,
    Json(request): Json<ReadMailboxAgain>,
) -> Result<Json<MailsReadAgain>, ApiError> {
    caller.require(&app, Permission::InboxesManage)?;
    caller.require(&app, Permission::ConversationsManage)?;
    let inbox = email_inbox(&app, &inbox_id)?;
    let after: Option<MessageId> = match request.after.as_deref() {
        Some(id) => Some(known_id("message", id)?),
        None => None,
    };
    let store = app.engine.store();
    let mails = store.mails_of(inbox.id, after, READ_AT_ONCE).await?;
    let ids: Vec<MessageId> = mails.iter().map(|it| it.message_id).collect();
    let mut views = store.messages_by_id(ids.clone()).await?;
    views.retain(|it| it.row.kind == MessageKind::Inbound && it.amended.is_none());
    let grants = caller.grants(&app);
    let mut done = MailsReadAgain {
        read: 0,
        changed: 0,
        next: ids
            .last()
            .filter(|_| ids.len() == READ_AT_ONCE)
            .map(ToString::to_string),
    };
    for view in views {
        let conversation = store.conversation(view.shown_in, None).await?;
        if !conversation.is_some_and(|it| grants.scope().covers(&it.conversation)) {
            continue;
        }
        let Some(mail) = mails.iter().find(|it| it.message_id == view.row.id) else {
            continue;
        };
        match read_again(&app, &caller, &view, mail, mail.charset.as_deref()).await {
            Ok(changed) => {
                done.read += 1;
                done.changed += u32::from(changed);
            }
            // Its source is not kept, or it went away meanwhile.
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Json(done))
}
