//! What commands ask of the store before they run.

use plugboard_domain::{
    Command, Envelope,
    command::Sender,
    conversation::ConversationCommand,
    mail::{MailPlace, TakeMail},
};
use plugboard_store::{Facts, Key};

/// What a command is sure to ask, so that a batch can be answered in one round trip.
pub(in crate::writer) fn sure_keys(envelope: &Envelope) -> Vec<Key> {
    match &envelope.command {
        Command::Conversation { id, command } => {
            let mut keys = vec![Key::Conversation(*id)];
            if let ConversationCommand::Post { draft, .. }
            | ConversationCommand::Schedule { draft, .. } = command
            {
                let duplicate =
                    super::super::conversation::dedup_key(&envelope.principal, *id, draft);
                keys.extend(duplicate.map(Key::Duplicate));
                keys.extend(draft.attachments.iter().map(|id| Key::Attachment(*id)));
            }
            keys
        }
        Command::SaveDraft {
            conversation_id: id,
            ..
        }
        | Command::ApplyMacro {
            conversation_id: id,
            ..
        } => vec![Key::Conversation(*id)],
        Command::Receive(receive) => match &receive.from {
            Sender::Known(contact) => {
                let mut keys = vec![
                    Key::Contact(*contact),
                    Key::Current(receive.inbox_id, *contact),
                ];
                keys.extend(
                    super::super::receive::dedup_key(receive, *contact).map(Key::Duplicate),
                );
                keys.extend(
                    receive
                        .draft
                        .attachments
                        .iter()
                        .map(|id| Key::Attachment(*id)),
                );
                keys
            }
            Sender::Address { address, .. } => vec![Key::Identity(address.clone())],
        },
        Command::Identify(identify) => vec![Key::Identity(identify.visitor.clone())],
        Command::Decide { trace, .. } => vec![Key::Conversation(trace.conversation_id)],
        Command::Escalate(asked) => vec![Key::Conversation(asked.trace.conversation_id)],
        Command::TakeIn(take_in) => {
            let receive = &take_in.receive;
            let duplicate = receive.external_id.as_ref();
            let duplicate =
                duplicate.map(|id| super::super::receive::external_key(receive.inbox_id, id));
            let mut keys: Vec<_> = duplicate.map(Key::Duplicate).into_iter().collect();
            match &receive.from {
                Sender::Known(contact) => keys.push(Key::Current(receive.inbox_id, *contact)),
                Sender::Address { address, .. } => keys.push(Key::Identity(address.clone())),
            }
            keys
        }
        Command::TakeMail(it) => mail_keys(it),
        Command::NoteUid(it) => vec![Key::MailFolder(it.inbox_id, it.mark.folder.clone())],
        Command::WriteMail(it) => vec![Key::Conversation(it.conversation_id)],
        Command::KeepMail(it) => vec![Key::Mail(it.message_id)],
        Command::RecordAttempt { id, .. } | Command::Redeliver { id } => vec![Key::Outbox(*id)],
        Command::Ring(it) => vec![Key::CallNamed(
            it.provider.clone(),
            it.provider_call_id.clone(),
        )],
        Command::Call { id, .. } => vec![Key::Call(*id)],
        Command::Dial(_) => vec![Key::LiveCalls],
        _ => vec![],
    }
}

/// What a mail is sure to ask. Mails come by the hundred, so this is what keeps them to one round trip.
fn mail_keys(it: &TakeMail) -> Vec<Key> {
    let inbox = it.inbox_id;
    let mut keys = vec![Key::MailSeen(inbox, it.fingerprint.clone())];
    let ids = it.mail.rfc_id.iter();
    let ids = ids.chain(super::super::mail::referred(&it.mail));
    keys.extend(ids.map(|id| Key::MailId(inbox, id.clone())));
    if let Some(mark) = &it.mark {
        keys.push(Key::MailFolder(inbox, mark.folder.clone()));
    }
    if let Sender::Address { address, .. } = &it.from {
        keys.push(Key::Identity(address.clone()));
        keys.push(Key::MailSender(inbox, address.value.clone()));
    }
    if let MailPlace::Into(id) | MailPlace::Put(id) = it.place {
        keys.push(Key::Conversation(id));
    }
    keys
}

/// True when the answer is in memory.
pub(in crate::writer) fn is_known(known: &Facts, key: &Key) -> bool {
    match key {
        Key::Conversation(id) => known.conversations.contains_key(id),
        Key::Contact(id) => known.contacts.contains_key(id),
        Key::ContactSeen(id, scope) => known.contacts_seen.contains_key(&(*id, scope.clone())),
        Key::Identity(address) => known.identities.contains_key(address),
        Key::Current(inbox, contact) => known.current.contains_key(&(*inbox, *contact)),
        Key::Duplicate(key) => known.duplicates.contains_key(key),
        Key::Message(id) => known.messages.contains_key(id),
        Key::Scheduled(id) => known.scheduled.contains_key(id),
        Key::AgentEmail(email) => known.agent_emails.contains_key(email),
        Key::Attachment(id) => known.attachments.contains_key(id),
        Key::Outbox(id) => known.outbox.contains_key(id),
        Key::Said(id) => known.said.contains_key(id),
        Key::ExternalRef(inbox, id) => known.external.contains_key(&(*inbox, id.clone())),
        Key::Thread(inbox, key) => known.threads.contains_key(&(*inbox, key.clone())),
        Key::PluginValue(space, key, _) => known
            .plugin_values
            .contains_key(&(space.clone(), key.clone())),
        Key::PluginUsage(space, _) => known.plugin_usage.contains_key(space),
        Key::ConversationsOf(inbox) => known.conversations_of.contains_key(inbox),
        Key::ReadMark(id, agent) => known.read_marks.contains_key(&(*id, *agent)),
        Key::Call(id) => known.calls.contains_key(id),
        Key::CallNamed(provider, name) => known
            .call_names
            .contains_key(&(provider.clone(), name.clone())),
        Key::LiveCalls => known.live_calls.is_some(),
        Key::Dialled(agent, since) => known.dialled.contains_key(&(*agent, *since)),
        Key::NumberOf(id) => known.numbers.contains_key(id),
        Key::Mail(id) => known.mails.contains_key(id),
        Key::MailSeen(inbox, key) => known.mails_seen.contains_key(&(*inbox, key.clone())),
        Key::MailId(inbox, id) => known.mail_ids.contains_key(&(*inbox, id.clone())),
        Key::MailSender(inbox, it) => known.mail_senders.contains_key(&(*inbox, it.clone())),
        Key::MailFolder(inbox, it) => known.mail_folders.contains_key(&(*inbox, it.clone())),
        Key::MailUid(inbox, folder, validity, uid) => {
            known
                .mail_uids
                .contains_key(&(*inbox, folder.clone(), *validity, *uid))
        }
    }
}
