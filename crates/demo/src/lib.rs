//! A week of two fictitious shops, so that a newcomer can look around a desk that is alive.
//!
//! [`seed`] plays a script of conversations through the engine, in order of time, on a clock of its own that stands in last
//! week. Nothing is written behind the engine's back: what a newcomer sees is what a real week leaves behind, response
//! clocks and journal included. All people, shops, orders and addresses are invented.

mod calls;
mod play;
mod scenes;
mod setup;

use std::sync::Arc;

use plugboard_domain::{
    Timestamp,
    ids::{CallId, InboxId},
};
use plugboard_engine::{Engine, EngineError, EngineParts, ManualClock, SystemMint};
use plugboard_store::{SharedStore, StoreError};

/// Sign-in address of the administrator of the demo desk.
pub const ADMINISTRATOR: &str = setup::ADMINISTRATOR;

/// Conversations of the week.
pub const CONVERSATIONS: usize = 320;

/// The week could not be played.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The desk refused a line of the script: a bug in the script.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who signs in to the demo desk, and where its widgets are.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// The tea shop's widget.
    pub tea_inbox: InboxId,
    /// The outdoor shop's widget.
    pub outdoor_inbox: InboxId,
    /// What was said in calls, which is still to be kept.
    pub recordings: Vec<DemoRecording>,
}

/// What was said in a call, in A-law at 8 kHz; both sides are equally long.
#[derive(Clone, Debug)]
pub struct DemoRecording {
    /// The call.
    pub call: CallId,
    /// What the caller said.
    pub caller: Vec<u8>,
    /// What the agent said.
    pub agent: Vec<u8>,
}

/// Plays the week that ends at `now` into an empty store. `password_hash` is for every member of the demo team; `progress`
/// hears of every conversation that was played.
pub async fn seed(
    store: SharedStore,
    now: Timestamp,
    password_hash: &str,
    progress: impl Fn(usize, usize),
) -> Result<Seeded, DemoError> {
    let clock = Arc::new(ManualClock::new(play::start_of_week(now)));
    let mut parts = EngineParts::new(store);
    parts.clock = clock.clone();
    parts.mint = Arc::new(SystemMint);
    let engine = Engine::start(parts).await?;
    let demo = setup::configure(&engine, password_hash).await?;
    let recordings = play::week(&engine, &clock, &demo, now, progress).await?;
    clock.set(now);
    setup::open_for_business(&engine, &demo).await?;
    engine.stop().await;
    Ok(Seeded {
        tea_inbox: demo.tea_inbox,
        outdoor_inbox: demo.outdoor_inbox,
        recordings,
    })
}
