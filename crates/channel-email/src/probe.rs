//! Tries a mailbox step by step, and says in words what is wrong. Nothing is changed there.

use std::{collections::BTreeMap, time::Instant};

use async_trait::async_trait;
use plugboard_channel::mailbox::{
    Flow, Health, Mailboxes, Side, State, Step, Tried, Trouble, Unread,
};
use plugboard_domain::{
    Rejection,
    channel::ChannelKind,
    command::StoredFile,
    ids::InboxId,
    mail::{Mail, ReadAgain, UidFate},
    outbox::{Job, JobState},
};
use plugboard_mail::Options;
use plugboard_store::OutboxFilter;
use serde_json::{Map, Value};

use crate::{
    EmailHost, access, again,
    imap::{Credential, Imap},
    net::{self, Failure, Patience},
    oauth,
    settings::{Auth, EmailSettings, IMAP_PASSWORD, SMTP_PASSWORD},
    smtp::Smtp,
};

/// How long connecting may take while somebody waits.
const TRY_CONNECT: std::time::Duration = std::time::Duration::from_secs(5);

/// How long a server may say nothing meanwhile: many take their time over a wrong password.
const TRY_SILENCE: std::time::Duration = std::time::Duration::from_secs(12);

/// Mails that are looked at to find out who says where they are from.
const LOOKED_AT: u32 = 5;

/// Jobs that are counted for the page of mailboxes.
const COUNTED_MAX: usize = 1_000;

/// What was tried so far.
#[derive(Default)]
struct Tries {
    done: Vec<Tried>,
}

impl Tries {
    fn ok(&mut self, side: Side, step: Step, detail: Option<String>, since: Instant) {
        self.done.push(tried(side, step, None, detail, since));
    }

    fn failed(&mut self, side: Side, failure: Failure, since: Instant) {
        let detail = Some(failure.detail).filter(|it| !it.is_empty());
        self.done.push(tried(
            side,
            failure.step,
            Some(failure.trouble),
            detail,
            since,
        ));
    }
}

fn tried(
    side: Side,
    step: Step,
    trouble: Option<Trouble>,
    detail: Option<String>,
    since: Instant,
) -> Tried {
    Tried {
        side,
        step,
        trouble,
        detail,
        took_ms: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}

#[async_trait]
impl Mailboxes for EmailHost {
    async fn try_out(
        &self,
        inbox: Option<InboxId>,
        settings: &Map<String, Value>,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Vec<Tried>, Rejection> {
        let settings = EmailSettings::parse(settings)?;
        let mut tries = Tries::default();
        let token = if settings.auth == Auth::Oauth {
            let since = Instant::now();
            // A mailbox that is not saved yet has a place of its own among the tokens, for once.
            let place = inbox.unwrap_or(InboxId(uuid::Uuid::nil()));
            if inbox.is_none() {
                self.shared.tokens.forget(place);
            }
            match self.shared.tokens.get(place, &settings, secrets).await {
                Ok(leave) => {
                    tries.ok(Side::Oauth, Step::Token, None, since);
                    Some(Credential::Token(leave.access))
                }
                Err(failure) => {
                    tries.failed(Side::Oauth, failure, since);
                    return Ok(tries.done);
                }
            }
        } else {
            None
        };
        let patience = Patience {
            connect: TRY_CONNECT,
            silence: TRY_SILENCE,
            ..self.shared.patience
        };
        self.try_incoming(&settings, secrets, token.clone(), patience, &mut tries)
            .await;
        try_outgoing(self, &settings, secrets, token, patience, &mut tries).await;
        Ok(tries.done)
    }

    async fn health(&self) -> Vec<Health> {
        let Some(engine) = self.shared.engine() else {
            return Vec::new();
        };
        let store = engine.store();
        let pending = store.outbox(OutboxFilter::Pending, None, COUNTED_MAX).await;
        let pending = pending.map(|it| it.items).unwrap_or_default();
        let now = engine.now();
        let desk = engine.desk();
        let mut all = Vec::new();
        for inbox in desk.inboxes().filter(|it| it.channel == ChannelKind::Email) {
            let mine = pending.iter().filter(|it| {
                matches!(it.job, Job::Deliver { inbox_id, .. } if inbox_id == inbox.id)
                    && matches!(it.state, JobState::Pending { .. })
            });
            let waiting: Vec<_> = mine.map(|it| it.created_at).collect();
            let (incoming, outgoing, folders) = self.shared.health.show(inbox.id, now);
            let mut quarantined = 0;
            for folder in &folders {
                let cursor = store.mail_folder(inbox.id, folder.name.clone()).await;
                if let Ok(Some(cursor)) = cursor {
                    let fates = store
                        .mail_uids(inbox.id, folder.name.clone(), cursor.uid_validity)
                        .await
                        .unwrap_or_default();
                    let bad = fates.values().filter(|it| **it == UidFate::Quarantined);
                    quarantined += bad.count() as u64;
                }
            }
            let sends = inbox.settings.contains_key("smtp");
            all.push(Health {
                inbox_id: inbox.id,
                incoming,
                outgoing: outgoing.or_else(|| {
                    sends.then_some(Flow {
                        state: State::Ok,
                        since: inbox.created_at,
                        last_ok_at: None,
                        trouble: None,
                        detail: None,
                        next_try_at: None,
                    })
                }),
                folders,
                quarantined,
                queued: waiting.len() as u64,
                oldest_queued_at: waiting.into_iter().min(),
            });
        }
        all
    }

    async fn read_again(
        &self,
        mail: &Mail,
        files: &[StoredFile],
        charset: Option<&str>,
    ) -> Result<ReadAgain, Unread> {
        let engine = self.shared.engine();
        let inbox = engine.and_then(|it| it.desk().inbox(mail.inbox_id).cloned());
        let settings = inbox.and_then(|it| EmailSettings::parse(&it.settings).ok());
        let usual = settings.and_then(|it| it.default_charset);
        again::read_again(&self.shared.blobs, mail, files, usual, charset).await
    }

    async fn wake(&self, inbox: InboxId) {
        if let Some(engine) = self.shared.engine() {
            self.shared.restart(engine, inbox);
        }
    }

    async fn redeem(
        &self,
        settings: &Map<String, Value>,
        secrets: &BTreeMap<String, String>,
        code: &str,
        verifier: &str,
        redirect_url: &str,
    ) -> Result<BTreeMap<String, String>, Tried> {
        let since = Instant::now();
        let failed = |failure: Failure| {
            let detail = Some(failure.detail);
            tried(
                Side::Oauth,
                failure.step,
                Some(failure.trouble),
                detail,
                since,
            )
        };
        let settings = EmailSettings::parse(settings)
            .map_err(|why| failed(Failure::new(Step::Token, Trouble::Other, why.to_string())))?;
        oauth::redeem(&settings, secrets, code, verifier, redirect_url)
            .await
            .map_err(failed)
    }
}

impl EmailHost {
    async fn try_incoming(
        &self,
        settings: &EmailSettings,
        secrets: &BTreeMap<String, String>,
        token: Option<Credential>,
        patience: Patience,
        tries: &mut Tries,
    ) {
        if settings.lmtp {
            let since = Instant::now();
            match self.lmtp_address() {
                Some(address) => {
                    tries.ok(Side::Lmtp, Step::Listen, Some(address.to_string()), since);
                }
                None => tries.failed(
                    Side::Lmtp,
                    Failure::new(
                        Step::Listen,
                        Trouble::NotListening,
                        "start the desk with --lmtp",
                    ),
                    since,
                ),
            }
        }
        let since = Instant::now();
        if let Err(failure) = try_imap(self, settings, secrets, token, patience, tries).await {
            tries.failed(Side::Imap, failure, since);
        }
    }
}

async fn try_imap(
    host: &EmailHost,
    settings: &EmailSettings,
    secrets: &BTreeMap<String, String>,
    token: Option<Credential>,
    patience: Patience,
    tries: &mut Tries,
) -> Result<(), Failure> {
    let Some(imap) = &settings.imap else {
        return Ok(());
    };
    let endpoint = imap.endpoint();
    let since = Instant::now();
    let found = net::resolve(&endpoint, patience, &host.shared.trust).await?;
    tries.ok(Side::Imap, Step::Resolve, None, since);
    let since = Instant::now();
    let mut connection = Imap::connect(&endpoint, &found, patience, host.shared.bytes_max).await?;
    tries.ok(Side::Imap, Step::Connect, None, since);
    let credential = match token {
        Some(token) => token,
        None => access::password(secrets, IMAP_PASSWORD)?,
    };
    let since = Instant::now();
    connection
        .sign_in(settings.imap_user(), &credential)
        .await?;
    tries.ok(Side::Imap, Step::SignIn, None, since);
    let since = Instant::now();
    let mut next = None;
    for folder in &imap.folders {
        let opened = connection.select(folder).await;
        let opened = opened.map_err(|error| {
            let mut failure = error.at(Step::Folders);
            if failure.trouble == Trouble::Other || failure.trouble == Trouble::NoFolder {
                failure.trouble = Trouble::NoFolder;
                failure.detail = format!("{folder}: {}", failure.detail);
            }
            failure
        })?;
        next = opened.uid_next;
    }
    tries.ok(
        Side::Imap,
        Step::Folders,
        Some(imap.folders.join(", ")),
        since,
    );
    let since = Instant::now();
    if let Some(name) = own_server(&mut connection, next).await {
        tries.ok(Side::Imap, Step::Origin, Some(name), since);
    }
    let how = if connection.can("IDLE") {
        "IDLE"
    } else {
        "asked every half minute"
    };
    tries.ok(Side::Imap, Step::Idle, Some(how.into()), Instant::now());
    connection.bye().await;
    Ok(())
}

/// Which server says where the newest mails of the open folder are from. What cannot be found out is no trouble.
async fn own_server(connection: &mut Imap, next: Option<u32>) -> Option<String> {
    let after = next?.saturating_sub(LOOKED_AT * 4);
    let uids = connection.uids_after(after).await.ok()?;
    let mut mails = Vec::new();
    for uid in uids.iter().rev().take(LOOKED_AT as usize) {
        let head = connection.fetch_head(*uid).await.ok()??;
        mails.push(plugboard_mail::decode(&head, &Options::default()));
    }
    plugboard_mail::own_server(&mails)
}

async fn try_outgoing(
    host: &EmailHost,
    settings: &EmailSettings,
    secrets: &BTreeMap<String, String>,
    token: Option<Credential>,
    patience: Patience,
    tries: &mut Tries,
) {
    let since = Instant::now();
    if let Err(failure) = try_smtp(host, settings, secrets, token, patience, tries).await {
        tries.failed(Side::Smtp, failure, since);
    }
}

async fn try_smtp(
    host: &EmailHost,
    settings: &EmailSettings,
    secrets: &BTreeMap<String, String>,
    token: Option<Credential>,
    patience: Patience,
    tries: &mut Tries,
) -> Result<(), Failure> {
    let Some(smtp) = &settings.smtp else {
        return Ok(());
    };
    let endpoint = smtp.endpoint();
    let since = Instant::now();
    let found = net::resolve(&endpoint, patience, &host.shared.trust).await?;
    tries.ok(Side::Smtp, Step::Resolve, None, since);
    let since = Instant::now();
    let mut connection = Smtp::connect(&endpoint, &found, &settings.domain(), patience).await?;
    tries.ok(Side::Smtp, Step::Connect, None, since);
    if let Some(user) = settings.smtp_user(secrets) {
        let credential = match token {
            Some(token) => token,
            None if secrets.contains_key(SMTP_PASSWORD) => {
                access::password(secrets, SMTP_PASSWORD)?
            }
            None => access::password(secrets, IMAP_PASSWORD)?,
        };
        let since = Instant::now();
        connection.sign_in(&user, &credential).await?;
        tries.ok(Side::Smtp, Step::SignIn, None, since);
    }
    let since = Instant::now();
    let lost =
        |error: std::io::Error| Failure::new(Step::Sender, Trouble::Broken, error.to_string());
    let reply = connection
        .sender(&settings.address, false)
        .await
        .map_err(lost)?;
    if !reply.is_ok() {
        return Err(Failure::new(
            Step::Sender,
            Trouble::SenderRefused,
            reply.said(),
        ));
    }
    connection.reset().await.map_err(lost)?;
    tries.ok(Side::Smtp, Step::Sender, None, since);
    connection.bye().await;
    Ok(())
}
