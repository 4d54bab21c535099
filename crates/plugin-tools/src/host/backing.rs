//! The scripted host as a backing of the runtime.

use async_trait::async_trait;
use plugboard_plugin_runtime::{
    Allowed, Backing, Caller, Line, Secrets,
    manifest::{KvPermission, TimersPermission},
    types::{ChannelEvent, DeskCommand, Failure, MediaRef, Request, Response, code},
};
use serde_json::json;

use super::{Stage, command_value};
use crate::cases::Call;

#[async_trait]
impl Backing for Stage {
    fn log(&self, _: &Caller, line: Line) {
        let mut text = line.message;
        for (name, value) in line.fields {
            text.extend([" ", &name, "=", &value]);
        }
        self.host().kept().logs.push(text);
    }

    async fn secrets(&self, _: &Caller) -> Result<Secrets, Failure> {
        Ok(self.host().kept().secrets.clone())
    }

    async fn fetch(
        &self,
        _: &Caller,
        request: Request,
        _: &Allowed<'_>,
    ) -> Result<Response, Failure> {
        let host = self.host();
        host.kept().calls.push("http.fetch".to_owned());
        let response = host.ask(Call::Fetch, &request).await?;
        if response.body.len() > request.max_response_bytes as usize {
            return Err(Failure::lasting(code::TOO_LARGE, "the answer is too large"));
        }
        Ok(response)
    }

    async fn fetch_to_blob(
        &self,
        _: &Caller,
        request: Request,
        name: &str,
        mime: Option<&str>,
        _: &Allowed<'_>,
    ) -> Result<MediaRef, Failure> {
        let host = self.host();
        host.kept().calls.push("http.fetch-to-blob".to_owned());
        let response = host.ask(Call::FetchToBlob, &request).await?;
        match response.status {
            200..300 => {}
            429 | 500.. => return Err(Failure::passing(code::NETWORK, "the provider failed")),
            status => {
                let message = format!("the provider answered {status}");
                return Err(Failure::lasting(code::NOT_FOUND, message));
            }
        }
        let mut headers = response.headers.iter();
        let said = headers.find(|(name, _)| name == "content-type");
        let mime = mime.or(said.map(|(_, mime)| mime.as_str()));
        let mime = mime.unwrap_or("application/octet-stream");
        Ok(host.kept().memory.store(name, mime, response.body))
    }

    async fn blob_read(
        &self,
        _: &Caller,
        media: MediaRef,
        offset: u64,
        len: u32,
    ) -> Result<Vec<u8>, Failure> {
        self.host().kept().memory.read(&media, offset, len)
    }

    async fn blob_store(
        &self,
        _: &Caller,
        name: &str,
        mime: &str,
        data: Vec<u8>,
    ) -> Result<MediaRef, Failure> {
        let host = self.host();
        let mut kept = host.kept();
        kept.calls.push("blobs.store".to_owned());
        Ok(kept.memory.store(name, mime, data))
    }

    async fn kv_get(&self, _: &Caller, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        let host = self.host();
        let kept = host.kept();
        Ok(kept.memory.get(key, kept.clock).map(<[u8]>::to_vec))
    }

    async fn kv_set(
        &self,
        _: &Caller,
        terms: &KvPermission,
        key: &str,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> Result<(), Failure> {
        let host = self.host();
        let mut kept = host.kept();
        kept.calls.push(format!("kv.set {key}"));
        let now = kept.clock;
        kept.memory.set(terms, key, value, ttl_seconds, now)
    }

    async fn kv_delete(&self, _: &Caller, key: &str) -> Result<(), Failure> {
        let host = self.host();
        let mut kept = host.kept();
        kept.calls.push(format!("kv.delete {key}"));
        kept.memory.delete(key);
        Ok(())
    }

    async fn kv_compare_and_set(
        &self,
        _: &Caller,
        terms: &KvPermission,
        key: &str,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> Result<bool, Failure> {
        let host = self.host();
        let mut kept = host.kept();
        kept.calls.push(format!("kv.compare-and-set {key}"));
        let now = kept.clock;
        kept.memory
            .compare_and_set(terms, key, (expected, value), ttl_seconds, now)
    }

    async fn kv_list(
        &self,
        _: &Caller,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Failure> {
        let host = self.host();
        let kept = host.kept();
        Ok(kept.memory.keys(prefix, after, limit, kept.clock))
    }

    fn now(&self, _: &Caller) -> u64 {
        self.host().kept().clock
    }

    fn monotonic_ns(&self, _: &Caller) -> u64 {
        self.host().kept().clock.saturating_mul(1_000_000)
    }

    fn random(&self, _: &Caller, len: u32) -> Vec<u8> {
        self.host().kept().chance(len)
    }

    async fn timer_schedule(
        &self,
        _: &Caller,
        terms: &TimersPermission,
        key: &str,
        at: u64,
        payload: &str,
    ) -> Result<(), Failure> {
        let host = self.host();
        let mut kept = host.kept();
        kept.calls.push(format!("timers.schedule {key}"));
        kept.schedule(terms, key, at, payload)
    }

    async fn timer_cancel(&self, _: &Caller, key: &str) -> Result<(), Failure> {
        let host = self.host();
        let mut kept = host.kept();
        kept.calls.push(format!("timers.cancel {key}"));
        kept.timers.remove(key);
        Ok(())
    }

    async fn execute(
        &self,
        _: &Caller,
        conversation: &str,
        command: DeskCommand,
    ) -> Result<(), Failure> {
        let host = self.host();
        {
            let mut kept = host.kept();
            kept.calls
                .push(format!("commands.execute {}", command.name()));
            kept.commands.push(json!(command));
        }
        let asked = command_value(conversation, &command);
        host.effect(Call::Execute, &asked).await.map(drop)
    }

    async fn ingest(&self, _: &Caller, events: Vec<ChannelEvent>) -> Result<u32, Failure> {
        let host = self.host();
        {
            let mut kept = host.kept();
            kept.calls.push("intake.ingest".to_owned());
            kept.ingested.extend(events.iter().map(|it| json!(it)));
        }
        let asked = json!({ "events": events });
        let answer = host.effect(Call::Ingest, &asked).await?;
        let count = answer
            .and_then(|it| it.as_u64())
            .and_then(|it| u32::try_from(it).ok());
        Ok(count.unwrap_or_else(|| u32::try_from(events.len()).unwrap_or(u32::MAX)))
    }
}
