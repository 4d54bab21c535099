//! The single write path of the desk, and the workers that follow it.
//!
//! Three things to know:
//! - [`Engine::execute`] is the only way to change anything: it queues a command for the writer task and answers when the
//!   change is durable;
//! - the writer takes whatever commands are waiting, runs each against the state in memory, and commits them in one
//!   transaction; a command that is refused leaves no trace in the batch;
//! - workers (timers, outbox, routing, retention) wait for a signal, read the truth from the store, and act by sending commands.
//!
//! To add a worker: give it a module, a `run(parts, stop)` loop that wakes, reads and executes, and a line in
//! [`Engine::start`]. To add an outside effect: implement [`Courier`].
//!
//! What is absent, on purpose: HTTP, WebAssembly, SQL, and any concrete channel.

mod calls;
mod clock;
mod delivery;
mod escalation;
mod handle;
mod intake;
mod outbox;
mod policy;
mod retention;
mod routing;
mod sleeper;
mod timers;
mod writer;

pub use clock::{Clock, ManualClock, SystemClock, SystemMint};
pub use handle::{Engine, EngineError, EngineParts, Outcome, Posted};
pub use outbox::Courier;
pub use policy::{
    BUILTIN, Builtin, Candidate, ContactFacts, EscalationAnswer, EscalationInput, EscalationPolicy,
    EscalationVerdict, NoEscalation, PolicyError, Queue, RebuildError, RoutingAnswer, RoutingInput,
    RoutingPolicy, RoutingVerdict, ShadowAnswer, TeamView, TextFact, Work, WorkFacts, choose,
};
