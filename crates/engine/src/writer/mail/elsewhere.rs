//! Somebody of the desk wrote in another mail program: it is found among what was sent, and belongs to its conversation.

use plugboard_domain::{
    Actor,
    conversation::{self, NewConversation},
    desk::Inbox,
    ids::MessageId,
    mail::{Mail, MailAddress, MailPlace, Recipient, RecipientRole, RecipientState, TakeMail},
};

use super::{found_in, remember_ids, save, senders::recipient};
use crate::{
    handle::Outcome,
    writer::{
        arrive::followed,
        conversation::{Content, about, emit_messages, unschedule},
        receive,
        txn::{Stop, Txn},
    },
};

/// Goes on in the conversation that it answers, or begins one with whom it was written to. The message that it became;
/// nothing when it was written to nobody who is named.
pub(super) fn take(
    txn: &mut Txn<'_>,
    inbox: &Inbox,
    it: &TakeMail,
) -> Result<(Outcome, Option<MessageId>), Stop> {
    let target = match it.place {
        MailPlace::Into(id) | MailPlace::Put(id) => followed(txn, id)?,
        MailPlace::New => None,
    };
    let to = it.mail.to.first().or(it.mail.cc.first());
    if target.is_none() && to.is_none() {
        return Ok((Outcome::default(), None));
    }
    let owner = Actor::system(conversation::ELSEWHERE);
    let draft = receive::with_files(txn, &owner, &it.draft, &it.files)?;
    let content = Content::new(&draft.text, None);
    let (id, events) = match (target, to) {
        (Some(state), _) => {
            let events =
                txn.decide(|context| conversation::write_elsewhere(&state, &draft, context))?;
            (state.id, events)
        }
        (None, Some(to)) => {
            let (contact_id, identity_id) = recipient(txn, inbox.id, to)?;
            let new = NewConversation {
                id: it.conversation_id,
                inbox_id: inbox.id,
                contact_id,
                identity_id: Some(identity_id),
            };
            let events =
                txn.decide(|context| conversation::begin_elsewhere(&new, &draft, inbox, context))?;
            txn.facts()
                .current
                .insert((inbox.id, contact_id), Some(new.id));
            (new.id, events)
        }
        (None, None) => return Ok((Outcome::default(), None)),
    };
    unschedule(txn, &events);
    let message = emit_messages(txn, id, events, &content)?;
    let mail = facts(inbox, it);
    remember_ids(txn, id, &mail)?;
    save(txn, mail);
    let outcome = Outcome {
        message,
        ..about(id)
    };
    Ok((outcome, Some(it.draft.id)))
}

/// What is known of it, as of any mail that left.
fn facts(inbox: &Inbox, it: &TakeMail) -> Mail {
    let with = |role, list: &[MailAddress]| {
        let all = list.iter().map(|to| Recipient {
            to: to.clone(),
            role,
            state: RecipientState::Sent,
            detail: None,
        });
        all.collect::<Vec<_>>()
    };
    let mut recipients = with(RecipientRole::To, &it.mail.to);
    recipients.extend(with(RecipientRole::Cc, &it.mail.cc));
    Mail {
        message_id: it.draft.id,
        inbox_id: inbox.id,
        recipients,
        to: Vec::new(),
        cc: Vec::new(),
        warnings: Vec::new(),
        folder: found_in(it),
        ..it.mail.clone()
    }
}
