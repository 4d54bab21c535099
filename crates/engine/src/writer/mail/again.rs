//! A mail was read again from its source: by a better decoder, or in the characters that somebody names.

use plugboard_domain::{
    Event, Rejection,
    access::Permission,
    contact::Profile,
    mail::{Mail, ReadAgain},
    message::{Amendment, MessageKind, TEXT_CHARS_MAX},
};
use plugboard_store::{Said, Write};

use super::save;
use crate::{
    handle::Outcome,
    writer::{
        contacts::change_profile,
        txn::{Stop, Txn},
    },
};

/// What it says changes, and nothing else does: where it is, who wrote it, what was found out about it.
pub(in crate::writer) fn read_again(txn: &mut Txn<'_>, it: &ReadAgain) -> Result<Outcome, Stop> {
    let message = txn
        .message(it.message_id)?
        .filter(|it| it.kind == MessageKind::Inbound)
        .ok_or(Rejection::NotFound("mail"))?;
    let known = txn.mail(message.id)?.ok_or(Rejection::NotFound("mail"))?;
    let conversation = txn.existing(message.conversation_id)?;
    txn.grants()
        .require_on(Permission::ConversationsManage, &conversation)?;
    let said = txn.said(message.id)?.ok_or(Rejection::NotFound("mail"))?;
    if said.taken_back {
        return Err(Rejection::conflict("the mail is not there any more").into());
    }
    if it.text.chars().count() > TEXT_CHARS_MAX || it.text.contains('\0') {
        return Err(Rejection::invalid("the text of a mail is too long").into());
    }
    let mail = as_read(&known, &it.mail);
    let same_text = said.text == it.text;
    let outcome = Outcome {
        conversation_id: Some(conversation.id),
        ..Outcome::default()
    };
    if same_text && mail == known && it.names.is_empty() {
        return Ok(Outcome {
            repeated: true,
            ..outcome
        });
    }
    for (id, name) in &it.names {
        let Some(mut file) = txn.attachment(*id)? else {
            return Err(Rejection::NotFound("attachment").into());
        };
        file.name.clone_from(name);
        txn.facts().attachments.insert(*id, Some(file));
        txn.write(Write::RenameFile(*id, name.clone()));
    }
    if !same_text {
        let text = it.text.clone();
        let now = Said {
            text: text.clone(),
            taken_back: false,
        };
        txn.facts().said.insert(message.id, Some(now));
        let at = txn.now();
        txn.write(Write::Amend(message.id, Amendment::ReadAgain { text }, at));
    }
    save(txn, mail);
    if let Some((id, name)) = &it.contact_name {
        let profile = Profile {
            name: Some(name.clone()),
            ..Profile::default()
        };
        change_profile(txn, *id, &profile)?;
    }
    let message_id = message.id;
    txn.emit(
        Some(conversation.id),
        vec![Event::MessageEdited { message_id }],
    )?;
    Ok(outcome)
}

/// What the source says now, beside what was known of the mail apart from it.
fn as_read(known: &Mail, read: &Mail) -> Mail {
    Mail {
        subject: read.subject.clone(),
        topic: read.topic.clone(),
        // The address is who it is; a better reading gives the name.
        from: match (&known.from, &read.from) {
            (Some(known), Some(read)) if known.address == read.address => Some(read.clone()),
            _ => known.from.clone(),
        },
        reply_to: read.reply_to.clone(),
        to: read.to.clone(),
        cc: read.cc.clone(),
        html: read.html.clone(),
        remote_images: read.remote_images,
        problems: read.problems.clone(),
        charset: read.charset.clone(),
        ..known.clone()
    }
}
