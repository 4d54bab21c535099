//! `POST /api/v1/mailboxes/test`: tries a mailbox before it is saved.

use axum::extract::State;
use plugboard_domain::{access::Permission, channel::ChannelKind};
use plugboard_protocol::mail::{MailboxReport, TryMailbox};

use super::{email_inbox, reference};
use crate::{
    ApiError, App, auth::Authenticated, extract::Json, inboxes::take_secrets,
    responses::WriteErrors, wire,
};

/// Connects, signs in, opens the folders and asks whether the sender's address is taken, without changing anything there.
/// Takes up to half a minute.
#[utoipa::path(
    post, path = "/api/v1/mailboxes/test", tag = "mailboxes", request_body = TryMailbox,
    responses((status = 200, description = "What was found", body = MailboxReport), WriteErrors)
)]
pub(crate) async fn try_mailbox(
    State(app): State<App>,
    caller: Authenticated,
    Json(request): Json<TryMailbox>,
) -> Result<Json<MailboxReport>, ApiError> {
    caller.require(&app, Permission::InboxesManage)?;
    let mailboxes = app.mailboxes()?;
    let channel = app
        .channel(&ChannelKind::Email)
        .ok_or_else(|| ApiError::unavailable("this desk has no email"))?;
    let inbox = request.inbox_id.as_deref();
    let inbox = inbox.map(|id| email_inbox(&app, id)).transpose()?;
    let (_, mut settings) = wire::split_settings(request.settings)?;
    let fresh = take_secrets(&mut settings, &channel.secret_settings())?;
    let mut secrets = match &inbox {
        Some(inbox) => app.engine.store().secrets(reference(inbox.id)).await?,
        None => std::collections::BTreeMap::new(),
    };
    secrets.extend(fresh);
    channel.validate_settings(&settings, &secrets)?;
    let steps = mailboxes
        .try_out(inbox.map(|it| it.id), &settings, &secrets)
        .await?;
    Ok(Json(wire::mailbox_report(&steps)))
}
