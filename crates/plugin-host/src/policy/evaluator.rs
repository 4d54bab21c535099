//! One version of one policy, ready to be asked: a plugin, or a rule in the script engine.

use std::{sync::Arc, time::Instant};

use plugboard_domain::desk::Desk;
use plugboard_engine::{EscalationAnswer, EscalationInput, RoutingAnswer, RoutingInput};
use plugboard_plugin_runtime::{Account, CallError, types::Decision};

use super::translate;
use crate::registry::Loaded;

/// One version of one policy.
#[derive(Clone)]
pub(crate) struct Evaluator {
    /// As traces name it.
    pub(crate) label: Arc<str>,
    /// The plugin that runs it.
    pub(crate) loaded: Arc<Loaded>,
    /// Settings: the rule's source, or the plugin's.
    pub(crate) account: Account,
}

/// What a policy said of routing.
pub(super) enum Said {
    /// It decided.
    Answer(RoutingAnswer),
    /// The next one shall; what it asked for beside that stays.
    Next(Decision),
}

/// Why it did not answer, in few words.
pub(super) type Fault = String;

impl Evaluator {
    pub(super) async fn route(&self, desk: &Desk, input: &RoutingInput) -> Result<Said, Fault> {
        let request = translate::route_request(desk, &self.loaded.grants, input);
        let decision = self
            .loaded
            .plugin
            .route(&self.account, Arc::new(request))
            .await
            .map_err(|error| self.fault(&error))?;
        match translate::decision(input, &decision) {
            Ok(Some(answer)) => Ok(Said::Answer(answer)),
            Ok(None) => Ok(Said::Next(decision)),
            Err(word) => Err(word.to_owned()),
        }
    }

    pub(super) async fn escalate(
        &self,
        desk: &Desk,
        input: &EscalationInput,
    ) -> Result<EscalationAnswer, Fault> {
        let request = translate::escalation_request(desk, &self.loaded.grants, input);
        let answer = self
            .loaded
            .plugin
            .escalate(&self.account, Arc::new(request))
            .await
            .map_err(|error| self.fault(&error))?;
        translate::escalation_answer(desk, answer).map_err(str::to_owned)
    }

    /// What went wrong, for the trace. What a rule says of itself names its line.
    fn fault(&self, error: &CallError) -> Fault {
        let what = format!("{} decides", self.label);
        match error {
            CallError::Refused(failure) => {
                self.loaded.tell(&what, &failure.message);
                format!("{} ({})", error.kind(), failure.message)
            }
            error => {
                self.loaded.fault(error, &what);
                error.kind().to_owned()
            }
        }
    }
}

/// Microseconds since then.
pub(super) fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
