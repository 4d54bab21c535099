//! Policies and rules: what is in force, what teams write, and trying it on the past.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::Time;

/// What a policy decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// Who gets a conversation.
    #[default]
    Routing,
    /// What happens when it goes wrong.
    Escalation,
}

/// A policy to try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// What comes with the desk.
    Builtin,
    /// An installed plugin, by key.
    Plugin(String),
    /// A saved rule, by name: the version in force.
    Rule(String),
    /// A version of a saved rule.
    RuleVersion {
        /// Its name.
        name: String,
        /// Which version.
        version: u32,
    },
    /// Source that is not saved.
    Source(String),
}

/// A place in a source, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// What, for people.
    pub message: String,
}

/// What to try on the latest conversations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrialRequest {
    /// What it decides.
    pub kind: PolicyKind,
    /// What to try.
    pub policy: Policy,
    /// How many conversations, at most 100.
    pub limit: usize,
}

/// What would have happened to the latest conversations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DryRun {
    /// One for each conversation, newest first.
    pub items: Vec<Difference>,
    /// How many would have gone another way.
    pub changed: usize,
    /// Calls that failed; the built-in policy stood in.
    pub failed: usize,
}

/// One conversation under another policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    /// Which one.
    pub conversation_id: String,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BacktestRequest {
    /// What it decides; routing when unset.
    #[serde(default)]
    pub kind: PolicyKind,
    /// What to try.
    pub policy: Policy,
    /// From when.
    pub from: Time,
    /// Until when.
    pub to: Time,
}

/// How a decision that was made once more compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayOutcome {
    /// Bit for bit the same.
    Same,
    /// Something differs.
    Different,
    /// It could not be made once more: what it looked at, or who decided, is gone or has changed.
    Gone,
}

/// What a policy answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Answered {
    /// Which version of which implementation.
    pub version: String,
    /// The answer.
    pub answer: Value,
    /// In words.
    pub reason: String,
    /// When the built-in policy stood in: for whom, and why.
    pub fallback: Option<String>,
}

/// A stored decision, made once more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DecisionReplay {
    /// Identifier of the decision.
    pub id: String,
    /// About which conversation.
    pub conversation_id: String,
    /// `routing` or `escalation`.
    pub policy: String,
    /// When it was made.
    pub at: Time,
    /// How it compares.
    pub outcome: ReplayOutcome,
    /// Then.
    pub recorded: Answered,
    /// Now; null when it could not be made.
    pub now: Option<Answered>,
    /// What differs: `answer`, `reason`, `version`, `fallback`.
    pub differs: Vec<String>,
    /// What is gone or has changed since, in words.
    pub gone: Vec<String>,
}

/// How far a backtest is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BacktestJob {
    /// Identifier.
    pub id: String,
    /// What was asked.
    pub request: BacktestRequest,
    /// How far it is.
    pub progress: BacktestState,
    /// When it began.
    pub started_at: Time,
}

/// A backtest with what it found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
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

/// How a shadow policy does beside the live one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
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

/// How a canary does beside the conversations that it does not get, since the start of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CanaryReport {
    /// How often it was asked.
    pub decisions: u64,
    /// How often it failed.
    pub failed: u64,
    /// Conversations that it got, since it was set.
    pub on_trial: TargetsMissed,
    /// All others that began since then.
    pub others: TargetsMissed,
}

/// Conversations, and how many of them missed a response target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TargetsMissed {
    /// How many there are.
    pub conversations: u64,
    /// How many of them missed a target.
    pub missed: u64,
}

/// A rule as it was saved once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RuleVersion {
    /// From 1.
    pub number: u32,
    /// Starlark.
    pub source: String,
    /// What the builder shows, when the source was made with it.
    pub builder: Option<Value>,
    /// When.
    pub saved_at: Time,
    /// Id of the agent who saved it.
    pub saved_by: Option<String>,
}

/// A rule that a team wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rule {
    /// Identifier.
    pub id: String,
    /// Its name, which is its address.
    pub name: String,
    /// What it decides.
    pub kind: PolicyKind,
    /// The version in force wherever the rule is used.
    pub live: u32,
    /// The source in force.
    pub source: String,
    /// Versions, newest first, at most 20.
    pub versions: Vec<RuleVersion>,
    /// Where it is used: `live`, `shadow`, `canary`.
    pub used_as: Vec<String>,
    /// What the compiler remarks about the source in force; only in the answer to saving.
    pub warnings: Vec<Problem>,
    /// When it was made.
    pub created_at: Time,
}

/// A rule as it shall be: saving makes a new version and puts it in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SaveRule {
    /// Starlark, at most 32 KiB.
    pub source: String,
    /// What it decides; cannot change.
    pub kind: PolicyKind,
    /// What the builder shows, when the source was made with it.
    #[serde(default)]
    pub builder: Option<Value>,
}

/// A source to compile without saving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckRule {
    /// Starlark, at most 32 KiB.
    pub source: String,
    /// What it decides.
    pub kind: PolicyKind,
}

/// What the compiler says of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleProblems {
    /// Errors: with any of these the rule cannot be saved.
    pub errors: Vec<Problem>,
    /// Remarks.
    pub warnings: Vec<Problem>,
}

/// The version to return to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RollbackRule {
    /// Its number.
    pub number: u32,
}

/// Which policy a place of a chain names: a plugin's key or a rule's name, one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyRef {
    /// Key of an enabled plugin.
    Plugin(String),
    /// Name of a rule.
    Rule(String),
}

/// The policy that comes with the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BuiltinPolicy {
    /// Its only name.
    Builtin,
}

/// One policy or several in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Chain {
    /// `"builtin"`: what comes with the desk, alone.
    Builtin(BuiltinPolicy),
    /// Several: each may pass to the next.
    Many(Vec<PolicyRef>),
    /// One.
    One(PolicyRef),
}

/// A policy that gets a share of new conversations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Canary {
    /// Which one.
    #[serde(flatten)]
    pub policy: PolicyRef,
    /// Its share of new conversations, 1 to 99.
    pub percent: u8,
    /// It is taken back when more of its calls fail, in percent; 5 when unset.
    #[serde(default)]
    pub max_error_percent: Option<u8>,
    /// It is taken back when its share of missed response targets is higher than the live one's by more than this, in
    /// percent points; 10 when unset.
    #[serde(default)]
    pub max_sla_rise_percent: Option<u8>,
    /// Since when; the desk sets it.
    #[serde(default)]
    pub since: Option<Time>,
}

/// What is in force for one kind of decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicySlot {
    /// What it decides.
    pub kind: PolicyKind,
    /// The chain in force; the built-in policy stands behind it.
    pub live: Vec<PolicyRef>,
    /// What a rollback returns to.
    pub previous: Vec<PolicyRef>,
    /// Runs beside the live one without effect.
    pub shadow: Option<PolicyRef>,
    /// Gets a share.
    pub canary: Option<Canary>,
    /// How the shadow does.
    pub shadowed: Shadowed,
    /// How the canary does, when there is one.
    pub canary_report: Option<CanaryReport>,
}

/// What shall be in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SavePolicy {
    /// The chain; null or empty for the built-in policy alone.
    #[serde(default)]
    pub live: Option<Chain>,
    /// Runs beside it without effect.
    #[serde(default)]
    pub shadow: Option<PolicyRef>,
    /// Gets a share.
    #[serde(default)]
    pub canary: Option<Canary>,
}
