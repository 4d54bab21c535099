//! What mailboxes are signed in to with: passwords, or tokens that are renewed.

use std::collections::BTreeMap;

use plugboard_channel::mailbox::{Step, Trouble};
use plugboard_domain::{
    Command, Envelope, Principal,
    desk::{Entity, EntityKind, EntityRef, Inbox, Private},
    ids::InboxId,
};
use plugboard_engine::Engine;
use tracing::warn;

use crate::{
    host::Shared,
    imap::Credential,
    net::Failure,
    settings::{Auth, EmailSettings, IMAP_PASSWORD, OAUTH_REFRESH_TOKEN, SMTP_PASSWORD},
};

/// The secrets of an inbox as they are stored now.
pub(crate) async fn secrets(
    engine: &Engine,
    inbox: InboxId,
) -> Result<BTreeMap<String, String>, Failure> {
    let of = EntityRef {
        kind: EntityKind::Inbox,
        id: inbox.0,
    };
    engine
        .store()
        .secrets(of)
        .await
        .map_err(|error| Failure::new(Step::SignIn, Trouble::Other, error.to_string()))
}

/// What to sign in to IMAP with.
pub(crate) async fn incoming(
    shared: &Shared,
    engine: &Engine,
    inbox: &Inbox,
    settings: &EmailSettings,
) -> Result<Credential, Failure> {
    let secrets = secrets(engine, inbox.id).await?;
    match settings.auth {
        Auth::Oauth => token(shared, engine, inbox, settings, &secrets).await,
        Auth::Password => password(&secrets, IMAP_PASSWORD),
    }
}

/// Who signs in to SMTP, and with what; nobody where none is needed.
pub(crate) async fn outgoing(
    shared: &Shared,
    engine: &Engine,
    inbox: &Inbox,
    settings: &EmailSettings,
) -> Result<Option<(String, Credential)>, Failure> {
    let secrets = secrets(engine, inbox.id).await?;
    let Some(user) = settings.smtp_user(&secrets) else {
        return Ok(None);
    };
    let credential = match settings.auth {
        Auth::Oauth => token(shared, engine, inbox, settings, &secrets).await?,
        Auth::Password if secrets.contains_key(SMTP_PASSWORD) => password(&secrets, SMTP_PASSWORD)?,
        Auth::Password => password(&secrets, IMAP_PASSWORD)?,
    };
    Ok(Some((user, credential)))
}

pub(crate) fn password(
    secrets: &BTreeMap<String, String>,
    name: &str,
) -> Result<Credential, Failure> {
    let found = secrets.get(name).filter(|it| !it.is_empty());
    found
        .map(|it| Credential::Password(it.clone()))
        .ok_or_else(|| {
            Failure::new(
                Step::SignIn,
                Trouble::WrongPassword,
                format!("{name} is not set"),
            )
        })
}

async fn token(
    shared: &Shared,
    engine: &Engine,
    inbox: &Inbox,
    settings: &EmailSettings,
    secrets: &BTreeMap<String, String>,
) -> Result<Credential, Failure> {
    let leave = shared.tokens.get(inbox.id, settings, secrets).await?;
    if let Some(refresh) = leave.new_refresh {
        // The one before is good no more, so the mailbox would be lost with this process.
        keep(engine, inbox.id, refresh).await;
    }
    Ok(Credential::Token(leave.access))
}

async fn keep(engine: &Engine, inbox: InboxId, refresh: String) {
    let Some(inbox) = engine.desk().inbox(inbox).cloned() else {
        return;
    };
    let id = inbox.id;
    let command = Command::Save {
        entity: Entity::Inbox(inbox),
        private: Private {
            secrets: BTreeMap::from([(OAUTH_REFRESH_TOKEN.to_owned(), refresh)]),
            ..Private::default()
        },
    };
    let envelope = Envelope::new(Principal::System("mail"), command);
    if let Err(error) = engine.execute(envelope).await {
        warn!(inbox.id = %id, %error, "a provider's new token was not kept: the mailbox has to be connected again");
    }
}
