//! Messages with what is known of them as mails.

use std::collections::HashMap;

use plugboard_domain::{
    channel::ChannelKind,
    ids::{InboxId, MessageId},
    mail::Mail,
    message::{Delivery, MessageKind},
    outbox::delivery_id,
};
use plugboard_engine::Engine;
use plugboard_protocol::messages::Message;
use plugboard_store::{MessageView, StoreError};

use crate::wire::{self, MailFacts, Viewer};

/// Mails that a mail names, of which one is looked for.
const REFERRED_MAX: usize = 8;

/// What is known of those of these messages that are mails. A desk without email inboxes is asked nothing.
pub(crate) async fn join(
    engine: &Engine,
    views: &[MessageView],
) -> Result<HashMap<MessageId, MailFacts>, StoreError> {
    let desk = engine.desk();
    let has_mail = desk.inboxes().any(|it| it.channel == ChannelKind::Email);
    let ids: Vec<MessageId> = views
        .iter()
        .filter(|it| has_mail && !matches!(it.row.kind, MessageKind::Note | MessageKind::Call))
        .map(|it| it.row.id)
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let now = engine.now();
    let mut found = HashMap::new();
    let mails = engine.store().mails(ids).await?;
    let answers = answers(engine, views, &mails).await?;
    for mail in mails {
        let waits = views.iter().any(|it| {
            it.row.id == mail.message_id && matches!(it.row.delivery, Some(Delivery::Queued))
        });
        let work = if waits {
            let job = delivery_id(mail.message_id);
            engine.store().outbox_entry(job).await?
        } else {
            None
        };
        let answers = answers.get(&mail.message_id).copied();
        found.insert(
            mail.message_id,
            MailFacts {
                mail,
                answers,
                work,
                now,
            },
        );
    }
    Ok(found)
}

/// Which message each mail that came in answers, as far as that is one of its conversation. Asked once for each inbox.
async fn answers(
    engine: &Engine,
    views: &[MessageView],
    mails: &[Mail],
) -> Result<HashMap<MessageId, MessageId>, StoreError> {
    let mut by_inbox: HashMap<InboxId, Vec<String>> = HashMap::new();
    for mail in mails.iter().filter(|it| it.recipients.is_empty()) {
        let named = referred(mail).cloned();
        by_inbox.entry(mail.inbox_id).or_default().extend(named);
    }
    let mut found = HashMap::new();
    for (inbox, named) in by_inbox {
        if named.is_empty() {
            continue;
        }
        let known = engine.store().mail_ids(inbox, named).await?;
        for mail in mails.iter().filter(|it| it.inbox_id == inbox) {
            let view = views.iter().find(|it| it.row.id == mail.message_id);
            let shown_in = view.map(|it| it.shown_in);
            let mut meant = referred(mail)
                .filter_map(|it| known.get(it))
                .filter(|it| Some(it.conversation_id) == shown_in)
                .filter_map(|it| it.message_id);
            if let Some(id) = meant.next() {
                found.insert(mail.message_id, id);
            }
        }
    }
    Ok(found)
}

/// Mails that a mail names, the one that it answers first. Those far back say nothing more.
fn referred(mail: &Mail) -> impl Iterator<Item = &String> {
    let before = mail.references.iter().rev();
    mail.in_reply_to.iter().chain(before).take(REFERRED_MAX)
}

/// Messages as this viewer may see them, each with its mail or its call.
pub(crate) async fn shown(
    engine: &Engine,
    views: &[MessageView],
    viewer: Viewer,
) -> Result<Vec<Message>, StoreError> {
    let mails = join(engine, views).await?;
    let desk = engine.desk();
    let calls = crate::calls::join(engine, views).await?;
    let now = engine.now();
    let show = |view: &MessageView| {
        let id = view.row.id;
        let mut shown = wire::message_with(view, &desk, mails.get(&id), viewer);
        let call = calls.get(&id);
        shown.call = call.map(|it| Box::new(wire::call(it, None, viewer, now)));
        shown
    };
    Ok(views.iter().map(show).collect())
}
