//! `GET /api/v1/messages/{id}/mail/html`: a mail's HTML, fit to be shown in a frame.
//!
//! Three walls: it is rewritten from what is allowed; the frame that shows it runs no scripts; and this answer's own policy
//! lets nothing be fetched but pictures of this desk, whoever opens it.

use std::collections::HashMap;

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use plugboard_domain::mail::Mail;
use plugboard_mail::{Inline, Remote, clean, trim_html};
use plugboard_protocol::mail::{MailHtmlQuery, MailImages, MailPart};
use plugboard_store::MessageView;

use super::{decoded, file, visible_mail};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Path, Query},
    responses::ReadErrors,
    wire,
};

/// `allow-same-origin` lets the app measure how tall the mail is; without `allow-scripts` the mail gains nothing by it.
const POLICY: &str = "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
     img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

/// Paper: mails are written for a white page. The app lays those without a ground of their own onto its theme.
const STYLE: &str = "html{color-scheme:light;background:#fff}body{margin:0;color:#1b1d22;overflow-wrap:anywhere;\
     font:14px/1.6 system-ui,'Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif}\
     html,body{height:auto!important;min-height:0!important}body>:first-child{margin-top:0}body>:last-child{margin-bottom:0}\
     img{max-width:100%;height:auto}table{max-width:100%}a{color:#2b4fc7}\
     pre{white-space:pre-wrap}blockquote{margin:4px 0;padding-left:10px;border-left:3px solid #8d95a566;color:#555a66}\
     .blocked-image{display:inline-block;min-width:24px;min-height:24px;border:1px dashed #8d95a5;border-radius:4px;background:#8d95a51f}";

/// The HTML of a mail, cleaned, as a page for a frame.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}/mail/html", tag = "mail",
    params(("id" = String, Path), MailHtmlQuery),
    responses((status = 200, description = "A page", body = String, content_type = "text/html"), ReadErrors)
)]
pub(crate) async fn get_mail_html(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Query(query): Query<MailHtmlQuery>,
) -> Result<Response, ApiError> {
    let (view, mail) = visible_mail(&app, &caller, &id).await?;
    let html = source(&app, &mail).await?;
    let html = html.ok_or_else(|| ApiError::not_found("HTML"))?;
    let remote = query.images == Some(MailImages::Remote);
    let parts = parts(&app, &view, &mail).await?;
    let pictures = app.pictures.clone();
    // Cleaning a large mail takes a while, and nobody else shall wait for it.
    let body = tokio::task::spawn_blocking(move || {
        let part = |reference: &str| parts.get(reference).cloned();
        let through = |url: &str| Some(pictures.address(url));
        let inline = Inline {
            part: &part,
            remote: if remote {
                Remote::Through(&through)
            } else {
                Remote::Blocked
            },
        };
        let clean = clean(&html, &inline).html;
        match query.part {
            Some(MailPart::New) => trim_html(&clean).visible,
            Some(MailPart::All) | None => clean,
        }
    });
    let body = body.await.map_err(|error| {
        tracing::error!(%error, "cleaning a mail broke off");
        ApiError::unavailable("the mail cannot be shown now")
    })?;
    Ok(page(&body))
}

/// What it says before it is cleaned: of what came in, by its source; of what goes out, as it was written.
async fn source(app: &App, mail: &Mail) -> Result<Option<String>, ApiError> {
    if !mail.recipients.is_empty() || mail.raw.is_none() {
        let written = file(app, mail.html.as_ref()).await?;
        return Ok(written.map(|it| String::from_utf8_lossy(&it).into_owned()));
    }
    Ok(decoded(app, mail).await?.and_then(|it| it.html))
}

/// Where each part is shown from, by what the HTML calls it. Files of the message are the parts of the mail, in order.
async fn parts(
    app: &App,
    view: &MessageView,
    mail: &Mail,
) -> Result<HashMap<String, String>, ApiError> {
    let address = |id: &dyn std::fmt::Display| format!("/api/v1/attachments/{id}");
    let mut known: HashMap<String, String> = view
        .files
        .iter()
        .map(|it| (address(&it.id), address(&it.id)))
        .collect();
    if mail.recipients.is_empty()
        && let Some(read) = decoded(app, mail).await?
    {
        for (part, file) in read.parts.iter().zip(&view.files) {
            // Nothing but pictures is shown in place.
            if wire::is_image(&file.content_type)
                && let Some(id) = &part.content_id
            {
                known.insert(id.clone(), address(&file.id));
            }
        }
    }
    Ok(known)
}

fn page(body: &str) -> Response {
    let page = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">\
         <style>{STYLE}</style></head><body>{body}</body></html>"
    );
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        ),
    ];
    (headers, page).into_response()
}
