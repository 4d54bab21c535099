//! From the bytes of a mail to the command that takes it in.

pub(crate) mod reading;

use std::sync::Arc;

use bytes::Bytes;
use plugboard_blob::Blobs;
use plugboard_domain::{
    Actor, Timestamp,
    command::{Sender, StoredFile},
    contact::{Address, IdentityKind, Profile},
    desk::Inbox,
    ids::{AttachmentId, InboxId, MessageId},
    mail::{
        Mail, MailAddress, MailMark, MailOrigin, MailPlace, MailReport, OriginCheck, Stir,
        TakeMail, domain_of,
    },
    message::{ATTACHMENTS_MAX, MessageDraft},
};
use plugboard_engine::Engine;
use plugboard_mail::{Authentication, Auto, Circle, Link, Mailbox, Options, Verdict, thread::Keys};
use tracing::warn;

use self::reading::{Read, read, text, translate};
use crate::{
    dns::Resolver,
    origin::{self, Seen},
    placing,
    settings::EmailSettings,
};

/// The address of whoever wrote a mail that does not say it.
const NOBODY: &str = "unknown@sender.invalid";

/// Longest media type that is kept.
const MEDIA_TYPE_MAX: usize = 200;

/// Nothing can be taken in now: the desk or its files are not there. It may be tried again.
#[derive(Debug, thiserror::Error)]
#[error("the desk cannot take mail now: {0}")]
pub(crate) struct Unavailable(pub(crate) String);

/// Where a mail goes.
pub(crate) struct Into<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) blobs: &'a Blobs,
    pub(crate) inbox: &'a Inbox,
    pub(crate) settings: &'a EmailSettings,
    /// Addresses that are the desk's own, small letters.
    pub(crate) own: &'a [String],
    /// It was found among what was sent.
    pub(crate) sent: bool,
    /// What the names of conversations are signed with.
    pub(crate) keys: &'a Keys,
    /// Who is asked where mails are from.
    pub(crate) resolver: &'a Resolver,
}

/// A mail that was read, with its files stored.
pub(crate) struct Prepared {
    /// Without the bytes of its parts.
    pub(crate) mail: plugboard_mail::Mail,
    links: Vec<plugboard_mail::Link>,
    files: Vec<StoredFile>,
    facts: Mail,
    text: String,
    pub(crate) fingerprint: String,
    report: Option<MailReport>,
    origin: Authentication,
}

/// Reads a mail and stores its source, its files and its HTML. Whatever the bytes are, this succeeds if the files can be stored.
pub(crate) async fn prepare(
    to: &Into<'_>,
    raw: Vec<u8>,
    seen: Seen,
) -> Result<Prepared, Unavailable> {
    let raw = Bytes::from(raw);
    let failed = |error: plugboard_blob::BlobError| Unavailable(error.to_string());
    let stored = to.blobs.put(raw.clone()).await.map_err(failed)?;
    let options = match &to.settings.default_charset {
        Some(label) => Options::with_charset(label.clone()),
        None => Options::default(),
    };
    let engine = to.engine.clone();
    let settings = to.settings.clone();
    let looks = to.resolver.is_on();
    let read = tokio::task::spawn_blocking(move || {
        let mut found = read(&raw, &options, &engine);
        if looks {
            found.check = origin::begin(&raw, &found.mail, &seen, &settings, engine.now());
        }
        found
    });
    let Read {
        mut mail,
        fingerprint,
        report,
        ids,
        clean,
        check,
    } = read
        .await
        .map_err(|error| Unavailable(format!("reading a mail broke off: {error}")))?;
    let origin = match check {
        Some(check) => origin::finish(check, to.resolver).await,
        None => stated(to, &mail),
    };
    let mut facts = stated_facts(to.engine.mint(), to.inbox.id, &mail);
    facts.raw = Some(stored.digest.to_string());
    let mut links = Vec::new();
    if let Some(clean) = clean {
        let stored = to.blobs.put(clean.html.into()).await.map_err(failed)?;
        facts.html = Some(stored.digest.to_string());
        facts.remote_images = clean.remote_images;
        links = clean.links;
    }
    let files = store_files(to, &mut mail, &mut facts, &ids).await?;
    let text = text(&mail, !files.is_empty());
    Ok(Prepared {
        report: report.map(|it| translate(&mail, it)),
        mail,
        links,
        files,
        facts,
        text,
        fingerprint,
        origin,
    })
}

/// What the source of a mail says.
pub(crate) fn stated_facts(
    message_id: MessageId,
    inbox_id: InboxId,
    mail: &plugboard_mail::Mail,
) -> Mail {
    let mut facts = Mail::new(message_id, inbox_id);
    facts.rfc_id.clone_from(&mail.message_id);
    facts.in_reply_to = mail.in_reply_to.first().cloned();
    facts.references.clone_from(&mail.references);
    let known: Vec<_> = facts
        .references
        .iter()
        .chain(&facts.in_reply_to)
        .cloned()
        .collect();
    let more = mail.in_reply_to.iter().filter(|it| !known.contains(it));
    facts.references.extend(more.cloned());
    facts.subject = Some(mail.subject.clone());
    facts.from = mail.from.as_ref().map(address);
    let from = mail.from.as_ref().map(|it| it.address.to_lowercase());
    let elsewhere = mail
        .reply_to
        .iter()
        .filter(|it| Some(it.address.to_lowercase()) != from);
    facts.reply_to = elsewhere.map(address).collect();
    facts.to = mail.to.iter().map(address).collect();
    facts.cc = mail.cc.iter().map(address).collect();
    facts.date = mail.date;
    facts.auto = (mail.auto != Auto::No).then(|| mail.auto.key().to_owned());
    facts.problems = mail.problems.iter().map(|it| it.key().to_owned()).collect();
    facts.topic = plugboard_mail::thread::normalise(&mail.subject);
    facts
}

fn address(mailbox: &Mailbox) -> MailAddress {
    MailAddress {
        name: Some(mailbox.name.clone()).filter(|it| !it.is_empty()),
        address: mailbox.address.clone(),
    }
}

/// Stores parts as files of the message, as many as it may have; the rest stays in the source.
async fn store_files(
    to: &Into<'_>,
    mail: &mut plugboard_mail::Mail,
    facts: &mut Mail,
    ids: &[AttachmentId],
) -> Result<Vec<StoredFile>, Unavailable> {
    let mut files = Vec::new();
    let parts = std::mem::take(&mut mail.parts);
    let left_out = parts.len().saturating_sub(ATTACHMENTS_MAX);
    facts.left_out = u32::try_from(left_out).unwrap_or(u32::MAX);
    for (mut part, id) in parts.into_iter().zip(ids.iter().copied()) {
        let size = part.bytes.len() as u64;
        let bytes = Bytes::from(std::mem::take(&mut part.bytes));
        let stored = to.blobs.put(bytes).await;
        let stored = stored.map_err(|error| Unavailable(error.to_string()))?;
        if part.inline {
            facts.inline.push(id);
        }
        let content_type: String = part.content_type.chars().take(MEDIA_TYPE_MAX).collect();
        files.push(StoredFile {
            id,
            owner: Actor::system("mail"),
            sha256: stored.digest.to_string(),
            name: part.name.clone(),
            content_type,
            size,
        });
        mail.parts.push(part);
    }
    Ok(files)
}

impl Prepared {
    /// Everything that later mails may refer to this one by, and that it refers to.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &String> {
        let mail = &self.mail;
        mail.message_id
            .iter()
            .chain(&mail.in_reply_to)
            .chain(&mail.references)
    }

    /// The command that takes it in. Looks up where it belongs.
    pub(crate) async fn command(
        self,
        to: &Into<'_>,
        arrived: Option<Timestamp>,
        mark: Option<MailMark>,
    ) -> Result<TakeMail, Unavailable> {
        let placement = placing::place(to, &self.mail).await?;
        let Self {
            mail,
            links,
            files,
            mut facts,
            text,
            fingerprint,
            report,
            origin,
        } = self;
        let from = mail.from.as_ref().map(|it| it.address.to_lowercase());
        let own = to.sent || from.as_ref().is_some_and(|it| to.own.contains(it));
        // The time is the server's: a sender's clock can say anything.
        facts.date = facts.date.or(arrived);
        facts.why_here = Some(placement.why.to_owned());
        facts.related = placement.related;
        facts.origin = Some(found(&origin));
        facts.warnings = warnings(to, &mail, &origin, &links).await?;
        // Servers keep whole seconds.
        let second = std::time::Duration::from_secs(1);
        let old = arrived.is_some_and(|at| at + second < to.inbox.created_at);
        let stir = if to.sent {
            Stir::Sent
        } else if old && mark.is_some() {
            Stir::Backfill
        } else if mail.auto.wants_answer() {
            Stir::Live
        } else {
            Stir::Automatic
        };
        let name = mail.from.as_ref().map(|it| it.name.clone());
        let value = from.unwrap_or_else(|| NOBODY.to_owned());
        Ok(TakeMail {
            inbox_id: to.inbox.id,
            from: Sender::Address {
                profile: Profile {
                    name: name.filter(|it| !it.is_empty()),
                    email: Some(value.clone()),
                    ..Profile::default()
                },
                address: Address {
                    kind: IdentityKind::Email,
                    scope: String::new(),
                    value,
                },
                verified: origin.verified,
            },
            draft: MessageDraft {
                id: facts.message_id,
                text,
                attachments: Vec::new(),
                client_id: None,
            },
            files,
            mail: facts,
            fingerprint,
            place: placement.place,
            conversation_id: to.engine.mint(),
            stir,
            report: report.filter(|_| !to.sent),
            own,
            mark,
        })
    }
}

/// What checks of a mail's origin found, by the mail server that the inbox trusts.
fn stated(to: &Into<'_>, mail: &plugboard_mail::Mail) -> Authentication {
    plugboard_mail::authentication(mail, &to.settings.trusted())
}

/// The same in the desk's words.
fn found(origin: &Authentication) -> MailOrigin {
    let check = |verdict| match verdict {
        Verdict::None => OriginCheck::None,
        Verdict::Pass => OriginCheck::Pass,
        Verdict::Fail => OriginCheck::Fail,
        Verdict::Error => OriginCheck::Error,
    };
    MailOrigin {
        spf: check(origin.spf),
        dkim: check(origin.dkim),
        dmarc: check(origin.dmarc),
        by: origin.checked_by.clone(),
    }
}

/// What a reader should be wary of, as `kind` or `kind:detail`.
async fn warnings(
    to: &Into<'_>,
    mail: &plugboard_mail::Mail,
    origin: &Authentication,
    links: &[Link],
) -> Result<Vec<String>, Unavailable> {
    let from = mail.from.as_ref().map(|it| it.address.to_lowercase());
    let known = match from {
        Some(value) => {
            let address = Address {
                kind: IdentityKind::Email,
                scope: String::new(),
                value,
            };
            let found = to.engine.store().identity(address).await;
            found
                .map_err(|error| Unavailable(error.to_string()))?
                .is_some()
        }
        None => false,
    };
    let desk = to.engine.desk();
    let circle = Circle {
        names: desk
            .agents()
            .map(|it| it.name.clone())
            .chain(to.settings.from_name.clone())
            .collect(),
        addresses: to.own.to_vec(),
        hosts: to.own.iter().map(|it| domain_of(it)).collect(),
        knows_sender: known,
    };
    let found = plugboard_mail::warnings(mail, origin, &circle, links);
    let words = found.into_iter().map(|it| {
        if it.detail.is_empty() {
            it.kind.key().to_owned()
        } else {
            format!("{}:{}", it.kind.key(), it.detail)
        }
    });
    Ok(words.collect())
}

/// What stands where a mail could not be read, so that somebody sees it and nothing is lost in silence.
pub(crate) async fn placeholder(
    to: &Into<'_>,
    head: Option<Vec<u8>>,
    fingerprint: String,
    why: &str,
) -> Result<TakeMail, Unavailable> {
    warn!(inbox.id = %to.inbox.id, why, "a mail could not be read; a placeholder stands for it");
    metrics::counter!("plugboard_mail_quarantined_total").increment(1);
    let prepared = prepare(to, head.unwrap_or_default(), Seen::Anyhow).await?;
    let mut command = prepared.command(to, None, None).await?;
    let subject = command.mail.subject.clone().unwrap_or_default();
    let words = format!(
        "{subject}\n\nThis mail could not be read ({why}). It is still in its mailbox.\n\
         \u{8fd9}\u{5c01}\u{90ae}\u{4ef6}\u{65e0}\u{6cd5}\u{8bfb}\u{53d6}\u{ff08}{why}\u{ff09}\u{ff0c}\u{4ecd}\u{5728}\u{90ae}\u{7bb1}\u{4e2d}\u{3002}"
    );
    words.trim_start().clone_into(&mut command.draft.text);
    command.fingerprint = fingerprint;
    command.report = None;
    command.mail.problems.push("unreadable".to_owned());
    // Its id is its own when it can be read one day.
    command.mail.rfc_id = None;
    command.place = MailPlace::New;
    command.stir = Stir::Live;
    command.own = true;
    Ok(command)
}

/// The addresses of the desk's own email inboxes, small letters.
pub(crate) fn own_addresses(engine: &Engine) -> Arc<[String]> {
    let desk = engine.desk();
    desk.inboxes()
        .filter_map(|it| it.mail_address())
        .map(str::to_lowercase)
        .collect()
}
