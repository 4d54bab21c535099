//! Rules of a desk, and trying them on its past.

use plugboard_protocol::extensions::{
    Backtest, BacktestJob, BacktestRequest, CheckRule, DecisionReplay, Rule, RuleProblems, SaveRule,
};

use crate::{Desk, DeskError, Items};

impl Desk {
    /// All rules, by name.
    pub async fn rules(&self) -> Result<Vec<Rule>, DeskError> {
        let all: Items<Rule> = self.get(&["rules"]).await?;
        Ok(all.items)
    }

    /// One rule.
    pub async fn rule(&self, name: &str) -> Result<Rule, DeskError> {
        self.get(&["rules", name]).await
    }

    /// Saves a rule: a new version, in force wherever the rule is used.
    pub async fn save_rule(&self, name: &str, rule: &SaveRule) -> Result<Rule, DeskError> {
        self.put(&["rules", name], rule).await
    }

    /// Compiles a source.
    pub async fn check_rule(&self, rule: &CheckRule) -> Result<RuleProblems, DeskError> {
        self.post(&["rules", "check"], rule).await
    }

    /// Makes a stored decision once more, and compares.
    pub async fn replay_decision(&self, decision: &str) -> Result<DecisionReplay, DeskError> {
        self.post(&["decisions", decision, "replay"], &serde_json::json!({}))
            .await
    }

    /// Begins a backtest.
    pub async fn start_backtest(
        &self,
        request: &BacktestRequest,
    ) -> Result<BacktestJob, DeskError> {
        self.post(&["backtests"], request).await
    }

    /// A backtest, as far as it is.
    pub async fn backtest(&self, id: &str) -> Result<Backtest, DeskError> {
        self.get(&["backtests", id]).await
    }
}
