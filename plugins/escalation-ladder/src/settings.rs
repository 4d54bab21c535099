//! What a team lead can set; the manifest's form has the same fields with the same defaults.

use serde::Deserialize;

/// The settings. Zero seconds switch a rung off.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the form"
)]
pub struct Settings {
    /// Until the first answer: the owner is reminded after so many seconds.
    pub opener_secs: u64,
    /// Later in the conversation: the owner is reminded after so many seconds.
    pub stall_secs: u64,
    /// The supervisor hears of a wait after so many seconds.
    pub supervisor_secs: u64,
    /// The manager hears of a wait after so many seconds.
    pub manager_secs: u64,
    /// Missed targets of the desk go to the supervisor at once.
    pub breach: bool,
    /// Complaints go to the supervisor at once.
    pub complaints: bool,
    /// More words of complaint.
    pub complaint_words: Vec<String>,
    /// Tag of complaints.
    pub complaint_tag: String,
    /// Serious matters go to everybody at once.
    pub serious: bool,
    /// More words for serious matters.
    pub serious_words: Vec<String>,
    /// Tag of serious matters.
    pub serious_tag: String,
    /// Team that takes serious matters over, id or name; empty: none.
    pub serious_team: String,
    /// Webhook that serious matters call; empty: none.
    pub page_webhook: String,
    /// Opens a case for complaints and serious matters.
    pub open_case: bool,
    /// Team that takes over when the manager hears of a wait; empty: none.
    pub manager_team: String,
    /// Who is the supervisor where the owner's reporting line does not say.
    pub supervisor_role: String,
    /// Who is the manager where the owner's reporting line does not say.
    pub manager_role: String,
    /// Language of texts: `auto`, `en`, `zh`.
    pub language: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            opener_secs: 3,
            stall_secs: 120,
            supervisor_secs: 180,
            manager_secs: 600,
            breach: true,
            complaints: true,
            complaint_words: Vec::new(),
            complaint_tag: "投诉".to_owned(),
            serious: true,
            serious_words: Vec::new(),
            serious_tag: "重大".to_owned(),
            serious_team: String::new(),
            page_webhook: String::new(),
            open_case: true,
            manager_team: String::new(),
            supervisor_role: "supervisor".to_owned(),
            manager_role: "administrator".to_owned(),
            language: "auto".to_owned(),
        }
    }
}
