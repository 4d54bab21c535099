//! Announcements of a phone inbox: uploaded sound becomes telephone sound once, when the inbox is saved.

use std::collections::BTreeMap;

use plugboard_blob::Digest;
use plugboard_channel::phone::PhoneError;
use plugboard_domain::{
    Command,
    call::PhoneSettings,
    channel::ChannelKind,
    command::StoredFile,
    desk,
    ids::{AttachmentId, InboxId},
};
use serde_json::{Map, Value};

use crate::{ApiError, App, auth::Authenticated};

/// Puts in place of each announcement that is new to the inbox one that telephones can play. Settings were checked before.
pub(super) async fn convert(
    app: &App,
    caller: &Authenticated,
    inbox: InboxId,
    settings: &mut Map<String, Value>,
) -> Result<(), ApiError> {
    let wanted = PhoneSettings::parse(settings)?;
    let desk = app.engine.desk();
    let before = desk.inbox(inbox).map(files).unwrap_or_default();
    let mut made = BTreeMap::new();
    for file in wanted.prompt_files().difference(&before) {
        made.insert(file.to_string(), one(app, caller, *file).await?.to_string());
    }
    let prompts = settings.get_mut("prompts").and_then(Value::as_object_mut);
    let prompts = prompts.into_iter().flat_map(|it| it.values_mut());
    for prompt in prompts {
        replace(prompt, &made);
    }
    if let Some(prompt) = settings
        .get_mut("menu")
        .and_then(|menu| menu.get_mut("prompt"))
    {
        replace(prompt, &made);
    }
    Ok(())
}

/// The announcements that an inbox has.
fn files(inbox: &desk::Inbox) -> std::collections::BTreeSet<AttachmentId> {
    let settings = Some(inbox)
        .filter(|it| it.channel == ChannelKind::Phone)
        .and_then(|it| PhoneSettings::parse(&it.settings).ok());
    settings.map(|it| it.prompt_files()).unwrap_or_default()
}

/// True when a file is an announcement of an inbox.
pub(crate) fn is_prompt(app: &App, id: AttachmentId) -> bool {
    app.engine
        .desk()
        .inboxes()
        .any(|inbox| files(inbox).contains(&id))
}

fn replace(prompt: &mut Value, made: &BTreeMap<String, String>) {
    let new = prompt.as_str().and_then(|id| made.get(id));
    if let Some(new) = new {
        *prompt = Value::String(new.clone());
    }
}

/// The file as telephones play it; the same when they do already.
async fn one(
    app: &App,
    caller: &Authenticated,
    id: AttachmentId,
) -> Result<AttachmentId, ApiError> {
    let found = app.engine.store().attachment(id).await?;
    let owner = caller.principal.actor();
    let file = found.map(|(file, _)| file).filter(|it| it.owner == owner);
    let file = file.ok_or_else(|| {
        ApiError::invalid(format!(
            "settings.prompts: {id} is no file that you uploaded"
        ))
    })?;
    let digest: Digest = file
        .sha256
        .parse()
        .map_err(|_| ApiError::not_found("attachment"))?;
    let failed = |error: plugboard_blob::BlobError| {
        tracing::error!(%error, attachment.id = %id, "an announcement was not read or stored");
        ApiError::unavailable("the file cannot be read or stored now")
    };
    let blob = app.blobs.get(digest).await.map_err(failed)?;
    let blob = blob.ok_or_else(|| ApiError::not_found("attachment"))?;
    let sound = blob.read_to_end().await.map_err(failed)?;
    let played = app.telephony()?.announcement(sound.clone()).await;
    let played = played.map_err(|error| match error {
        PhoneError::Unusable(why) => {
            ApiError::invalid(format!("settings.prompts: {}: {why}", file.name))
        }
        _ => ApiError::unavailable("telephony is not available now"),
    })?;
    if played == sound {
        return Ok(id);
    }
    let stored = app.blobs.put(played).await.map_err(failed)?;
    let new = StoredFile {
        id: app.engine.mint(),
        owner,
        sha256: stored.digest.to_string(),
        name: file.name,
        content_type: "audio/x-wav".to_owned(),
        size: stored.size,
    };
    let id = new.id;
    caller.execute(app, Command::StoreAttachment(new)).await?;
    Ok(id)
}
