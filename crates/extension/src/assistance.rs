//! What stands beside a conversation.

use async_trait::async_trait;
use plugboard_domain::{Principal, Timestamp, ids::ConversationId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ExtensionError;

/// A card of a plugin beside a conversation. Declarative: the app draws it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Title.
    pub title: String,
    /// Content, from the top.
    pub blocks: Vec<Block>,
    /// When to ask again, in milliseconds.
    pub refresh_after_ms: Option<u32>,
}

/// A piece of a card. All text is plain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// A heading.
    Heading {
        /// Its text.
        text: String,
    },
    /// Names and values.
    Facts {
        /// In order.
        items: Vec<(String, String)>,
    },
    /// A paragraph.
    Text {
        /// Its text.
        text: String,
    },
    /// A short mark.
    Badge {
        /// Its text.
        text: String,
        /// Its colour.
        tone: Tone,
    },
    /// A link that opens apart; `https` only.
    Link {
        /// Its text.
        text: String,
        /// Where to.
        url: String,
    },
    /// A picture of the desk's file store, or `https`.
    Image {
        /// Where from.
        url: String,
    },
    /// Rows of cells; the first row is the head.
    Table {
        /// The rows.
        rows: Vec<Vec<String>>,
    },
    /// Buttons.
    Buttons {
        /// In order.
        actions: Vec<CardAction>,
    },
    /// A line between.
    Divider,
}

/// A button.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardAction {
    /// What the plugin is told.
    pub id: String,
    /// What it says.
    pub label: String,
    /// A question to answer first.
    pub confirm: Option<String>,
    /// Goes back to the plugin.
    pub args: Value,
}

/// The colour of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Neutral.
    Plain,
    /// All is well.
    Good,
    /// Look here.
    Warn,
    /// Something is wrong.
    Bad,
}

/// What one plugin's panel shows, or why it shows nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelAnswer {
    /// Key of the plugin.
    pub plugin: String,
    /// The card.
    pub card: Option<Card>,
    /// Why there is none.
    pub error: Option<String>,
}

/// A reply that a plugin suggests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Key of the plugin.
    pub plugin: String,
    /// The text.
    pub text: String,
    /// 0 to 1.
    pub confidence: f32,
    /// Titles and addresses of what it rests on.
    pub sources: Vec<(String, String)>,
}

/// An amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// ISO 4217.
    pub currency: String,
    /// In the smallest unit.
    pub minor: i64,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The shop's number of the article.
    pub sku: String,
    /// Its name.
    pub title: String,
    /// How many.
    pub quantity: u32,
    /// Price of one.
    pub price: Money,
}

/// An order of the contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Key of the plugin that knows it.
    pub plugin: String,
    /// Identifier at the shop.
    pub id: String,
    /// Number that people say.
    pub number: String,
    /// The shop's word for where it stands.
    pub status: String,
    /// In total.
    pub total: Money,
    /// When.
    pub placed_at: Timestamp,
    /// Its lines.
    pub lines: Vec<OrderLine>,
    /// The shop's page of it.
    pub url: Option<String>,
    /// Carrier and number.
    pub tracking: Vec<(String, String)>,
    /// What can be done with it, as far as granted.
    pub actions: Vec<String>,
}

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
