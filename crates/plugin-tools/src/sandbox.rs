//! The sandbox that tools run plugins in: as in the server, and counting fuel.

use std::path::PathBuf;

use plugboard_plugin_runtime::{Runtime, RuntimeError, RuntimeOptions};

/// Where compiled code is kept between two runs: the author's own cache, else a folder that nobody else can write.
fn cache() -> Option<PathBuf> {
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(home)?;
    base.is_absolute().then(|| base.join("plugboard/plugins"))
}

/// Sets it up. Where no cache can be kept, plugins are compiled anew each time.
pub fn sandbox() -> Result<Runtime, RuntimeError> {
    let with = |cache| {
        Runtime::new(&RuntimeOptions {
            cache,
            fuel: true,
            instances: 16,
            ..RuntimeOptions::default()
        })
    };
    with(cache()).or_else(|_| with(None))
}
