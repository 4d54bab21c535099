//! What a customer wants, and how sure that is.

use plugboard_plugin_sdk::{ConversationView, Stage};

use crate::{Settings, words};

/// What a customer wants of a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Is angry, or wants somebody to be held to account. Comes before everything else.
    Complaint,
    /// Wants something returned, exchanged, refunded or repaired.
    Aftersale,
    /// Asks where an order is, or wants it changed.
    Orders,
    /// Is thinking about buying.
    Presale,
    /// Gives feedback, or is a member with questions about membership.
    Care,
}

impl Intent {
    /// In the order in which a tie is decided: what hurts most first.
    pub const ALL: [Self; 5] = [
        Self::Complaint,
        Self::Aftersale,
        Self::Orders,
        Self::Presale,
        Self::Care,
    ];

    /// Its name in reasons.
    pub fn name(self, zh: bool) -> &'static str {
        match (self, zh) {
            (Self::Complaint, true) => "投诉",
            (Self::Complaint, false) => "complaint",
            (Self::Aftersale, true) => "售后",
            (Self::Aftersale, false) => "aftersale",
            (Self::Orders, true) => "订单与物流",
            (Self::Orders, false) => "orders and delivery",
            (Self::Presale, true) => "售前",
            (Self::Presale, false) => "presale",
            (Self::Care, true) => "客户关怀",
            (Self::Care, false) => "customer care",
        }
    }

    /// The tag that it is given.
    pub fn tag(self, zh: bool) -> &'static str {
        match (self, zh) {
            (Self::Orders, true) => "物流",
            (Self::Orders, false) => "delivery",
            (Self::Care, true) => "关怀",
            (Self::Care, false) => "care",
            _ => self.name(zh),
        }
    }

    /// What the name of its team contains, when no team is set.
    pub(crate) fn team_words(self) -> &'static [&'static str] {
        match self {
            Self::Complaint => &["投诉", "complaint"],
            Self::Aftersale => &["售后", "aftersale", "after-sale", "after sale", "returns"],
            Self::Orders => &[
                "订单", "物流", "售中", "order", "logistic", "delivery", "shipping",
            ],
            Self::Presale => &["售前", "presale", "pre-sale", "pre sale", "sales"],
            Self::Care => &["关怀", "会员", "care", "loyalty", "member"],
        }
    }

    /// Whose team helps out when there is none.
    pub(crate) fn nearest(self) -> Option<Self> {
        match self {
            Self::Complaint | Self::Orders => Some(Self::Aftersale),
            Self::Care => Some(Self::Presale),
            Self::Aftersale | Self::Presale => None,
        }
    }
}

/// What a customer seems to want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// What.
    pub intent: Intent,
    /// How sure: plain words count one, strong ones, tags and the stage two.
    pub score: u32,
    /// The words that said so, at most three.
    pub because: Vec<String>,
}

/// Reads words, tags and stage. None when nothing says anything.
pub fn guess(settings: &Settings, conversation: &ConversationView) -> Option<Guess> {
    let text = conversation.last_text.to_lowercase();
    let subject = conversation
        .subject
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    let mut best: Option<Guess> = None;
    for intent in Intent::ALL {
        let mut score = 0;
        let mut because: Vec<String> = Vec::new();
        let mut count = |word: &str, weight: u32| {
            score += weight;
            // A word within a word that counted, such as 退货 in 退货退款, says nothing new.
            if because.len() < 3 && !because.iter().any(|it| it.contains(word)) {
                because.push(word.to_owned());
            }
        };
        for word in words::found(intent, &text).chain(words::found(intent, &subject)) {
            count(word.text, word.weight);
        }
        for word in settings.words(intent) {
            if text.contains(&word.to_lowercase()) {
                count(word, 2);
            }
        }
        for tag in [intent.tag(true), intent.tag(false)] {
            if conversation.has_tag(tag) {
                count(tag, 2);
            }
        }
        if let Some(stage) = conversation
            .stage
            .filter(|stage| of_stage(*stage) == intent)
        {
            count(stage_name(stage), 1);
        }
        if score > best.as_ref().map_or(0, |it| it.score) {
            best = Some(Guess {
                intent,
                score,
                because,
            });
        }
        // Whoever complains strongly is not sent to where parcels are traced.
        if intent == Intent::Complaint && score >= 2 {
            return best;
        }
    }
    best
}

fn of_stage(stage: Stage) -> Intent {
    match stage {
        Stage::Presale => Intent::Presale,
        Stage::InSale => Intent::Orders,
        Stage::Aftersale => Intent::Aftersale,
        Stage::Review => Intent::Care,
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Presale => "presale",
        Stage::InSale => "in_sale",
        Stage::Aftersale => "aftersale",
        Stage::Review => "review",
    }
}
