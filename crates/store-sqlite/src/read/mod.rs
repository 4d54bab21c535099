//! The read side: each question runs on one reader connection, in one snapshot.

pub(crate) mod calls;
mod contacts;
mod conversations;
mod counts;
mod desk;
mod drive;
pub(crate) mod files;
pub(crate) mod journal;
pub(crate) mod mail;
mod messages;
pub(crate) mod plugin;
mod policies;
mod visitor;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use plugboard_domain::{
    Seq, Timestamp,
    access::Scope,
    command::{DecisionTrace, StoredFile},
    contact::{Address, Identity},
    conversation::Conversation,
    desk::EntityRef,
    ids::{
        AgentId, ApiTokenId, AttachmentId, CallId, CaseId, ContactId, ConversationId, DecisionId,
        InboxId, MessageId, OutboxId, TeamId,
    },
    mail::{FolderCursor, Mail, MailRef, UidFate},
    outbox::OutboxEntry,
    plugin::{PluginSpace, PluginValue},
};
use plugboard_store::{
    CallFilter, CallView, ContactView, ConversationFilter, ConversationView, Counts, Credentials,
    Cursor, DraftView, DueTimer, Found, MessageView, OutboxFilter, Paged, ReadStore, ReplyTo,
    ScheduledView, SearchRequest, SessionView, StoreError, Stretch, WorkFacts,
};

pub(crate) use contacts::{is_seen as contact_is_seen, root, view as contact_view};
pub(crate) use drive::blobs;

use crate::{SqliteStore, load, search};

#[async_trait::async_trait]
impl ReadStore for SqliteStore {
    async fn conversations(
        &self,
        filter: ConversationFilter,
        viewer: Option<AgentId>,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Paged<ConversationView>, StoreError> {
        let Some(words) = filter.words.clone() else {
            return self
                .readers
                .ask(move |it| conversations::list(it, &filter, None, viewer, after, limit))
                .await;
        };
        self.indexed().await?;
        self.readers
            .ask_search(move |it| {
                let found = search::conversations_with(it, &words)?;
                conversations::list(it, &filter, found, viewer, after, limit)
            })
            .await
    }

    async fn conversation(
        &self,
        id: ConversationId,
        viewer: Option<AgentId>,
    ) -> Result<Option<ConversationView>, StoreError> {
        self.readers
            .ask(move |it| conversations::one(it, id, viewer))
            .await
    }

    async fn counts(&self, viewer: AgentId, scope: Scope) -> Result<Counts, StoreError> {
        self.readers
            .ask(move |it| counts::of(it, viewer, &scope))
            .await
    }

    async fn messages(
        &self,
        id: ConversationId,
        stretch: Stretch,
        limit: usize,
    ) -> Result<Vec<MessageView>, StoreError> {
        self.readers
            .ask(move |it| messages::page(it, id, stretch, limit))
            .await
    }

    async fn messages_by_id(&self, ids: Vec<MessageId>) -> Result<Vec<MessageView>, StoreError> {
        self.readers.ask(move |it| messages::by_id(it, &ids)).await
    }

    async fn visitor_messages(
        &self,
        inbox: InboxId,
        contact: ContactId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<MessageView>, StoreError> {
        self.readers
            .ask(move |it| visitor::messages(it, inbox, contact, after, limit))
            .await
    }

    async fn current_conversation(
        &self,
        inbox: InboxId,
        contact: ContactId,
    ) -> Result<Option<Conversation>, StoreError> {
        self.readers
            .ask(move |it| conversations::current(it, inbox, contact))
            .await
    }

    async fn contacts(
        &self,
        words: Option<String>,
        scope: Scope,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Paged<ContactView>, StoreError> {
        let Some(words) = words else {
            return self
                .readers
                .ask(move |it| contacts::list(it, None, &scope, after, limit))
                .await;
        };
        self.indexed().await?;
        self.readers
            .ask_search(move |it| {
                let found = search::contacts_with(it, &words)?;
                contacts::list(it, found, &scope, after, limit)
            })
            .await
    }

    async fn contact(
        &self,
        id: ContactId,
        scope: Scope,
    ) -> Result<Option<ContactView>, StoreError> {
        self.readers
            .ask(move |it| contacts::whole(it, id, &scope))
            .await
    }

    async fn identity(&self, address: Address) -> Result<Option<Identity>, StoreError> {
        self.readers
            .ask(move |it| load::identity(it, &address))
            .await
    }

    async fn search(&self, request: SearchRequest) -> Result<Paged<Found>, StoreError> {
        self.indexed().await?;
        self.readers
            .ask_search(move |it| search::find(it, &request))
            .await
    }

    async fn decisions(
        &self,
        id: ConversationId,
    ) -> Result<Vec<(DecisionTrace, Timestamp)>, StoreError> {
        self.readers
            .ask(move |it| policies::decisions(it, id))
            .await
    }

    async fn decision(
        &self,
        id: DecisionId,
    ) -> Result<Option<(DecisionTrace, Timestamp)>, StoreError> {
        self.readers.ask(move |it| policies::decision(it, id)).await
    }

    async fn work_facts(&self, id: ConversationId) -> Result<Option<WorkFacts>, StoreError> {
        self.readers
            .ask(move |it| policies::work_facts(it, id))
            .await
    }

    async fn case_summaries(
        &self,
        id: ConversationId,
    ) -> Result<BTreeMap<CaseId, String>, StoreError> {
        self.readers
            .ask(move |it| policies::case_summaries(it, id))
            .await
    }

    async fn cursor(&self, name: &str) -> Result<Option<Seq>, StoreError> {
        let name = name.to_owned();
        self.readers
            .ask(move |it| policies::cursor(it, &name))
            .await
    }

    async fn drafts(
        &self,
        id: ConversationId,
        agent: AgentId,
    ) -> Result<Vec<DraftView>, StoreError> {
        self.readers
            .ask(move |it| messages::drafts(it, id, agent))
            .await
    }

    async fn scheduled(&self, id: ConversationId) -> Result<Vec<ScheduledView>, StoreError> {
        self.readers
            .ask(move |it| messages::scheduled(it, id))
            .await
    }

    async fn attachment(
        &self,
        id: AttachmentId,
    ) -> Result<Option<(StoredFile, BTreeSet<ConversationId>)>, StoreError> {
        self.readers.ask(move |it| files::with_uses(it, id)).await
    }

    async fn credentials(&self, email: &str) -> Result<Option<Credentials>, StoreError> {
        let email = email.to_owned();
        self.readers
            .ask(move |it| desk::credentials(it, &email))
            .await
    }

    async fn session(&self, token_hash: [u8; 32]) -> Result<Option<SessionView>, StoreError> {
        self.readers
            .ask(move |it| desk::session(it, &token_hash))
            .await
    }

    async fn api_token(&self, token_hash: [u8; 32]) -> Result<Option<ApiTokenId>, StoreError> {
        self.readers
            .ask(move |it| desk::api_token(it, &token_hash))
            .await
    }

    async fn agent_emails(&self) -> Result<BTreeMap<AgentId, String>, StoreError> {
        self.readers.ask(desk::agent_emails).await
    }

    async fn secrets(&self, of: EntityRef) -> Result<BTreeMap<String, String>, StoreError> {
        let vault = self.vault.clone();
        let vault = vault
            .ok_or_else(|| StoreError::Unavailable("the desk was opened without its key".into()))?;
        self.readers
            .ask(move |it| desk::secrets(it, &vault, of))
            .await
    }

    async fn due_timers(&self, now: Timestamp, limit: usize) -> Result<Vec<DueTimer>, StoreError> {
        self.readers
            .ask(move |it| work::due_timers(it, now, limit))
            .await
    }

    async fn next_timer_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.readers.ask(work::next_timer_at).await
    }

    async fn due_outbox(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        self.readers
            .ask(move |it| work::due_outbox(it, now, limit))
            .await
    }

    async fn next_outbox_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.readers
            .ask(move |it| work::next_outbox_after(it, now))
            .await
    }

    async fn next_outbox_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.readers.ask(work::next_outbox_at).await
    }

    async fn outbox(
        &self,
        filter: OutboxFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Paged<OutboxEntry>, StoreError> {
        self.readers
            .ask(move |it| work::outbox(it, &filter, after, limit))
            .await
    }

    async fn outbox_entry(&self, id: OutboxId) -> Result<Option<OutboxEntry>, StoreError> {
        self.readers.ask(move |it| load::outbox(it, id)).await
    }

    async fn outbox_body(&self, id: OutboxId) -> Result<Option<Vec<u8>>, StoreError> {
        self.readers
            .ask(move |it| plugin::outbox_body(it, id))
            .await
    }

    async fn reply_to(&self, id: ConversationId) -> Result<ReplyTo, StoreError> {
        self.readers.ask(move |it| plugin::reply_to(it, id)).await
    }

    async fn earlier_texts(&self, id: MessageId) -> Result<Vec<(String, Timestamp)>, StoreError> {
        self.readers
            .ask(move |it| plugin::earlier_texts(it, id))
            .await
    }

    async fn mails(&self, ids: Vec<MessageId>) -> Result<Vec<Mail>, StoreError> {
        self.readers.ask(move |it| mail::by_message(it, &ids)).await
    }

    async fn mails_of(
        &self,
        inbox: InboxId,
        after: Option<MessageId>,
        limit: usize,
    ) -> Result<Vec<Mail>, StoreError> {
        self.readers
            .ask(move |it| mail::of_inbox(it, inbox, after, limit))
            .await
    }

    async fn mail_thread(&self, id: ConversationId, limit: usize) -> Result<Vec<Mail>, StoreError> {
        self.readers
            .ask(move |it| mail::thread(it, id, limit))
            .await
    }

    async fn mail_ids(
        &self,
        inbox: InboxId,
        ids: Vec<String>,
    ) -> Result<BTreeMap<String, MailRef>, StoreError> {
        self.readers.ask(move |it| mail::ids(it, inbox, ids)).await
    }

    async fn mail_topic(
        &self,
        inbox: InboxId,
        address: String,
        topic: String,
        since: Timestamp,
    ) -> Result<Option<ConversationId>, StoreError> {
        self.readers
            .ask(move |it| mail::topic(it, inbox, &address, &topic, since))
            .await
    }

    async fn mail_folder(
        &self,
        inbox: InboxId,
        folder: String,
    ) -> Result<Option<FolderCursor>, StoreError> {
        self.readers
            .ask(move |it| mail::folder(it, inbox, &folder))
            .await
    }

    async fn mail_uids(
        &self,
        inbox: InboxId,
        folder: String,
        uid_validity: u32,
    ) -> Result<BTreeMap<u32, UidFate>, StoreError> {
        self.readers
            .ask(move |it| mail::fates(it, inbox, &folder, uid_validity))
            .await
    }

    async fn mail_seen(&self, inbox: InboxId, fingerprint: String) -> Result<bool, StoreError> {
        self.readers
            .ask(move |it| Ok(mail::seen(it, inbox, &fingerprint)?.is_some()))
            .await
    }

    async fn calls(
        &self,
        filter: CallFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Paged<CallView>, StoreError> {
        self.readers
            .ask(move |it| calls::list(it, &filter, after.as_ref(), limit))
            .await
    }

    async fn call(&self, id: CallId) -> Result<Option<CallView>, StoreError> {
        self.readers.ask(move |it| calls::one(it, id)).await
    }

    async fn calls_of(&self, messages: Vec<MessageId>) -> Result<Vec<CallView>, StoreError> {
        self.readers
            .ask(move |it| calls::of_messages(it, &messages))
            .await
    }

    async fn live_calls(&self) -> Result<Vec<CallView>, StoreError> {
        self.readers.ask(calls::live).await
    }

    async fn due_calls(&self, now: Timestamp, limit: usize) -> Result<Vec<CallId>, StoreError> {
        self.readers.ask(move |it| calls::due(it, now, limit)).await
    }

    async fn next_call_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.readers.ask(calls::next_at).await
    }

    async fn last_talked(
        &self,
        since: Timestamp,
    ) -> Result<BTreeMap<AgentId, Timestamp>, StoreError> {
        self.readers
            .ask(move |it| calls::last_talked(it, since))
            .await
    }

    async fn plugin_value(
        &self,
        space: PluginSpace,
        key: String,
        now: Timestamp,
    ) -> Result<Option<PluginValue>, StoreError> {
        self.readers
            .ask(move |it| plugin::value(it, &space, &key, now))
            .await
    }

    async fn plugin_keys(
        &self,
        space: PluginSpace,
        prefix: String,
        after: Option<String>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        self.readers
            .ask(move |it| plugin::keys(it, &space, &prefix, after.as_deref(), limit, now))
            .await
    }

    async fn queued(
        &self,
        teams: Vec<Option<TeamId>>,
        limit: usize,
    ) -> Result<Vec<Conversation>, StoreError> {
        self.readers
            .ask(move |it| work::queued(it, &teams, limit))
            .await
    }

    async fn loads(&self) -> Result<BTreeMap<AgentId, u32>, StoreError> {
        self.readers.ask(work::loads).await
    }

    async fn last_routed(&self) -> Result<BTreeMap<AgentId, Timestamp>, StoreError> {
        self.readers.ask(work::last_routed).await
    }

    async fn owed_by(&self, agent: AgentId) -> Result<Vec<ConversationId>, StoreError> {
        self.readers.ask(move |it| work::owed_by(it, agent)).await
    }
}
