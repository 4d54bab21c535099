//! Mail comes in, goes out, and is accounted for.

mod outgoing;
mod relocate;

use plugboard_domain::{
    Rejection,
    command::Sender,
    contact::{Address, Identity, IdentityKind, Profile},
    conversation::{self, Arrival, Conversation, ConversationCommand, NewConversation, Status},
    desk::Inbox,
    ids::{ContactId, ConversationId, IdentityId, InboxId, MessageId},
    mail::{
        BeginFolder, FolderCursor, Mail, MailMark, MailPlace, MailRef, MailReport, MailSeen,
        NoteUid, RecipientState, Stir, TakeMail, UidFate,
    },
    message::{Delivery, Undelivered},
};
use plugboard_store::Write;

pub(super) use self::{
    outgoing::{begin, keep, outgoing, recall, reset, undo, write},
    relocate::relocate,
};
use super::{
    conversation::{Content, about, emit_messages, unschedule},
    outside, receive,
    txn::{Stop, Txn},
    work::only_system,
};
use crate::handle::Outcome;

/// Merges that are followed to find where a conversation continues.
const HOPS_MAX: usize = 16;

/// References of a mail that are remembered: the newest. Threads are longer only where machines talk.
pub(super) const REFERENCES_MAX: usize = 20;

/// The scope of addresses of which nobody proved that they are whose they were proved to be before.
const UNPROVED: &str = "unproved";

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
    let draft = receive::with_files(txn, contact, &it.draft, &it.files)?;
    let content = Content::new(&draft.text, None);
    let outcome = if let Some(state) = target {
        let events = match arrival {
            Arrival::Quiet { .. } => conversation::receive_quietly(&state, &draft)?,
            Arrival::Live { .. } => {
                let command = ConversationCommand::Receive {
                    draft: draft.clone(),
                };
                txn.decide(|context| conversation::decide(&state, &command, context))?
            }
        };
        unschedule(txn, &events);
        let message = emit_messages(txn, state.id, events, &content)?;
        Outcome {
            message,
            ..about(state.id)
        }
    } else {
        let id = it.conversation_id;
        let new = NewConversation {
            id,
            inbox_id: inbox.id,
            contact_id: contact,
            identity_id: Some(identity_id),
        };
        let events =
            txn.decide(|context| conversation::begin(&new, &draft, inbox, arrival, context))?;
        let message = emit_messages(txn, id, events, &content)?;
        txn.facts().current.insert((inbox.id, contact), Some(id));
        Outcome {
            message,
            ..about(id)
        }
    };
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
    let MailPlace::Into(mut id) = it.place else {
        return Ok((None, None));
    };
    for _ in 0..HOPS_MAX {
        let Some(state) = txn.conversation(id)? else {
            return Ok((None, None));
        };
        if let Some(into) = state.merged_into() {
            id = into;
            continue;
        }
        let closed_is_new = inbox
            .settings
            .get("closed_reply")
            .and_then(|it| it.as_str())
            == Some("new");
        let closed = matches!(state.status, Status::Resolved { .. });
        let goes_on = match it.stir {
            Stir::Automatic | Stir::Backfill => true,
            Stir::Live if closed && closed_is_new => false,
            Stir::Live => state.takes_reply(&inbox.policy, txn.now()),
        };
        return Ok(if goes_on {
            (Some(state), None)
        } else {
            (None, Some(id))
        });
    }
    Ok((None, None))
}

/// How it comes in; remembers that its sender wrote.
fn arrival(txn: &mut Txn<'_>, inbox: &Inbox, it: &TakeMail, begins: bool) -> Result<Arrival, Stop> {
    let cause = match it.stir {
        Stir::Live => None,
        Stir::Automatic => Some("automatic_mail"),
        Stir::Backfill => return Ok(Arrival::Quiet { cause: "backfill" }),
    };
    let Sender::Address { address, .. } = &it.from else {
        return Ok(Arrival::Live { opener: false });
    };
    let known = txn.mail_sender(inbox.id, &address.value)?;
    let now = txn.now();
    let (mut sender, may) = known.unwrap_or_default().wrote(now);
    let opener = may && begins && !it.own && cause.is_none();
    // The domain may find that there is nothing to say: then nothing was said, and the day is not spent.
    if opener && (inbox.opener(true).is_some() || inbox.opener(false).is_some()) {
        sender.auto_replied_at = Some(now);
    }
    txn.facts()
        .mail_senders
        .insert((inbox.id, address.value.clone()), Some(sender));
    txn.write(Write::MailSender {
        inbox_id: inbox.id,
        address: address.value.clone(),
        sender,
    });
    Ok(cause.map_or(Arrival::Live { opener }, |cause| Arrival::Quiet { cause }))
}

/// Whose mail it is. An address that somebody proved once is not believed without proof: what only says that it comes from
/// there is a contact of its own.
fn sender(
    txn: &mut Txn<'_>,
    inbox_id: InboxId,
    from: &Sender,
) -> Result<(ContactId, IdentityId), Stop> {
    let Sender::Address {
        address,
        verified,
        profile,
    } = from
    else {
        return Err(Rejection::invalid("a mail has an address").into());
    };
    match txn.identity(address)? {
        Some(known) if known.verified && !verified => {
            let unproved = Address {
                scope: UNPROVED.into(),
                ..address.clone()
            };
            find_or_make(txn, inbox_id, unproved, false, profile)
        }
        Some(known) if *verified && !known.verified => {
            let (contact, id) = (known.contact_id, known.id);
            let proved = Identity {
                verified: true,
                ..known
            };
            receive::put_identity(txn, proved)?;
            Ok((contact, id))
        }
        Some(known) => Ok((known.contact_id, known.id)),
        None => find_or_make(txn, inbox_id, address.clone(), *verified, profile),
    }
}

fn find_or_make(
    txn: &mut Txn<'_>,
    inbox_id: InboxId,
    address: Address,
    verified: bool,
    profile: &Profile,
) -> Result<(ContactId, IdentityId), Stop> {
    if let Some(known) = txn.identity(&address)? {
        return Ok((known.contact_id, known.id));
    }
    let contact = receive::new_contact(txn, profile)?;
    txn.facts().current.insert((inbox_id, contact), None);
    let identity = receive::add_identity(txn, contact, address, verified)?;
    Ok((contact, identity))
}

/// The identity of somebody whom an agent writes to.
fn recipient(
    txn: &mut Txn<'_>,
    inbox_id: InboxId,
    to: &plugboard_domain::mail::MailAddress,
) -> Result<(ContactId, IdentityId), Stop> {
    let address = Address {
        kind: IdentityKind::Email,
        scope: String::new(),
        value: to.address.to_lowercase(),
    };
    let profile = Profile {
        name: to.name.clone(),
        email: Some(to.address.clone()),
        ..Profile::default()
    };
    find_or_make(txn, inbox_id, address, false, &profile)
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

/// Moves the cursor of a folder, or notes what lies ahead of it.
fn account(
    txn: &mut Txn<'_>,
    inbox_id: InboxId,
    mark: Option<&MailMark>,
    fate: UidFate,
) -> Result<(), Stop> {
    let Some(mark) = mark else {
        return Ok(());
    };
    let cursor = txn.mail_folder(inbox_id, &mark.folder)?;
    let cursor = cursor.filter(|it| it.uid_validity == mark.uid_validity);
    let done = !matches!(fate, UidFate::Trying(_));
    let next = cursor.is_some_and(|it| mark.after <= it.last_uid);
    if cursor.is_some_and(|it| mark.uid <= it.last_uid) {
        return Ok(());
    }
    let plain = matches!(fate, UidFate::Taken | UidFate::Skipped);
    if !(done && next && plain) {
        let key = (inbox_id, mark.folder.clone(), mark.uid_validity, mark.uid);
        txn.facts().mail_uids.insert(key, Some(fate));
        txn.write(Write::MailUid {
            inbox_id,
            folder: mark.folder.clone(),
            uid_validity: mark.uid_validity,
            uid: mark.uid,
            fate,
        });
    }
    if done && next {
        let cursor = FolderCursor {
            uid_validity: mark.uid_validity,
            last_uid: mark.uid,
        };
        set_cursor(txn, inbox_id, &mark.folder, cursor);
    }
    Ok(())
}

fn set_cursor(txn: &mut Txn<'_>, inbox_id: InboxId, folder: &str, cursor: FolderCursor) {
    txn.facts()
        .mail_folders
        .insert((inbox_id, folder.to_owned()), Some(cursor));
    txn.write(Write::MailFolder {
        inbox_id,
        folder: folder.to_owned(),
        cursor,
    });
}

/// A mail in a folder is accounted for without becoming a message.
pub(super) fn note_uid(txn: &mut Txn<'_>, it: &NoteUid) -> Result<Outcome, Stop> {
    only_system(txn)?;
    account(txn, it.inbox_id, Some(&it.mark), it.fate)?;
    Ok(Outcome::default())
}

/// Reading a folder begins.
pub(super) fn begin_folder(txn: &mut Txn<'_>, it: &BeginFolder) -> Result<Outcome, Stop> {
    only_system(txn)?;
    set_cursor(txn, it.inbox_id, &it.folder, it.cursor);
    Ok(Outcome::default())
}
