//! Conversations, their journal, and what must hold after every command. The harness asserts what no test remembers.

use plugboard_domain::{
    ContactId, ConversationId, Event, Principal, Recorded, Rejection, Seq, Timestamp,
    conversation::{
        self, Context, Conversation, ConversationCommand, NewConversation, Status, Waiting,
    },
    desk::Desk,
    message::{MessageDraft, MessageKind},
    sla::SlaTarget,
};
use uuid::Uuid;

use super::{CONTACT, INBOX, message, start};

/// Some conversations of one desk.
pub(crate) struct World {
    pub(crate) desk: Desk,
    pub(crate) now: Timestamp,
    pub(crate) conversations: Vec<Conversation>,
    /// Every event with the state of its conversation after it.
    pub(crate) journal: Vec<(Recorded, Conversation)>,
    messages: u128,
    seq: Seq,
}

impl World {
    pub(crate) fn new(desk: Desk) -> Self {
        Self {
            desk,
            now: start(),
            conversations: vec![],
            journal: vec![],
            messages: 0,
            seq: 0,
        }
    }

    /// The contact's first message begins another conversation.
    pub(crate) fn begin(&mut self) -> Vec<Event> {
        let id = ConversationId(Uuid::from_u128(101 + self.conversations.len() as u128));
        let new = NewConversation {
            id,
            inbox_id: INBOX,
            contact_id: CONTACT,
            identity_id: None,
        };
        let draft = self.draft();
        let inbox = self.desk.inbox(INBOX).unwrap().clone();
        let principal = Principal::Contact(CONTACT);
        let context = Context {
            desk: &self.desk,
            principal: &principal,
            now: self.now,
            next_seq: self.seq + 1,
            spare_id: message(0),
        };
        let events = conversation::begin(
            &new,
            &draft,
            &inbox,
            conversation::Arrival::Live { opener: true },
            &context,
        )
        .unwrap();
        self.record(id, &principal, &events);
        self.check();
        events
    }

    pub(crate) fn draft(&mut self) -> MessageDraft {
        self.messages += 1;
        MessageDraft {
            id: message(self.messages),
            text: "text".to_owned(),
            attachments: vec![],
            client_id: None,
        }
    }

    /// Does what the engine does with a command, and gives the events of every conversation it touched.
    pub(crate) fn execute(
        &mut self,
        index: usize,
        principal: &Principal,
        command: &ConversationCommand,
    ) -> Result<Vec<Event>, Rejection> {
        let before = self.conversations[index].clone();
        let target = match command {
            ConversationCommand::Merge { into } => Some(*into),
            ConversationCommand::Unmerge => before.merged_into(),
            _ => None,
        };
        let target = self
            .conversations
            .iter()
            .position(|it| Some(it.id) == target);
        if let (ConversationCommand::Merge { .. }, Some(target)) = (command, target) {
            conversation::check_absorb(&self.conversations[target], &before)?;
        }
        if let (ConversationCommand::Unmerge, Some(target)) = (command, target) {
            conversation::check_release(&self.conversations[target])?;
        }
        let mut told = conversation::decide(&before, command, &self.context(principal))?;
        self.record(before.id, principal, &told);
        if let Some(target) = target {
            let other = &self.conversations[target];
            let id = other.id;
            let events = match command {
                ConversationCommand::Merge { .. } => conversation::absorb(other, &before),
                _ => conversation::release(other, &before),
            };
            self.record(id, principal, &events);
            told.extend(events);
            if let ConversationCommand::Merge { .. } = command {
                let target = &self.conversations[target];
                let events = conversation::settle(target, &self.context(principal));
                self.record(id, principal, &events);
                told.extend(events);
            }
        }
        self.check();
        Ok(told)
    }

    /// Does what a worker asked for of one conversation.
    pub(crate) fn follow(
        &mut self,
        index: usize,
        part: &'static str,
        decide: impl FnOnce(&Conversation, &Context<'_>) -> Result<Vec<Event>, Rejection>,
    ) -> Result<Vec<Event>, Rejection> {
        let principal = Principal::System(part);
        let before = self.conversations[index].clone();
        let told = decide(&before, &self.context(&principal))?;
        self.record(before.id, &principal, &told);
        self.check();
        Ok(told)
    }

    /// The position of the newest event.
    pub(crate) fn head(&self) -> Seq {
        self.seq
    }

    fn context<'a>(&'a self, principal: &'a Principal) -> Context<'a> {
        Context {
            desk: &self.desk,
            principal,
            now: self.now,
            next_seq: self.seq + 1,
            spare_id: message(0),
        }
    }

    fn record(&mut self, id: ConversationId, principal: &Principal, events: &[Event]) {
        for event in events {
            let decoded = Event::decode(event.kind(), event.data()).unwrap();
            assert_eq!(
                decoded, *event,
                "an event reads back from the journal as it was"
            );
            self.seq += 1;
            let recorded = Recorded {
                seq: self.seq,
                at: self.now,
                actor: principal.actor(),
                conversation_id: Some(id),
                caused_by: None,
                event: event.clone(),
            };
            let index = self.conversations.iter().position(|it| it.id == id);
            let state = index.map(|index| self.conversations[index].clone());
            let state = Conversation::apply(state, id, &recorded).unwrap();
            let stored = serde_json::to_string(&state).unwrap();
            assert_eq!(
                serde_json::from_str::<Conversation>(&stored).unwrap(),
                state,
                "a state reads back from its row as it was"
            );
            match index {
                Some(index) => self.conversations[index] = state.clone(),
                None => self.conversations.push(state.clone()),
            }
            self.journal.push((recorded, state));
        }
    }

    /// The events of one conversation.
    pub(crate) fn history(&self, id: ConversationId) -> impl Iterator<Item = &Recorded> {
        self.journal
            .iter()
            .map(|(recorded, _)| recorded)
            .filter(move |it| it.conversation_id == Some(id))
    }

    fn check(&self) {
        for state in &self.conversations {
            self.check_counts(state);
            self.check_waiting(state);
            for target in SlaTarget::ALL {
                let clocks = state.sla.iter().flat_map(|sla| &sla.clocks);
                let same = clocks.filter(|clock| clock.target == target).count();
                assert!(same <= 1, "at most one clock of a kind");
            }
            let timers = state.timers(&self.desk);
            let mut kinds: Vec<_> = timers.iter().map(|it| it.kind).collect();
            kinds.sort();
            kinds.dedup();
            assert_eq!(
                kinds.len(),
                timers.len(),
                "at most one timer of a kind: {timers:?}"
            );
            if state.merged_into().is_some() {
                assert_eq!(timers, [], "what is merged away needs no timers");
                assert!(!state.needs_reply() && !state.is_queued());
            }
        }
    }

    fn check_counts(&self, state: &Conversation) {
        let written = |it: &&Recorded| matches!(it.event, Event::MessageCreated { .. });
        let count = self.history(state.id).filter(written).count() as u64;
        assert_eq!(state.message_count, count);
        let newest = self
            .history(state.id)
            .filter(|it| !matches!(it.event, Event::Read { .. } | Event::DraftChanged { .. }))
            .map(|it| it.seq)
            .max();
        assert_eq!(Some(state.seq), newest);
    }

    /// Who waits is what the messages say, told a second time.
    fn check_waiting(&self, state: &Conversation) {
        let mut owed = false;
        for recorded in self.history(state.id) {
            match &recorded.event {
                Event::MessageCreated { message, .. } => match message.kind {
                    MessageKind::Inbound => owed = true,
                    MessageKind::Outbound if message.author.agent_id().is_some() => owed = false,
                    MessageKind::Outbound | MessageKind::Note | MessageKind::Call => {}
                },
                Event::StatusChanged {
                    status: Status::Resolved { .. },
                    ..
                } => owed = false,
                Event::StatusChanged { cause, .. } => owed |= cause == "absorbed",
                _ => {}
            }
        }
        let waits = matches!(state.waiting, Waiting::Agent { .. });
        assert_eq!(waits, owed, "the contact waits when an answer is owed");
        if let Status::Resolved { .. } = state.status {
            assert_eq!(state.waiting, Waiting::Nobody);
        }
        assert_eq!(state.needs_reply(), owed && state.status == Status::Open);
    }
}

/// Who the people of the stories are, as principals.
pub(crate) fn visitor() -> Principal {
    Principal::Contact(ContactId(CONTACT.0))
}
