//! What a team lead can set; the manifest's form has the same fields with the same defaults.

use serde::Deserialize;

use crate::Intent;

/// The settings. Teams are ids or names; words come on top of those that are built in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[expect(
    missing_docs,
    reason = "the fields come in pairs that are described together"
)]
pub struct Settings {
    pub presale_team: String,
    pub presale_words: Vec<String>,
    pub orders_team: String,
    pub orders_words: Vec<String>,
    pub aftersale_team: String,
    pub aftersale_words: Vec<String>,
    pub complaint_team: String,
    pub complaint_words: Vec<String>,
    pub care_team: String,
    pub care_words: Vec<String>,
    /// Who answers first when it is not clear what it is about; empty: the next policy decides.
    pub default_team: String,
    /// Whether it puts on the tag of what it is about.
    pub add_tags: bool,
    /// After so many moves between teams a conversation stays.
    pub most_moves: u8,
    /// Language of reasons and tags: `auto`, `en`, `zh`.
    pub reasons: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            presale_team: String::new(),
            presale_words: Vec::new(),
            orders_team: String::new(),
            orders_words: Vec::new(),
            aftersale_team: String::new(),
            aftersale_words: Vec::new(),
            complaint_team: String::new(),
            complaint_words: Vec::new(),
            care_team: String::new(),
            care_words: Vec::new(),
            default_team: String::new(),
            add_tags: true,
            most_moves: 2,
            reasons: "auto".to_owned(),
        }
    }
}

impl Settings {
    pub(crate) fn team(&self, intent: Intent) -> &str {
        match intent {
            Intent::Complaint => &self.complaint_team,
            Intent::Aftersale => &self.aftersale_team,
            Intent::Orders => &self.orders_team,
            Intent::Presale => &self.presale_team,
            Intent::Care => &self.care_team,
        }
    }

    pub(crate) fn words(&self, intent: Intent) -> &[String] {
        match intent {
            Intent::Complaint => &self.complaint_words,
            Intent::Aftersale => &self.aftersale_words,
            Intent::Orders => &self.orders_words,
            Intent::Presale => &self.presale_words,
            Intent::Care => &self.care_words,
        }
    }
}
