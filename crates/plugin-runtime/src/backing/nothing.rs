//! A backing that gives nothing: enough for policies, which may ask for nothing.

use async_trait::async_trait;

use super::{Allowed, Backing, Caller, Line, Secrets};
use crate::{
    manifest::{KvPermission, TimersPermission},
    types::{ChannelEvent, DeskCommand, Failure, MediaRef, Request, Response, code},
};

/// Answers every question with a failure, and drops every line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

fn nothing<T>() -> Result<T, Failure> {
    Err(Failure::lasting(code::NOT_FOUND, "there is nothing here"))
}

#[async_trait]
impl Backing for Nothing {
    fn log(&self, _: &Caller, _: Line) {}

    async fn secrets(&self, _: &Caller) -> Result<Secrets, Failure> {
        Ok(Secrets::default())
    }

    async fn fetch(&self, _: &Caller, _: Request, _: &Allowed<'_>) -> Result<Response, Failure> {
        nothing()
    }

    async fn fetch_to_blob(
        &self,
        _: &Caller,
        _: Request,
        _: &str,
        _: Option<&str>,
        _: &Allowed<'_>,
    ) -> Result<MediaRef, Failure> {
        nothing()
    }

    async fn blob_read(&self, _: &Caller, _: MediaRef, _: u64, _: u32) -> Result<Vec<u8>, Failure> {
        nothing()
    }

    async fn blob_store(
        &self,
        _: &Caller,
        _: &str,
        _: &str,
        _: Vec<u8>,
    ) -> Result<MediaRef, Failure> {
        nothing()
    }

    async fn kv_get(&self, _: &Caller, _: &str) -> Result<Option<Vec<u8>>, Failure> {
        nothing()
    }

    async fn kv_set(
        &self,
        _: &Caller,
        _: &KvPermission,
        _: &str,
        _: Vec<u8>,
        _: Option<u32>,
    ) -> Result<(), Failure> {
        nothing()
    }

    async fn kv_delete(&self, _: &Caller, _: &str) -> Result<(), Failure> {
        nothing()
    }

    async fn kv_compare_and_set(
        &self,
        _: &Caller,
        _: &KvPermission,
        _: &str,
        _: Option<Vec<u8>>,
        _: Vec<u8>,
        _: Option<u32>,
    ) -> Result<bool, Failure> {
        nothing()
    }

    async fn kv_list(
        &self,
        _: &Caller,
        _: &str,
        _: Option<&str>,
        _: u32,
    ) -> Result<Vec<String>, Failure> {
        nothing()
    }

    fn now(&self, _: &Caller) -> u64 {
        0
    }

    fn monotonic_ns(&self, _: &Caller) -> u64 {
        0
    }

    fn random(&self, _: &Caller, _: u32) -> Vec<u8> {
        Vec::new()
    }

    async fn timer_schedule(
        &self,
        _: &Caller,
        _: &TimersPermission,
        _: &str,
        _: u64,
        _: &str,
    ) -> Result<(), Failure> {
        nothing()
    }

    async fn timer_cancel(&self, _: &Caller, _: &str) -> Result<(), Failure> {
        nothing()
    }

    async fn execute(&self, _: &Caller, _: &str, _: DeskCommand) -> Result<(), Failure> {
        nothing()
    }

    async fn ingest(&self, _: &Caller, _: Vec<ChannelEvent>) -> Result<u32, Failure> {
        nothing()
    }
}
