//! One instance of a plugin: made, started, called, and thrown away after anything but an answer.

use std::{
    any::Any,
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};
use wasmtime::{
    FrameInfo, Store, Trap, UpdateDeadline, WasmBacktrace,
    component::{Instance, InstancePre, TypedFunc},
};
use wasmtime_wasi::I32Exit;

use crate::{
    backing::Caller,
    clock::{CpuMeter, FIRST_TURN},
    error::{Bound, CallError, Clock},
    functions::{COUNT, Exports, Finish, Function, Start},
    place,
    record::{HostCall, Tape},
    state::{Shared, State},
    weigh,
};

/// Fuel of a call where fuel is counted: more than any call within its time can burn.
const FUEL: u64 = u64::MAX / 2;

/// What [`wasmtime`] needs to make an instance.
pub(crate) struct Template {
    pub(crate) pre: InstancePre<State>,
    pub(crate) exports: Exports,
    pub(crate) shared: Arc<Shared>,
    /// Whether fuel is counted.
    pub(crate) fuel: bool,
}

/// One instance.
pub(crate) struct Warm {
    store: Store<State>,
    instance: Instance,
    functions: [Option<Box<dyn Any + Send + Sync>>; COUNT],
    born: Instant,
    calls: u32,
    fuel: bool,
    /// Its place among all instances of the engine.
    _slot: OwnedSemaphorePermit,
}

/// What a call cost and did, beside its answer.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) fuel: Option<u64>,
    pub(crate) tape: Tape,
}

impl Warm {
    /// Makes an instance and starts it.
    pub(crate) async fn new(
        template: &Template,
        caller: Caller,
        slot: OwnedSemaphorePermit,
        tape: Tape,
    ) -> Result<Self, (CallError, Tape)> {
        let shared = &template.shared;
        let mut state = State::new(shared, caller);
        state.tape = tape;
        let mut store = Store::new(template.pre.engine(), state);
        store.limiter(|state| &mut state.memory);
        // What crosses from the plugin to the host is counted while it crosses: it never fills the host's memory.
        let handed = shared.limits.message_bytes + shared.limits.http_body_bytes as usize;
        store.set_hostcall_fuel(handed);
        let cpu = Arc::clone(&store.data().cpu);
        store.epoch_deadline_callback(move |mut store| {
            cpu.pause();
            if cpu.is_spent() {
                let why = CallError::Timeout {
                    clock: Clock::Cpu,
                    limit_ms: cpu.budget_ms(),
                };
                store.data_mut().verdict = Some(why);
                return Ok(UpdateDeadline::Interrupt);
            }
            Ok(UpdateDeadline::YieldCustom(
                1,
                Box::pin(turn(Arc::clone(&cpu))),
            ))
        });
        let mut this = Self::instantiate(template, store, slot).await?;
        shared.metrics.instance();
        if template.exports[Start::INDEX].is_some()
            && let Err(error) = this.call::<Start>(template, ()).await.0
        {
            return Err((error, this.take_trace().tape));
        }
        Ok(this)
    }

    async fn instantiate(
        template: &Template,
        mut store: Store<State>,
        slot: OwnedSemaphorePermit,
    ) -> Result<Self, (CallError, Tape)> {
        let time = template.shared.limits.time(Start::CLASS);
        prepare(&mut store, template.fuel, time.cpu_ms);
        // A component may run code while it is made.
        let made = timeout(
            Duration::from_millis(time.wall_ms),
            template.pre.instantiate_async(&mut store),
        )
        .await;
        let printed = store.data_mut().end();
        let instance = match made {
            Ok(Ok(instance)) => instance,
            Ok(Err(error)) => {
                let error = cause(&mut store, &error, printed);
                return Err((error, std::mem::take(&mut store.data_mut().tape)));
            }
            Err(_) => return Err((late(time.wall_ms), Tape::Off)),
        };
        Ok(Self {
            store,
            instance,
            functions: [const { None }; COUNT],
            born: Instant::now(),
            calls: 0,
            fuel: template.fuel,
            _slot: slot,
        })
    }

    /// Whether it may be called once more.
    pub(crate) fn is_fresh(&self, shared: &Shared, now: Instant) -> bool {
        self.calls < shared.limits.reuse
            && now.saturating_duration_since(self.born) < shared.limits.reuse_for
    }

    /// Calls a function. The second part tells whether the instance can be called again.
    pub(crate) async fn call<F: Function>(
        &mut self,
        template: &Template,
        params: F::Params,
    ) -> (Result<<F::Raw as Finish>::Answer, CallError>, bool) {
        let (raw, reusable) = self.call_raw::<F>(template, params).await;
        (raw.and_then(Finish::finish), reusable)
    }

    /// As [`Self::call`], with the answer as the plugin gave it.
    pub(crate) async fn call_raw<F: Function>(
        &mut self,
        template: &Template,
        params: F::Params,
    ) -> (Result<F::Raw, CallError>, bool) {
        let limits = &template.shared.limits;
        if !template.shared.pure && weigh::exceeds(&params, limits.message_bytes) {
            let limit = limits.message_bytes as u64;
            let what = Bound::Arguments;
            return (Err(CallError::Limit { what, limit }), true);
        }
        let function = match self.function::<F>(&template.exports) {
            Ok(function) => function,
            Err(error) => return (Err(error), false),
        };
        let time = limits.time(F::CLASS);
        self.calls += 1;
        prepare(&mut self.store, self.fuel, time.cpu_ms);
        let answer = timeout(
            Duration::from_millis(time.wall_ms),
            function.call_async(&mut self.store, params),
        )
        .await;
        let printed = self.store.data_mut().end();
        match answer {
            Ok(Ok((raw,))) => {
                if !template.shared.pure && weigh::exceeds(&raw, limits.message_bytes) {
                    let limit = limits.message_bytes as u64;
                    let what = Bound::Answer;
                    return (Err(CallError::Limit { what, limit }), false);
                }
                (Ok(raw), true)
            }
            Ok(Err(error)) => (Err(cause(&mut self.store, &error, printed)), false),
            Err(_) => (Err(late(time.wall_ms)), false),
        }
    }

    fn function<F: Function>(
        &mut self,
        exports: &Exports,
    ) -> Result<TypedFunc<F::Params, (F::Raw,)>, CallError> {
        let known = self.functions[F::INDEX]
            .as_ref()
            .and_then(|it| it.downcast_ref::<TypedFunc<F::Params, (F::Raw,)>>());
        if let Some(function) = known {
            return Ok(*function);
        }
        let index = exports[F::INDEX].ok_or_else(|| CallError::Gone(F::NAME.to_owned()))?;
        let function = self
            .instance
            .get_typed_func::<F::Params, (F::Raw,)>(&mut self.store, index)
            .map_err(|error| CallError::BadAnswer(format!("{error:#}")))?;
        self.functions[F::INDEX] = Some(Box::new(function));
        Ok(function)
    }

    /// What the calls since the last time did and cost.
    pub(crate) fn take_trace(&mut self) -> Trace {
        let fuel = self
            .fuel
            .then(|| self.store.get_fuel().ok())
            .flatten()
            .map(|left| FUEL.saturating_sub(left));
        Trace {
            fuel,
            tape: std::mem::take(&mut self.store.data_mut().tape),
        }
    }

    /// Memory in use.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.store.data().memory.used()
    }
}

impl Trace {
    /// The calls of the host that were recorded.
    pub(crate) fn calls(self) -> Vec<HostCall> {
        match self.tape {
            Tape::Recording(calls) => calls,
            Tape::Off | Tape::Playing { .. } => Vec::new(),
        }
    }
}

/// Lets others run, and then the plugin again.
async fn turn(cpu: Arc<CpuMeter>) {
    tokio::task::yield_now().await;
    cpu.resume();
}

fn prepare(store: &mut Store<State>, fuel: bool, cpu_ms: u64) {
    if fuel {
        store.set_fuel(FUEL).expect("this engine counts fuel");
    }
    // The clock may have gone on since the last call.
    store.set_epoch_deadline(FIRST_TURN);
    store.data_mut().begin(Duration::from_millis(cpu_ms));
}

fn late(limit_ms: u64) -> CallError {
    CallError::Timeout {
        clock: Clock::Wall,
        limit_ms,
    }
}

/// Names what stopped a call.
fn cause(store: &mut Store<State>, error: &wasmtime::Error, printed: Option<String>) -> CallError {
    let limit = store.data().shared.limits.message_bytes as u64;
    let state = store.data_mut();
    if let Some(verdict) = state.verdict.take() {
        return verdict;
    }
    if let Some(wanted) = state.memory.refused.take() {
        return CallError::OutOfMemory {
            wanted_bytes: wanted as u64,
            limit_bytes: state.shared.limits.memory_bytes as u64,
        };
    }
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return CallError::Trap(format!("it left with code {}", exit.0));
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => CallError::StackOverflow,
        Some(Trap::MemoryOutOfBounds) if is_recursion(error) => CallError::StackOverflow,
        Some(trap) => {
            let place = place::of(error).map(|it| format!(", in {it}"));
            CallError::Trap(last_words(*trap, printed) + &place.unwrap_or_default())
        }
        None => {
            let text = format!("{:#}", error.root_cause());
            if text.contains("fuel allocated for hostcalls") {
                let what = Bound::Answer;
                return CallError::Limit { what, limit };
            }
            CallError::BadAnswer(text)
        }
    }
}

/// Languages that keep their variables on a stack in the plugin's own memory run over its end before the engine's stack
/// is full. It looks like any access out of bounds, but a few functions have called each other all the way.
fn is_recursion(error: &wasmtime::Error) -> bool {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else {
        return false;
    };
    let functions: BTreeSet<u32> = trace.frames().iter().map(FrameInfo::func_index).collect();
    trace.frames().len() >= TRACE_FRAMES && functions.len() <= TRACE_FRAMES / 2
}

/// Frames that the engine keeps of a crash, unless it is told otherwise.
const TRACE_FRAMES: usize = 20;

/// Most of what a plugin printed last that is told with its crash.
const LAST_WORDS: usize = 500;

fn last_words(trap: Trap, printed: Option<String>) -> String {
    let printed = printed.unwrap_or_default();
    let printed = printed.trim();
    let from = (printed.len().saturating_sub(LAST_WORDS)..=printed.len())
        .find(|it| printed.is_char_boundary(*it))
        .unwrap_or_default();
    if printed.is_empty() {
        trap.to_string()
    } else {
        format!("{trap}: {}", &printed[from..])
    }
}

/// An answer as recordings hold it.
pub(crate) fn output_of<R: serde::Serialize>(result: &Result<R, CallError>) -> Value {
    match result {
        Ok(answer) => serde_json::json!({ "ok": answer }),
        Err(error) => serde_json::json!({ "error": error.kind() }),
    }
}
