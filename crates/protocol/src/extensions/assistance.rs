//! What stands beside a conversation.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Pair;
use crate::Time;

/// A card of a plugin beside a conversation. Declarative: the app draws it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Card {
    /// Title.
    pub title: String,
    /// Content, from the top.
    pub blocks: Vec<Block>,
    /// When to ask again, in milliseconds.
    pub refresh_after_ms: Option<u32>,
}

/// A piece of a card. All text is plain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
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
        items: Vec<Pair>,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PanelAnswer {
    /// Key of the plugin.
    pub plugin: String,
    /// The card.
    pub card: Option<Card>,
    /// Why there is none.
    pub error: Option<String>,
}

/// A reply that a plugin suggests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Suggestion {
    /// Key of the plugin.
    pub plugin: String,
    /// The text.
    pub text: String,
    /// 0 to 1.
    pub confidence: f32,
    /// Titles and addresses of what it rests on.
    pub sources: Vec<Pair>,
}

/// An amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Money {
    /// ISO 4217.
    pub currency: String,
    /// In the smallest unit.
    pub minor: i64,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
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
    pub placed_at: Time,
    /// Its lines.
    pub lines: Vec<OrderLine>,
    /// The shop's page of it.
    pub url: Option<String>,
    /// Carrier and number.
    pub tracking: Vec<Pair>,
    /// What can be done with it, as far as granted.
    pub actions: Vec<String>,
}

/// A button that was pressed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PressAction {
    /// Id of the button.
    pub action_id: String,
    /// As the button has them.
    #[serde(default)]
    pub args: Value,
    /// Language of the answer: `zh`, `en`.
    #[serde(default)]
    pub locale: Option<String>,
}

/// What the shop answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderActed {
    /// In the plugin's own words.
    pub result: Value,
}

/// Something to do with an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActOnOrder {
    /// Key of the plugin that knows the order.
    pub plugin: String,
    /// `note`, `refund`, `cancel`.
    pub action: String,
    /// What the action needs.
    #[serde(default)]
    pub args: Value,
    /// Makes it safe to repeat.
    pub client_id: String,
}
