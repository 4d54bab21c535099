//! `POST /api/v1/mailboxes/{inbox_id}/wake`.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::access::Permission;

use super::email_inbox;
use crate::{ApiError, App, auth::Authenticated, extract::Path, responses::WriteErrors};

/// Has a mailbox connected again at once, instead of waiting for the next try: somebody mended something.
#[utoipa::path(
    post, path = "/api/v1/mailboxes/{inbox_id}/wake", tag = "mailboxes",
    params(("inbox_id" = String, Path)),
    responses((status = 204, description = "It is tried now"), WriteErrors)
)]
pub(crate) async fn wake_mailbox(
    State(app): State<App>,
    caller: Authenticated,
    Path(inbox_id): Path<String>,
) -> Result<StatusCode, ApiError> {
    caller.require(&app, Permission::InboxesManage)?;
    let inbox = email_inbox(&app, &inbox_id)?;
    app.mailboxes()?.wake(inbox.id).await;
    Ok(StatusCode::NO_CONTENT)
}
