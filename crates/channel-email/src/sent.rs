//! The folder of what was sent: whether a mail is there, and filing it when the provider does not.

use std::{sync::Arc, time::Duration};

use plugboard_domain::desk::Inbox;
use plugboard_engine::Engine;
use tracing::warn;

use crate::{
    access,
    courier::Task,
    host::Shared,
    imap::{Imap, ImapError},
    net,
    settings::EmailSettings,
};

/// How long a provider gets to file a mail by itself before it is looked for.
const GRACE: Duration = Duration::from_secs(2);

/// How often filing is tried.
const TRIES: u32 = 3;

/// True when the mailbox has a copy of what was sent with this id. False also when nobody can say.
pub(crate) async fn has(task: &Task<'_>, rfc_id: &str) -> bool {
    let found = look(
        task.shared,
        task.engine,
        task.inbox,
        task.settings,
        rfc_id,
        None,
    )
    .await;
    matches!(found, Ok(true))
}

/// Files a copy, unless the provider did.
pub(crate) async fn file(
    shared: &Arc<Shared>,
    engine: &Engine,
    inbox: &Inbox,
    settings: &EmailSettings,
    rfc_id: &str,
    raw: &[u8],
) {
    for nth in 1..=TRIES {
        tokio::time::sleep(GRACE * nth).await;
        match look(shared, engine, inbox, settings, rfc_id, Some(raw)).await {
            Ok(_) => return,
            Err(why) if nth == TRIES => {
                warn!(inbox.id = %inbox.id, why, "a copy of a sent mail was not filed in its mailbox");
            }
            Err(_) => {}
        }
    }
}

async fn look(
    shared: &Arc<Shared>,
    engine: &Engine,
    inbox: &Inbox,
    settings: &EmailSettings,
    rfc_id: &str,
    file: Option<&[u8]>,
) -> Result<bool, String> {
    let Some(imap) = &settings.imap else {
        return Ok(false);
    };
    let failed = |error: ImapError| error.to_string();
    let endpoint = imap.endpoint();
    let found = net::resolve(&endpoint, shared.patience, &shared.trust).await;
    let found = found.map_err(|it| it.to_string())?;
    let connected = Imap::connect(&endpoint, &found, shared.patience, shared.bytes_max).await;
    let mut connection = connected.map_err(|it| it.to_string())?;
    let credential = access::incoming(shared, engine, inbox, settings).await;
    let credential = credential.map_err(|it| it.to_string())?;
    let signed = connection.sign_in(settings.imap_user(), &credential).await;
    signed.map_err(|it| it.to_string())?;
    let folder = match &imap.sent_folder {
        Some(folder) => Some(folder.clone()),
        None => connection.sent_folder().await.map_err(failed)?,
    };
    let Some(folder) = folder else {
        connection.bye().await;
        return Ok(false);
    };
    let there = match connection.select(&folder).await {
        Ok(_) => !connection
            .uids_of_message(rfc_id)
            .await
            .map_err(failed)?
            .is_empty(),
        Err(error) => return Err(error.to_string()),
    };
    if let (false, Some(raw)) = (there, file) {
        connection.append(&folder, raw).await.map_err(failed)?;
    }
    connection.bye().await;
    Ok(there)
}
