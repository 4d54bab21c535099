//! What stands beside a conversation.

use async_trait::async_trait;
use plugboard_domain::{Principal, ids::ConversationId};
use plugboard_protocol::extensions::{Order, PanelAnswer, Suggestion};
use serde_json::Value;

use crate::ExtensionError;

/// Asks plugins for what stands beside a conversation. A plugin that fails or is slow shows why within a second, and
/// never holds up the others. The principal must be allowed to read the conversation.
#[async_trait]
pub trait Assistance: Send + Sync {
    /// Cards of all panel plugins.
    async fn panels(
        &self,
        by: Principal,
        conversation: ConversationId,
        locale: &str,
    ) -> Result<Vec<PanelAnswer>, ExtensionError>;

    /// A button of a card was pressed: the card as it is now.
    async fn panel_action(
        &self,
        by: Principal,
        conversation: ConversationId,
        locale: &str,
        plugin: &str,
        action_id: &str,
        args: Value,
    ) -> Result<PanelAnswer, ExtensionError>;

    /// Suggested replies, best first.
    async fn suggestions(
        &self,
        by: Principal,
        conversation: ConversationId,
    ) -> Result<Vec<Suggestion>, ExtensionError>;

    /// Orders of the contact, or those that a query finds, newest first.
    async fn orders(
        &self,
        by: Principal,
        conversation: ConversationId,
        query: Option<String>,
    ) -> Result<Vec<Order>, ExtensionError>;

    /// Does something with an order: `note`, `refund`, `cancel`. The key makes it safe to repeat.
    #[expect(
        clippy::too_many_arguments,
        reason = "each part of the request is a word of its own"
    )]
    async fn order_action(
        &self,
        by: Principal,
        conversation: ConversationId,
        plugin: &str,
        order: &str,
        action: &str,
        args: Value,
        idempotency_key: String,
    ) -> Result<Value, ExtensionError>;
}
