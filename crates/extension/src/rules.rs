//! What teams write, and trying it on the past.

use std::collections::BTreeMap;

use async_trait::async_trait;
use plugboard_domain::{Principal, Timestamp, ids::ConversationId};
use serde::{Deserialize, Serialize};

use crate::ExtensionError;

/// What a policy decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// Who gets a conversation.
    Routing,
    /// What happens when it goes wrong.
    Escalation,
}

/// A policy to try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// What comes with the desk.
    Builtin,
    /// An installed plugin, by key.
    Plugin(String),
    /// A saved rule, by name: the version in force, or the one given.
    Rule {
        /// Its name.
        name: String,
        /// Which version.
        #[serde(default)]
        version: Option<u32>,
    },
    /// Source that is not saved.
    Source(String),
}

/// A place in a source, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// What, for people.
    pub message: String,
}

/// What to try on the latest conversations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialRequest {
    /// What it decides.
    pub kind: PolicyKind,
    /// What to try.
    pub policy: Policy,
    /// How many conversations, at most 100.
    pub limit: usize,
}

/// What would have happened to the latest conversations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DryRun {
    /// One for each conversation, newest first.
    pub items: Vec<Difference>,
    /// How many would have gone another way.
    pub changed: usize,
    /// Calls that failed; the built-in policy stood in.
    pub failed: usize,
}

/// One conversation under another policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Which one.
    pub conversation_id: ConversationId,
    /// What happened: name of the agent or team, or the escalation's steps.
    pub was: String,
    /// What would have happened.
    pub would_be: String,
    /// Why, in the words of the policy tried.
    pub why: String,
    /// Whether they differ.
    pub changed: bool,
    /// Wait until somebody owned it, as it was, in seconds.
    pub waited_secs: Option<u64>,
    /// The same under the policy tried.
    pub would_wait_secs: Option<u64>,
}

/// A past period to run a policy over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestRequest {
    /// What it decides.
    pub kind: PolicyKind,
    /// What to try.
    pub policy: Policy,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
}

/// How far a backtest is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BacktestState {
    /// It runs.
    Running {
        /// Conversations done.
        done: u64,
        /// Conversations in all, as far as known.
        of: u64,
    },
    /// It is done.
    Done,
    /// It could not be done.
    Failed {
        /// Why.
        why: String,
    },
}

/// A backtest in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BacktestJob {
    /// Identifier.
    pub id: String,
    /// What was asked.
    pub request: BacktestRequest,
    /// How far it is.
    pub progress: BacktestState,
    /// When it began.
    pub started_at: Timestamp,
}

/// A backtest with what it found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// The job.
    #[serde(flatten)]
    pub job: BacktestJob,
    /// Conversations, those that differ first; at most 1,000.
    pub items: Vec<Difference>,
    /// In total.
    pub totals: BacktestTotals,
}

/// Totals of a backtest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BacktestTotals {
    /// Conversations looked at.
    pub conversations: u64,
    /// Of those, how many differ.
    pub changed: u64,
    /// Calls that failed.
    pub failed: u64,
    /// As it was.
    pub was: Figures,
    /// As it would have been.
    pub would_be: Figures,
}

/// Figures of one side of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Median wait until owned, seconds.
    pub wait_p50_secs: u64,
    /// 90th percentile, seconds.
    pub wait_p90_secs: u64,
    /// Conversations given to each agent, by agent id.
    pub load: BTreeMap<String, u64>,
    /// Response targets missed.
    pub sla_misses: u64,
    /// Never owned.
    pub unassigned: u64,
}

/// How a shadow or canary policy does beside the live one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shadowed {
    /// Decisions compared.
    pub decisions: u64,
    /// Of those, the same.
    pub agreed: u64,
    /// Calls that failed.
    pub failed: u64,
    /// The latest that differ, newest first, at most 50.
    pub differing: Vec<Difference>,
}

/// Rules and trials.
#[async_trait]
pub trait Rules: Send + Sync {
    /// Compiles a source. `Ok` holds warnings; errors are [`ExtensionError::Problems`].
    async fn check(&self, kind: PolicyKind, source: &str) -> Result<Vec<Problem>, ExtensionError>;

    /// Tries a policy on the latest conversations that the principal may see.
    async fn dry_run(&self, by: Principal, trial: TrialRequest) -> Result<DryRun, ExtensionError>;

    /// Starts a backtest.
    async fn start_backtest(
        &self,
        by: Principal,
        request: BacktestRequest,
    ) -> Result<BacktestJob, ExtensionError>;

    /// Backtests of this process, newest first.
    async fn backtests(&self) -> Result<Vec<BacktestJob>, ExtensionError>;

    /// One backtest.
    async fn backtest(&self, id: &str) -> Result<Backtest, ExtensionError>;

    /// How the shadow (or canary) policy of a kind does, since it was set.
    async fn shadowed(&self, kind: PolicyKind) -> Result<Shadowed, ExtensionError>;
}
