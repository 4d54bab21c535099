//! The functions of all contracts.

use std::sync::Arc;

use super::Plugin;
use crate::{
    backing::Account,
    error::CallError,
    functions::{self, Checked},
    types::{
        Batch, Capabilities, Card, ContactView, ConversationView, Decision, Dial, EscalationAnswer,
        EscalationRequest, Frame, HookEvent, Info, Order, Outbound, RouteRequest, ScriptKind, Sent,
        SocketStep, Suggestion, Turn, Webhook, WebhookReply,
    },
};

type Answer<T> = Result<T, CallError>;

impl Plugin {
    /// What it says about itself.
    pub async fn describe(&self, account: &Account) -> Answer<Info> {
        self.call::<functions::Describe>(account, ()).await
    }

    /// Turns what an older version kept into this version's form. Once, before traffic moves over.
    pub async fn migrate(&self, account: &Account, from_version: &str) -> Answer<()> {
        let params = (from_version.to_owned(),);
        self.call::<functions::Migrate>(account, params).await
    }

    /// How it is, as JSON of its own.
    pub async fn health(&self, account: &Account) -> Answer<String> {
        self.call::<functions::Health>(account, ()).await
    }

    /// One of its timers fired.
    pub async fn on_timer(&self, account: &Account, key: &str, payload: &str) -> Answer<()> {
        let params = (key.to_owned(), payload.to_owned());
        self.call::<functions::OnTimer>(account, params).await
    }

    /// A request from outside.
    pub async fn on_webhook(&self, account: &Account, webhook: Webhook) -> Answer<WebhookReply> {
        self.call::<functions::OnWebhook>(account, (webhook,)).await
    }

    /// What its channel can do.
    pub async fn describe_channel(&self, account: &Account) -> Answer<Capabilities> {
        self.call::<functions::DescribeChannel>(account, ()).await
    }

    /// Sends a message.
    pub async fn send(&self, account: &Account, message: Outbound) -> Answer<Sent> {
        self.call::<functions::SendMessage>(account, (message,))
            .await
    }

    /// Checks credentials and subscribes; answers JSON for the administrator.
    pub async fn connect(&self, account: &Account) -> Answer<String> {
        self.call::<functions::Connect>(account, ()).await
    }

    /// Unsubscribes.
    pub async fn disconnect(&self, account: &Account) -> Answer<()> {
        self.call::<functions::Disconnect>(account, ()).await
    }

    /// Asks its provider for news.
    pub async fn poll(&self, account: &Account, cursor: Option<Vec<u8>>) -> Answer<Batch> {
        self.call::<functions::Poll>(account, (cursor,)).await
    }

    /// Where its socket goes.
    pub async fn socket_open(&self, account: &Account, attempt: u32) -> Answer<Dial> {
        self.call::<functions::SocketOpen>(account, (attempt,))
            .await
    }

    /// Its socket is open.
    pub async fn socket_on_open(&self, account: &Account, state: Vec<u8>) -> Answer<SocketStep> {
        self.call::<functions::SocketOnOpen>(account, (state,))
            .await
    }

    /// A frame came.
    pub async fn socket_on_frame(
        &self,
        account: &Account,
        state: Vec<u8>,
        frame: Frame,
    ) -> Answer<SocketStep> {
        let params = (state, frame);
        self.call::<functions::SocketOnFrame>(account, params).await
    }

    /// Time passed.
    pub async fn socket_on_tick(&self, account: &Account, state: Vec<u8>) -> Answer<SocketStep> {
        self.call::<functions::SocketOnTick>(account, (state,))
            .await
    }

    /// Who gets a conversation.
    pub async fn route(&self, account: &Account, request: Arc<RouteRequest>) -> Answer<Decision> {
        self.call::<functions::Route>(account, (request,)).await
    }

    /// What happens when one goes wrong.
    pub async fn escalate(
        &self,
        account: &Account,
        request: Arc<EscalationRequest>,
    ) -> Answer<EscalationAnswer> {
        self.call::<functions::Escalate>(account, (request,)).await
    }

    /// Whether a script can run, without running it.
    pub async fn check_script(
        &self,
        account: &Account,
        kind: ScriptKind,
        source: &str,
    ) -> Answer<Checked> {
        let params = (kind, source.to_owned());
        self.call::<functions::CheckScript>(account, params).await
    }

    /// Suggests answers.
    pub async fn suggest(
        &self,
        account: &Account,
        conversation: ConversationView,
        turns: Vec<Turn>,
        max: u8,
    ) -> Answer<Vec<Suggestion>> {
        let params = (conversation, turns, max);
        self.call::<functions::Suggest>(account, params).await
    }

    /// Orders of a contact.
    pub async fn find_orders(
        &self,
        account: &Account,
        who: ContactView,
        query: Option<String>,
        limit: u8,
    ) -> Answer<Vec<Order>> {
        let params = (who, query, limit);
        self.call::<functions::FindOrders>(account, params).await
    }

    /// One order.
    pub async fn get_order(&self, account: &Account, id: &str) -> Answer<Option<Order>> {
        self.call::<functions::GetOrder>(account, (id.to_owned(),))
            .await
    }

    /// Does something to an order, when that was granted.
    pub async fn act(
        &self,
        account: &Account,
        order_id: &str,
        action: &str,
        args: &str,
        idempotency_key: &str,
    ) -> Answer<String> {
        let shared = &self.0.template.shared;
        match shared.grants.require("order_action", action) {
            Ok(key) => shared.used(key),
            Err(failure) => {
                shared.metrics.denied(&shared.key);
                return Err(CallError::Refused(failure));
            }
        }
        let params = (
            order_id.to_owned(),
            action.to_owned(),
            args.to_owned(),
            idempotency_key.to_owned(),
        );
        self.call::<functions::Act>(account, params).await
    }

    /// Something happened in the desk.
    pub async fn on_event(&self, account: &Account, event: HookEvent) -> Answer<()> {
        self.call::<functions::OnEvent>(account, (event,)).await
    }

    /// What its side panel shows.
    pub async fn render(
        &self,
        account: &Account,
        conversation: ConversationView,
        locale: &str,
    ) -> Answer<Card> {
        let params = (conversation, locale.to_owned());
        self.call::<functions::Render>(account, params).await
    }

    /// A button of its side panel was pressed.
    pub async fn on_action(
        &self,
        account: &Account,
        conversation: ConversationView,
        locale: &str,
        action_id: &str,
        args: &str,
    ) -> Answer<Card> {
        let params = (
            conversation,
            locale.to_owned(),
            action_id.to_owned(),
            args.to_owned(),
        );
        self.call::<functions::OnAction>(account, params).await
    }
}
