//! What an outgoing mail consists of: gathered from the desk, written by [`plugboard_mail::compose`].

use plugboard_blob::{BlobError, Digest};
use plugboard_domain::{
    Actor,
    command::StoredFile,
    mail::{Mail, MailAddress, RecipientRole},
    message::MessageKind,
};
use plugboard_mail::{Automatic, File, Language, Mailbox, Outgoing, Quote, thread};

use crate::courier::{Stopped, Task};

/// Mails of a conversation that are looked at for what is answered.
const THREAD_MAX: usize = 50;

/// Ids of a chain that are written.
const REFERENCES_MAX: usize = 30;

/// Where the agent app finds a file: what the HTML of an answer shows pictures by.
const FILE_PATH: &str = "/api/v1/attachments/";

/// Writes the mail of a message.
pub(crate) async fn write(task: &Task<'_>, mail: &mut Mail) -> Result<Vec<u8>, Stopped> {
    let outgoing = gather(task, mail).await?;
    let written = tokio::task::spawn_blocking(move || plugboard_mail::compose(&outgoing));
    written
        .await
        .map_err(|error| Stopped::Desk(format!("writing a mail broke off: {error}")))
}

async fn gather(task: &Task<'_>, mail: &mut Mail) -> Result<Outgoing, Stopped> {
    let store = task.engine.store();
    let thread = store.mail_thread(task.conversation_id, THREAD_MAX).await;
    let thread = thread.map_err(|error| Stopped::Desk(error.to_string()))?;
    let earlier: Vec<&Mail> = thread
        .iter()
        .filter(|it| it.message_id != mail.message_id)
        .collect();
    let answered = earlier
        .iter()
        .find(|it| it.rfc_id.is_some() && it.recipients.is_empty());
    let answered = answered.or_else(|| earlier.iter().find(|it| it.rfc_id.is_some()));
    let (in_reply_to, references) = chain(answered.copied());
    if mail.subject.is_none() {
        mail.subject = Some(subject(&earlier, &task.inbox.name));
    }
    mail.in_reply_to.clone_from(&in_reply_to);
    mail.references.clone_from(&references);
    let text = task.message.row.text.clone();
    let automatic = !matches!(task.message.row.author, Actor::Agent { .. });
    let quote = if mail.quote && !automatic {
        quote(task, answered.copied()).await?
    } else {
        None
    };
    let html = match &mail.html {
        Some(digest) => Some(text_of(task, digest).await?),
        None => None,
    };
    let (html, files) = files(task, html).await?;
    let language = if text.chars().any(is_han) {
        Language::Chinese
    } else {
        Language::English
    };
    let with = |role| {
        let all = mail.recipients.iter().filter(move |it| it.role == role);
        all.map(|it| mailbox(&it.to)).collect::<Vec<_>>()
    };
    Ok(Outgoing {
        from: Mailbox::new(
            task.settings.from_name.clone().unwrap_or_default(),
            &task.settings.address,
        ),
        reply_to: task.settings.plus_addresses.then(|| {
            let address = thread::reply_address(
                &task.shared.keys,
                &task.settings.address,
                task.conversation_id.0,
            );
            Mailbox::new(
                task.settings.from_name.clone().unwrap_or_default(),
                &address,
            )
        }),
        to: with(RecipientRole::To),
        cc: with(RecipientRole::Cc),
        bcc: with(RecipientRole::Bcc),
        subject: mail.subject.clone().unwrap_or_default(),
        message_id: mail.rfc_id.clone().unwrap_or_default(),
        in_reply_to,
        references,
        date: task.message.row.at,
        text,
        html,
        signature: task
            .settings
            .signature
            .clone()
            .filter(|it| !automatic && !it.is_empty()),
        quote,
        files,
        automatic: if automatic {
            Automatic::Reply
        } else {
            Automatic::No
        },
        language,
    })
}

fn mailbox(address: &MailAddress) -> Mailbox {
    Mailbox::new(address.name.clone().unwrap_or_default(), &address.address)
}

fn is_han(letter: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&letter)
}

/// `In-Reply-To` and `References` of an answer.
fn chain(answered: Option<&Mail>) -> (Option<String>, Vec<String>) {
    let Some(answered) = answered else {
        return (None, Vec::new());
    };
    let mut references = answered.references.clone();
    if references.is_empty() {
        references.extend(answered.in_reply_to.clone());
    }
    references.retain(|it| Some(it) != answered.rfc_id.as_ref());
    references.extend(answered.rfc_id.clone());
    let from = references.len().saturating_sub(REFERENCES_MAX);
    (answered.rfc_id.clone(), references.split_off(from))
}

/// The subject of an answer: that of the thread, stable, with one prefix.
fn subject(earlier: &[&Mail], inbox: &str) -> String {
    let newest = earlier.iter().filter_map(|it| it.subject.as_deref());
    let found = newest.map(str::trim).find(|it| !it.is_empty());
    match found {
        None => format!("Re: {inbox}"),
        Some(subject) if has_prefix(subject) => subject.to_owned(),
        Some(subject) => format!("Re: {subject}"),
    }
}

/// True when it says already that it answers.
fn has_prefix(subject: &str) -> bool {
    let lower = subject.to_lowercase();
    [
        "re:",
        "re\u{ff1a}",
        "\u{56de}\u{590d}:",
        "\u{56de}\u{590d}\u{ff1a}",
        "\u{7b54}\u{590d}:",
        "\u{7b54}\u{590d}\u{ff1a}",
        "\u{56de}\u{8986}:",
        "aw:",
        "sv:",
    ]
    .iter()
    .any(|it| lower.starts_with(it))
}

async fn quote(task: &Task<'_>, answered: Option<&Mail>) -> Result<Option<Quote>, Stopped> {
    let Some(answered) = answered else {
        return Ok(None);
    };
    let store = task.engine.store();
    let found = store.messages_by_id(vec![answered.message_id]).await;
    let found = found.map_err(|error| Stopped::Desk(error.to_string()))?;
    let Some(message) = found.into_iter().next() else {
        return Ok(None);
    };
    let html = match (&answered.html, message.row.kind) {
        // What came in was cleaned before it was stored.
        (Some(digest), MessageKind::Inbound)
            if task.message.row.text.is_empty() || has_html(task).await =>
        {
            Some(text_of(task, digest).await?)
        }
        _ => None,
    };
    let from = answered.from.as_ref().map(mailbox).unwrap_or_default();
    let at = answered.date.unwrap_or(message.row.at);
    Ok(Some(Quote {
        from,
        when: Some(at.to_zoned(jiff::tz::TimeZone::system())),
        text: message.row.text,
        html,
    }))
}

async fn has_html(task: &Task<'_>) -> bool {
    let mails = task.engine.store().mails(vec![task.message.row.id]).await;
    mails.is_ok_and(|it| it.first().is_some_and(|it| it.html.is_some()))
}

/// The files of the message; those that the HTML shows get an id, by which it shows them.
async fn files(
    task: &Task<'_>,
    mut html: Option<String>,
) -> Result<(Option<String>, Vec<File>), Stopped> {
    let mut files = Vec::with_capacity(task.message.files.len());
    for file in &task.message.files {
        let bytes = load(task, &file.sha256).await?;
        let shown = html
            .as_mut()
            .and_then(|html| show(html, file, &task.settings.domain()));
        files.push(File {
            name: file.name.clone(),
            content_type: file.content_type.clone(),
            content_id: shown,
            bytes,
        });
    }
    Ok((html, files))
}

fn show(html: &mut String, file: &StoredFile, domain: &str) -> Option<String> {
    let path = format!("{FILE_PATH}{}", file.id);
    if !html.contains(&path) {
        return None;
    }
    let id = format!("{}@{domain}", file.id);
    *html = html.replace(&path, &format!("cid:{id}"));
    Some(id)
}

async fn text_of(task: &Task<'_>, digest: &str) -> Result<String, Stopped> {
    let bytes = load(task, digest).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn load(task: &Task<'_>, digest: &str) -> Result<Vec<u8>, Stopped> {
    let failed = |error: BlobError| Stopped::Desk(error.to_string());
    let digest: Digest = digest
        .parse()
        .map_err(|_| Stopped::Never("a file of the mail has no name".into()))?;
    let blob = task.shared.blobs.get(digest).await.map_err(failed)?;
    let blob = blob.ok_or_else(|| Stopped::Never("a file of the mail is gone".into()))?;
    Ok(blob.read_to_end().await.map_err(failed)?.to_vec())
}

#[cfg(test)]
mod tests {
    use plugboard_domain::ids::{InboxId, MessageId};
    use uuid::Uuid;

    use super::*;

    fn mail(rfc_id: &str, subject: &str) -> Mail {
        let mut mail = Mail::new(MessageId(Uuid::nil()), InboxId(Uuid::nil()));
        mail.rfc_id = Some(rfc_id.into());
        mail.subject = Some(subject.into());
        mail
    }

    #[test]
    fn answer_names_the_whole_chain() {
        let mut answered = mail("c@x", "Hello");
        answered.references = vec!["a@x".into(), "b@x".into()];
        let (reply, chain) = chain(Some(&answered));
        assert_eq!(reply.as_deref(), Some("c@x"));
        assert_eq!(chain, ["a@x", "b@x", "c@x"]);
    }

    #[test]
    fn subject_stays_and_has_one_prefix() {
        assert_eq!(subject(&[&mail("a@x", "Hello")], "Shop"), "Re: Hello");
        assert_eq!(subject(&[&mail("a@x", "RE: Hello")], "Shop"), "RE: Hello");
        let chinese = "\u{56de}\u{590d}\u{ff1a}\u{8ba2}\u{5355}";
        assert_eq!(subject(&[&mail("a@x", chinese)], "Shop"), chinese);
        assert_eq!(subject(&[], "Shop"), "Re: Shop");
    }
}
