//! The scripted host: what plugins ask is answered from a case, everything else works in memory as on the server. Time
//! passes only where a case says so, and chance is a list of bytes.

mod backing;
mod requests;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use plugboard_plugin_runtime::{
    Memory, Secrets,
    manifest::TimersPermission,
    types::{Failure, Request, Response, code},
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::{
    cases::{Call, Scripted, ScriptedError},
    contract::{Differences, fits_any},
};

/// What a host keeps and has seen.
#[derive(Default)]
pub(crate) struct Kept {
    /// Virtual Unix milliseconds.
    pub(crate) clock: u64,
    /// Chance, and how much of it was used.
    pub(crate) random: Vec<u8>,
    pub(crate) random_at: usize,
    /// Its notes, and files of the desk's store.
    pub(crate) memory: Memory,
    /// When and with what.
    pub(crate) timers: BTreeMap<String, (u64, String)>,
    secrets: Secrets,
    script: Vec<(Scripted, bool)>,
    /// Every call that does something, in order.
    pub(crate) calls: Vec<String>,
    pub(crate) commands: Vec<Value>,
    pub(crate) ingested: Vec<Value>,
    pub(crate) logs: Vec<String>,
    /// What the plugin asked that the case did not foresee.
    pub(crate) problems: Vec<String>,
    /// Virtual time at which the running call is over.
    deadline: u64,
}

/// The host of one case.
#[derive(Default)]
pub(crate) struct Host {
    /// Held for a moment.
    kept: Mutex<Kept>,
    /// The running call took longer than it may.
    pub(crate) late: Notify,
}

impl Host {
    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call begins: what the last one did is forgotten, what it left behind is not.
    pub(crate) fn begin(
        &self,
        secrets: BTreeMap<String, String>,
        script: Vec<Scripted>,
        wall_ms: u64,
    ) {
        let mut kept = self.kept();
        kept.secrets = Secrets::new(secrets);
        kept.script = script.into_iter().map(|it| (it, false)).collect();
        kept.calls.clear();
        kept.commands.clear();
        kept.ingested.clear();
        kept.logs.clear();
        kept.problems.clear();
        kept.deadline = kept.clock + wall_ms;
    }

    /// Lets virtual time pass; beyond the call's time it never comes back.
    async fn pass(&self, ms: u64) {
        let late = {
            let mut kept = self.kept();
            kept.clock += ms;
            kept.clock > kept.deadline
        };
        if late {
            self.late.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// The scripted answer to a request, which must be the one that the case foresees.
    async fn ask(&self, call: Call, request: &Request) -> Result<Response, Failure> {
        let scripted = self.kept().request(call, request)?;
        let patience = u64::from(request.timeout_ms);
        if scripted.take_ms > patience {
            self.pass(patience).await;
            let message = "the provider did not answer in time";
            return Err(Failure::passing(code::TIMEOUT, message));
        }
        self.pass(scripted.take_ms).await;
        if let Some(error) = &scripted.error {
            return Err(failure(error));
        }
        requests::answer(scripted.answer.as_ref()).map_err(|problem| {
            self.kept().problems.push(problem);
            unforeseen()
        })
    }

    /// The scripted answer to something that otherwise succeeds.
    async fn effect(&self, call: Call, asked: &Value) -> Result<Option<Value>, Failure> {
        let Some(scripted) = self.kept().effect(call, asked) else {
            return Ok(None);
        };
        self.pass(scripted.take_ms).await;
        match &scripted.error {
            Some(error) => Err(failure(error)),
            None => Ok(scripted.answer),
        }
    }
}

fn failure(error: &ScriptedError) -> Failure {
    Failure {
        code: error.code.clone(),
        message: error.message.clone(),
        advice: error.advice,
        retry_after_ms: error.retry_after_ms,
    }
}

/// What the plugin is told when a case has no answer for it. The case fails anyway.
fn unforeseen() -> Failure {
    Failure::lasting(code::NETWORK, "the case has no answer to this")
}

impl Kept {
    fn schedule(
        &mut self,
        terms: &TimersPermission,
        key: &str,
        at: u64,
        payload: &str,
    ) -> Result<(), Failure> {
        if !self.timers.contains_key(key) && self.timers.len() >= terms.max_pending as usize {
            return Err(Failure::lasting(code::LIMIT, "too many timers wait"));
        }
        self.timers.insert(key.to_owned(), (at, payload.to_owned()));
        Ok(())
    }

    fn chance(&mut self, len: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..len {
            bytes.push(self.random.get(self.random_at).copied().unwrap_or_default());
            self.random_at = (self.random_at + 1) % self.random.len().max(1);
        }
        bytes
    }

    fn request(&mut self, call: Call, request: &Request) -> Result<Scripted, Failure> {
        let secrets = requests::secrets(request);
        if let Some(name) = secrets.iter().find(|it| !self.secrets.exists(it)) {
            return Err(self
                .secrets
                .get(name)
                .map(drop)
                .err()
                .unwrap_or_else(unforeseen));
        }
        let mut requests = self
            .script
            .iter_mut()
            .enumerate()
            .filter(|(_, (it, used))| !used && matches!(it.call, Call::Fetch | Call::FetchToBlob));
        let Some((index, (scripted, used))) = requests.next() else {
            let problem = format!(
                "a request that is not scripted: {}",
                requests::line(request)
            );
            self.problems.push(problem);
            return Err(unforeseen());
        };
        *used = true;
        let scripted = scripted.clone();
        if scripted.call != call {
            let problem = format!(
                "host[{index}]: expected {}, came {}",
                scripted.call.name(),
                call.name()
            );
            self.problems.push(problem);
            return Err(unforeseen());
        }
        if let Some(with) = &scripted.with {
            let mut differences = Differences::new();
            requests::compare(
                &format!("host[{index}].with"),
                with,
                request,
                &mut differences,
            );
            if !differences.is_empty() {
                let told = differences.iter().map(ToString::to_string);
                self.problems.extend(told);
                return Err(unforeseen());
            }
        }
        Ok(scripted)
    }

    /// The first unused answer that fits.
    fn effect(&mut self, call: Call, asked: &Value) -> Option<Scripted> {
        let fits = |with: &Value| {
            let mut differences = Differences::new();
            fits_any("", with, asked, &mut differences);
            differences.is_empty()
        };
        let mut script = self.script.iter_mut();
        let (scripted, used) = script
            .find(|(it, used)| !used && it.call == call && it.with.as_ref().is_none_or(fits))?;
        *used = true;
        Some(scripted.clone())
    }

    /// Answers that nobody asked for.
    pub(crate) fn unused(&self) -> Vec<String> {
        let script = self.script.iter().enumerate();
        script
            .filter(|(_, (_, used))| !used)
            .map(|(index, (it, _))| {
                let with = it
                    .with
                    .as_ref()
                    .map_or(String::new(), |it| format!(" {it}"));
                let name = it.call.name();
                format!("host[{index}]: nobody asked for this answer: {name}{with}")
            })
            .collect()
    }
}

impl Call {
    fn name(self) -> &'static str {
        match self {
            Self::Fetch => "http.fetch",
            Self::FetchToBlob => "http.fetch-to-blob",
            Self::Execute => "commands.execute",
            Self::Ingest => "intake.ingest",
        }
    }
}

/// The stage on which cases run one after the other.
#[derive(Default)]
pub(crate) struct Stage(Mutex<Arc<Host>>);

impl Stage {
    /// From now on this host answers.
    pub(crate) fn set(&self, host: Arc<Host>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = host;
    }

    fn host(&self) -> Arc<Host> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A command as cases write it.
fn command_value(conversation: &str, command: &impl serde::Serialize) -> Value {
    json!({ "conversation": conversation, "command": command })
}
