//! `GET /api/v1/messages/{id}/mail`: headers, checks, repairs.

use axum::extract::State;
use plugboard_domain::mail::{MailOrigin, OriginCheck};
use plugboard_protocol::{
    extensions::Pair,
    mail::{Authentication, AuthenticationResult, MailDetails},
};

use super::{decoded, file, visible_mail};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
};

/// Headers that are shown; a mail that went round the world has a hundred.
const HEADERS_MAX: usize = 500;

/// Everything about a mail that is not shown at once. Headers name addresses in full, so it needs the permission to see them.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}/mail", tag = "mail", params(("id" = String, Path)),
    responses((status = 200, description = "The mail", body = MailDetails), ReadErrors)
)]
pub(crate) async fn get_mail(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<MailDetails>, ApiError> {
    let (view, mail) = visible_mail(&app, &caller, &id).await?;
    let unmasked = caller.viewer(&app).unmasked;
    let size = file(&app, mail.raw.as_ref())
        .await?
        .map_or(0, |it| it.len());
    let read = decoded(&app, &mail).await?.unwrap_or_default();
    let headers = read.headers.iter().take(HEADERS_MAX);
    Ok(Json(MailDetails {
        message_id: view.row.id.to_string(),
        headers: headers
            .filter(|it| unmasked || is_plain(&it.name))
            .map(|it| Pair {
                name: it.name.clone(),
                value: it.value.clone(),
            })
            .collect(),
        authentication: authentication(mail.origin.clone().unwrap_or_default()),
        problems: mail.problems.clone(),
        size: size as u64,
        folder: mail.folder.clone(),
        charset: mail.charset.clone(),
    }))
}

/// Headers without addresses in them.
fn is_plain(name: &str) -> bool {
    const PLAIN: [&str; 12] = [
        "date",
        "subject",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-language",
        "x-mailer",
        "user-agent",
        "x-priority",
        "importance",
        "auto-submitted",
        "precedence",
    ];
    PLAIN.contains(&name.to_ascii_lowercase().as_str())
}

fn authentication(origin: MailOrigin) -> Authentication {
    Authentication {
        spf: result(origin.spf),
        dkim: result(origin.dkim),
        dmarc: result(origin.dmarc),
        checked_by: origin.by,
    }
}

fn result(found: OriginCheck) -> AuthenticationResult {
    match found {
        OriginCheck::None => AuthenticationResult::None,
        OriginCheck::Pass => AuthenticationResult::Pass,
        OriginCheck::Fail => AuthenticationResult::Fail,
        OriginCheck::Error => AuthenticationResult::Error,
    }
}
