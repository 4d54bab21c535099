//! A channel without an outside, for tests of what uses channels.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
};

use async_trait::async_trait;
use plugboard_domain::{Rejection, channel::ChannelKind, desk::Inbox};
use serde_json::{Map, Value};

use crate::{Capabilities, Channel, MediaKind, Outbound, Receipt, Receipts, ReplyWindow};

/// Keeps what it is asked to deliver, and answers as it was told to.
pub struct FakeChannel {
    kind: ChannelKind,
    /// Leaf data, never held over an await.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    answers: VecDeque<Receipt>,
    delivered: Vec<Outbound>,
}

impl FakeChannel {
    /// A channel of this kind that takes everything.
    pub fn new(kind: ChannelKind) -> Self {
        Self {
            kind,
            state: Mutex::default(),
        }
    }

    /// Answers the next try with this, and those after it with what is said after it.
    pub fn answer(&self, receipt: Receipt) {
        self.state().answers.push_back(receipt);
    }

    /// Everything that it was asked to deliver, failed tries included.
    pub fn delivered(&self) -> Vec<Outbound> {
        self.state().delivered.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code that holds this lock panics")
    }
}

#[async_trait]
impl Channel for FakeChannel {
    fn kind(&self) -> ChannelKind {
        self.kind.clone()
    }

    fn capabilities(&self, _: &Inbox) -> Capabilities {
        Capabilities {
            text_chars_max: 600,
            media: [MediaKind::Image, MediaKind::File].into(),
            attachments_max: 1,
            attachment_bytes_max: 1_000_000,
            typing: false,
            receipts: Receipts::Read,
            reply_window: Some(ReplyWindow {
                hours: 48,
                sends: Some(5),
            }),
        }
    }

    fn validate_settings(
        &self,
        settings: &Map<String, Value>,
        _: &BTreeMap<String, String>,
    ) -> Result<(), Rejection> {
        match settings.keys().next() {
            None => Ok(()),
            Some(key) => Err(Rejection::invalid(format!("settings.{key} is unknown"))),
        }
    }

    async fn deliver(&self, _: &Inbox, outbound: &Outbound) -> Receipt {
        let mut state = self.state();
        state.delivered.push(outbound.clone());
        let sent = Receipt::Sent {
            external_id: Some(format!("fake-{}", state.delivered.len())),
        };
        state.answers.pop_front().unwrap_or(sent)
    }
}

#[cfg(test)]
mod tests {
    use plugboard_domain::{
        Timestamp,
        ids::{ConversationId, InboxId, MessageId},
    };
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn the_fake_keeps_the_contract_and_answers_as_told() {
        let fake = FakeChannel::new(ChannelKind::Email);
        let inbox = Inbox {
            id: InboxId(Uuid::nil()),
            name: "support".into(),
            channel: ChannelKind::Email,
            shop_id: None,
            team_id: None,
            policy: plugboard_domain::desk::InboxPolicy::default(),
            settings: Map::new(),
            created_at: Timestamp::UNIX_EPOCH,
        };
        crate::conformance::check(&fake, &inbox, &BTreeMap::new());
        let outbound = Outbound {
            message_id: MessageId(Uuid::nil()),
            conversation_id: ConversationId(Uuid::nil()),
            to: None,
            thread_key: None,
            text: "你好".into(),
            files: vec![],
            author_name: None,
        };
        fake.answer(Receipt::WindowClosed);
        let first = fake.deliver(&inbox, &outbound).await;
        let second = fake.deliver(&inbox, &outbound).await;
        assert_eq!(first, Receipt::WindowClosed);
        assert!(matches!(second, Receipt::Sent { .. }));
        assert_eq!(fake.delivered().len(), 2);
    }
}
