//! Rules, and trying policies on the past.

use async_trait::async_trait;
use plugboard_domain::Principal;
use plugboard_protocol::extensions::{
    Backtest, BacktestJob, BacktestRequest, CanaryReport, DecisionReplay, DryRun, PolicyKind,
    Problem, Shadowed, TrialRequest,
};

use crate::ExtensionError;

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

    /// The latest backtests, newest first, at most 20.
    async fn backtests(&self) -> Result<Vec<BacktestJob>, ExtensionError>;

    /// One backtest.
    async fn backtest(&self, id: &str) -> Result<Backtest, ExtensionError>;

    /// Makes a stored decision once more, without effect, and compares.
    async fn replay_decision(
        &self,
        by: Principal,
        decision: &str,
    ) -> Result<DecisionReplay, ExtensionError>;

    /// How the shadow policy of a kind does, since it was set.
    async fn shadowed(&self, kind: PolicyKind) -> Result<Shadowed, ExtensionError>;

    /// How the canary of a kind does beside the conversations that it does not get.
    async fn canary(&self, kind: PolicyKind) -> Result<CanaryReport, ExtensionError>;
}
