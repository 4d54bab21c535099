//! The sandbox, made when the first plugin is loaded: a desk without plugins pays nothing for it.

use std::path::PathBuf;

use plugboard_plugin_runtime::{Load, Plugin, Runtime, RuntimeOptions};
use tokio::sync::OnceCell;

/// What plugins run in.
pub(crate) struct Sandbox {
    cache: PathBuf,
    made: OnceCell<Runtime>,
}

impl Sandbox {
    /// One that keeps compiled code in `cache`.
    pub(crate) fn new(cache: PathBuf) -> Self {
        Self {
            cache,
            made: OnceCell::new(),
        }
    }

    /// Loads a plugin: compiles it, or takes compiled code. The error is for people.
    pub(crate) async fn load(&self, load: Load) -> Result<Plugin, String> {
        let make = async || {
            Runtime::new(&RuntimeOptions {
                cache: Some(self.cache.clone()),
                ..RuntimeOptions::default()
            })
        };
        let runtime = self.made.get_or_try_init(make).await;
        let runtime = runtime.map_err(|error| error.to_string())?;
        let loaded = runtime.load(load).await;
        loaded.map_err(|error| error.to_string())
    }
}
