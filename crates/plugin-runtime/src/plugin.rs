//! A loaded plugin: one method for each function of its contracts.
//!
//! Every method takes the account on whose behalf it is called. What a plugin does not export is [`CallError::Gone`].

mod calls;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    backing::Account,
    breaker::{Breaker, BreakerState},
    error::CallError,
    functions::{Finish, Function, with_function},
    grants::Grants,
    instance::{Template, Trace, Warm, output_of},
    limits::Limits,
    manifest::Manifest,
    metrics::Figures,
    pool::Pool,
    record::{Recording, ReplayError, Tape},
    runtime::Core,
};

/// Takes recordings of calls, as they end. Must not wait.
pub trait Recorder: Send + Sync {
    /// Takes one.
    fn record(&self, recording: Recording);
}

/// A loaded plugin. Cheap to clone; running calls keep it alive.
#[derive(Clone)]
pub struct Plugin(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    template: Template,
    core: Arc<Core>,
    /// By account. Held for a moment.
    pools: Mutex<HashMap<Arc<str>, Arc<Pool>>>,
    /// Held for a moment.
    breaker: Mutex<Breaker>,
    /// Held for a moment.
    recorder: Mutex<Option<Arc<dyn Recorder>>>,
}

/// One call, with everything that is known about it.
#[derive(Clone, Debug)]
pub struct Observed {
    /// What was asked, what the host answered, what came of it, what it cost.
    pub recording: Recording,
    /// The answer as JSON with the WIT's names, or why there is none.
    pub answer: Result<Value, CallError>,
    /// How long it took, making the instance not counted.
    pub took: Duration,
    /// Memory of the instance at the end.
    pub memory_bytes: usize,
}

/// A call cannot be made from JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObserveError {
    /// There is no such function.
    #[error("there is no function {0:?}")]
    Function(String),
    /// The input does not fit the function.
    #[error("the input: {0}")]
    Input(String),
}

type AnswerOf<F> = <<F as Function>::Raw as Finish>::Answer;

impl Inner {
    pub(crate) fn new(template: Template, core: Arc<Core>) -> Self {
        Self {
            template,
            core,
            pools: Mutex::default(),
            breaker: Mutex::default(),
            recorder: Mutex::default(),
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().expect("no panic while it is held")
    }

    /// The instances of an account. Other settings mean other instances: a plugin may have read them when it started.
    fn pool(&self, account: &Account) -> Arc<Pool> {
        let mut pools = self.pools.lock().expect("no panic while it is held");
        if let Some(pool) = pools.get(&account.id)
            && (Arc::ptr_eq(&pool.account.settings, &account.settings) || pool.account == *account)
        {
            return Arc::clone(pool);
        }
        let instances = self.template.shared.limits.instances;
        let pool = Arc::new(Pool::new(account.clone(), instances));
        pools.insert(Arc::clone(&account.id), Arc::clone(&pool));
        pool
    }

    fn pools(&self) -> Vec<Arc<Pool>> {
        let pools = self.pools.lock().expect("no panic while it is held");
        pools.values().map(Arc::clone).collect()
    }

    /// Throws away what is not needed any more.
    pub(crate) fn tidy(&self, now: Instant) {
        for pool in self.pools() {
            drop(pool.shrink(&self.template, now));
        }
        let mut pools = self.pools.lock().expect("no panic while it is held");
        // One that is in somebody's hands is about to be used.
        pools.retain(|_, pool| Arc::strong_count(pool) > 1 || !pool.is_quiet());
    }

    /// Gives one idle instance up, for others.
    pub(crate) fn evict(&self) -> Option<Warm> {
        self.pools().iter().find_map(|it| it.evict())
    }

    fn recorder(&self) -> Option<Arc<dyn Recorder>> {
        self.recorder
            .lock()
            .expect("no panic while it is held")
            .clone()
    }

    async fn run<F: Function>(
        &self,
        account: &Account,
        params: F::Params,
    ) -> Result<AnswerOf<F>, CallError> {
        let pool = self.pool(account);
        if let Some(recorder) = self.recorder() {
            // A fresh instance, so that nothing but the recording decides.
            let (raw, recording) = self.recorded::<F>(&pool, params).await?;
            recorder.record(recording);
            return raw.and_then(Finish::finish);
        }
        let mut lease = pool.lease(&self.template, &self.core.slots).await?;
        let warm = lease.warm.as_mut().expect("a lease has an instance");
        let (answer, reusable) = warm.call::<F>(&self.template, params).await;
        if reusable {
            lease.give_back();
        }
        answer
    }

    async fn recorded<F: Function>(
        &self,
        pool: &Pool,
        params: F::Params,
    ) -> Result<(Result<F::Raw, CallError>, Recording), CallError> {
        let input = serde_json::to_value(&params).expect("what crosses has only text keys");
        let tape = Tape::Recording(Vec::new());
        let (raw, trace) = match pool.fresh(&self.template, &self.core.slots, tape).await {
            Ok(mut warm) => {
                let raw = warm.call_raw::<F>(&self.template, params).await.0;
                (raw, warm.take_trace())
            }
            Err((CallError::Busy, _)) => return Err(CallError::Busy),
            Err((error, tape)) => (Err(error), Trace { fuel: None, tape }),
        };
        let recording = Recording {
            plugin: self.template.shared.label.to_string(),
            account: pool.account.id.to_string(),
            function: F::NAME.to_owned(),
            input,
            output: output_of(&raw),
            fuel: trace.fuel,
            calls: trace.calls(),
        };
        Ok((raw, recording))
    }

    async fn observe<F: Function>(
        &self,
        account: &Account,
        input: &Value,
        tape: Tape,
    ) -> Result<(Observed, Tape), ObserveError> {
        let params: F::Params = serde_json::from_value(input.clone())
            .map_err(|error| ObserveError::Input(error.to_string()))?;
        let pool = Pool::new(account.clone(), 1);
        let mut started = Instant::now();
        let mut memory_bytes = 0;
        let (raw, trace) = match pool.fresh(&self.template, &self.core.slots, tape).await {
            Ok(mut warm) => {
                started = Instant::now();
                let raw = warm.call_raw::<F>(&self.template, params).await.0;
                memory_bytes = warm.memory_bytes();
                (raw, warm.take_trace())
            }
            Err((error, tape)) => (Err(error), Trace { fuel: None, tape }),
        };
        let took = started.elapsed();
        let output = output_of(&raw);
        let answer = raw.map(|raw| serde_json::to_value(&raw).expect("it was written just now"));
        let fuel = trace.fuel;
        let (calls, tape) = match trace.tape {
            Tape::Recording(calls) => (calls, Tape::Off),
            tape => (Vec::new(), tape),
        };
        let recording = Recording {
            plugin: self.template.shared.label.to_string(),
            account: account.id.to_string(),
            function: F::NAME.to_owned(),
            input: input.clone(),
            calls,
            output,
            fuel,
        };
        let observed = Observed {
            recording,
            answer,
            took,
            memory_bytes,
        };
        Ok((observed, tape))
    }
}

/// Tells the breaker when nobody waits for a call any more.
struct Trying<'a>(Option<&'a Inner>);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        if let Some(inner) = self.0 {
            inner.breaker().forget();
        }
    }
}

impl Plugin {
    async fn call<F: Function>(
        &self,
        account: &Account,
        params: F::Params,
    ) -> Result<AnswerOf<F>, CallError> {
        let inner = &*self.0;
        let shared = &inner.template.shared;
        if inner.template.exports[F::INDEX].is_none() {
            return Err(CallError::Gone(F::NAME.to_owned()));
        }
        let started = Instant::now();
        if !inner.breaker().allow(started) {
            shared
                .metrics
                .call(&shared.key, None, Some(&CallError::Resting));
            return Err(CallError::Resting);
        }
        let mut trying = Trying(Some(inner));
        let answer = inner.run::<F>(account, params).await;
        trying.0 = None;
        let now = Instant::now();
        let error = answer.as_ref().err();
        match error {
            Some(CallError::Busy) => inner.breaker().forget(),
            Some(error) => inner.breaker().record(now, error.is_fault()),
            None => inner.breaker().record(now, false),
        }
        if let Some(error) = error.filter(|it| it.is_fault()) {
            tracing::warn!(plugin.key = %shared.key, function = F::NAME, %error, "a plugin failed");
        }
        shared.metrics.call(&shared.key, Some(now - started), error);
        answer
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.0.template.shared.manifest
    }

    /// How traces name this version.
    pub fn label(&self) -> &str {
        &self.0.template.shared.label
    }

    /// What it may do.
    pub fn grants(&self) -> &Grants {
        &self.0.template.shared.grants
    }

    /// What it may use.
    pub fn limits(&self) -> &Limits {
        &self.0.template.shared.limits
    }

    /// How its calls went since it was loaded.
    pub fn figures(&self) -> Figures {
        self.0.template.shared.metrics.read()
    }

    /// Whether it is called.
    pub fn breaker(&self) -> BreakerState {
        self.0.breaker().state()
    }

    /// Keys of the permissions that it used since it was loaded.
    pub fn used(&self) -> BTreeSet<String> {
        let shared = &self.0.template.shared;
        shared
            .used
            .lock()
            .expect("no panic while it is held")
            .clone()
    }

    /// Instances of all accounts that wait for work.
    pub fn idle(&self) -> usize {
        self.0.pools().iter().map(|it| it.idle()).sum()
    }

    /// Makes one instance for an account ahead of its first call: for policies, whose first call must not wait.
    pub async fn warm(&self, account: &Account) -> Result<(), CallError> {
        let pool = self.0.pool(account);
        let fresh = pool.fresh(&self.0.template, &self.0.core.slots, Tape::Off);
        pool.stock(fresh.await.map_err(|it| it.0)?);
        Ok(())
    }

    /// Drops all idle instances: for tests and for a plugin that is switched off.
    pub fn cool(&self) {
        while let Some(warm) = self.0.evict() {
            drop(warm);
        }
    }

    /// Records every call from now on; `None` ends it. Recorded calls run in fresh instances and cost more.
    pub fn record(&self, recorder: Option<Arc<dyn Recorder>>) {
        *self.0.recorder.lock().expect("no panic while it is held") = recorder;
    }

    /// Makes one call from JSON in a fresh instance and tells everything about it. `function` is `routing.route`;
    /// `input` the list of its arguments.
    pub async fn observe(
        &self,
        account: &Account,
        function: &str,
        input: &Value,
    ) -> Result<Observed, ObserveError> {
        let tape = Tape::Recording(Vec::new());
        let inner = &self.0;
        with_function!(function, F => inner.observe::<F>(account, input, tape).await)
            .ok_or_else(|| ObserveError::Function(function.to_owned()))?
            .map(|(observed, _)| observed)
    }

    /// Does a recorded call again, with the host's recorded answers, and compares every bit.
    pub async fn replay(&self, recording: &Recording) -> Result<Observed, ReplayError> {
        let function = recording.function.as_str();
        let tape = Tape::playing(recording.calls.clone());
        let account = Account::new(recording.account.as_str(), BTreeMap::new());
        let inner = &self.0;
        let (mut observed, tape) = with_function!(
            function,
            F => inner.observe::<F>(&account, &recording.input, tape).await
        )
        .ok_or_else(|| ReplayError::Malformed(format!("there is no function {function:?}")))?
        .map_err(|error| ReplayError::Malformed(error.to_string()))?;
        if let Some(difference) = tape.difference() {
            return Err(difference);
        }
        if observed.recording.output != recording.output {
            return Err(ReplayError::Output {
                recorded: recording.output.to_string(),
                now: observed.recording.output.to_string(),
            });
        }
        observed.recording.calls.clone_from(&recording.calls);
        Ok(observed)
    }
}
