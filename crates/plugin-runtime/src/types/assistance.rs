//! Lifecycle, replies, orders, events, panels.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use super::ConversationView;

/// What a plugin says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Info {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Turn {
    /// Who wrote it.
    #[component(name = "from-customer")]
    pub from_customer: bool,
    /// What.
    pub text: String,
    /// When, Unix milliseconds.
    pub at: u64,
}

/// An answer that an agent may send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Suggestion {
    /// The answer.
    pub text: String,
    /// 0 to 1.
    pub confidence: f32,
    /// Title and address of what it rests on.
    #[serde(default)]
    pub sources: Vec<(String, String)>,
}

/// An amount.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Money {
    /// ISO 4217.
    pub currency: String,
    /// In the currency's smallest unit.
    pub minor: i64,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct OrderLine {
    /// Article number.
    pub sku: String,
    /// Name.
    pub title: String,
    /// How many.
    pub quantity: u32,
    /// Of one.
    pub price: Money,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Order {
    /// The shop's id of it.
    pub id: String,
    /// What people call it.
    pub number: String,
    /// The shop's word.
    pub status: String,
    /// Sum.
    pub total: Money,
    /// When, Unix milliseconds.
    #[component(name = "placed-at")]
    pub placed_at: u64,
    /// What.
    #[serde(default)]
    pub lines: Vec<OrderLine>,
    /// Its page in the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Carrier and number.
    #[serde(default)]
    pub tracking: Vec<(String, String)>,
    /// What can be done with it now.
    #[serde(default)]
    pub actions: Vec<String>,
}

/// Something that happened in the desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct HookEvent {
    /// Number in the journal.
    pub seq: u64,
    /// `conversation.created`, ...
    pub name: String,
    /// When, Unix milliseconds.
    pub at: u64,
    /// About which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationView>,
    /// The rest, JSON.
    pub payload: String,
}

enumeration! {
    /// How a badge looks.
    pub enum Tone {
        /// Neutral.
        #[component(name = "plain")]
        Plain,
        /// Fine.
        #[component(name = "good")]
        Good,
        /// Look here.
        #[component(name = "warn")]
        Warn,
        /// Wrong.
        #[component(name = "bad")]
        Bad,
    }
}

/// A button.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct PanelAction {
    /// Given back when it is pressed.
    pub id: String,
    /// What it says.
    pub label: String,
    /// What to ask first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Given back with it, JSON.
    pub args: String,
}

/// One part of a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    /// A heading.
    #[component(name = "heading")]
    Heading(String),
    /// Names and values.
    #[component(name = "facts")]
    Facts(Vec<(String, String)>),
    /// Plain text.
    #[component(name = "text")]
    Text(String),
    /// A badge.
    #[component(name = "badge")]
    Badge((String, Tone)),
    /// Label and address.
    #[component(name = "link")]
    Link((String, String)),
    /// Address of an image.
    #[component(name = "image")]
    Image(String),
    /// Rows; the first is the head.
    #[component(name = "table")]
    Table(Vec<Vec<String>>),
    /// Buttons.
    #[component(name = "buttons")]
    Buttons(Vec<PanelAction>),
    /// A line.
    #[component(name = "divider")]
    Divider,
}

/// What a side panel shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Card {
    /// Title.
    pub title: String,
    /// Content.
    #[serde(default)]
    pub blocks: Vec<Block>,
    /// When to ask again.
    #[component(name = "refresh-after-ms")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_after_ms: Option<u32>,
}
