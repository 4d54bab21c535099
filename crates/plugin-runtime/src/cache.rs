//! Compiled code on disk, so that a restart need not compile.
//!
//! A file is named by the component's digest, the version of wasmtime and a hash of everything that shapes the code
//! (target, processor, options). It begins with the digest of its own content, and is written beside and renamed: half
//! a file is never read. Nothing that comes from outside is ever loaded, only what this process or an earlier one wrote
//! into its own directory.

use std::{
    fs,
    hash::{Hash as _, Hasher},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use sha2::{Digest as _, Sha256};
use wasmtime::{Engine, component::Component};

/// The version in the names of files. A test keeps it true.
pub(crate) const WASMTIME_VERSION: &str = "48.0.8";

/// Length of the digest in front of the code.
const HEAD: usize = 32;

static WRITES: AtomicU64 = AtomicU64::new(0);

/// A directory of compiled code.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    directory: PathBuf,
}

impl Cache {
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        #[cfg(unix)]
        {
            // Whoever can write here can run code as this process.
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
        }
        Ok(Self {
            directory: directory.to_owned(),
        })
    }

    fn path(&self, engine: &Engine, digest: &str) -> PathBuf {
        let mut hasher = Sha256Hasher(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let hash = hasher.0.finalize();
        let hash = u64::from_be_bytes(hash[..8].try_into().expect("a digest has 32 bytes"));
        self.directory
            .join(format!("{digest}-{WASMTIME_VERSION}-{hash:016x}.cwasm"))
    }

    /// Code that was compiled before. A file that is damaged is removed.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path(engine, digest);
        let bytes = fs::read(&path).ok()?;
        let component = bytes
            .split_at_checked(HEAD)
            .filter(|(head, code)| Sha256::digest(code).as_slice() == *head)
            .and_then(|(_, code)| deserialize(engine, code));
        if component.is_none() {
            tracing::warn!(file = %path.display(), "removed compiled code that is damaged");
            // It is written anew in a moment; if it cannot be removed, that fails and is told.
            drop(fs::remove_file(&path));
        }
        component
    }

    /// Keeps compiled code.
    pub(crate) fn store(
        &self,
        engine: &Engine,
        digest: &str,
        component: &Component,
    ) -> io::Result<()> {
        let code = component.serialize().map_err(io::Error::other)?;
        let path = self.path(engine, digest);
        let number = WRITES.fetch_add(1, Ordering::Relaxed);
        let beside = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
        let mut file = fs::File::create(&beside)?;
        file.write_all(&Sha256::digest(&code))?;
        file.write_all(&code)?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    }
}

#[expect(
    unsafe_code,
    reason = "loading native code is unsafe by nature; these bytes were written by this program into its own directory \
              and are unchanged since, which their digest shows"
)]
fn deserialize(engine: &Engine, code: &[u8]) -> Option<Component> {
    // SAFETY: see above; wasmtime itself refuses code of another version or another engine.
    match unsafe { Component::deserialize(engine, code) } {
        Ok(component) => Some(component),
        Err(error) => {
            tracing::warn!(%error, "refused compiled code");
            None
        }
    }
}

/// The standard hashers differ between versions of Rust; names of files must not.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn finish(&self) -> u64 {
        let hash = self.0.clone().finalize();
        u64::from_le_bytes(hash[..8].try_into().expect("a digest has 32 bytes"))
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::{Config, Engine, component::Component};

    use super::{Cache, WASMTIME_VERSION};

    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn the_version_in_the_names_is_the_version_that_runs() {
        let lock = include_str!("../../../Cargo.lock");
        assert!(lock.contains(&format!(
            "name = \"wasmtime\"\nversion = \"{WASMTIME_VERSION}\""
        )));
    }

    #[test]
    fn damaged_code_is_never_loaded() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::open(directory.path()).unwrap();
        let engine = Engine::default();
        let component = Component::new(&engine, EMPTY).unwrap();
        assert!(cache.load(&engine, "d").is_none());
        cache.store(&engine, "d", &component).unwrap();
        assert!(cache.load(&engine, "d").is_some());

        let path = cache.path(&engine, "d");
        let mut bytes = std::fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(cache.load(&engine, "d").is_none());
        assert!(!path.exists());
        std::fs::write(&path, b"short").unwrap();
        assert!(cache.load(&engine, "d").is_none());
    }

    #[test]
    fn other_options_have_other_files() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::open(directory.path()).unwrap();
        let fuel = Engine::new(Config::new().consume_fuel(true)).unwrap();
        assert_ne!(cache.path(&Engine::default(), "d"), cache.path(&fuel, "d"));
    }
}
