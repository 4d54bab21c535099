//! Tells another system that a conversation was resolved.

use plugboard_plugin_sdk::{
    Failure, export,
    hooks::{Event, Hook},
    http, info,
    json::json,
    lifecycle::{Info, Lifecycle},
    settings,
};
use serde::Deserialize;

/// What the administrator typed in.
#[derive(Deserialize)]
struct Settings {
    url: String,
}

struct Plugin;

impl Lifecycle for Plugin {
    fn describe() -> Info {
        info!()
    }
}

impl Hook for Plugin {
    fn on_event(event: Event) -> Result<(), Failure> {
        let Some(conversation) = event.conversation else {
            return Ok(());
        };
        let settings: Settings = settings()?;
        // The same event may come again: the other side knows it by its number.
        http::post(settings.url)
            .json(&json!({ "seq": event.seq, "name": event.name, "conversation": conversation.id }))
            .send()?
            .success()?;
        Ok(())
    }
}

export!(Plugin: event_hook);
