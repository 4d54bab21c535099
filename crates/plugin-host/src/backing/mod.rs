//! What plugins ask of the host, answered by the desk. Grants, limits and rates were checked by the runtime before.

mod commands;
mod fetch;
mod media;
mod socket;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use plugboard_blob::Blobs;
use plugboard_domain::{
    Command, Envelope, Principal, Timestamp,
    desk::{EntityKind, EntityRef},
    ids::InboxId,
    plugin::{Expected, PluginQuota, PluginSpace, PluginWrite},
};
use plugboard_egress::{ClientError, Reach};
use plugboard_engine::{Engine, EngineError, Outcome};
use plugboard_plugin_runtime::{
    Allowed, Backing, Caller, Line, Secrets,
    manifest::{KvPermission, TimersPermission},
    types::{ChannelEvent, DeskCommand, Failure, MediaRef, Request, Response, code},
};
use plugboard_store::StoreError;

use crate::{intake, logs::Logs};
pub(crate) use commands::urgency;

/// Longest request to a provider; each request sets its own below it.
const FETCH_MAX: Duration = Duration::from_secs(90);

/// The desk, as plugins reach it.
pub(crate) struct DeskBacking {
    engine: OnceLock<Engine>,
    blobs: Blobs,
    logs: Arc<Logs>,
    reach: Reach,
    public: reqwest::Client,
    anywhere: reqwest::Client,
    started: Instant,
}

/// The engine is not there yet.
#[derive(Debug, thiserror::Error)]
#[error("the desk has not started")]
pub(crate) struct NotStarted;

impl DeskBacking {
    pub(crate) fn new(blobs: Blobs, logs: Arc<Logs>, reach: Reach) -> Result<Self, ClientError> {
        Ok(Self {
            engine: OnceLock::new(),
            blobs,
            logs,
            reach,
            public: plugboard_egress::client(Reach::Public, FETCH_MAX)?,
            anywhere: plugboard_egress::client(Reach::Anywhere, FETCH_MAX)?,
            started: Instant::now(),
        })
    }

    /// Gives it the running desk; the first one stays.
    pub(crate) fn attach(&self, engine: Engine) {
        let _ = self.engine.set(engine);
    }

    pub(crate) fn engine(&self) -> Result<&Engine, NotStarted> {
        self.engine.get().ok_or(NotStarted)
    }

    fn desk(&self) -> Result<&Engine, Failure> {
        self.engine()
            .map_err(|error| Failure::passing(code::NETWORK, error.to_string()))
    }

    async fn keep(&self, write: PluginWrite) -> Result<Outcome, Failure> {
        let command = Command::KeepPlugin(write);
        let envelope = Envelope::new(Principal::System("plugins"), command);
        self.desk()?.execute(envelope).await.map_err(refused)
    }
}

fn space(caller: &Caller) -> PluginSpace {
    PluginSpace {
        plugin: caller.plugin.to_string(),
        account: caller.account.id.to_string(),
    }
}

fn kv_quota(terms: &KvPermission) -> PluginQuota {
    PluginQuota {
        keys_max: u64::from(terms.max_keys),
        value_bytes_max: u64::from(terms.max_value_bytes),
        total_bytes_max: terms.max_total_bytes,
        timers_max: 0,
    }
}

/// What the desk's refusal is to a plugin.
pub(crate) fn refused(error: EngineError) -> Failure {
    use plugboard_domain::Rejection as R;
    match error {
        EngineError::Rejected(rejection) => {
            let code = match &rejection {
                R::NotFound(_) => code::NOT_FOUND,
                R::Invalid(_) => code::INVALID,
                R::Conflict(_) | R::Unseen { .. } => code::CONFLICT,
                _ => code::DENIED,
            };
            Failure::lasting(code, rejection.to_string())
        }
        EngineError::Busy | EngineError::Stopping | EngineError::Store(_) => {
            Failure::passing(code::NETWORK, "the desk cannot do it now")
        }
    }
}

fn store(_: StoreError) -> Failure {
    Failure::passing(code::NETWORK, "the desk cannot read its data now")
}

#[async_trait]
impl Backing for DeskBacking {
    fn log(&self, caller: &Caller, line: Line) {
        let at = self.engine.get().map_or(Timestamp::UNIX_EPOCH, Engine::now);
        self.logs.keep(&caller.plugin, at, line);
    }

    /// Those of the plugin, and those of the inbox that it is called for.
    async fn secrets(&self, caller: &Caller) -> Result<Secrets, Failure> {
        let engine = self.desk()?;
        let desk = engine.desk();
        let mut values = BTreeMap::new();
        if let Some(plugin) = desk.plugin_by_key(&caller.plugin) {
            let of = EntityRef {
                kind: EntityKind::Plugin,
                id: plugin.id.0,
            };
            values.extend(engine.store().secrets(of).await.map_err(store)?);
        }
        if let Ok(inbox) = caller.account.id.parse::<InboxId>() {
            let of = EntityRef {
                kind: EntityKind::Inbox,
                id: inbox.0,
            };
            values.extend(engine.store().secrets(of).await.map_err(store)?);
        }
        Ok(Secrets::new(values))
    }

    async fn fetch(
        &self,
        caller: &Caller,
        request: Request,
        allowed: &Allowed<'_>,
    ) -> Result<Response, Failure> {
        let answer = fetch::send(self, caller, &request, allowed).await?;
        fetch::read(answer, request.max_response_bytes).await
    }

    async fn fetch_to_blob(
        &self,
        caller: &Caller,
        request: Request,
        name: &str,
        mime: Option<&str>,
        allowed: &Allowed<'_>,
    ) -> Result<MediaRef, Failure> {
        fetch::into_blob(self, caller, &request, name, mime, allowed).await
    }

    async fn blob_read(
        &self,
        _: &Caller,
        media: MediaRef,
        offset: u64,
        len: u32,
    ) -> Result<Vec<u8>, Failure> {
        media::read(self, &media, offset, len).await
    }

    async fn blob_store(
        &self,
        _: &Caller,
        name: &str,
        mime: &str,
        data: Vec<u8>,
    ) -> Result<MediaRef, Failure> {
        let piece = Ok::<_, std::convert::Infallible>(data.into());
        let pieces = futures_util::stream::iter([piece]);
        media::keep(self, pieces, name, Some(mime.to_owned())).await
    }

    async fn kv_get(&self, caller: &Caller, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        let engine = self.desk()?;
        let found = engine
            .store()
            .plugin_value(space(caller), key.to_owned(), engine.now())
            .await;
        Ok(found.map_err(store)?.map(|it| it.bytes))
    }

    async fn kv_set(
        &self,
        caller: &Caller,
        terms: &KvPermission,
        key: &str,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> Result<(), Failure> {
        self.keep(PluginWrite::Set {
            space: space(caller),
            key: key.to_owned(),
            value,
            ttl_secs: ttl_seconds.map(u64::from),
            expected: Expected::Anything,
            quota: kv_quota(terms),
        })
        .await
        .map(drop)
    }

    async fn kv_delete(&self, caller: &Caller, key: &str) -> Result<(), Failure> {
        let (space, key) = (space(caller), key.to_owned());
        self.keep(PluginWrite::Delete { space, key })
            .await
            .map(drop)
    }

    async fn kv_compare_and_set(
        &self,
        caller: &Caller,
        terms: &KvPermission,
        key: &str,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> Result<bool, Failure> {
        let outcome = self
            .keep(PluginWrite::Set {
                space: space(caller),
                key: key.to_owned(),
                value,
                ttl_secs: ttl_seconds.map(u64::from),
                expected: expected.map_or(Expected::Absent, Expected::Value),
                quota: kv_quota(terms),
            })
            .await?;
        Ok(outcome.took)
    }

    async fn kv_list(
        &self,
        caller: &Caller,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Failure> {
        let engine = self.desk()?;
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        engine
            .store()
            .plugin_keys(space(caller), prefix, after, limit as usize, engine.now())
            .await
            .map_err(store)
    }

    fn now(&self, _: &Caller) -> u64 {
        let now = self.engine.get().map(|it| it.now().as_millisecond());
        u64::try_from(now.unwrap_or_default()).unwrap_or_default()
    }

    fn monotonic_ns(&self, _: &Caller) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn random(&self, _: &Caller, len: u32) -> Vec<u8> {
        let mut bytes = vec![0; len as usize];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }

    async fn timer_schedule(
        &self,
        caller: &Caller,
        terms: &TimersPermission,
        key: &str,
        at: u64,
        payload: &str,
    ) -> Result<(), Failure> {
        let at = i64::try_from(at)
            .ok()
            .and_then(|at| Timestamp::from_millisecond(at).ok())
            .ok_or_else(|| Failure::lasting(code::INVALID, "the time is none"))?;
        let quota = PluginQuota {
            keys_max: 0,
            value_bytes_max: 0,
            total_bytes_max: 0,
            timers_max: u64::from(terms.max_pending),
        };
        self.keep(PluginWrite::ScheduleTimer {
            space: space(caller),
            key: key.to_owned(),
            at,
            payload: payload.to_owned(),
            quota,
        })
        .await
        .map(drop)
    }

    async fn timer_cancel(&self, caller: &Caller, key: &str) -> Result<(), Failure> {
        let (space, key) = (space(caller), key.to_owned());
        self.keep(PluginWrite::CancelTimer { space, key })
            .await
            .map(drop)
    }

    async fn execute(
        &self,
        caller: &Caller,
        conversation: &str,
        command: DeskCommand,
    ) -> Result<(), Failure> {
        commands::execute(self.desk()?, caller, conversation, command).await
    }

    async fn ingest(&self, caller: &Caller, events: Vec<ChannelEvent>) -> Result<u32, Failure> {
        let engine = self.desk()?;
        let inbox = caller.account.id.parse::<InboxId>();
        let inbox = inbox.map_err(|_| Failure::lasting(code::DENIED, "this is no channel"))?;
        intake::take_all(engine, inbox, events)
            .await
            .map_err(|error| Failure::passing(code::NETWORK, error.to_string()))
    }
}
