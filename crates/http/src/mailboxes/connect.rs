//! `POST /api/v1/mailboxes/{inbox_id}/oauth`: sends an administrator to the provider.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::mail::OauthStart;
use serde_json::Value;

use super::email_inbox;
use crate::{
    ApiError, App,
    auth::Authenticated,
    base_url::BaseUrl,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Where the provider sends people back to, under the desk's own address.
const RETURN_PATH: &str = "/api/v1/mailboxes/oauth/return";

/// Begins to connect a mailbox by OAuth (authorisation code with a proof key): open the answer's `url` in a window. The
/// inbox's settings need `oauth` with `authorize_url`, `token_url`, `client_id` and `scope`.
#[utoipa::path(
    post, path = "/api/v1/mailboxes/{inbox_id}/oauth", tag = "mailboxes",
    params(("inbox_id" = String, Path)),
    responses((status = 200, description = "Where to go", body = OauthStart), WriteErrors)
)]
pub(crate) async fn start_mailbox_oauth(
    State(app): State<App>,
    caller: Authenticated,
    BaseUrl(base): BaseUrl,
    Path(inbox_id): Path<String>,
) -> Result<Json<OauthStart>, ApiError> {
    caller.require(&app, Permission::InboxesManage)?;
    let inbox = email_inbox(&app, &inbox_id)?;
    let oauth = inbox.settings.get("oauth");
    let setting = |name: &str| {
        let value = oauth.and_then(|it| it.get(name)).and_then(Value::as_str);
        value
            .filter(|it| !it.is_empty())
            .ok_or_else(|| ApiError::conflict(format!("settings.oauth.{name} is not set")))
    };
    let (page, client_id, scope) = (
        setting("authorize_url")?,
        setting("client_id")?,
        setting("scope")?,
    );
    let redirect_url = format!("{base}{RETURN_PATH}");
    let (state, challenge) = app
        .leaves
        .begin(inbox.id, caller.agent_id, redirect_url.clone())?;
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", &redirect_url),
        ("scope", scope),
        ("state", &state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    if let Some(address) = inbox.settings.get("address").and_then(Value::as_str) {
        query.push(("login_hint", address));
    }
    let joint = if page.contains('?') { '&' } else { '?' };
    let query: Vec<_> = query
        .into_iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    Ok(Json(OauthStart {
        url: format!("{page}{joint}{}", query.join("&")),
        redirect_url,
    }))
}

/// Percent-encoded, all but what RFC 3986 calls unreserved.
fn encoded(value: &str) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    text
}
