//! Event hooks: plugins that hear what happens. Each follows the journal by a stored cursor, so it hears everything at least
//! once and in order; an event that it cannot take is tried a few times, told to the administrator, and left behind.

use std::{collections::HashMap, sync::Arc, time::Duration};

use plugboard_domain::{Command, Envelope, Principal, Recorded, Seq};
use plugboard_engine::Engine;
use plugboard_plugin_runtime::{
    CallError,
    contract::World,
    types::{HookEvent, RetryAdvice},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{cause, host::Shared, registry::Loaded, view::millis};

/// Events read at once.
const READ_MAX: usize = 200;

/// Tries of one event before it is left behind.
const TRIES_MAX: u32 = 5;

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

/// Tells a plugin of one event, if it was granted to hear of such.
async fn tell(host: &Shared, engine: &Engine, loaded: &Loaded, recorded: &Recorded) {
    let kind = recorded.event.kind();
    if !loaded.grants.hears(kind) {
        return;
    }
    let desk = engine.desk();
    let Some(plugin) = desk.plugin_by_key(&loaded.key) else {
        return;
    };
    let account = loaded.account(plugin);
    let conversation = match recorded.conversation_id {
        Some(id) => host.seen(engine, &loaded.grants, id).await.ok().flatten(),
        None => None,
    };
    let mut pause = PAUSE;
    for attempt in 1..=TRIES_MAX {
        let event = HookEvent {
            seq: recorded.seq,
            name: kind.to_owned(),
            at: millis(recorded.at),
            conversation: conversation.clone(),
            payload: recorded.event.data().to_string(),
        };
        let told = cause::of(recorded.seq, loaded.plugin.on_event(&account, event)).await;
        let error = match told {
            Ok(()) => return,
            Err(error) => error,
        };
        let lasting = matches!(
            &error,
            CallError::Refused(failure) if failure.advice == RetryAdvice::NoRetry
        );
        if lasting || attempt == TRIES_MAX {
            let line = format!("event {} ({kind}) was left behind: {error}", recorded.seq);
            host.note_fault(&loaded.key, &line);
            return;
        }
        tokio::time::sleep(pause).await;
        pause *= 5;
    }
}
