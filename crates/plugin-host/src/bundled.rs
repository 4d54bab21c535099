//! Plugins that come with the desk.

use bytes::Bytes;

/// Packages that come with the desk, by the key of their plugin.
pub trait Bundled: Send + Sync {
    /// The keys, in order.
    fn keys(&self) -> Vec<String>;

    /// The package of a plugin.
    fn package(&self, key: &str) -> Option<Bytes>;
}

/// None: for desks without plugins of their own.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBundle;

impl Bundled for NoBundle {
    fn keys(&self) -> Vec<String> {
        Vec::new()
    }

    fn package(&self, _: &str) -> Option<Bytes> {
        None
    }
}
