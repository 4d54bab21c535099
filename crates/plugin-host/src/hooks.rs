//! Event hooks: plugins that hear what happens. Each follows the journal by a stored cursor, so it hears everything at least
//! once and in order; an event that it cannot take is tried a few times and left behind, as work that was given up: an
//! administrator can have it told again.

use std::{collections::HashMap, sync::Arc, time::Duration};

use plugboard_domain::{
    Command, Envelope, Event, Principal, Recorded, Seq, outbox::Attempt, plugin::PluginWrite,
};
use plugboard_engine::Engine;
use plugboard_plugin_runtime::{
    CallError,
    contract::World,
    types::{HookEvent, RetryAdvice},
};
use plugboard_store::{OutboxFilter, StoreError};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{cause, channels::retry, host::Shared, registry::Loaded, view::millis};

/// Events read at once.
const READ_MAX: usize = 200;

/// Tries of one event before it is left behind.
const TRIES_MAX: u32 = 5;

/// Events of one plugin that are left behind at most: beyond, they are only told of. A plugin that fails at everything would
/// fill the desk.
const LEFT_MAX: usize = 1_000;

/// Between the tries of one event, growing fivefold.
const PAUSE: Duration = Duration::from_millis(200);

/// Events between two times that the cursor is kept; after a crash so many may be heard twice.
const KEEP_EVERY: usize = 50;

/// Keeps one task for each hook that runs.
pub(crate) async fn run(host: Arc<Shared>, stop: CancellationToken) {
    let mut running: HashMap<String, (Arc<Loaded>, CancellationToken)> = HashMap::new();
    let tasks = tokio_util::task::TaskTracker::new();
    loop {
        let Some(engine) = host.engine().cloned() else {
            return;
        };
        let desk = engine.desk();
        let wanted: HashMap<String, Arc<Loaded>> = host
            .registry
            .all_running(&desk)
            .into_iter()
            .filter(|it| it.is(&[World::EventHook]))
            .map(|it| (it.key.clone(), it))
            .collect();
        running.retain(|key, (loaded, stop)| {
            let same = wanted.get(key).is_some_and(|it| Arc::ptr_eq(it, loaded));
            if !same {
                stop.cancel();
            }
            same
        });
        for (key, loaded) in wanted {
            running.entry(key).or_insert_with(|| {
                let own = stop.child_token();
                tasks.spawn(follow(
                    host.clone(),
                    engine.clone(),
                    loaded.clone(),
                    own.clone(),
                ));
                (loaded, own)
            });
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = host.refreshed.notified() => {}
        }
    }
    tasks.close();
    tasks.wait().await;
}

async fn follow(host: Arc<Shared>, engine: Engine, loaded: Arc<Loaded>, stop: CancellationToken) {
    let name = format!("hook:{}", loaded.key);
    let mut head = engine.head();
    // A hook that is new hears what comes from now on.
    let mut position = match engine.store().cursor(&name).await {
        Ok(Some(seq)) => seq,
        _ => *head.borrow(),
    };
    keep(&engine, &name, position).await;
    loop {
        head.borrow_and_update();
        match engine.store().read_since(position, READ_MAX).await {
            Ok(events) if events.is_empty() => {
                tokio::select! {
                    () = stop.cancelled() => return,
                    moved = head.changed() => if moved.is_err() { return },
                }
            }
            Ok(events) => {
                for (nth, recorded) in events.iter().enumerate() {
                    tokio::select! {
                        // What was not told is told again by whoever comes next.
                        () = stop.cancelled() => {
                            keep(&engine, &name, position).await;
                            return;
                        }
                        () = tell(&host, &engine, &loaded, recorded) => position = recorded.seq,
                    }
                    if nth % KEEP_EVERY == KEEP_EVERY - 1 {
                        keep(&engine, &name, position).await;
                    }
                }
                keep(&engine, &name, position).await;
            }
            Err(error) => {
                warn!(%error, "hooks: the store failed");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn keep(engine: &Engine, name: &str, seq: Seq) {
    let command = Command::KeepCursor {
        name: name.to_owned(),
        seq,
    };
    let envelope = Envelope::new(Principal::System("hooks"), command);
    if let Err(error) = engine.execute(envelope).await {
        warn!(%error, "hooks: the cursor was not kept");
    }
}

/// Tells a plugin of one event, if it was granted to hear of such; after some tries it is left behind.
async fn tell(host: &Shared, engine: &Engine, loaded: &Loaded, recorded: &Recorded) {
    if !loaded.grants.hears(recorded.event.kind()) {
        return;
    }
    let mut pause = PAUSE;
    for attempt in 1..=TRIES_MAX {
        let error = match tell_once(host, engine, loaded, recorded).await {
            Ok(()) => return,
            Err(error) => error,
        };
        if is_lasting(&error) || attempt == TRIES_MAX {
            leave(host, engine, loaded, recorded, attempt, &error).await;
            return;
        }
        tokio::time::sleep(pause).await;
        pause *= 5;
    }
}

/// Trying again would not help.
fn is_lasting(error: &CallError) -> bool {
    matches!(error, CallError::Refused(failure) if failure.advice == RetryAdvice::NoRetry)
}

async fn tell_once(
    host: &Shared,
    engine: &Engine,
    loaded: &Loaded,
    recorded: &Recorded,
) -> Result<(), CallError> {
    let desk = engine.desk();
    let Some(plugin) = desk.plugin_by_key(&loaded.key) else {
        return Ok(());
    };
    let account = loaded.account(plugin);
    let conversation = match recorded.conversation_id {
        Some(id) => host.seen(engine, &loaded.grants, id).await.ok().flatten(),
        None => None,
    };
    let event = HookEvent {
        seq: recorded.seq,
        name: recorded.event.kind().to_owned(),
        at: millis(recorded.at),
        conversation,
        payload: recorded.event.data().to_string(),
    };
    cause::of(recorded.seq, loaded.plugin.on_event(&account, event)).await
}

/// Leaves an event behind, as work that was given up, and tells the administrator.
async fn leave(
    host: &Shared,
    engine: &Engine,
    loaded: &Loaded,
    recorded: &Recorded,
    tries: u32,
    error: &CallError,
) {
    let (seq, kind) = (recorded.seq, recorded.event.kind());
    let line = format!("event {seq} ({kind}) was left behind: {error}");
    host.note_fault(&loaded.key, &line);
    // Leaving it behind is such an event itself: that would never end.
    if matches!(recorded.event, Event::OutboxDied { .. }) {
        return;
    }
    match left(engine, &loaded.key).await {
        Ok(left) if left >= LEFT_MAX => {
            let line = format!("{LEFT_MAX} events were left behind: event {seq} is not kept");
            host.note_fault(&loaded.key, &line);
            return;
        }
        Ok(_) => {}
        Err(error) => warn!(%error, "hooks: the store failed"),
    }
    let write = PluginWrite::LeaveEvent {
        plugin: loaded.key.clone(),
        seq,
        tries,
        error: format!("{kind}: {error}"),
    };
    let envelope = Envelope::new(Principal::System("hooks"), Command::KeepPlugin(write));
    if let Err(error) = engine.execute(envelope).await {
        warn!(%error, "hooks: an event that was left behind was not kept");
    }
}

async fn left(engine: &Engine, plugin: &str) -> Result<usize, StoreError> {
    let filter = OutboxFilter::DeadOf {
        plugin: plugin.to_owned(),
        inboxes: Vec::new(),
    };
    let found = engine.store().outbox(filter, None, LEFT_MAX).await?;
    Ok(found.items.len())
}

/// Tells a plugin again of an event that was left behind.
pub(crate) async fn again(host: &Shared, engine: &Engine, plugin: &str, seq: Seq) -> Attempt {
    let give_up = |error: &str| Attempt::GiveUp {
        error: error.to_owned(),
    };
    let desk = engine.desk();
    if desk.plugin_by_key(plugin).is_none() {
        return give_up("the plugin was removed");
    }
    let Some(loaded) = host.registry.running(&desk, plugin) else {
        return retry("the plugin does not run".to_owned());
    };
    let recorded = match engine.store().read_since(seq.saturating_sub(1), 1).await {
        Ok(mut found) => found.pop().filter(|it| it.seq == seq),
        Err(error) => return retry(error.to_string()),
    };
    let Some(recorded) = recorded else {
        return give_up("the event is older than the journal that is kept");
    };
    if !loaded.grants.hears(recorded.event.kind()) {
        return give_up("the plugin may not hear of such events any more");
    }
    match tell_once(host, engine, &loaded, &recorded).await {
        Ok(()) => Attempt::Done,
        Err(error) if is_lasting(&error) => give_up(&error.to_string()),
        Err(error) => retry(error.to_string()),
    }
}
