//! `GET /api/v1/mailboxes/oauth/return`: an administrator comes back from the provider.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use plugboard_domain::{
    Command,
    access::Permission,
    desk::{Entity, Private},
};
use plugboard_protocol::mail::OauthReturn;
use tracing::warn;

use super::reference;
use crate::{ApiError, App, auth::Authenticated, extract::Query, responses::ReadErrors};

/// Changes the provider's code for tokens, keeps them, and goes on to the page of mailboxes, which says how it went
/// (`?connected=` or `?refused=` with the inbox's id).
#[utoipa::path(
    get, path = "/api/v1/mailboxes/oauth/return", tag = "mailboxes", params(OauthReturn),
    responses((status = 303, description = "On to the page of mailboxes"), ReadErrors)
)]
pub(crate) async fn finish_mailbox_oauth(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<OauthReturn>,
) -> Result<Response, ApiError> {
    caller.require(&app, Permission::InboxesManage)?;
    let leave = app
        .leaves
        .finish(&query.state, caller.agent_id)
        .ok_or_else(|| {
            ApiError::new(
                StatusCode::NOT_FOUND,
                plugboard_protocol::Code::NotFound,
                "this way back is not known, or was used before: begin again",
            )
        })?;
    let done = |how: &str| {
        Redirect::to(&format!("/settings/mailboxes?{how}={}", leave.inbox)).into_response()
    };
    let Some(code) = query.code.filter(|_| query.error.is_none()) else {
        return Ok(done("refused"));
    };
    let mailboxes = app.mailboxes()?;
    let _alone = app.desk_edits.lock().await;
    let inbox = app.engine.desk().inbox(leave.inbox).cloned();
    let inbox = inbox.ok_or_else(|| ApiError::not_found("mailbox"))?;
    let secrets = app.engine.store().secrets(reference(inbox.id)).await?;
    let redeemed = mailboxes
        .redeem(
            &inbox.settings,
            &secrets,
            &code,
            &leave.verifier,
            &leave.redirect_url,
        )
        .await;
    let secrets = match redeemed {
        Ok(secrets) => secrets,
        Err(failed) => {
            warn!(inbox.id = %inbox.id, trouble = ?failed.trouble, "a provider gave no tokens");
            return Ok(done("refused"));
        }
    };
    let id = inbox.id;
    let command = Command::Save {
        entity: Entity::Inbox(inbox),
        private: Private {
            secrets,
            ..Private::default()
        },
    };
    caller.execute(&app, command).await?;
    mailboxes.wake(id).await;
    Ok(done("connected"))
}
