//! What answers the plugin: everything in memory, time of the fakes' clock, requests to the fakes without a socket.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use plugboard_fakes::{Asked, Fakes};
use plugboard_plugin_runtime::{
    Allowed, Backing, Caller, Line, Memory, Secrets,
    manifest::{KvPermission, TimersPermission},
    types::{
        ChannelEvent, Content, DeskCommand, Failure, FormPart, Hash, MediaRef, Payload, Request,
        Response, Value, code,
    },
};

use crate::flaws::Flaw;

/// Where the fakes are said to be; nothing is sent there.
pub(crate) const ORIGIN: &str = "http://127.0.0.1:9400";

/// The boundary of forms.
const BOUNDARY: &str = "conformance-boundary";

/// Everything that a plugin's host keeps.
pub(crate) struct Host {
    pub(crate) fakes: Arc<Fakes>,
    pub(crate) provider: &'static str,
    pub(crate) secrets: Secrets,
    pub(crate) flaw: Option<Flaw>,
    /// Held for a moment.
    kept: Mutex<Kept>,
}

/// What a plugin has left behind.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) memory: Memory,
    pub(crate) said: Vec<String>,
    pub(crate) ingested: Vec<ChannelEvent>,
    pub(crate) timers: BTreeSet<String>,
    chance: u64,
}

impl Host {
    pub(crate) fn new(
        fakes: Arc<Fakes>,
        provider: &'static str,
        secrets: Secrets,
        flaw: Option<Flaw>,
    ) -> Self {
        Self {
            fakes,
            provider,
            secrets,
            flaw,
            kept: Mutex::default(),
        }
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.fakes.clock.now_ms()).unwrap_or(0)
    }

    /// Keeps a file.
    pub(crate) fn keep(&self, name: &str, mime: &str, data: Vec<u8>) -> MediaRef {
        self.kept().memory.store(name, mime, data)
    }

    fn blob(&self, media: &MediaRef) -> Result<Vec<u8>, Failure> {
        self.kept().memory.file(media).map(<[u8]>::to_vec)
    }

    /// Asks the fake, as the server would ask the provider.
    fn ask(&self, request: &Request) -> Result<Response, Failure> {
        let (url, timeout_ms) = (
            self.secrets.fill_url(&request.url)?,
            u64::from(request.timeout_ms),
        );
        let base = format!("{ORIGIN}/{}", self.provider);
        let Some(rest) = url.strip_prefix(&base) else {
            return Err(Failure::passing(code::NETWORK, "nobody is there"));
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut headers = vec![(
            "host".to_owned(),
            ORIGIN.trim_start_matches("http://").to_owned(),
        )];
        for (name, value) in &request.headers {
            let value = match value {
                Value::Plain(text) => text.clone(),
                Value::Secret(secret) => self.secrets.get(secret)?.to_owned(),
                Value::Bearer(secret) => format!("Bearer {}", self.secrets.get(secret)?),
                Value::Basic((user, secret)) => self.secrets.basic(user, secret)?,
            };
            headers.push((name.to_ascii_lowercase(), value));
        }
        let body = match &request.payload {
            Payload::Empty => Vec::new(),
            Payload::Bytes(bytes) => {
                let kind = headers.iter().find(|(name, _)| name == "content-type");
                let kind = kind.map_or("", |(_, kind)| kind);
                self.secrets.fill_body(bytes, kind)?
            }
            Payload::Media(media) => self.blob(media)?,
            Payload::Multipart(parts) => {
                headers.push((
                    "content-type".to_owned(),
                    format!("multipart/form-data; boundary={BOUNDARY}"),
                ));
                self.form(parts)?
            }
        };
        let mut asked = Asked {
            method: request.method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body,
            waited: false,
        };
        let mut answer = self.fakes.call(self.provider, &asked);
        if answer.wait_ms.is_some() {
            asked.waited = true;
            answer = self.fakes.call(self.provider, &asked);
        }
        if answer.delay_ms > timeout_ms.min(5_000) {
            // What was asked has been done; nobody hears of it.
            return Err(Failure::passing(
                code::TIMEOUT,
                "the provider did not answer in time",
            ));
        }
        Ok(Response {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        })
    }

    fn form(&self, parts: &[FormPart]) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        for part in parts {
            body.extend(
                format!(
                    "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"",
                    part.name
                )
                .into_bytes(),
            );
            if let Some(name) = &part.filename {
                body.extend(format!("; filename=\"{name}\"").into_bytes());
            }
            if let Some(mime) = &part.mime {
                body.extend(format!("\r\nContent-Type: {mime}").into_bytes());
            }
            body.extend(b"\r\n\r\n");
            body.extend(match &part.content {
                Content::Bytes(bytes) => bytes.clone(),
                Content::Media(media) => self.blob(media)?,
            });
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
        Ok(body)
    }
}

/// The hosts of all trials that run, by account: a plugin is loaded once, and tried many times.
#[derive(Default)]
pub(crate) struct Hosts(Mutex<BTreeMap<String, Arc<Host>>>);

impl Hosts {
    /// From now on the account has this host.
    pub(crate) fn add(&self, account: &str, host: Arc<Host>) {
        self.hosts().insert(account.to_owned(), host);
    }

    /// The trial is over.
    pub(crate) fn remove(&self, account: &str) {
        self.hosts().remove(account);
    }

    fn of(&self, caller: &Caller) -> Arc<Host> {
        let found = self.hosts().get(&*caller.account.id).cloned();
        found.expect("a plugin is called only for accounts of a trial that runs")
    }

    fn hosts(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Host>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Backing for Hosts {
    fn log(&self, caller: &Caller, line: Line) {
        let host = self.of(caller);
        let fields: Vec<String> = line
            .fields
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        host.kept()
            .said
            .push(format!("{} {}", line.message, fields.join(" ")));
    }

    async fn secrets(&self, caller: &Caller) -> Result<Secrets, Failure> {
        Ok(self.of(caller).secrets.clone())
    }

    async fn secret_equals(&self, caller: &Caller, name: &str, value: &str) -> bool {
        let host = self.of(caller);
        host.has(Flaw::BelievesEverybody) || host.secrets.equals(name, value)
    }

    async fn verify_hmac(
        &self,
        caller: &Caller,
        hash: Hash,
        key_name: &str,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> bool {
        let host = self.of(caller);
        let secrets = &host.secrets;
        host.has(Flaw::BelievesEverybody)
            || secrets.verify_hmac(hash, key_name, &message, &signature)
    }

    async fn fetch(
        &self,
        caller: &Caller,
        request: Request,
        _: &Allowed<'_>,
    ) -> Result<Response, Failure> {
        let host = self.of(caller);
        host.ask(&request)
    }

    async fn fetch_to_blob(
        &self,
        caller: &Caller,
        request: Request,
        name: &str,
        mime: Option<&str>,
        _: &Allowed<'_>,
    ) -> Result<MediaRef, Failure> {
        let host = self.of(caller);
        let answer = host.ask(&request)?;
        match answer.status {
            200..300 => {}
            429 | 500.. => return Err(Failure::passing(code::NETWORK, "the provider failed")),
            status => {
                return Err(Failure::lasting(
                    code::NOT_FOUND,
                    format!("the provider answered {status}"),
                ));
            }
        }
        let said = answer
            .headers
            .iter()
            .find(|(name, _)| name == "content-type");
        let mime = mime
            .or(said.map(|(_, mime)| mime.as_str()))
            .unwrap_or("application/octet-stream");
        Ok(host.keep(name, mime, answer.body))
    }

    async fn blob_read(
        &self,
        caller: &Caller,
        media: MediaRef,
        offset: u64,
        len: u32,
    ) -> Result<Vec<u8>, Failure> {
        let host = self.of(caller);
        let kept = host.kept();
        kept.memory.read(&media, offset, len)
    }

    async fn blob_store(
        &self,
        caller: &Caller,
        name: &str,
        mime: &str,
        data: Vec<u8>,
    ) -> Result<MediaRef, Failure> {
        let host = self.of(caller);
        Ok(host.keep(name, mime, data))
    }

    async fn kv_get(&self, caller: &Caller, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        let host = self.of(caller);
        if host.has(Flaw::ForgetsWhatItBegan) && key.starts_with("sending/") {
            return Ok(None);
        }
        let (now, kept) = (host.now_ms(), host.kept());
        Ok(kept.memory.get(key, now).map(<[u8]>::to_vec))
    }

    async fn kv_set(
        &self,
        caller: &Caller,
        terms: &KvPermission,
        key: &str,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> Result<(), Failure> {
        let host = self.of(caller);
        let (now, mut kept) = (host.now_ms(), host.kept());
        if host.has(Flaw::KeepsAnOldToken)
            && key.contains("token")
            && kept.memory.get(key, now).is_some()
        {
            return Ok(());
        }
        kept.memory.set(terms, key, value, ttl_seconds, now)
    }

    async fn kv_delete(&self, caller: &Caller, key: &str) -> Result<(), Failure> {
        let host = self.of(caller);
        if !(host.has(Flaw::KeepsAnOldToken) && key == "access-token") {
            host.kept().memory.delete(key);
        }
        Ok(())
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
        let host = self.of(caller);
        let (now, mut kept) = (host.now_ms(), host.kept());
        kept.memory
            .compare_and_set(terms, key, (expected, value), ttl_seconds, now)
    }

    async fn kv_list(
        &self,
        caller: &Caller,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Failure> {
        let host = self.of(caller);
        let (now, kept) = (host.now_ms(), host.kept());
        Ok(kept.memory.keys(prefix, after, limit, now))
    }

    fn now(&self, caller: &Caller) -> u64 {
        self.of(caller).now_ms()
    }

    fn monotonic_ns(&self, caller: &Caller) -> u64 {
        self.now(caller) * 1_000_000
    }

    fn random(&self, caller: &Caller, len: u32) -> Vec<u8> {
        let host = self.of(caller);
        let mut kept = host.kept();
        (0..len)
            .map(|_| {
                kept.chance += 1;
                kept.chance.to_le_bytes()[0]
            })
            .collect()
    }

    async fn timer_schedule(
        &self,
        caller: &Caller,
        _: &TimersPermission,
        key: &str,
        _: u64,
        _: &str,
    ) -> Result<(), Failure> {
        let host = self.of(caller);
        host.kept().timers.insert(key.to_owned());
        Ok(())
    }

    async fn timer_cancel(&self, caller: &Caller, key: &str) -> Result<(), Failure> {
        let host = self.of(caller);
        host.kept().timers.remove(key);
        Ok(())
    }

    async fn execute(&self, _: &Caller, _: &str, _: DeskCommand) -> Result<(), Failure> {
        Ok(())
    }

    async fn ingest(&self, caller: &Caller, events: Vec<ChannelEvent>) -> Result<u32, Failure> {
        let host = self.of(caller);
        let taken = u32::try_from(events.len()).unwrap_or(u32::MAX);
        host.kept().ingested.extend(events);
        Ok(taken)
    }
}
