//! `plugboard plugin new`: a complete folder that builds and passes its own cases. Everything is in the binary: the
//! contract, the SDK for Rust, the templates.

mod sdk;
mod templates;

use std::path::{Path, PathBuf};

use plugboard_plugin_runtime::{Manifest, ManifestError};
use thiserror::Error;

use crate::{contract, project::Language};

/// What a new plugin is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A channel that its provider calls.
    Channel,
    /// Who gets a conversation.
    Routing,
    /// What happens when one goes wrong.
    Escalation,
    /// Suggests answers.
    Assistant,
    /// Knows orders.
    Commerce,
    /// Hears events.
    Hook,
    /// A card beside the conversation.
    Panel,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Channel,
        Self::Routing,
        Self::Escalation,
        Self::Assistant,
        Self::Commerce,
        Self::Hook,
        Self::Panel,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Routing => "routing",
            Self::Escalation => "escalation",
            Self::Assistant => "assistant",
            Self::Commerce => "commerce",
            Self::Hook => "hook",
            Self::Panel => "panel",
        }
    }

    /// Its world in the contract.
    pub fn world(self) -> &'static str {
        match self {
            Self::Channel => "channel-webhook",
            Self::Routing => "routing-policy",
            Self::Escalation => "escalation-policy",
            Self::Assistant => "reply-assistant",
            Self::Commerce => "commerce-source",
            Self::Hook => "event-hook",
            Self::Panel => "side-panel",
        }
    }

    /// Memory that an engine of a scripting language takes, or Rust.
    fn memory_mib(self, language: Language) -> u32 {
        let policy = matches!(self, Self::Routing | Self::Escalation);
        match (language, policy) {
            (Language::Rust, true) => 16,
            (Language::Rust, false) => 32,
            (_, true) => 64,
            (_, false) => 128,
        }
    }
}

/// A new folder.
#[derive(Clone, Debug)]
pub struct New {
    /// The plugin's key.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// What it is written in.
    pub language: Language,
    /// Where; it must not exist, or be empty.
    pub folder: PathBuf,
}

/// A folder cannot be made.
#[derive(Debug, Error)]
pub enum NewError {
    /// The name is no key.
    #[error("{name:?} is no name for a plugin: {problem}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is something already.
    #[error("{} is there already, and not empty", .0.display())]
    Exists(PathBuf),
    /// A file cannot be written.
    #[error("writing {}: {error}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

/// Makes the folder, and tells its files.
pub fn create(new: &New) -> Result<Vec<PathBuf>, NewError> {
    let files = files(new)?;
    let mut entries = std::fs::read_dir(&new.folder).into_iter().flatten();
    if entries.next().is_some() {
        return Err(NewError::Exists(new.folder.clone()));
    }
    for (path, content) in &files {
        let path = new.folder.join(path);
        write(&path, content).map_err(|error| NewError::Write { path, error })?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

fn write(path: &Path, content: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, content)
}

/// The contract as a folder, for tools that read it: writes what differs.
pub(crate) fn write_contract(folder: &Path) -> std::io::Result<()> {
    for (name, content) in contract::FILES {
        let path = folder.join(name);
        if std::fs::read_to_string(&path).ok().as_deref() != Some(content) {
            write(&path, content)?;
        }
    }
    Ok(())
}

/// Puts the plugin's own words into a template.
struct Words {
    name: String,
    title: String,
    world: &'static str,
    memory: u32,
}

impl Words {
    fn fill(&self, template: &str) -> String {
        template
            .replace("{{name}}", &self.name)
            // The worked examples are templates, too.
            .replace("typescript-channel", &self.name)
            .replace("python-channel", &self.name)
            .replace("{{crate}}", &self.name.replace('.', "-"))
            .replace("{{title}}", &self.title)
            .replace("{{world}}", self.world)
            .replace("{{memory}}", &self.memory.to_string())
    }
}

fn title(name: &str) -> String {
    let words = name.replace(['-', '.'], " ");
    let mut letters = words.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn files(new: &New) -> Result<Vec<(PathBuf, String)>, NewError> {
    let words = Words {
        name: new.name.clone(),
        title: title(&new.name),
        world: new.kind.world(),
        memory: new.kind.memory_mib(new.language),
    };
    let world = templates::world(new.kind);
    let manifest = words.fill(world.manifest);
    if let Err(ManifestError { message, .. }) = Manifest::parse(&manifest) {
        return Err(NewError::Name {
            name: new.name.clone(),
            problem: message,
        });
    }
    let source = templates::source(new.kind, new.language);
    let readme = format!("# {{{{title}}}}\n\n{}\n{}", world.notes, templates::WORK);
    let mut files = vec![
        ("plugin.toml".into(), manifest),
        ("tests/cases.toml".into(), words.fill(world.cases)),
        ("README.md".into(), words.fill(&readme)),
    ];
    if new.kind == Kind::Channel {
        // As it is: the names in it are the provider's.
        files.push(("conformance.toml".into(), templates::CONFORMANCE.to_owned()));
    }
    match new.language {
        Language::Rust => {
            files.push(("Cargo.toml".into(), words.fill(templates::CARGO)));
            // The versions that this was tested with; cargo takes out what is not used.
            files.push(("Cargo.lock".into(), templates::CARGO_LOCK.to_owned()));
            files.push((".gitignore".into(), "/target\n*.plugboard\n".to_owned()));
            files.push(("src/lib.rs".into(), words.fill(source)));
            files.extend(sdk::files().map(|(path, text)| (Path::new("sdk").join(path), text)));
        }
        Language::TypeScript => {
            files.extend(typescript(&words));
            files.push(("src/plugin.ts".into(), words.fill(source)));
        }
        Language::Python => {
            files.push((
                "requirements.txt".into(),
                templates::REQUIREMENTS.to_owned(),
            ));
            let ignored = "/.venv\n__pycache__\n/plugin.wasm\n*.plugboard\n";
            files.push((".gitignore".into(), ignored.to_owned()));
            files.push(("app.py".into(), words.fill(source)));
        }
    }
    if new.language != Language::Rust {
        let wit = contract::FILES.into_iter();
        files.extend(wit.map(|(name, text)| (Path::new("wit").join(name), text.to_owned())));
    }
    Ok(files)
}

fn typescript(words: &Words) -> Vec<(PathBuf, String)> {
    let package = words.fill(templates::PACKAGE_JSON);
    let lock = templates::PACKAGE_LOCK.replace("typescript-channel", &words.name);
    let ignored = "/node_modules\n/types\n/build\n/plugin.wasm\n*.plugboard\n";
    vec![
        ("package.json".into(), package),
        ("package-lock.json".into(), lock),
        ("tsconfig.json".into(), templates::TSCONFIG.to_owned()),
        ("src/globals.d.ts".into(), templates::GLOBALS.to_owned()),
        (".gitignore".into(), ignored.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Kind, New, NewError, create};
    use crate::{Language, Project, cases};

    fn new(folder: &Path, name: &str, kind: Kind, language: Language) -> Result<(), NewError> {
        let folder = folder.join(name).join(kind.name());
        let new = New {
            name: name.to_owned(),
            kind,
            language,
            folder,
        };
        create(&new).map(drop)
    }

    #[test]
    fn every_template_is_a_whole_folder_with_cases_that_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        for language in [Language::Rust, Language::TypeScript, Language::Python] {
            for kind in Kind::ALL {
                let name = format!("my-{language:?}").to_lowercase();
                new(folder.path(), &name, kind, language).unwrap();
                let project = Project::open(&folder.path().join(&name).join(kind.name())).unwrap();
                assert_eq!(project.manifest.id, name);
                assert_eq!(project.language().unwrap(), language);
                assert_eq!(cases::read_all(&project.tests()).unwrap(), []);
                for file in ["README.md", "plugin.toml", "tests/cases.toml"] {
                    let text = std::fs::read_to_string(project.folder.join(file)).unwrap();
                    let unfilled = text.contains("{{name}}") || text.contains("{{title}}");
                    assert!(!unfilled, "{file}: {text}");
                }
            }
        }
    }

    #[test]
    fn a_name_that_is_no_key_and_a_folder_that_is_full_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = new(folder.path(), "My Plugin", Kind::Hook, Language::Rust).unwrap_err();
        assert!(error.to_string().contains("only a-z"), "{error}");
        new(folder.path(), "acme.hook", Kind::Hook, Language::Rust).unwrap();
        let error = new(folder.path(), "acme.hook", Kind::Hook, Language::Rust).unwrap_err();
        assert!(matches!(error, NewError::Exists(_)));
    }
}
