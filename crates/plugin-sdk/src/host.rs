//! What the desk offers to a plugin, as far as the manifest asks for it and the administrator granted it.

/// Lines for the plugin's page: at most 200 a call, 64 KiB a call. Never log what a customer wrote, nor addresses.
pub mod log {
    pub use crate::bindings::host::plugboard::plugin::log::Level;

    /// Writes a line with fields.
    pub fn write(level: Level, message: &str, fields: &[(&str, &str)]) {
        #[cfg(target_arch = "wasm32")]
        {
            let fields: Vec<(String, String)> = fields
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect();
            crate::bindings::host::plugboard::plugin::log::write(level, message, &fields);
        }
        #[cfg(not(target_arch = "wasm32"))]
        eprintln!("{level:?} {message} {fields:?}");
    }

    /// A line for the plugin's author.
    pub fn debug(message: &str) {
        write(Level::Debug, message, &[]);
    }

    /// A line about what went as it should.
    pub fn info(message: &str) {
        write(Level::Info, message, &[]);
    }

    /// A line about what went wrong and was dealt with.
    pub fn warn(message: &str) {
        write(Level::Warn, message, &[]);
    }

    /// A line about what went wrong and needs somebody.
    pub fn error(message: &str) {
        write(Level::Error, message, &[]);
    }
}

/// Secrets are named, never read: the host puts them into requests, digests and ciphers itself.
pub mod secrets {
    pub use crate::bindings::host::plugboard::plugin::secrets::{
        Hash, Part, aes_cbc_decrypt, aes_cbc_encrypt, digest, equals, exists, hmac, verify_hmac,
    };
}

/// Files that an event or a request refers to; their bytes pass through the plugin only when it asks for them.
pub mod blobs {
    pub use crate::bindings::host::plugboard::plugin::blobs::{read, store};
    use crate::{Failure, MediaRef};

    /// The whole file, read in pieces of 256 KiB; refuses files over `max` bytes.
    pub fn read_all(media: &MediaRef, max: u64) -> Result<Vec<u8>, Failure> {
        if media.size > max {
            return Err(Failure::new("too-large", format!("file over {max} bytes")));
        }
        let mut bytes = Vec::new();
        loop {
            let piece = read(media, bytes.len() as u64, 256 * 1024)?;
            if piece.is_empty() {
                return Ok(bytes);
            }
            bytes.extend(piece);
            if bytes.len() as u64 >= media.size {
                return Ok(bytes);
            }
        }
    }
}

/// Durable keys and values, apart for each plugin and account. Keys up to 256 bytes, values up to the grant.
pub mod kv {
    use crate::Failure;
    pub use crate::bindings::host::plugboard::plugin::kv::{
        compare_and_set, delete, get, list_keys, set,
    };
    use serde::{Serialize, de::DeserializeOwned};

    /// A value kept as JSON.
    pub fn get_json<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Failure> {
        let Some(bytes) = get(key)? else {
            return Ok(None);
        };
        Ok(Some(serde_json::from_slice(&bytes)?))
    }

    /// Keeps a value as JSON, for `ttl_seconds` if given.
    pub fn set_json<T: Serialize>(
        key: &str,
        value: &T,
        ttl_seconds: Option<u32>,
    ) -> Result<(), Failure> {
        set(key, &serde_json::to_vec(value)?, ttl_seconds)
    }

    /// A value kept as text.
    pub fn get_text(key: &str) -> Result<Option<String>, Failure> {
        let Some(bytes) = get(key)? else {
            return Ok(None);
        };
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| Failure::unexpected("a kept value is not text"))
    }

    /// Keeps a text.
    pub fn set_text(key: &str, value: &str, ttl_seconds: Option<u32>) -> Result<(), Failure> {
        set(key, value.as_bytes(), ttl_seconds)
    }
}

/// The time, as the desk has it.
pub mod clock {
    pub use crate::bindings::host::plugboard::plugin::clock::{monotonic_ns, now};
}

/// Chance, as the desk has it.
pub mod random {
    pub use crate::bindings::host::plugboard::plugin::random::bytes;
}

/// Durable timers: they survive a restart and fire at least once, as
/// [`Lifecycle::on_timer`](crate::lifecycle::Lifecycle::on_timer). The same key replaces.
pub mod timers {
    pub use crate::bindings::host::plugboard::plugin::timers::{cancel, schedule};
}

/// What a plugin can ask of the desk, as far as it was granted. Each is in the journal with the plugin as actor.
pub mod commands {
    pub use crate::bindings::host::plugboard::plugin::commands::{Command, execute};
}

/// Hands in channel events outside a webhook or poll, such as from a timer. Durable when it returns.
pub mod intake {
    pub use crate::bindings::host::plugboard::plugin::intake::ingest;
}
