//! `plugins.lock`: which versions of plugins a desk runs, by the digest of their code. Written by an operator, kept with the
//! rest of the deployment, and checked before anything is loaded.

use std::path::{Path, PathBuf};

use plugboard_domain::desk::{Plugin, PluginVersion};
use plugboard_protocol::extensions::LockState;
use serde::Deserialize;

/// The form that this version writes and reads.
const FORM: u32 = 1;

/// Which versions run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginsLock {
    /// One for each plugin.
    pub plugins: Vec<Locked>,
}

/// One plugin as it was written down.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// Its key.
    pub key: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its component, hex.
    pub digest: String,
    /// Whose signature it carried, when a trusted key made it.
    #[serde(default)]
    pub signed_by: Option<String>,
}

/// A lock cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It cannot be read.
    #[error("reading {0}: {1}")]
    Read(PathBuf, std::io::Error),
    /// It is no lock.
    #[error("{0} is no lock of plugins: {1}")]
    Malformed(PathBuf, String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    form: u32,
    #[serde(default)]
    plugin: Vec<Locked>,
}

impl PluginsLock {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, LockError> {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| LockError::Read(path.to_owned(), error))?;
        Self::parse(&text).map_err(|why| LockError::Malformed(path.to_owned(), why))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|it| it.to_string())?;
        if file.form != FORM {
            return Err(format!("it has form {}, and this reads {FORM}", file.form));
        }
        for it in &file.plugin {
            if it.digest.len() != 64 || !it.digest.bytes().all(|it| it.is_ascii_hexdigit()) {
                return Err(format!("the digest of {} is no SHA-256 in hex", it.key));
            }
        }
        Ok(Self {
            plugins: file.plugin,
        })
    }

    /// As a file, ordered by key, so that two of the same desk are the same.
    pub fn to_toml(&self) -> String {
        let mut all: Vec<&Locked> = self.plugins.iter().collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        let mut text = format!(
            "# Which plugins this desk runs, by the digest of their code. Written by `plugboard plugin lock`; checked by\n\
             # `plugboard serve --plugins-lock` and `plugboard plugin list --locked`.\nform = {FORM}\n"
        );
        // A basic string of TOML is what JSON calls a string.
        let quoted = |it: &str| serde_json::Value::from(it).to_string();
        for it in all {
            let mut lines = vec![
                "\n[[plugin]]".to_owned(),
                format!("key = {}", quoted(&it.key)),
                format!("version = {}", quoted(&it.version)),
                format!("digest = {}", quoted(&it.digest)),
            ];
            if let Some(name) = &it.signed_by {
                lines.push(format!("signed_by = {}", quoted(name)));
            }
            text.push_str(&lines.join("\n"));
            text.push('\n');
        }
        text
    }

    /// Why a version must not run, if it must not.
    pub(crate) fn objection(&self, plugin: &Plugin, version: &PluginVersion) -> Option<String> {
        match self.state(plugin, version) {
            LockState::None | LockState::Matches => None,
            LockState::Unnamed => Some("plugins.lock does not name it: it is not run".to_owned()),
            LockState::Differs {
                version: named,
                digest,
            } => Some(format!(
                "plugins.lock names version {named} with digest {}, and version {} has {}: it is not run",
                short(&digest),
                version.version,
                short(&version.digest)
            )),
        }
    }

    /// What it says of a version.
    pub(crate) fn state(&self, plugin: &Plugin, version: &PluginVersion) -> LockState {
        match self.plugins.iter().find(|it| it.key == plugin.key) {
            None => LockState::Unnamed,
            Some(it) if it.digest.eq_ignore_ascii_case(&version.digest) => LockState::Matches,
            Some(it) => LockState::Differs {
                version: it.version.clone(),
                digest: it.digest.clone(),
            },
        }
    }

    /// How what runs differs, one line each.
    pub fn differences(&self, running: &[Locked]) -> Vec<String> {
        let mut lines = Vec::new();
        for locked in &self.plugins {
            match running.iter().find(|it| it.key == locked.key) {
                None => lines.push(format!("{}: in the lock, and not installed", locked.key)),
                Some(it) if it.digest != locked.digest => lines.push(format!(
                    "{}: the lock names {} {}, in force is {} {}",
                    it.key,
                    locked.version,
                    short(&locked.digest),
                    it.version,
                    short(&it.digest)
                )),
                Some(it) if it.signed_by != locked.signed_by => lines.push(format!(
                    "{}: the lock says it was signed by {}, the desk by {}",
                    it.key,
                    locked.signed_by.as_deref().unwrap_or("nobody"),
                    it.signed_by.as_deref().unwrap_or("nobody")
                )),
                Some(_) => {}
            }
        }
        for it in running {
            if self.plugins.iter().all(|locked| locked.key != it.key) {
                lines.push(format!("{}: installed, and not in the lock", it.key));
            }
        }
        lines
    }
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(key: &str, digit: char) -> Locked {
        Locked {
            key: key.into(),
            version: "1.0.0".into(),
            digest: digit.to_string().repeat(64),
            signed_by: (digit == 'a').then(|| "A \"B\" \\".into()),
        }
    }

    #[test]
    fn a_lock_survives_its_file_and_is_the_same_file_each_time() {
        let lock = PluginsLock {
            plugins: vec![locked("b", 'b'), locked("a", 'a')],
        };
        let text = lock.to_toml();
        let read = PluginsLock::parse(&text).unwrap();
        assert_eq!(read.plugins, [locked("a", 'a'), locked("b", 'b')]);
        assert_eq!(read.to_toml(), text);
    }

    #[test]
    fn what_is_no_lock_is_refused() {
        for wrong in [
            "",
            "form = 2",
            "form = 1\n[[plugin]]\nkey = \"a\"\nversion = \"1\"\ndigest = \"12\"",
            "form = 1\nextra = true",
        ] {
            assert!(PluginsLock::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_difference_is_told() {
        let lock = PluginsLock {
            plugins: vec![
                locked("same", 'a'),
                locked("other", 'b'),
                locked("gone", 'c'),
            ],
        };
        let running = [
            locked("same", 'a'),
            locked("other", 'd'),
            locked("new", 'e'),
        ];
        assert_eq!(
            lock.differences(&running),
            [
                "other: the lock names 1.0.0 bbbbbbbbbbbb, in force is 1.0.0 dddddddddddd",
                "gone: in the lock, and not installed",
                "new: installed, and not in the lock",
            ]
        );
    }
}
