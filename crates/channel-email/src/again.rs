//! A mail that was taken in is read again from its source: a decoder was mended, or a person sees that it was read in the
//! wrong charset.

use bytes::Bytes;
use plugboard_blob::{BlobError, Blobs, Digest};
use plugboard_channel::mailbox::Unread;
use plugboard_domain::{
    command::StoredFile,
    ids::AttachmentId,
    mail::{Mail, ReadAgain},
};
use plugboard_mail::Options;

use crate::ingest::{
    reading::{cleaned, text},
    stated_facts,
};

/// Reads it, and stores its HTML.
pub(crate) async fn read_again(
    blobs: &Blobs,
    known: &Mail,
    files: &[StoredFile],
    usual: Option<String>,
    charset: Option<&str>,
) -> Result<ReadAgain, Unread> {
    let mut options = usual.map_or_else(Options::default, Options::with_charset);
    if let Some(label) = charset {
        options = options.in_charset(label).ok_or(Unread::UnknownCharset)?;
    }
    // A placeholder has the head of a mail only: read again, it would look like the whole.
    if known.problems.iter().any(|it| it == "unreadable") {
        return Err(Unread::NoSource);
    }
    let digest = known.raw.as_ref().and_then(|it| it.parse::<Digest>().ok());
    let raw = match digest {
        Some(digest) => blobs.get(digest).await.map_err(failed)?,
        None => None,
    };
    let raw = raw.ok_or(Unread::NoSource)?;
    let raw = raw.read_to_end().await.map_err(failed)?;
    let (before, kept) = (known.clone(), files.to_vec());
    let read = tokio::task::spawn_blocking(move || read(&raw, &options, &before, &kept));
    let (mut again, html) = read
        .await
        .map_err(|error| Unread::Unavailable(format!("reading a mail broke off: {error}")))?;
    if let Some(html) = html {
        let stored = blobs.put(html).await.map_err(failed)?;
        again.mail.html = Some(stored.digest.to_string());
    }
    Ok(again)
}

fn failed(error: BlobError) -> Unread {
    Unread::Unavailable(error.to_string())
}

fn read(
    raw: &[u8],
    options: &Options,
    known: &Mail,
    files: &[StoredFile],
) -> (ReadAgain, Option<Bytes>) {
    let mut mail = plugboard_mail::decode(raw, options);
    let ids = matched(&mail.parts, files);
    let clean = cleaned(&mut mail, &ids);
    let mut facts = stated_facts(known.message_id, known.inbox_id, &mail);
    facts.charset.clone_from(&options.charset);
    facts.remote_images = clean.as_ref().map_or(0, |it| it.remote_images);
    let names = mail.parts.iter().zip(&ids).filter_map(|(part, id)| {
        let file = files.iter().find(|it| Some(it.id) == *id)?;
        (file.name != part.name).then(|| (file.id, part.name.clone()))
    });
    let again = ReadAgain {
        message_id: known.message_id,
        names: names.collect(),
        contact_name: None,
        text: text(&mail, !files.is_empty()),
        mail: facts,
    };
    (again, clean.map(|it| it.html.into()))
}

/// Which file of the message each part is: the next one with its bytes. What a decoder finds only now has none.
fn matched(parts: &[plugboard_mail::Part], files: &[StoredFile]) -> Vec<Option<AttachmentId>> {
    let mut left: Vec<&StoredFile> = files.iter().collect();
    let mut find = |part: &plugboard_mail::Part| {
        let digest = Digest::of(&part.bytes).to_string();
        let at = left.iter().position(|it| it.sha256 == digest)?;
        Some(left.remove(at).id)
    };
    parts.iter().map(&mut find).collect()
}
