//! `GET /api/v1/mailboxes`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::{extensions::Whole, mail::MailboxHealth};

use crate::{ApiError, App, auth::Authenticated, extract::Json, responses::ReadErrors, wire};

/// How each mailbox fares, the worst first. What servers said is for those who manage inboxes.
#[utoipa::path(
    get, path = "/api/v1/mailboxes", tag = "mailboxes",
    responses((status = 200, description = "Mailboxes", body = Whole<MailboxHealth>), ReadErrors)
)]
pub(crate) async fn list_mailboxes(
    State(app): State<App>,
    caller: Authenticated,
) -> Result<Json<Whole<MailboxHealth>>, ApiError> {
    let grants = caller.grants(&app);
    grants.require(Permission::ConversationsRead)?;
    let whole = grants.require(Permission::InboxesManage).is_ok();
    let mut found = match &app.mailboxes {
        Some(mailboxes) => mailboxes.health().await,
        None => Vec::new(),
    };
    found.sort_by_key(|it| (std::cmp::Reverse(wire::worse(it)), it.inbox_id.0));
    let items = found.iter().map(|it| wire::mailbox_health(it, whole));
    Ok(Json(Whole {
        items: items.collect(),
    }))
}
