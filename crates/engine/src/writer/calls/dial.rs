//! An agent calls somebody. Whether that number may be dialled is decided here, in the one place that every way to dial
//! goes through.

use plugboard_domain::{
    Rejection,
    access::Permission,
    call::{CallFacts, CallLine, DialNumber, DialSettings, Direction, Number, TrunkKind},
    conversation::{self, Conversation, NewConversation},
    desk::Inbox,
    ids::{AgentId, ContactId, ConversationId, IdentityId},
};

use super::{
    busy, phone,
    ring::{draft, somebody, start},
};
use crate::{
    handle::Outcome,
    writer::{
        arrive::followed,
        conversation::{Content, emit_messages},
        receive,
        txn::{Stop, Txn},
    },
};

/// Who carries the calls that agents begin.
const SIP: &str = "sip";

/// The time that a cap per day looks back.
const DAY: std::time::Duration = std::time::Duration::from_hours(24);

pub(in crate::writer) fn dial(txn: &mut Txn<'_>, it: &DialNumber) -> Result<Outcome, Stop> {
    txn.grants().require(Permission::ConversationsReply)?;
    let agent = txn
        .actor()
        .agent_id()
        .ok_or_else(|| Rejection::invalid("only an agent calls somebody"))?;
    let (inbox, settings) = phone(txn, it.inbox_id)?;
    if settings.trunk.kind == TrunkKind::None {
        return Err(Rejection::conflict("this inbox has no trunk to call with").into());
    }
    let target = match it.conversation_id {
        Some(id) => Some(asked_for(txn, id)?),
        None => None,
    };
    let contact = match it.contact_id {
        Some(id) => Some(root(txn, id)?),
        None => target.as_ref().map(|it| it.contact_id),
    };
    same_contact(txn, target.as_ref(), it.contact_id)?;
    let typed = match (&it.number, contact) {
        (Some(number), _) => number.clone(),
        (None, Some(contact)) => txn
            .number_of(contact)?
            .ok_or_else(|| Rejection::invalid("number: no number of this contact is known"))?,
        (None, None) => return Err(Rejection::invalid("number: whom do you call?").into()),
    };
    let number = settings.dial_policy().check(&typed)?;
    within_caps(txn, agent, &settings.dial)?;
    let (contact, identity) = match contact {
        Some(contact) => (contact, None),
        None => somebody(txn, &inbox, Some(&number), None)?,
    };
    let conversation_id = place(txn, it, &inbox, (contact, identity), target)?;
    let facts = CallFacts {
        id: it.id,
        message_id: it.message_id,
        inbox_id: inbox.id,
        contact_id: contact,
        identity_id: identity,
        direction: Direction::Outbound,
        provider: SIP.into(),
        agent_id: Some(agent),
        team_id: inbox.team_id,
        rules: settings.rules(),
    };
    let line = CallLine {
        provider_call_id: it.id.to_string(),
        e164: number.identity(),
        number: dialled(&number),
        own_number: settings.own_number().unwrap_or_default().to_owned(),
        transfer_number: None,
        handover: None,
        note: None,
    };
    start(txn, conversation_id, facts, line)
}

fn dialled(number: &Number) -> String {
    number.identity().unwrap_or_else(|| number.digits.clone())
}

/// The conversation that was asked for, which the agent may write in.
fn asked_for(txn: &Txn<'_>, id: ConversationId) -> Result<Conversation, Stop> {
    let state = followed(txn, id)?.ok_or(Rejection::NotFound("conversation"))?;
    txn.grants()
        .require_on(Permission::ConversationsReply, &state)?;
    Ok(state)
}

/// The contact that this one redirects to, whom the agent may see.
fn root(txn: &Txn<'_>, id: ContactId) -> Result<ContactId, Stop> {
    let mut contact = txn.visible_contact(id)?;
    while let Some(into) = contact.merged_into {
        contact = txn.contact(into)?;
    }
    Ok(contact.id)
}

/// Refuses to put the call with one contact into a conversation with another.
fn same_contact(
    txn: &Txn<'_>,
    target: Option<&Conversation>,
    asked: Option<ContactId>,
) -> Result<(), Stop> {
    let (Some(state), Some(asked)) = (target, asked) else {
        return Ok(());
    };
    let mut theirs = txn.contact(state.contact_id)?;
    while let Some(into) = theirs.merged_into {
        theirs = txn.contact(into)?;
    }
    if theirs.id == root(txn, asked)? {
        Ok(())
    } else {
        Err(Rejection::invalid("conversation_id: it is with another contact").into())
    }
}

fn within_caps(txn: &Txn<'_>, agent: AgentId, caps: &DialSettings) -> Result<(), Stop> {
    if busy(txn, agent, false)? >= caps.concurrent_per_agent as usize {
        return Err(Rejection::conflict("you are in a call already").into());
    }
    let since = txn.now() - DAY;
    if txn.dialled(agent, since)? >= u64::from(caps.per_agent_day) {
        return Err(Rejection::conflict("you have made all the calls of a day").into());
    }
    Ok(())
}

/// Where the call is shown: the conversation that was asked for, or the one that the contact's next message would go into,
/// or a new one.
fn place(
    txn: &mut Txn<'_>,
    it: &DialNumber,
    inbox: &Inbox,
    (contact, identity): (ContactId, Option<IdentityId>),
    target: Option<Conversation>,
) -> Result<ConversationId, Stop> {
    let draft = draft(it.message_id);
    let target = match target {
        Some(state) => Some(state),
        None => receive::ongoing(txn, inbox, contact)?,
    };
    let (id, events) = if let Some(state) = target {
        let events =
            txn.decide(|context| Ok(conversation::call_contact(&state, &draft, context)))?;
        (state.id, events)
    } else {
        let new = NewConversation {
            id: it.new_conversation_id,
            inbox_id: inbox.id,
            contact_id: contact,
            identity_id: identity,
        };
        let events =
            txn.decide(|context| conversation::begin_outbound(&new, &draft, inbox, context))?;
        let current = (inbox.id, contact);
        txn.facts().current.insert(current, Some(new.id));
        (new.id, conversation::showing_call(events, draft.id))
    };
    emit_messages(txn, id, events, &Content::new(&draft.text, None))?;
    Ok(id)
}
