//! Somebody outside writes, or says who they are.

use plugboard_domain::{
    Actor, Event, Principal, Rejection,
    command::{Identify, Receive, Sender, SignedIdentity, StoredFile, TakeIn},
    contact::{Address, Contact, Identity, IdentityKind, Profile},
    conversation::{self, Conversation},
    desk::Inbox,
    ids::{ContactId, ConversationId, IdentityId, InboxId},
    message::MessageDraft,
};
use plugboard_store::Write;

use super::{
    arrive::{self, Incoming, arrive},
    contacts,
    conversation::{Content, check_attachments, repeated},
    txn::{Stop, Txn},
};
use crate::handle::Outcome;

/// Somebody writes who waits for an answer.
const LIVE: conversation::Arrival = conversation::Arrival::Live { opener: true };

/// The deduplication key of something received.
pub(super) fn dedup_key(receive: &Receive, contact: ContactId) -> Option<String> {
    match (&receive.external_id, &receive.draft.client_id) {
        (Some(external), _) => Some(external_key(receive.inbox_id, external)),
        (None, Some(client)) => Some(format!("c:{contact}:{client}")),
        (None, None) => None,
    }
}

/// The deduplication key of what a channel calls by this id.
pub(super) fn external_key(inbox: InboxId, external_id: &str) -> String {
    format!("x:{inbox}:{external_id}")
}

pub(super) fn receive(txn: &mut Txn<'_>, receive: &Receive) -> Result<Outcome, Stop> {
    take(txn, receive, &[], None)
}

/// A channel brings a message with its files.
pub(super) fn take_in(txn: &mut Txn<'_>, take_in: &TakeIn) -> Result<Outcome, Stop> {
    super::work::only_system(txn)?;
    let TakeIn {
        receive,
        files,
        thread_key,
    } = take_in;
    take(txn, receive, files, thread_key.as_deref())
}

fn take(
    txn: &mut Txn<'_>,
    receive: &Receive,
    files: &[StoredFile],
    thread_key: Option<&str>,
) -> Result<Outcome, Stop> {
    let inbox = inbox(txn, receive.inbox_id)?;
    let (contact, identity_id) = sender(txn, receive)?;
    txn.act_as(contact);
    let dedup_key = dedup_key(receive, contact);
    if let Some(key) = &dedup_key
        && let Some(before) = txn.duplicate(key)?
    {
        return Ok(Outcome {
            contact_id: Some(contact),
            ..repeated(&before, txn)
        });
    }
    check_attachments(txn, &receive.draft.attachments)?;
    let owner = Actor::Contact { id: contact };
    let draft = with_files(txn, &owner, &receive.draft, files)?;
    let content = Content::new(&draft.text, dedup_key);
    let incoming = Incoming {
        inbox: &inbox,
        contact_id: contact,
        identity_id,
        draft: &draft,
        target: ongoing(txn, &inbox, contact)?,
        conversation_id: receive.conversation_id,
        arrival: LIVE,
        call: false,
    };
    let outcome = arrive(txn, incoming, &content)?;
    if let (Some(id), Some(identity_id)) = (outcome.conversation_id, identity_id) {
        answer_to(txn, receive, id, identity_id, thread_key)?;
    }
    Ok(Outcome {
        contact_id: Some(contact),
        ..outcome
    })
}

/// The draft with the files that a channel brought, which become those of whoever wrote it.
pub(super) fn with_files(
    txn: &mut Txn<'_>,
    owner: &Actor,
    draft: &MessageDraft,
    files: &[StoredFile],
) -> Result<MessageDraft, Stop> {
    let mut draft = draft.clone();
    let at = txn.now();
    for file in files {
        let file = StoredFile {
            owner: owner.clone(),
            ..file.clone()
        };
        draft.attachments.push(file.id);
        let event = Event::AttachmentStored {
            attachment_id: file.id,
            size: file.size,
        };
        txn.facts().attachments.insert(file.id, Some(file.clone()));
        txn.write(Write::Attachment(file, at));
        txn.emit(None, vec![event])?;
    }
    Ok(draft)
}

/// Answers go to where the contact wrote from last. Browsers are not written to, and a conversation that another one was
/// merged into keeps the address of its own inbox.
fn answer_to(
    txn: &mut Txn<'_>,
    receive: &Receive,
    conversation_id: ConversationId,
    identity_id: IdentityId,
    thread_key: Option<&str>,
) -> Result<(), Stop> {
    let inbox_id = receive.inbox_id;
    let visitor = matches!(&receive.from, Sender::Address { address, .. } if address.kind == IdentityKind::Visitor);
    if visitor || txn.existing(conversation_id)?.inbox_id != inbox_id {
        return Ok(());
    }
    if let Some(key) = thread_key {
        txn.facts()
            .threads
            .insert((inbox_id, key.to_owned()), Some(conversation_id));
    }
    txn.write(Write::ReplyTo {
        conversation_id,
        inbox_id,
        identity_id,
        thread_key: thread_key.map(str::to_owned),
    });
    Ok(())
}

/// The conversation that takes the contact's next message, if one does.
pub(super) fn ongoing(
    txn: &Txn<'_>,
    inbox: &Inbox,
    contact: ContactId,
) -> Result<Option<Conversation>, Stop> {
    let Some(id) = txn.current(inbox.id, contact)? else {
        return Ok(None);
    };
    let now = txn.now();
    let state = arrive::followed(txn, id)?;
    Ok(state.filter(|it| it.takes_reply(&inbox.policy, now)))
}

/// Who wrote: known, found by address, or new.
fn sender(txn: &mut Txn<'_>, receive: &Receive) -> Result<(ContactId, Option<IdentityId>), Stop> {
    match &receive.from {
        Sender::Known(id) => {
            if *txn.principal() != Principal::Contact(*id)
                && !matches!(txn.principal(), Principal::System(_))
            {
                return Err(Rejection::NotFound("contact").into());
            }
            txn.contact(*id)?;
            Ok((*id, None))
        }
        Sender::Address {
            address,
            verified,
            profile,
        } => {
            if !matches!(txn.principal(), Principal::System(_)) {
                return Err(Rejection::NotFound("inbox").into());
            }
            if let Some(identity) = txn.identity(address)? {
                Ok((identity.contact_id, Some(identity.id)))
            } else {
                let contact = new_contact(txn, profile)?;
                // Somebody new has no conversation and wrote nothing yet. Asking the store would never end, since each run
                // of the command mints another contact.
                txn.facts()
                    .current
                    .insert((receive.inbox_id, contact), None);
                if receive.external_id.is_none()
                    && let Some(key) = dedup_key(receive, contact)
                {
                    txn.facts().duplicates.insert(key, None);
                }
                let identity = add_identity(txn, contact, address.clone(), *verified)?;
                Ok((contact, Some(identity)))
            }
        }
    }
}

/// Somebody opened the widget. A signature proves who they are; what they typed never does.
pub(super) fn identify(txn: &mut Txn<'_>, identify: &Identify) -> Result<Outcome, Stop> {
    inbox(txn, identify.inbox_id)?;
    if !matches!(txn.principal(), Principal::System(_)) {
        return Err(Rejection::NotFound("inbox").into());
    }
    let visitor = txn.identity(&identify.visitor)?;
    let contact = match &identify.signed {
        Some(signed) => signed_contact(txn, visitor.as_ref(), signed)?,
        None => match &visitor {
            Some(visitor) => visitor.contact_id,
            None => new_contact(txn, &Profile::default())?,
        },
    };
    txn.act_as(contact);
    if visitor.as_ref().map(|it| (it.contact_id, it.verified))
        != Some((contact, identify.signed.is_some()))
    {
        let verified = identify.signed.is_some() || visitor.as_ref().is_some_and(|it| it.verified);
        match visitor {
            Some(known) if known.contact_id == contact && known.verified == verified => {}
            Some(known) => put_identity(
                txn,
                Identity {
                    contact_id: contact,
                    verified,
                    ..known
                },
            )?,
            None => {
                add_identity(txn, contact, identify.visitor.clone(), verified)?;
            }
        }
    }
    if let Some(signed) = &identify.signed {
        contacts::change_profile(txn, contact, &signed.profile)?;
    }
    contacts::change_profile(txn, contact, &identify.profile)?;
    Ok(Outcome {
        contact_id: Some(contact),
        ..Outcome::default()
    })
}

/// The contact that a signature names. A browser that was somebody else's before changes hands; its earlier, unsigned talk
/// stays with whom it was, unless this is the first signature that it ever brought.
fn signed_contact(
    txn: &mut Txn<'_>,
    visitor: Option<&Identity>,
    signed: &SignedIdentity,
) -> Result<ContactId, Stop> {
    let contact = match (txn.identity(&signed.external)?, visitor) {
        (Some(known), _) => known.contact_id,
        (None, Some(visitor)) if !visitor.verified => {
            let contact = visitor.contact_id;
            add_identity(txn, contact, signed.external.clone(), true)?;
            contact
        }
        (None, _) => {
            let contact = new_contact(txn, &Profile::default())?;
            add_identity(txn, contact, signed.external.clone(), true)?;
            contact
        }
    };
    if let Some(email) = &signed.email {
        // Two people who both prove the same address are for a person to sort out.
        if txn.identity(email)?.is_none() {
            add_identity(txn, contact, email.clone(), true)?;
        }
    }
    Ok(contact)
}

pub(super) fn inbox(txn: &Txn<'_>, id: plugboard_domain::InboxId) -> Result<Inbox, Stop> {
    txn.desk()
        .inbox(id)
        .cloned()
        .ok_or_else(|| Rejection::NotFound("inbox").into())
}

pub(super) fn new_contact(txn: &mut Txn<'_>, profile: &Profile) -> Result<ContactId, Stop> {
    let id: ContactId = txn.mint();
    let contact = Contact {
        id,
        merged_into: None,
        absorbed: std::collections::BTreeSet::new(),
        created_at: txn.now(),
    };
    txn.write(Write::Contact(contact.clone()));
    txn.facts().contacts.insert(id, Some(contact));
    if matches!(txn.principal(), Principal::System(_)) {
        txn.act_as(id);
    }
    txn.emit(None, vec![Event::ContactCreated { contact_id: id }])?;
    contacts::change_profile(txn, id, profile)?;
    Ok(id)
}

pub(super) fn add_identity(
    txn: &mut Txn<'_>,
    contact_id: ContactId,
    address: Address,
    verified: bool,
) -> Result<IdentityId, Stop> {
    let identity = Identity {
        id: txn.mint(),
        contact_id,
        address,
        verified,
        created_at: txn.now(),
    };
    let id = identity.id;
    put_identity(txn, identity)?;
    Ok(id)
}

pub(super) fn put_identity(txn: &mut Txn<'_>, identity: Identity) -> Result<(), Stop> {
    let kind: IdentityKind = identity.address.kind.clone();
    let event = Event::ContactIdentified {
        contact_id: identity.contact_id,
        identity_id: identity.id,
        identity: kind,
        verified: identity.verified,
    };
    txn.facts()
        .identities
        .insert(identity.address.clone(), Some(identity.clone()));
    txn.write(Write::Identity(identity));
    txn.emit(None, vec![event])
}
