//! Rules and policies before they are in force: compiled, tried on the latest conversations, run over the past.

mod backtest;
mod dry_run;

pub(crate) use backtest::Trials;

use async_trait::async_trait;
use plugboard_domain::{Principal, access::Permission, desk::PolicyKind as Kind};
use plugboard_extension::{ExtensionError, Rules};
use plugboard_plugin_runtime::{Account, types::ScriptKind};
use plugboard_protocol::extensions::{
    Backtest, BacktestJob, BacktestRequest, CanaryReport, DecisionReplay, DryRun, PolicyKind,
    Problem, Shadowed, TrialRequest,
};

use crate::host::PluginHost;

pub(crate) fn kind(kind: PolicyKind) -> Kind {
    match kind {
        PolicyKind::Routing => Kind::Routing,
        PolicyKind::Escalation => Kind::Escalation,
    }
}

#[async_trait]
impl Rules for PluginHost {
    async fn check(&self, kind: PolicyKind, source: &str) -> Result<Vec<Problem>, ExtensionError> {
        let engine = self.shared.registry.script_engine(&self.shared).await;
        let engine = engine.map_err(ExtensionError::Unavailable)?;
        let kind = match kind {
            PolicyKind::Routing => ScriptKind::Routing,
            PolicyKind::Escalation => ScriptKind::Escalation,
        };
        let nobody = Account::default();
        let checked = engine.plugin.check_script(&nobody, kind, source).await;
        let problems = |all: Vec<plugboard_plugin_runtime::types::Problem>| {
            all.into_iter()
                .map(|it| Problem {
                    line: it.line,
                    column: it.column,
                    message: it.message,
                })
                .collect::<Vec<_>>()
        };
        match checked {
            Ok(Ok(warnings)) => Ok(problems(warnings)),
            Ok(Err(errors)) => Err(ExtensionError::Problems(problems(errors))),
            Err(error) => Err(ExtensionError::Failed(error.to_string())),
        }
    }

    async fn dry_run(&self, by: Principal, trial: TrialRequest) -> Result<DryRun, ExtensionError> {
        let engine = self.shared.running()?;
        engine.grants(&by).require(Permission::DeskManage)?;
        dry_run::run(&self.shared, &by, trial).await
    }

    async fn start_backtest(
        &self,
        by: Principal,
        request: BacktestRequest,
    ) -> Result<BacktestJob, ExtensionError> {
        let engine = self.shared.running()?;
        engine.grants(&by).require(Permission::DeskManage)?;
        backtest::start(&self.shared, request).await
    }

    async fn backtests(&self) -> Result<Vec<BacktestJob>, ExtensionError> {
        Ok(self.shared.trials.list())
    }

    async fn backtest(&self, id: &str) -> Result<Backtest, ExtensionError> {
        self.shared.trials.get(id)
    }

    async fn replay_decision(
        &self,
        by: Principal,
        decision: &str,
    ) -> Result<DecisionReplay, ExtensionError> {
        let engine = self.shared.running()?;
        engine.grants(&by).require(Permission::DeskManage)?;
        let unknown = || ExtensionError::NotFound("decision".to_owned());
        let id = decision.parse().map_err(|_| unknown())?;
        crate::policy::replay(&self.shared, engine, id).await
    }

    async fn shadowed(&self, kind: PolicyKind) -> Result<Shadowed, ExtensionError> {
        Ok(self.shared.shadows.so_far(self::kind(kind)))
    }

    async fn canary(&self, kind: PolicyKind) -> Result<CanaryReport, ExtensionError> {
        Ok(self.shared.canaries.report(self::kind(kind)))
    }
}
