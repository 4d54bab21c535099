//! Where a mail belongs: what the desk knows is looked up, and [`plugboard_mail::thread`] decides.

use std::collections::{BTreeMap, HashSet};

use plugboard_domain::{
    ids::ConversationId,
    mail::{Mail, MailPlace},
    message::MessageKind,
};
use plugboard_mail::thread::{Found, Loaded, Reason, Target, place as decide, wanted};
use plugboard_store::StoreError;

use crate::ingest::{Into, Unavailable};

/// Mails of a conversation that are asked who takes part.
const PARTICIPANTS_OF: usize = 100;

/// How long the same sender's same subject is worth a suggestion.
const SIMILAR_FOR: std::time::Duration = std::time::Duration::from_hours(14 * 24);

/// Merges that are followed to find where a conversation goes on.
const HOPS_MAX: usize = 16;

/// Where a mail belongs, and why.
pub(crate) struct Placed {
    pub(crate) place: MailPlace,
    pub(crate) why: &'static str,
    pub(crate) related: Option<ConversationId>,
}

/// Looks up and decides.
pub(crate) async fn place(
    to: &Into<'_>,
    mail: &plugboard_mail::Mail,
) -> Result<Placed, Unavailable> {
    let known = load(to, mail).await;
    let known = known.map_err(|error| Unavailable(error.to_string()))?;
    let placed = decide(mail, &known, to.keys);
    let from = mail.from.as_ref().map(|it| it.address.to_lowercase());
    let ours = to.sent || from.is_some_and(|it| to.own.contains(&it));
    let (place, reason) = match placed.target {
        Target::Conversation(id) => (MailPlace::Into(ConversationId(id)), placed.reason),
        // A copy of ours is known by the desk as well. Somebody else's mail with an id of ours is not ours.
        Target::Own(id) if ours => (MailPlace::Into(ConversationId(id)), placed.reason),
        Target::Own(_) => (MailPlace::New, Reason::New),
        Target::New | Target::Aside => (MailPlace::New, placed.reason),
    };
    Ok(Placed {
        place,
        why: reason.key(),
        related: placed.maybe.map(ConversationId),
    })
}

async fn load(to: &Into<'_>, mail: &plugboard_mail::Mail) -> Result<Loaded, StoreError> {
    let store = to.engine.store();
    let wanted = wanted(mail, to.keys);
    let mut known = Loaded::default();
    let refs = if wanted.message_ids.is_empty() {
        BTreeMap::default()
    } else {
        store.mail_ids(to.inbox.id, wanted.message_ids).await?
    };
    let messages: Vec<_> = refs.values().filter_map(|it| it.message_id).collect();
    let rows = if messages.is_empty() {
        Vec::new()
    } else {
        store.messages_by_id(messages).await?
    };
    let mut conversations = HashSet::new();
    for (rfc_id, means) in refs {
        let row = means
            .message_id
            .and_then(|id| rows.iter().find(|it| it.row.id == id));
        if let Some(row) = row {
            conversations.insert(row.shown_in);
            let found = Found {
                conversation: row.shown_in.0,
                message: row.row.id.0,
                ours: row.row.kind == MessageKind::Outbound,
            };
            known.messages.insert(rfc_id, found);
        } else {
            conversations.insert(means.conversation_id);
            known.references.insert(rfc_id, means.conversation_id.0);
        }
    }
    for name in wanted.conversations {
        if let Some(id) = named(to, ConversationId(name)).await? {
            known.conversations.insert(name, id.0);
            conversations.insert(id);
        }
    }
    for id in conversations {
        known.conversations.insert(id.0, id.0);
        for it in store.mail_thread(id, PARTICIPANTS_OF).await? {
            known
                .participants
                .extend(addresses(&it).map(|it| (id.0, it)));
        }
    }
    if known.messages.is_empty() && !wanted.subject.is_empty() && !wanted.sender.is_empty() {
        let since = to.engine.now() - SIMILAR_FOR;
        let similar = store
            .mail_topic(to.inbox.id, wanted.sender, wanted.subject, since)
            .await?;
        known.similar = similar.map(|it| it.0);
    }
    Ok(known)
}

/// The conversation of this inbox that a signed name means: itself, or what it was merged into.
async fn named(to: &Into<'_>, id: ConversationId) -> Result<Option<ConversationId>, StoreError> {
    let mut id = id;
    for _ in 0..HOPS_MAX {
        let Some(view) = to.engine.store().conversation(id, None).await? else {
            return Ok(None);
        };
        match view.conversation.merged_into() {
            Some(into) => id = into,
            None => return Ok((view.conversation.inbox_id == to.inbox.id).then_some(id)),
        }
    }
    Ok(None)
}

/// Everybody who wrote a mail or was written to in it, small letters.
fn addresses(mail: &Mail) -> impl Iterator<Item = String> {
    mail.from
        .iter()
        .chain(&mail.reply_to)
        .chain(&mail.to)
        .chain(&mail.cc)
        .chain(mail.recipients.iter().map(|it| &it.to))
        .map(|it| it.address.to_lowercase())
}
