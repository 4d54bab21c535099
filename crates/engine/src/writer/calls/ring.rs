//! A call begins at the line: finds or makes the contact, goes on in a conversation or begins one, as for every channel.

use plugboard_domain::{
    Event, Rejection,
    call::{CallFacts, CallLine, Direction, Number, Ring},
    contact::{Address, IdentityKind, Profile},
    conversation::{self, Arrival, Conversation, NewConversation},
    desk::Inbox,
    ids::{ContactId, ConversationId, IdentityId, MessageId},
    message::MessageDraft,
    text,
};
use plugboard_store::CallRow;

use super::{about, existing, folded, phone, save};
use crate::{
    handle::Outcome,
    writer::{
        arrive::{Incoming, arrive},
        conversation::{Content, emit_messages},
        receive,
        txn::{Stop, Txn},
        work::only_system,
    },
};

/// Longest name that a provider gives to a call, in characters.
const NAME_CHARS_MAX: usize = 300;

/// Longest number as it came, in characters.
const NUMBER_CHARS_MAX: usize = 120;

/// Longest name of a caller that a line tells, in characters.
const CALLER_CHARS_MAX: usize = 100;

pub(in crate::writer) fn ring(txn: &mut Txn<'_>, it: &Ring) -> Result<Outcome, Stop> {
    only_system(txn)?;
    text::line("provider_call_id", &it.provider_call_id, NAME_CHARS_MAX)?;
    if let Some(id) = txn.call_named(&it.provider, &it.provider_call_id)? {
        return Ok(Outcome {
            repeated: true,
            ..about(&existing(txn, id)?)
        });
    }
    let (inbox, settings) = phone(txn, it.inbox_id)?;
    let (remote, own) = match it.direction {
        Direction::Inbound => (&it.from, &it.to),
        Direction::Outbound => (&it.to, &it.from),
    };
    let number = Number::parse(remote);
    let (contact, identity) = somebody(txn, &inbox, number.as_ref(), it.name.as_deref())?;
    if it.direction == Direction::Inbound {
        txn.act_as(contact);
    }
    let conversation_id = place(txn, it, &inbox, contact, identity)?;
    let facts = CallFacts {
        id: it.id,
        message_id: it.message_id,
        inbox_id: inbox.id,
        contact_id: contact,
        identity_id: identity,
        direction: it.direction,
        provider: it.provider.clone(),
        agent_id: None,
        team_id: inbox.team_id,
        rules: settings.rules(),
    };
    let line = CallLine {
        provider_call_id: it.provider_call_id.clone(),
        number: remote.chars().take(NUMBER_CHARS_MAX).collect(),
        e164: number.as_ref().and_then(Number::identity),
        own_number: own.chars().take(NUMBER_CHARS_MAX).collect(),
        transfer_number: None,
        handover: None,
        note: None,
    };
    start(txn, conversation_id, facts, line)
}

/// Where the call is shown: where the contact's next message would go.
fn place(
    txn: &mut Txn<'_>,
    it: &Ring,
    inbox: &Inbox,
    contact: ContactId,
    identity: Option<IdentityId>,
) -> Result<ConversationId, Stop> {
    let draft = draft(it.message_id);
    let target = receive::ongoing(txn, inbox, contact)?;
    if it.direction == Direction::Outbound {
        let new = NewConversation {
            id: it.conversation_id,
            inbox_id: inbox.id,
            contact_id: contact,
            identity_id: identity,
        };
        return elsewhere(txn, inbox, new, target, &draft);
    }
    let content = Content::new(&draft.text, None);
    let incoming = Incoming {
        inbox,
        contact_id: contact,
        identity_id: identity,
        draft: &draft,
        target,
        conversation_id: it.conversation_id,
        arrival: Arrival::Live { opener: false },
        call: true,
    };
    let outcome = arrive(txn, incoming, &content)?;
    Ok(outcome
        .conversation_id
        .ok_or(Rejection::NotFound("conversation"))?)
}

/// Records that a call began, and stores it.
pub(super) fn start(
    txn: &mut Txn<'_>,
    conversation_id: ConversationId,
    facts: CallFacts,
    line: CallLine,
) -> Result<Outcome, Stop> {
    let id = facts.id;
    let event = Event::CallStarted { call: facts };
    txn.emit(Some(conversation_id), vec![event])?;
    let call = folded(txn, None, id)?;
    let row = CallRow { call, line };
    let outcome = about(&row);
    save(txn, row);
    Ok(outcome)
}

/// The message that shows a call.
pub(super) fn draft(id: MessageId) -> MessageDraft {
    MessageDraft {
        id,
        text: conversation::CALL_TEXT.to_owned(),
        attachments: vec![],
        client_id: None,
    }
}

/// Whoever has this number, or somebody new. A number that is known only in one city, or none, is nobody's in particular.
pub(super) fn somebody(
    txn: &mut Txn<'_>,
    inbox: &Inbox,
    number: Option<&Number>,
    name: Option<&str>,
) -> Result<(ContactId, Option<IdentityId>), Stop> {
    let address = number.and_then(Number::identity).map(|value| Address {
        kind: IdentityKind::Phone,
        scope: String::new(),
        value,
    });
    if let Some(address) = &address
        && let Some(identity) = txn.identity(address)?
    {
        return Ok((identity.contact_id, Some(identity.id)));
    }
    let name: Option<String> = name.map(|it| {
        let plain = it.chars().filter(|it| !it.is_control());
        plain.take(CALLER_CHARS_MAX).collect()
    });
    let profile = Profile {
        name: name.filter(|it: &String| !it.trim().is_empty()),
        // Without a name they go by their number, wherever they are shown.
        phone: address.as_ref().and(number).map(|it| it.digits.clone()),
        ..Profile::default()
    };
    let contact = receive::new_contact(txn, &profile)?;
    txn.facts().current.insert((inbox.id, contact), None);
    let identity = match address {
        // Whoever has a number has it, but a line shows what it is told.
        Some(address) => Some(receive::add_identity(txn, contact, address, false)?),
        None => None,
    };
    Ok((contact, identity))
}

/// Somebody of the desk calls from a telephone of their own.
fn elsewhere(
    txn: &mut Txn<'_>,
    inbox: &Inbox,
    new: NewConversation,
    target: Option<Conversation>,
    draft: &MessageDraft,
) -> Result<ConversationId, Stop> {
    let (id, events) = if let Some(state) = target {
        let events = txn.decide(|context| conversation::write_elsewhere(&state, draft, context))?;
        (state.id, events)
    } else {
        let events =
            txn.decide(|context| conversation::begin_elsewhere(&new, draft, inbox, context))?;
        let current = (inbox.id, new.contact_id);
        txn.facts().current.insert(current, Some(new.id));
        (new.id, events)
    };
    let events = conversation::showing_call(events, draft.id);
    emit_messages(txn, id, events, &Content::new(&draft.text, None))?;
    Ok(id)
}
