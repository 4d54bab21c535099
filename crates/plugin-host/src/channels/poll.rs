//! Asks a provider for news, as often as the plugin says, and at once when a request of the provider hints at some. The cursor
//! is kept after the news are durable: after a crash the same news come again, and change nothing.

use std::time::Duration;

use plugboard_domain::{
    Command, Envelope, Principal,
    plugin::{Expected, PluginQuota, PluginSpace, PluginWrite},
};
use plugboard_plugin_runtime::{CallError, types::RetryAdvice};

use super::workers::Post;
use crate::intake;

/// The key of the cursor, in a space that plugins cannot name.
const CURSOR: &str = "cursor";

/// How soon a provider is asked again when the plugin does not say.
const EVERY: Duration = Duration::from_secs(5);

/// Waits after failures, growing to this.
const PAUSE_MAX: Duration = Duration::from_mins(5);

/// The shortest time between two questions.
const PAUSE_MIN: Duration = Duration::from_millis(100);

pub(super) async fn run(post: Post) {
    let mut failures = 0_u32;
    loop {
        let pause = tokio::select! {
            () = post.stop.cancelled() => return,
            asked = ask(&post) => match asked {
                Ok(pause) => {
                    failures = 0;
                    pause
                }
                Err(after) => {
                    failures += 1;
                    let grown = Duration::from_secs(1 << failures.min(9)).min(PAUSE_MAX);
                    after.unwrap_or(grown).max(PAUSE_MIN)
                }
            },
        };
        tokio::select! {
            () = post.stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
            () = post.pull.notified() => {}
        }
    }
}

/// Asks once. How long to wait then; the error says so, when the provider does.
async fn ask(post: &Post) -> Result<Duration, Option<Duration>> {
    let cursor = cursor(post).await?;
    let polled = post.loaded.plugin.poll(&post.account, cursor.clone()).await;
    let batch = polled.map_err(|error| {
        post.loaded.fault(&error, "asking the provider");
        match error {
            CallError::Refused(failure) => {
                let line = format!(
                    "asking the provider: {} ({})",
                    failure.message, failure.code
                );
                post.host.note_fault(&post.loaded.key, &line);
                let slow = failure.advice == RetryAdvice::NoRetry;
                let after = failure
                    .retry_after_ms
                    .map(|ms| Duration::from_millis(ms.into()));
                after.or(slow.then_some(PAUSE_MAX))
            }
            _ => None,
        }
    })?;
    let engine = post.host.engine().ok_or(None)?;
    intake::take_all(engine, post.inbox, batch.events)
        .await
        .map_err(|_| None)?;
    if cursor.as_ref() != Some(&batch.cursor) {
        keep(post, batch.cursor).await?;
    }
    let section = post.loaded.manifest.channel.as_ref();
    let every = section.and_then(|it| it.poll_every_ms);
    Ok(match (batch.more, batch.next_in_ms) {
        (true, _) => Duration::ZERO,
        (false, 0) => every.map_or(EVERY, |ms| Duration::from_millis(ms.into())),
        (false, ms) => Duration::from_millis(ms.into()),
    }
    .max(if batch.more {
        Duration::ZERO
    } else {
        PAUSE_MIN
    }))
}

fn space(post: &Post) -> PluginSpace {
    PluginSpace {
        plugin: post.loaded.key.clone(),
        account: format!("{}/host", post.inbox),
    }
}

async fn cursor(post: &Post) -> Result<Option<Vec<u8>>, Option<Duration>> {
    let engine = post.host.engine().ok_or(None)?;
    let found = engine
        .store()
        .plugin_value(space(post), CURSOR.to_owned(), engine.now())
        .await;
    Ok(found.map_err(|_| None)?.map(|it| it.bytes))
}

async fn keep(post: &Post, cursor: Vec<u8>) -> Result<(), Option<Duration>> {
    let engine = post.host.engine().ok_or(None)?;
    let write = PluginWrite::Set {
        space: space(post),
        key: CURSOR.to_owned(),
        value: cursor,
        ttl_secs: None,
        expected: Expected::Anything,
        // The desk's own, so no grant bounds it.
        quota: PluginQuota {
            keys_max: u64::MAX,
            value_bytes_max: 64 * 1024,
            total_bytes_max: u64::MAX,
            timers_max: 0,
        },
    };
    let envelope = Envelope::new(Principal::System("plugins"), Command::KeepPlugin(write));
    engine.execute(envelope).await.map_err(|_| None)?;
    Ok(())
}
