//! Mail comes in, goes out, and is accounted for.

mod again;
mod elsewhere;
mod folders;
mod outgoing;
mod relocate;
mod senders;

use plugboard_domain::{
    Actor,
    conversation::{Conversation, Status},
    desk::Inbox,
    ids::{ConversationId, InboxId, MessageId},
    mail::{
        Mail, MailPlace, MailRef, MailReport, MailSeen, RecipientState, Stir, TakeMail, UidFate,
    },
    message::{Delivery, Undelivered},
};
use plugboard_store::Write;

pub(super) use self::{
    again::read_again,
    folders::{begin_folder, note_uid},
    outgoing::{begin, keep, outgoing, recall, reset, undo, write},
    relocate::relocate,
};
use self::{
    folders::account,
    senders::{arrival, recipient, sender},
};
use super::{
    arrive::{Incoming, arrive, followed},
    conversation::Content,
    outside, receive,
    txn::{Stop, Txn},
    work::only_system,
};
use crate::handle::Outcome;

/// References of a mail that are remembered: the newest. Threads are longer only where machines talk.
pub(super) const REFERENCES_MAX: usize = 20;

/// A mailbox brings a mail.
pub(super) fn take(txn: &mut Txn<'_>, it: &TakeMail) -> Result<Outcome, Stop> {
    only_system(txn)?;
    let inbox = receive::inbox(txn, it.inbox_id)?;
    if it.stir == Stir::Backfill {
        txn.hush();
    }
    if let Some(seen) = txn.mail_seen(inbox.id, &it.fingerprint)? {
        account(txn, inbox.id, it.mark.as_ref(), UidFate::Taken)?;
        let head = match seen.message_id {
            Some(id) => txn.message(id)?,
            None => None,
        };
        return Ok(Outcome {
            repeated: true,
            conversation_id: head.map(|it| it.conversation_id),
            ..Outcome::default()
        });
    }
    let ours = is_ours(txn, it)?;
    let reported = match &it.report {
        Some(report) if !ours => reported(txn, inbox.id, report)?,
        _ => false,
    };
    let (outcome, message_id) = if ours || reported {
        (Outcome::default(), None)
    } else if it.stir == Stir::Sent {
        elsewhere::take(txn, &inbox, it)?
    } else {
        (become_message(txn, &inbox, it)?, Some(it.draft.id))
    };
    see(txn, inbox.id, &it.fingerprint, message_id);
    account(txn, inbox.id, it.mark.as_ref(), UidFate::Taken)?;
    Ok(outcome)
}

/// True for a copy of what we sent: of a mailbox that keeps what goes out, or of a mail that an inbox wrote to itself.
fn is_ours(txn: &Txn<'_>, it: &TakeMail) -> Result<bool, Stop> {
    let Some(rfc_id) = it.mail.rfc_id.as_ref().filter(|_| it.own) else {
        return Ok(false);
    };
    Ok(txn
        .mail_id(it.inbox_id, rfc_id)?
        .is_some_and(|known| known.message_id.is_some()))
}

fn see(txn: &mut Txn<'_>, inbox_id: InboxId, fingerprint: &str, message_id: Option<MessageId>) {
    txn.facts().mails_seen.insert(
        (inbox_id, fingerprint.to_owned()),
        Some(MailSeen { message_id }),
    );
    let at = txn.now();
    txn.write(Write::MailSeen {
        inbox_id,
        fingerprint: fingerprint.to_owned(),
        message_id,
        at,
    });
}

fn become_message(txn: &mut Txn<'_>, inbox: &Inbox, it: &TakeMail) -> Result<Outcome, Stop> {
    let (contact, identity_id) = sender(txn, inbox.id, &it.from)?;
    txn.act_as(contact);
    let (target, related) = target(txn, inbox, it)?;
    let arrival = arrival(txn, inbox, it, target.is_none())?;
    let owner = Actor::Contact { id: contact };
    let draft = receive::with_files(txn, &owner, &it.draft, &it.files)?;
    let content = Content::new(&draft.text, None);
    let incoming = Incoming {
        inbox,
        contact_id: contact,
        identity_id: Some(identity_id),
        draft: &draft,
        target,
        conversation_id: it.conversation_id,
        arrival,
        call: false,
    };
    let outcome = arrive(txn, incoming, &content)?;
    if let Some(conversation_id) = outcome.conversation_id {
        if it.stir == Stir::Live && txn.existing(conversation_id)?.inbox_id == inbox.id {
            txn.write(Write::ReplyTo {
                conversation_id,
                inbox_id: inbox.id,
                identity_id,
                thread_key: None,
            });
        }
        let mail = Mail {
            message_id: draft.id,
            inbox_id: inbox.id,
            related: related.or(it.mail.related),
            folder: found_in(it),
            ..it.mail.clone()
        };
        remember_ids(txn, conversation_id, &mail)?;
        save(txn, mail);
    }
    Ok(Outcome {
        contact_id: Some(contact),
        ..outcome
    })
}

/// The folder that a mail was found in; one that is moved by hand keeps its own.
fn found_in(it: &TakeMail) -> Option<String> {
    let mark = it.mark.as_ref().map(|mark| mark.folder.clone());
    mark.or_else(|| it.mail.folder.clone())
}

/// Keeps what is known of a mail.
fn save(txn: &mut Txn<'_>, mail: Mail) {
    txn.facts()
        .mails
        .insert(mail.message_id, Some(mail.clone()));
    txn.write(Write::Mail(Box::new(mail)));
}

/// What answers to this mail, or to those that it answers, will refer to.
fn remember_ids(
    txn: &mut Txn<'_>,
    conversation_id: ConversationId,
    mail: &Mail,
) -> Result<(), Stop> {
    let inbox_id = mail.inbox_id;
    for rfc_id in referred(mail) {
        if txn.mail_id(inbox_id, rfc_id)?.is_none() {
            let means = MailRef {
                conversation_id,
                message_id: None,
            };
            mean(txn, inbox_id, rfc_id, means);
        }
    }
    if let Some(rfc_id) = &mail.rfc_id {
        let means = MailRef {
            conversation_id,
            message_id: Some(mail.message_id),
        };
        mean(txn, inbox_id, rfc_id, means);
    }
    Ok(())
}

/// The ids that a mail refers to, newest first, no more than are remembered.
pub(super) fn referred(mail: &Mail) -> impl Iterator<Item = &String> {
    mail.in_reply_to
        .iter()
        .chain(mail.references.iter().rev())
        .take(REFERENCES_MAX)
}

fn mean(txn: &mut Txn<'_>, inbox_id: InboxId, rfc_id: &str, means: MailRef) {
    txn.facts()
        .mail_ids
        .insert((inbox_id, rfc_id.to_owned()), Some(means));
    txn.write(Write::MailId {
        inbox_id,
        rfc_id: rfc_id.to_owned(),
        means,
    });
}

/// The conversation that a mail continues, and the one that it only has to do with.
fn target(
    txn: &Txn<'_>,
    inbox: &Inbox,
    it: &TakeMail,
) -> Result<(Option<Conversation>, Option<ConversationId>), Stop> {
    let (id, chosen) = match it.place {
        MailPlace::New => return Ok((None, None)),
        MailPlace::Into(id) => (id, false),
        MailPlace::Put(id) => (id, true),
    };
    let Some(state) = followed(txn, id)? else {
        return Ok((None, None));
    };
    let closed_is_new = inbox
        .settings
        .get("closed_reply")
        .and_then(|it| it.as_str())
        == Some("new");
    let closed = matches!(state.status, Status::Resolved { .. });
    let goes_on = match it.stir {
        // A person said where it belongs.
        _ if chosen => true,
        Stir::Automatic | Stir::Backfill | Stir::Sent => true,
        Stir::Live if closed && closed_is_new => false,
        Stir::Live => state.takes_reply(&inbox.policy, txn.now()),
    };
    Ok(if goes_on {
        (Some(state), None)
    } else {
        let id = state.id;
        (None, Some(id))
    })
}

/// Another server reports on a mail of ours. True when we know which.
fn reported(txn: &mut Txn<'_>, inbox_id: InboxId, report: &MailReport) -> Result<bool, Stop> {
    let mut found = None;
    for rfc_id in &report.about {
        if let Some(MailRef {
            message_id: Some(id),
            ..
        }) = txn.mail_id(inbox_id, rfc_id)?
        {
            found = Some(id);
            break;
        }
    }
    let Some(id) = found else {
        return Ok(false);
    };
    let Some(mut mail) = txn.mail(id)?.filter(|it| !it.recipients.is_empty()) else {
        return Ok(false);
    };
    let alone = mail.recipients.len() == 1;
    let mut status = None;
    for fate in &report.fates {
        for recipient in &mut mail.recipients {
            let same = fate
                .address
                .as_ref()
                .is_some_and(|it| it.eq_ignore_ascii_case(&recipient.to.address));
            if same || alone {
                recipient.state = fate.state;
                recipient.detail.clone_from(&fate.status);
                if fate.state == RecipientState::Failed {
                    status = Some(fate.status.clone().unwrap_or_default());
                }
            }
        }
    }
    let lost = mail
        .recipients
        .iter()
        .filter(|it| it.state == RecipientState::Failed)
        .count();
    let of = mail.recipients.len();
    save(txn, mail);
    if let Some(status) = status {
        let reason = format!("{status} reported for {lost} of {of} recipients");
        let fate = Delivery::Failed {
            reason: reason.trim_start().to_owned(),
            cause: Undelivered::Refused,
        };
        outside::report(txn, id, &fate)?;
    }
    Ok(true)
}
