//! Recordings on a running desk: an administrator asks for the next calls of a plugin to be written down with everything that
//! was said in them. The order is part of the plugin, so the journal says who asked; the calls are rows that go after a day.
//!
//! What customers wrote is in them, so there are few, they are for whoever manages integrations, and recording ends by itself.
//! A plugin never sees its secrets, so no recording holds one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use plugboard_domain::{
    Command, Envelope, Principal, Timestamp,
    access::Permission,
    desk::{Desk, Plugin, RECORDED_CALLS_MAX, RecordingOrder},
    plugin::PluginQuota,
};
use plugboard_engine::{Engine, EngineError};
use plugboard_extension::ExtensionError;
use plugboard_plugin_runtime::{Recorder, Recording};
use plugboard_protocol::{extensions::PluginRecording, time};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    admin::{conflict, find, invalid},
    host::Shared,
    keep::Part,
    registry::Loaded,
};

/// How long recording goes on at most, however little is called.
const WINDOW: Duration = Duration::from_secs(600);

/// How long calls are kept.
const KEPT_SECS: u64 = 24 * 60 * 60;

/// Most bytes of one call, and of all of one plugin.
const CALL_BYTES_MAX: u64 = 1024 * 1024;
const ALL_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Recordings that go on.
#[derive(Default)]
pub(crate) struct Recordings {
    /// By key of the plugin. Leaf data, never held over an await.
    running: Mutex<HashMap<String, Running>>,
}

struct Running {
    loaded: Arc<Loaded>,
    order: RecordingOrder,
    stop: CancellationToken,
}

impl Recordings {
    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins and ends recordings, so that they are what the desk says.
    pub(crate) fn refresh(&self, host: &Arc<Shared>, engine: &Engine, desk: &Desk) {
        let now = engine.now();
        let mut wanted = HashMap::new();
        for plugin in desk.plugins() {
            let order = plugin.recording.filter(|it| now < it.until);
            let loaded = host.registry.running(desk, &plugin.key);
            if let (Some(order), Some(loaded)) = (order, loaded) {
                wanted.insert(plugin.key.clone(), (order, loaded));
            }
        }
        let mut running = self.running();
        running.retain(|key, it| {
            let stays = wanted.get(key).is_some_and(|(order, loaded)| {
                *order == it.order && Arc::ptr_eq(loaded, &it.loaded)
            });
            if !stays {
                it.loaded.plugin.record(None);
                it.stop.cancel();
            }
            stays
        });
        for (key, (order, loaded)) in wanted {
            running.entry(key).or_insert_with(|| {
                let stop = CancellationToken::new();
                let (host, engine) = (host.clone(), engine.clone());
                let (loaded_too, stop_too) = (loaded.clone(), stop.clone());
                host.clone().spawn(async move {
                    record(&host, &engine, &loaded_too, order, &stop_too).await;
                });
                Running {
                    loaded,
                    order,
                    stop,
                }
            });
        }
    }

    fn is_running(&self, key: &str, order: &RecordingOrder) -> bool {
        self.running().get(key).is_some_and(|it| it.order == *order)
    }

    fn ended(&self, key: &str, order: &RecordingOrder) {
        // The order stays in the desk, so the entry stays until another order comes: else it would begin anew.
        if let Some(it) = self.running().get(key).filter(|it| it.order == *order) {
            it.stop.cancel();
        }
    }

    fn goes_on(&self, key: &str, order: &RecordingOrder) -> bool {
        self.is_running(key, order)
            && self
                .running()
                .get(key)
                .is_some_and(|it| !it.stop.is_cancelled())
    }
}

/// Takes calls from the sandbox, which must not wait.
struct Sink(mpsc::Sender<Recording>);

impl Recorder for Sink {
    fn record(&self, recording: Recording) {
        // As many fit as were asked for; what comes beyond that is not asked for.
        let _ = self.0.try_send(recording);
    }
}

fn part(key: &str) -> Part {
    let quota = PluginQuota {
        keys_max: u64::from(RECORDED_CALLS_MAX),
        value_bytes_max: CALL_BYTES_MAX,
        total_bytes_max: ALL_BYTES_MAX,
        timers_max: 0,
    };
    Part::of_plugin(key, "recording", quota, KEPT_SECS)
}

/// How the keys of the calls of an order begin.
fn prefix(order: &RecordingOrder) -> String {
    format!("{}:", order.began_at.as_microsecond())
}

/// Writes calls down until there are enough.
async fn record(
    host: &Shared,
    engine: &Engine,
    loaded: &Arc<Loaded>,
    order: RecordingOrder,
    stop: &CancellationToken,
) {
    let (part, prefix) = (part(&loaded.key), prefix(&order));
    let before = match part.keys(engine, "").await {
        Ok(keys) => keys,
        Err(error) => {
            warn!(plugin.key = %loaded.key, %error, "a recording could not begin");
            return;
        }
    };
    let (mine, others): (Vec<_>, Vec<_>) =
        before.into_iter().partition(|it| it.starts_with(&prefix));
    for key in others {
        let _ = part.delete(engine, &key).await;
    }
    let mut taken = u32::try_from(mine.len()).unwrap_or(u32::MAX);
    let (sink, mut calls) = mpsc::channel(RECORDED_CALLS_MAX as usize);
    if taken < order.calls {
        loaded.plugin.record(Some(Arc::new(Sink(sink))));
        info!(plugin.key = %loaded.key, calls = order.calls, "recording calls of plugin {}", loaded.key);
    }
    while taken < order.calls {
        let call = tokio::select! {
            () = stop.cancelled() => break,
            () = engine.clock().sleep_until(order.until) => break,
            call = calls.recv() => call,
        };
        let Some(call) = call else { break };
        match part
            .put(engine, &format!("{prefix}{taken:03}"), &call)
            .await
        {
            Ok(()) => taken += 1,
            // One call too large to keep is left out; when all of them are, there is nothing more to do.
            Err(EngineError::Rejected(why)) => {
                let line = format!("a recorded call was not kept: {why}");
                host.note_fault(&loaded.key, &line);
                if why.to_string().contains("bytes are kept") {
                    break;
                }
            }
            Err(error) => {
                warn!(plugin.key = %loaded.key, %error, "a recording broke off");
                break;
            }
        }
    }
    if host.recordings.is_running(&loaded.key, &order) {
        loaded.plugin.record(None);
        host.recordings.ended(&loaded.key, &order);
        info!(plugin.key = %loaded.key, taken, "recorded calls of plugin {}", loaded.key);
    }
}

impl Shared {
    /// Asks for the next calls of a plugin to be written down.
    pub(crate) async fn start_recording(
        self: &Arc<Self>,
        by: Principal,
        plugin: &str,
        calls: u32,
    ) -> Result<PluginRecording, ExtensionError> {
        if !(1..=RECORDED_CALLS_MAX).contains(&calls) {
            return Err(invalid(format!("calls must be 1 to {RECORDED_CALLS_MAX}")));
        }
        let alone = self.changes.lock().await;
        let engine = self.running()?;
        let desk = engine.desk();
        let mut plugin = find(&desk, plugin)?.clone();
        if self.registry.running(&desk, &plugin.key).is_none() {
            return Err(conflict("it does not run: switch it on first"));
        }
        let now = engine.now();
        plugin.recording = Some(RecordingOrder {
            calls,
            began_at: now,
            until: now + WINDOW,
        });
        let key = plugin.key.clone();
        self.store_plugin(by, plugin).await?;
        drop(alone);
        self.recording(&key).await
    }

    /// Ends a recording, and keeps what it holds.
    pub(crate) async fn end_recording(
        self: &Arc<Self>,
        by: Principal,
        plugin: &str,
    ) -> Result<PluginRecording, ExtensionError> {
        let alone = self.changes.lock().await;
        let engine = self.running()?;
        let now = engine.now();
        let mut plugin = find(&engine.desk(), plugin)?.clone();
        let order = plugin.recording.as_mut().ok_or_else(no_recording)?;
        order.until = order.until.min(now);
        let key = plugin.key.clone();
        self.store_plugin(by, plugin).await?;
        drop(alone);
        self.recording(&key).await
    }

    /// Ends a recording and forgets what it holds.
    pub(crate) async fn forget_recording(
        self: &Arc<Self>,
        by: Principal,
        plugin: &str,
    ) -> Result<(), ExtensionError> {
        let _alone = self.changes.lock().await;
        let engine = self.running()?;
        let mut plugin = find(&engine.desk(), plugin)?.clone();
        if plugin.recording.take().is_none() {
            return Err(no_recording());
        }
        let key = plugin.key.clone();
        self.store_plugin(by, plugin).await?;
        let part = part(&key);
        for call in part.keys(engine, "").await.map_err(unavailable)? {
            let gone = part.delete(engine, &call).await;
            gone.map_err(crate::admin::engine_error)?;
        }
        Ok(())
    }

    /// How far a recording is.
    pub(crate) async fn recording(&self, plugin: &str) -> Result<PluginRecording, ExtensionError> {
        let desk = self.running()?.desk();
        let recording = self.recording_of(find(&desk, plugin)?).await?;
        recording.ok_or_else(no_recording)
    }

    /// How far the recording of a plugin is, if there is one that is kept.
    pub(crate) async fn recording_of(
        &self,
        plugin: &Plugin,
    ) -> Result<Option<PluginRecording>, ExtensionError> {
        let engine = self.running()?;
        let Some(order) = kept(plugin, engine.now()) else {
            return Ok(None);
        };
        let keys = part(&plugin.key).keys(engine, &prefix(&order)).await;
        Ok(Some(PluginRecording {
            asked: order.calls,
            taken: u32::try_from(keys.map_err(unavailable)?.len()).unwrap_or(u32::MAX),
            running: self.recordings.goes_on(&plugin.key, &order),
            began_at: time(order.began_at),
            until: time(order.until),
        }))
    }

    /// The calls of a recording. What customers wrote is in them: nobody gets them before the journal says so.
    pub(crate) async fn recorded_calls(
        &self,
        by: Principal,
        plugin: &str,
    ) -> Result<Vec<Value>, ExtensionError> {
        self.may_record(&by)?;
        let engine = self.running()?;
        let desk = engine.desk();
        let plugin = find(&desk, plugin)?;
        let order = kept(plugin, engine.now()).ok_or_else(no_recording)?;
        let part = part(&plugin.key);
        let mut calls = Vec::new();
        let keys = part.keys(engine, &prefix(&order)).await;
        for key in keys.map_err(unavailable)? {
            let call = part.get::<Value>(engine, &key).await;
            calls.extend(call.map_err(unavailable)?);
        }
        let command = Command::ReadRecording {
            plugin: plugin.id,
            calls: u32::try_from(calls.len()).unwrap_or(u32::MAX),
        };
        let noted = engine.execute(Envelope::new(by, command)).await;
        noted.map_err(crate::admin::engine_error)?;
        Ok(calls)
    }

    /// Whoever may read recordings: those who manage integrations, as for everything about plugins.
    pub(crate) fn may_record(&self, by: &Principal) -> Result<(), ExtensionError> {
        let grants = self.running()?.grants(by);
        Ok(grants.require(Permission::IntegrationsManage)?)
    }
}

/// What was asked for last, while its calls are kept.
fn kept(plugin: &Plugin, now: Timestamp) -> Option<RecordingOrder> {
    let kept = Duration::from_secs(KEPT_SECS);
    plugin.recording.filter(|it| now < it.until + kept)
}

fn no_recording() -> ExtensionError {
    ExtensionError::NotFound("recording".to_owned())
}

fn unavailable(error: impl std::fmt::Display) -> ExtensionError {
    ExtensionError::Unavailable(error.to_string())
}
