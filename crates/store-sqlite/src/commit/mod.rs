//! A batch becomes rows: one transaction, prepared statements, whole or not at all.

mod call;
mod conversation;
mod desk;
mod external;
mod mail;
mod message;
mod plugin;
mod policies;

use std::collections::HashMap;

use plugboard_domain::{
    Event, Recorded, Seq,
    contact::{Contact, Identity, Profile},
    conversation::Assignment,
    ids::{AgentId, ContactId, ConversationId},
    outbox::{Job, JobState, OutboxEntry},
};
use plugboard_store::{Commit, Scheduled, StoreError, Write};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

pub(crate) use desk::secret_name;

use crate::{
    codec::{actor_columns, json, position, seq},
    fault::Outcome,
    migrate::meta,
    secret::Vault,
};

/// Stores a batch; answers with the new head.
pub(crate) fn run(connection: &mut Connection, vault: &Vault, commit: &Commit) -> Outcome<Seq> {
    let batch = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let head = append(&batch, &commit.events)?;
    let latest = Latest::of(&commit.writes);
    for (at, write) in commit.writes.iter().enumerate() {
        if latest.is_newest(at, write) {
            store(&batch, vault, write)?;
        }
    }
    batch.commit()?;
    Ok(head)
}

/// Adds events to the journal, which they have to continue without a gap.
fn append(batch: &Transaction<'_>, events: &[Recorded]) -> Outcome<Seq> {
    let mut head = seq(meta(batch, "head")?);
    if events.is_empty() {
        return Ok(head);
    }
    let mut insert = batch.prepare_cached(
        "INSERT INTO journal (seq, at, kind, actor_kind, actor_id, conversation_id, caused_by, data)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for recorded in events {
        if recorded.seq != head + 1 {
            let why = format!("event {} does not follow the head {head}", recorded.seq);
            return Err(StoreError::Conflict(why).into());
        }
        head = recorded.seq;
        let (actor_kind, actor_id) = actor_columns(&recorded.actor);
        insert.execute(params![
            position(recorded.seq),
            recorded.at.as_microsecond(),
            recorded.event.kind(),
            actor_kind,
            actor_id,
            recorded.conversation_id.map(|id| id.0),
            recorded.caused_by.map(position),
            data(&recorded.event),
        ])?;
        if let Event::Assigned {
            assignment, cause, ..
        } = &recorded.event
            && cause == "routed"
        {
            remember_routed(batch, assignment)?;
        }
    }
    batch
        .prepare_cached("UPDATE meta SET value = ?1 WHERE key = 'head'")?
        .execute([position(head)])?;
    Ok(head)
}

/// The facts of an event as JSON text. The encoding puts the kind first, so they are cut out of it instead of being
/// encoded a second time.
fn data(event: &Event) -> String {
    let whole = json(event);
    let before = format!(r#"{{"kind":"{}","data":"#, event.kind());
    match whole
        .strip_prefix(&before)
        .and_then(|rest| rest.strip_suffix('}'))
    {
        Some(data) => data.to_owned(),
        None => event.data().to_string(),
    }
}

/// Round robin asks who was given work longest ago.
fn remember_routed(batch: &Transaction<'_>, assignment: &Assignment) -> Outcome<()> {
    if let Some(agent) = assignment.agent() {
        batch
            .prepare_cached(
                "INSERT INTO routed (agent_id, at) VALUES (?1, ?2) ON CONFLICT (agent_id) DO UPDATE SET at = excluded.at",
            )?
            .execute(params![agent.0, assignment.since().as_microsecond()])?;
    }
    Ok(())
}

/// Which writes of a batch are the last of their row: under load one conversation changes many times in a batch.
struct Latest {
    conversations: HashMap<ConversationId, usize>,
    timers: HashMap<ConversationId, usize>,
}

impl Latest {
    fn of(writes: &[Write]) -> Self {
        let mut latest = Self {
            conversations: HashMap::new(),
            timers: HashMap::new(),
        };
        for (at, write) in writes.iter().enumerate() {
            match write {
                Write::Conversation(it) => latest.conversations.insert(it.id, at),
                Write::Timers(id, _) => latest.timers.insert(*id, at),
                _ => None,
            };
        }
        latest
    }

    fn is_newest(&self, at: usize, write: &Write) -> bool {
        match write {
            Write::Conversation(it) => self.conversations.get(&it.id) == Some(&at),
            Write::Timers(id, _) => self.timers.get(id) == Some(&at),
            _ => true,
        }
    }
}

fn store(batch: &Transaction<'_>, vault: &Vault, write: &Write) -> Outcome<()> {
    match write {
        Write::Conversation(it) => conversation::save(batch, it),
        Write::Call(row) => call::save(batch, row),
        Write::Message(row) => message::insert(batch, row),
        Write::Delivery(id, delivery) => message::deliver(batch, *id, delivery),
        Write::Amend(id, amendment, at) => external::amend(batch, *id, amendment, *at),
        Write::RenameFile(id, name) => message::rename_file(batch, *id, name),
        Write::ReplyTo {
            conversation_id,
            inbox_id,
            identity_id,
            thread_key,
        } => external::reply_to(
            batch,
            *conversation_id,
            *inbox_id,
            *identity_id,
            thread_key.as_deref(),
        ),
        Write::ExternalRef {
            inbox_id,
            external_id,
            known,
            at,
        } => external::reference(batch, *inbox_id, external_id, known, *at),
        Write::MoveThread { from, to } => message::move_thread(batch, from, *to),
        Write::Timers(id, timers) => conversation::set_timers(batch, *id, timers),
        Write::Schedule {
            message_id,
            conversation_id,
            text,
            attachments,
            client_id,
            dedup_key,
            mail,
        } => {
            let content = Scheduled {
                text: text.clone(),
                attachments: attachments.clone(),
                client_id: client_id.clone(),
                dedup_key: dedup_key.clone(),
                mail: mail.clone(),
            };
            message::schedule(batch, *message_id, *conversation_id, &content)
        }
        Write::Unschedule(id) => message::unschedule(batch, *id),
        Write::Contact(it) => save_contact(batch, it),
        Write::Profile(id, profile) => save_profile(batch, *id, profile),
        Write::Identity(it) => save_identity(batch, it),
        Write::Entity(entity, private) => desk::save(batch, vault, entity, private),
        Write::EntityRemoved(reference) => desk::remove(batch, *reference),
        Write::Session {
            id,
            agent_id,
            token_hash,
            expires_at,
        } => desk::start_session(batch, *id, *agent_id, token_hash, *expires_at),
        Write::SessionEnded(id) => desk::end_session(batch, *id),
        Write::SessionsEnded(agent) => desk::end_sessions(batch, *agent),
        Write::Draft {
            conversation_id,
            agent_id,
            kind,
            text,
            at,
        } => message::save_draft(batch, *conversation_id, *agent_id, *kind, text, *at),
        Write::Read {
            conversation_id,
            agent_id,
            seq,
        } => save_read(batch, *conversation_id, *agent_id, *seq),
        Write::Decision(trace, at) => policies::save_decision(batch, trace, *at),
        Write::Case(id, conversation, summary) => {
            policies::save_case(batch, *id, *conversation, summary)
        }
        Write::Cursor(name, seq) => policies::keep_cursor(batch, name, *seq),
        Write::Attachment(file, at) => message::save_attachment(batch, file, *at),
        Write::Outbox(entry) => save_outbox(batch, entry),
        Write::OutboxGone(id) => plugin::outbox_gone(batch, *id),
        Write::OutboxBody(id, body) => plugin::save_body(batch, *id, body),
        Write::PluginValue {
            space,
            key,
            value,
            at,
        } => plugin::save_value(batch, space, key, value.as_ref(), *at),
        Write::PluginForgotten(key) => plugin::forget(batch, key),
        Write::Mail(_)
        | Write::MailId { .. }
        | Write::MailSeen { .. }
        | Write::MailSender { .. }
        | Write::MailFolder { .. }
        | Write::MailUid { .. } => mail::store(batch, write),
    }
}

fn save_contact(batch: &Transaction<'_>, contact: &Contact) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO contact (id, merged_into, created_at, state) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET
               merged_into = excluded.merged_into, created_at = excluded.created_at, state = excluded.state",
        )?
        .execute(params![
            contact.id.0,
            contact.merged_into.map(|id| id.0),
            contact.created_at.as_microsecond(),
            json(contact)
        ])?;
    Ok(())
}

fn save_profile(batch: &Transaction<'_>, id: ContactId, profile: &Profile) -> Outcome<()> {
    let changed = batch
        .prepare_cached(
            "UPDATE contact SET
               name = nullif(coalesce(?2, name), ''), email = nullif(coalesce(?3, email), ''),
               phone = nullif(coalesce(?4, phone), ''), locale = nullif(coalesce(?5, locale), ''),
               note = nullif(coalesce(?6, note), ''),
               tags = nullif(coalesce(?7, tags), '[]'), attributes = nullif(coalesce(?8, attributes), '{}')
             WHERE id = ?1",
        )?
        .execute(params![
            id.0,
            profile.name,
            profile.email,
            profile.phone,
            profile.locale,
            profile.note,
            profile.tags.as_ref().map(json),
            profile.attributes.as_ref().map(json)
        ])?;
    if changed == 0 {
        return Err(
            StoreError::Conflict(format!("a profile of contact {id}, who does not exist")).into(),
        );
    }
    Ok(())
}

fn save_identity(batch: &Transaction<'_>, identity: &Identity) -> Outcome<()> {
    let address = &identity.address;
    batch
        .prepare_cached(
            "INSERT INTO identity (id, contact_id, kind, scope, value, verified, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (value, kind, scope) DO UPDATE SET
               id = excluded.id, contact_id = excluded.contact_id, verified = excluded.verified,
               created_at = excluded.created_at",
        )?
        .execute(params![
            identity.id.0,
            identity.contact_id.0,
            identity_kind(&address.kind),
            address.scope,
            address.value,
            identity.verified,
            identity.created_at.as_microsecond(),
        ])?;
    Ok(())
}

/// The column of an identity's kind: its name in the journal.
pub(crate) fn identity_kind(kind: &plugboard_domain::contact::IdentityKind) -> &'static str {
    use plugboard_domain::contact::IdentityKind as K;
    match kind {
        K::Visitor => "visitor",
        K::External => "external",
        K::Email => "email",
        K::Phone => "phone",
        K::Channel => "channel",
    }
}

fn save_read(
    batch: &Transaction<'_>,
    conversation: ConversationId,
    agent: AgentId,
    seq: Seq,
) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO read_mark (conversation_id, agent_id, seq) VALUES (?1, ?2, ?3)
             ON CONFLICT (conversation_id, agent_id) DO UPDATE SET seq = excluded.seq",
        )?
        .execute(params![conversation.0, agent.0, position(seq)])?;
    Ok(())
}

fn save_outbox(batch: &Transaction<'_>, entry: &OutboxEntry) -> Outcome<()> {
    let (state, next_at) = match &entry.state {
        JobState::Pending { next_at } => (0, Some(next_at.as_microsecond())),
        JobState::Done { .. } => (1, None),
        JobState::Dead { .. } => (2, None),
    };
    let plugin = match &entry.job {
        Job::PluginTimer { plugin, .. } => Some(plugin),
        _ => None,
    };
    batch
        .prepare_cached(
            "INSERT INTO outbox (id, state, next_at, entry, conversation_id, plugin) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET
               state = excluded.state, next_at = excluded.next_at, entry = excluded.entry",
        )?
        .execute(params![
            entry.id.0,
            state,
            next_at,
            json(entry),
            entry.job.in_order_of().map(|id| id.0),
            plugin,
        ])?;
    Ok(())
}
