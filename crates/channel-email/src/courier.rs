//! Carries mail out: written once, handed over with an answer for each recipient, and never twice by mistake.
//!
//! Before a mail is handed over, that is stored. If the process ends before the answer is, nobody knows whether the mail left;
//! then the folder of what was sent is asked, and after that a person.

mod judge;

use std::sync::{Arc, Weak};

use plugboard_blob::Digest;
use plugboard_channel::mailbox::{Step, Trouble};
use plugboard_domain::{
    Actor, Command, Envelope, Principal,
    channel::ChannelKind,
    desk::Inbox,
    ids::ConversationId,
    mail::{Mail, MailAddress, Recipient, RecipientRole, RecipientState},
    message::Delivery,
    outbox::{Attempt, Job, OutboxEntry},
};
use plugboard_engine::{Courier, Engine};
use plugboard_store::MessageView;
use tracing::warn;

use self::judge::{judge, later, refuse, refused, to_try, uncertain};
use crate::{
    access, compose,
    health::Way,
    host::{Shared, alive},
    imap::Credential,
    net::{self, Failure},
    sent,
    settings::{EmailSettings, SmtpSettings},
    smtp::{Handed, Reply, Smtp},
};

/// Mails of a conversation that are looked at for whom an answer goes to.
const THREAD_MAX: usize = 50;

/// Carries mail out.
pub(crate) struct MailCourier {
    host: Weak<Shared>,
}

/// How a try ended that did not reach the end.
pub(crate) enum Stopped {
    /// It may work later.
    Later(Failure),
    /// It never will.
    Never(String),
    /// The desk failed.
    Desk(String),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Later(failure)
    }
}

/// What is to be sent.
pub(crate) struct Task<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) engine: &'a Engine,
    pub(crate) inbox: &'a Inbox,
    pub(crate) settings: &'a EmailSettings,
    pub(crate) message: &'a MessageView,
    pub(crate) conversation_id: ConversationId,
}

impl MailCourier {
    pub(crate) fn new(host: Weak<Shared>) -> Self {
        Self { host }
    }
}

#[async_trait::async_trait]
impl Courier for MailCourier {
    fn takes(&self, job: &Job) -> bool {
        let Job::Deliver { inbox_id, .. } = job else {
            return false;
        };
        let host = alive(&self.host);
        let desk = host.as_ref().and_then(|it| it.engine()).map(Engine::desk);
        desk.as_ref()
            .and_then(|it| it.inbox(*inbox_id))
            .is_some_and(|it| it.channel == ChannelKind::Email)
    }

    async fn attempt(&self, engine: &Engine, entry: &OutboxEntry) -> Attempt {
        let Some(shared) = alive(&self.host) else {
            return Attempt::NotYet { after_secs: 60 };
        };
        match carry(&shared, engine, entry).await {
            Ok(attempt) => attempt,
            Err(Stopped::Never(error)) => refused(error),
            Err(Stopped::Desk(error)) => {
                warn!(outbox.id = %entry.id, error, "mail: the desk failed");
                Attempt::NotYet { after_secs: 5 }
            }
            Err(Stopped::Later(failure)) => later(entry, failure.to_string()),
        }
    }
}

async fn carry(
    shared: &Arc<Shared>,
    engine: &Engine,
    entry: &OutboxEntry,
) -> Result<Attempt, Stopped> {
    let Job::Deliver {
        inbox_id,
        conversation_id,
        message_id,
    } = entry.job
    else {
        return Err(Stopped::Never("not a message".into()));
    };
    let desk = engine.desk();
    let inbox = desk.inbox(inbox_id);
    let inbox = inbox.ok_or_else(|| Stopped::Never("the inbox was removed".into()))?;
    let settings = EmailSettings::parse(&inbox.settings);
    let settings = settings.map_err(|why| Stopped::Never(why.to_string()))?;
    let failed = |error: plugboard_store::StoreError| Stopped::Desk(error.to_string());
    let found = engine.store().messages_by_id(vec![message_id]).await;
    let message = found.map_err(failed)?.into_iter().next();
    let message = message.ok_or_else(|| Stopped::Never("the message was removed".into()))?;
    if matches!(
        message.row.delivery,
        Some(Delivery::Sent | Delivery::Delivered | Delivery::Read)
    ) {
        return Ok(Attempt::Done);
    }
    let mails = engine
        .store()
        .mails(vec![message_id])
        .await
        .map_err(failed)?;
    let mail = mails.into_iter().next();
    let mail = mail.ok_or_else(|| Stopped::Never("nothing is known of the mail".into()))?;
    let smtp = settings.smtp.clone();
    let smtp =
        smtp.ok_or_else(|| Stopped::Never("the inbox has no mail server to send by".into()))?;
    let task = Task {
        shared,
        engine,
        inbox,
        settings: &settings,
        message: &message,
        conversation_id,
    };
    task.run(mail, &smtp, entry).await
}

impl Task<'_> {
    async fn run(
        &self,
        mut mail: Mail,
        smtp: &SmtpSettings,
        entry: &OutboxEntry,
    ) -> Result<Attempt, Stopped> {
        if mail
            .recipients
            .iter()
            .any(|it| it.state == RecipientState::Sending)
        {
            return self.interrupted(mail).await;
        }
        if let Some(rate) = smtp.rate_per_minute
            && let Err(wait) = self.shared.paces.take(self.inbox.id, rate)
        {
            let after_secs = wait.as_secs().max(1);
            return Ok(Attempt::NotYet { after_secs });
        }
        if mail.recipients.is_empty() {
            mail.recipients = self.answer_to().await?;
        }
        if mail.recipients.is_empty() {
            return Err(Stopped::Never("nobody is known to send it to".into()));
        }
        let raw = self.written(&mut mail).await?;
        let connected = self.connect(smtp).await;
        let mut connection = match connected {
            Ok(connection) => connection,
            Err(failure) => {
                self.failed(&failure, entry);
                for it in to_try(&mut mail) {
                    it.state = RecipientState::Deferred;
                    it.detail = Some(format!("{:?}", failure.trouble));
                }
                self.keep(&mail).await?;
                return Err(failure.into());
            }
        };
        let outcome = self.hand_over(&mut connection, &mut mail, &raw).await;
        if let Ok(Handed::Answered(_)) = &outcome {
            connection.bye().await;
        }
        let handed = outcome?;
        let attempt = judge(&mut mail, handed, entry);
        self.keep(&mail).await?;
        if matches!(attempt, Attempt::Sent { .. }) {
            let now = self.engine.now();
            self.shared.health.works(self.inbox.id, Way::Out, now);
            self.file(mail.rfc_id.clone().unwrap_or_default(), raw);
        }
        Ok(attempt)
    }

    fn failed(&self, failure: &Failure, entry: &OutboxEntry) {
        let now = self.engine.now();
        let next = judge::wait(entry).map(|it| now + it);
        self.shared
            .health
            .failed(self.inbox.id, Way::Out, failure, next, now);
    }

    /// The bytes of the mail: those of the first try, so that every try is the same mail.
    async fn written(&self, mail: &mut Mail) -> Result<Vec<u8>, Stopped> {
        let failed = |error: plugboard_blob::BlobError| Stopped::Desk(error.to_string());
        if let Some(digest) = mail.raw.as_ref().and_then(|it| it.parse::<Digest>().ok())
            && let Some(blob) = self.shared.blobs.get(digest).await.map_err(failed)?
        {
            return Ok(blob.read_to_end().await.map_err(failed)?.to_vec());
        }
        let raw = compose::write(self, mail).await?;
        let stored = self
            .shared
            .blobs
            .put(raw.clone().into())
            .await
            .map_err(failed)?;
        mail.raw = Some(stored.digest.to_string());
        Ok(raw)
    }

    async fn connect(&self, smtp: &SmtpSettings) -> Result<Smtp, Failure> {
        match self.sign_in(smtp).await {
            // A token can end before its time: then there is a new one at once, if there is any.
            Err(failure)
                if failure.trouble == Trouble::LeaveNeeded && failure.step == Step::SignIn =>
            {
                self.sign_in(smtp).await
            }
            signed => signed,
        }
    }

    async fn sign_in(&self, smtp: &SmtpSettings) -> Result<Smtp, Failure> {
        let patience = self.shared.patience;
        let endpoint = smtp.endpoint();
        let found = net::resolve(&endpoint, patience, &self.shared.trust).await?;
        let name = self.settings.domain();
        let mut connection = Smtp::connect(&endpoint, &found, &name, patience).await?;
        let proof = access::outgoing(self.shared, self.engine, self.inbox, self.settings).await?;
        if let Some((user, credential)) = proof {
            let signed = connection.sign_in(&user, &credential).await;
            if let (Err(_), Credential::Token(token)) = (&signed, &credential) {
                self.shared.tokens.reject(self.inbox.id, token).await;
            }
            signed?;
        }
        Ok(connection)
    }

    /// Whom an answer goes to when nobody said: whoever wrote last, where they want answers.
    async fn answer_to(&self) -> Result<Vec<Recipient>, Stopped> {
        let failed = |error: plugboard_store::StoreError| Stopped::Desk(error.to_string());
        let store = self.engine.store();
        let thread = store
            .mail_thread(self.conversation_id, THREAD_MAX)
            .await
            .map_err(failed)?;
        let last = thread
            .into_iter()
            .find(|it| it.recipients.is_empty() && it.why_here.is_some());
        let mut to: Vec<MailAddress> = Vec::new();
        if let Some(last) = last {
            to = if last.reply_to.is_empty() {
                last.from.into_iter().collect()
            } else {
                last.reply_to
            };
        }
        if to.is_empty() {
            let known = store.reply_to(self.conversation_id).await.map_err(failed)?;
            to.extend(known.address.map(|it| MailAddress {
                name: None,
                address: it.value,
            }));
        }
        let recipients = to.into_iter().map(|to| Recipient {
            to,
            role: RecipientRole::To,
            ..Recipient::default()
        });
        Ok(recipients.collect())
    }

    /// Names sender and recipients, then hands the mail over, if anybody is left to get it.
    async fn hand_over(
        &self,
        connection: &mut Smtp,
        mail: &mut Mail,
        raw: &[u8],
    ) -> Result<Handed, Stopped> {
        // Nobody bounces to the sender of automatic mail: two machines would never end.
        let sender = if mail.auto.is_some() {
            ""
        } else {
            self.settings.address.as_str()
        };
        let unicode = connection.takes_unicode()
            && mail.recipients.iter().any(|it| !it.to.address.is_ascii());
        let lost = |error: std::io::Error| {
            Stopped::Later(Failure::new(
                Step::Sender,
                Trouble::Broken,
                error.to_string(),
            ))
        };
        let reply = connection.sender(sender, unicode).await.map_err(lost)?;
        if !reply.is_ok() {
            return Ok(Handed::Answered(reply));
        }
        for recipient in to_try(mail) {
            let address = plugboard_mail::sendable(&recipient.to.address);
            let address = address.unwrap_or_else(|| recipient.to.address.clone());
            if !address.is_ascii() && !unicode {
                recipient.state = RecipientState::Failed;
                recipient.detail =
                    Some("5.6.7 the server takes no such letters in addresses".into());
                continue;
            }
            let reply = connection.recipient(&address).await.map_err(lost)?;
            if reply.is_ok() {
                recipient.state = RecipientState::Sending;
                recipient.detail = None;
            } else {
                refuse(recipient, &reply);
            }
        }
        if !mail
            .recipients
            .iter()
            .any(|it| it.state == RecipientState::Sending)
        {
            let worst = Reply {
                code: if mail
                    .recipients
                    .iter()
                    .any(|it| it.state == RecipientState::Deferred)
                {
                    450
                } else {
                    550
                },
                lines: mail
                    .recipients
                    .iter()
                    .filter_map(|it| it.detail.clone())
                    .take(1)
                    .collect(),
            };
            return Ok(Handed::Answered(worst));
        }
        // From here on it is known that a try was made, whatever happens to this process.
        self.keep(mail).await?;
        Ok(connection.hand_over(raw).await)
    }

    /// An earlier try never ended.
    async fn interrupted(&self, mut mail: Mail) -> Result<Attempt, Stopped> {
        let found = sent::has(self, mail.rfc_id.as_deref().unwrap_or_default()).await;
        let state = if found {
            RecipientState::Sent
        } else {
            RecipientState::Uncertain
        };
        for it in &mut mail.recipients {
            if it.state == RecipientState::Sending {
                it.state = state;
            }
        }
        self.keep(&mail).await?;
        Ok(if found {
            Attempt::Sent { external_id: None }
        } else {
            uncertain("the desk stopped while the mail was handed over")
        })
    }

    async fn keep(&self, mail: &Mail) -> Result<(), Stopped> {
        let command = Command::KeepMail(Box::new(mail.clone()));
        let envelope = Envelope::new(Principal::System("mail"), command);
        let kept = self.engine.execute(envelope).await;
        kept.map(|_| ())
            .map_err(|error| Stopped::Desk(error.to_string()))
    }

    /// Files a copy where the mailbox keeps what was sent, beside everything else.
    fn file(&self, rfc_id: String, raw: Vec<u8>) {
        let automatic = !matches!(self.message.row.author, Actor::Agent { .. });
        let wanted = self.settings.imap.as_ref().is_some_and(|it| it.save_sent);
        if automatic || !wanted {
            return;
        }
        let (shared, engine) = (self.shared.clone(), self.engine.clone());
        let (inbox, settings) = (self.inbox.clone(), self.settings.clone());
        self.shared.tasks.spawn(async move {
            sent::file(&shared, &engine, &inbox, &settings, &rfc_id, &raw).await;
        });
    }
}
