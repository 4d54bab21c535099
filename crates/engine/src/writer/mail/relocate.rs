//! A person puts a mail where it belongs: into another conversation of the inbox, or into one of its own.

use plugboard_domain::{
    Event, Rejection,
    access::Permission,
    conversation,
    mail::{MailPlace, MoveMail},
    message::{Amendment, MessageKind},
};
use plugboard_store::{Said, Write};

use super::{become_message, save};
use crate::{
    handle::Outcome,
    writer::{
        receive,
        txn::{Stop, Txn},
    },
};

/// Why a mail is no longer where it was.
const MOVED_AWAY: &str = "moved_away";

/// There it comes in anew, so that clocks, routing and answers see it; here it is taken away. Its source is one and the same.
pub(in crate::writer) fn relocate(txn: &mut Txn<'_>, it: &MoveMail) -> Result<Outcome, Stop> {
    let message = txn
        .message(it.message_id)?
        .filter(|it| it.kind == MessageKind::Inbound)
        .ok_or(Rejection::NotFound("mail"))?;
    let mut mail = txn.mail(message.id)?.ok_or(Rejection::NotFound("mail"))?;
    let from = txn.existing(message.conversation_id)?;
    txn.grants()
        .require_on(Permission::ConversationsManage, &from)?;
    let said = txn.said(message.id)?;
    if said.is_none_or(|it| it.taken_back) {
        return Err(Rejection::conflict("the mail is not there any more").into());
    }
    if let MailPlace::Put(id) = it.take.place {
        let to = txn.existing(id)?;
        txn.grants()
            .require_on(Permission::ConversationsManage, &to)?;
        if to.id == from.id {
            return Err(Rejection::invalid("the mail is in this conversation already").into());
        }
        if to.inbox_id != mail.inbox_id {
            return Err(Rejection::invalid("the other conversation is of another inbox").into());
        }
    }
    let inbox = receive::inbox(txn, mail.inbox_id)?;
    let message_id = message.id;
    let gone = Said {
        text: String::new(),
        taken_back: true,
    };
    txn.facts().said.insert(message_id, Some(gone));
    let at = txn.now();
    txn.write(Write::Amend(message_id, Amendment::TakenBack, at));
    txn.emit(Some(from.id), vec![Event::MessageTakenBack { message_id }])?;
    let left = txn.existing(from.id)?;
    let events = txn.decide(|context| Ok(conversation::resolve_emptied(&left, context)))?;
    txn.emit(Some(from.id), events)?;
    let outcome = become_message(txn, &inbox, &it.take)?;
    mail.why_here = Some(MOVED_AWAY.to_owned());
    mail.related = outcome.conversation_id;
    save(txn, mail);
    Ok(outcome)
}
