//! Messages with what is known of them as mails.

use std::collections::HashMap;

use plugboard_domain::{
    channel::ChannelKind,
    ids::MessageId,
    message::{Delivery, MessageKind},
    outbox::delivery_id,
};
use plugboard_engine::Engine;
use plugboard_protocol::messages::Message;
use plugboard_store::{MessageView, StoreError};

use crate::wire::{self, MailFacts, Viewer};

/// What is known of those of these messages that are mails. A desk without email inboxes is asked nothing.
pub(crate) async fn join(
    engine: &Engine,
    views: &[MessageView],
) -> Result<HashMap<MessageId, MailFacts>, StoreError> {
    let desk = engine.desk();
    let has_mail = desk.inboxes().any(|it| it.channel == ChannelKind::Email);
    let ids: Vec<MessageId> = views
        .iter()
        .filter(|it| has_mail && it.row.kind != MessageKind::Note)
        .map(|it| it.row.id)
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let now = engine.now();
    let mut found = HashMap::new();
    for mail in engine.store().mails(ids).await? {
        let waits = views.iter().any(|it| {
            it.row.id == mail.message_id && matches!(it.row.delivery, Some(Delivery::Queued))
        });
        let work = if waits {
            let job = delivery_id(mail.message_id);
            engine.store().outbox_entry(job).await?
        } else {
            None
        };
        found.insert(mail.message_id, MailFacts { mail, work, now });
    }
    Ok(found)
}

/// Messages as this viewer may see them, each with its mail.
pub(crate) async fn shown(
    engine: &Engine,
    views: &[MessageView],
    viewer: Viewer,
) -> Result<Vec<Message>, StoreError> {
    let mails = join(engine, views).await?;
    let desk = engine.desk();
    let show =
        |view: &MessageView| wire::message_with(view, &desk, mails.get(&view.row.id), viewer);
    Ok(views.iter().map(show).collect())
}
