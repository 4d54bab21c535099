//! What a team lead can set; the manifest's form has the same fields with the same defaults.

use serde::Deserialize;

/// How work is shared among those who could take it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// The fullest desk last.
    #[default]
    LeastBusy,
    /// In turn: whoever got the last conversation longest ago.
    InTurn,
}

/// What happens when nobody on shift has the skills that the inbox demands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nobody {
    /// The customer waits.
    #[default]
    Wait,
    /// Anybody in the team answers.
    Anyone,
}

/// How urgent a conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Can wait.
    Low,
    /// As usual.
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Customers return to the agent who helped them last.
    pub returning_customers: bool,
    /// Agents with a skill named like the customer's language (`zh`, `en`) go first.
    pub same_language: bool,
    /// How work is shared.
    pub share: Share,
    /// Without the demanded skills on shift.
    pub without_skill: Nobody,
    /// Places of each agent that only known customers get: returning and VIP.
    pub kept_places: u32,
    /// Tags of customers who go first.
    pub vip_tags: Vec<String>,
    /// Skill of the agents who serve them.
    pub vip_skill: String,
    /// Their conversations are at least this urgent.
    pub vip_priority: Urgency,
    /// Team that helps out, id or name; empty: none.
    pub overflow_team: String,
    /// After how many seconds of waiting.
    pub overflow_after_secs: u32,
    /// After so many moves between teams a conversation stays.
    pub most_moves: u8,
    /// Language of reasons: `auto`, `en`, `zh`.
    pub reasons: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            returning_customers: true,
            same_language: true,
            share: Share::LeastBusy,
            without_skill: Nobody::Wait,
            kept_places: 0,
            vip_tags: ["vip", "大客户", "会员"].map(str::to_owned).to_vec(),
            vip_skill: "vip".to_owned(),
            vip_priority: Urgency::High,
            overflow_team: String::new(),
            overflow_after_secs: 300,
            most_moves: 2,
            reasons: "auto".to_owned(),
        }
    }
}
