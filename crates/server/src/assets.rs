//! The web app, the widget and the demo shop, inside the binary.

use plugboard_http::{StaticFile, StaticFiles};
use rust_embed::RustEmbed;

/// The agent app, as `npm run build` in `web/` leaves it.
#[derive(RustEmbed)]
#[folder = "../../web/dist/agent"]
#[allow_missing = true]
struct AgentApp;

/// The widget and the demo shop, as `npm run build` in `web/widget/` leaves them.
#[derive(RustEmbed)]
#[folder = "../../web/widget/dist"]
#[allow_missing = true]
struct Widget;

/// What is embedded.
pub(crate) struct Embedded;

impl StaticFiles for Embedded {
    fn get(&self, path: &str) -> Option<StaticFile> {
        let found = match path.strip_prefix("widget/") {
            Some(path) => Widget::get(path),
            None => AgentApp::get(path),
        };
        found.map(|file| StaticFile {
            hash: short(file.metadata.sha256_hash()),
            content: file.data,
        })
    }
}

/// Sixteen digits tell files apart well enough for a cache.
fn short(hash: [u8; 32]) -> String {
    let mut start = [0; 8];
    start.copy_from_slice(&hash[..8]);
    format!("{:016x}", u64::from_be_bytes(start))
}
