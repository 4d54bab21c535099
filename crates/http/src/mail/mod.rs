//! Mail: what a message of an email inbox has besides its text, and what agents do with it.

mod again;
mod begin;
mod compose;
mod details;
mod html;
mod image;
mod join;
mod pictures;
mod propose;
mod relocate;
mod source;
mod undo;

use crate::{
    ApiError, App,
    api::{Api, routes},
    auth::Authenticated,
    extract::known_id,
};
use bytes::Bytes;
use plugboard_blob::Digest;
use plugboard_domain::{access::Permission, ids::MessageId, mail::Mail};
use plugboard_mail::Options;
use plugboard_store::MessageView;
use serde_json::Value;

pub(crate) use again::read_again;
pub(crate) use compose::{compose, composed};
pub(crate) use join::{join, shown};
pub(crate) use pictures::Pictures;
pub(crate) use propose::{LOOKED_AT, propose};

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(details::get_mail))
        .routes(routes!(html::get_mail_html))
        .routes(routes!(source::get_mail_source))
        .routes(routes!(image::get_mail_image))
        .routes(routes!(undo::undo_mail))
        .routes(routes!(again::read_mail_again))
        .routes(routes!(relocate::move_mail))
        .routes(routes!(propose::propose_reply))
        .routes(routes!(begin::begin_mail))
}

/// A message that came or went by mail, in a conversation that the caller may read.
async fn visible_mail(
    app: &App,
    caller: &Authenticated,
    id: &str,
) -> Result<(MessageView, Mail), ApiError> {
    let grants = caller.grants(app);
    grants.require(Permission::ConversationsRead)?;
    let nothing = || ApiError::not_found("mail");
    let id: MessageId = known_id("mail", id)?;
    let store = app.engine.store();
    let found = store.messages_by_id(vec![id]).await?.into_iter().next();
    let view = found.ok_or_else(nothing)?;
    let conversation = store.conversation(view.shown_in, None).await?;
    conversation
        .filter(|it| grants.scope().covers(&it.conversation))
        .ok_or_else(nothing)?;
    let mail = store.mails(vec![id]).await?.into_iter().next();
    Ok((view, mail.ok_or_else(nothing)?))
}

/// The bytes of a file that a mail names.
async fn file(app: &App, digest: Option<&String>) -> Result<Option<Bytes>, ApiError> {
    let Some(digest) = digest.and_then(|it| it.parse::<Digest>().ok()) else {
        return Ok(None);
    };
    let failed = |error: plugboard_blob::BlobError| {
        tracing::error!(%error, "a file of a mail was not read");
        ApiError::unavailable("the file cannot be read now")
    };
    match app.blobs.get(digest).await.map_err(failed)? {
        Some(blob) => Ok(Some(blob.read_to_end().await.map_err(failed)?)),
        None => Ok(None),
    }
}

/// Reads a mail's source again, as its inbox is set up now.
async fn decoded(app: &App, mail: &Mail) -> Result<Option<plugboard_mail::Mail>, ApiError> {
    let Some(raw) = file(app, mail.raw.as_ref()).await? else {
        return Ok(None);
    };
    let options = options(app, mail);
    // A mail of fifty megabytes takes a while, and nobody else shall wait for it.
    let decoded = tokio::task::spawn_blocking(move || plugboard_mail::decode(&raw, &options));
    let decoded = decoded.await.map_err(|error| {
        tracing::error!(%error, "reading a mail broke off");
        ApiError::unavailable("the mail cannot be read now")
    })?;
    Ok(Some(decoded))
}

fn options(app: &App, mail: &Mail) -> Options {
    let desk = app.engine.desk();
    let usual = desk
        .inbox(mail.inbox_id)
        .and_then(|it| it.settings.get("default_charset"))
        .and_then(Value::as_str);
    let options = usual.map_or_else(Options::default, Options::with_charset);
    let said = mail.charset.as_deref();
    said.and_then(|it| options.clone().in_charset(it))
        .unwrap_or(options)
}
