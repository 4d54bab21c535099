//! The templates. Manifest and cases of a kind are the same in every language; the channel and the routing policy in
//! TypeScript and Python are the worked examples of the repository.

use super::Kind;
use crate::project::Language;

pub(super) const CARGO: &str = include_str!("../../templates/rust/Cargo.toml.txt");
pub(super) const CARGO_LOCK: &str = include_str!("../../../../plugins/Cargo.lock");
pub(super) const REQUIREMENTS: &str =
    include_str!("../../../../plugins/examples/python-channel/requirements.txt");
pub(super) const PACKAGE_JSON: &str = include_str!("../../templates/ts/package.json");
pub(super) const PACKAGE_LOCK: &str =
    include_str!("../../../../plugins/examples/typescript-channel/package-lock.json");
pub(super) const TSCONFIG: &str =
    include_str!("../../../../plugins/examples/typescript-channel/tsconfig.json");
pub(super) const GLOBALS: &str =
    include_str!("../../../../plugins/examples/typescript-channel/src/globals.d.ts");

/// How to work on any of them.
pub(super) const WORK: &str = include_str!("../../templates/worlds/work.md");

/// The provider of the channel.
pub(super) const CONFORMANCE: &str =
    include_str!("../../templates/worlds/channel/conformance.toml");

/// What all languages share.
pub(super) struct World {
    pub(super) manifest: &'static str,
    pub(super) cases: &'static str,
    pub(super) notes: &'static str,
}

macro_rules! world {
    ($name:literal) => {
        World {
            manifest: include_str!(concat!("../../templates/worlds/", $name, "/plugin.toml")),
            cases: include_str!(concat!("../../templates/worlds/", $name, "/cases.toml")),
            notes: include_str!(concat!("../../templates/worlds/", $name, "/notes.md")),
        }
    };
}

pub(super) fn world(kind: Kind) -> World {
    match kind {
        Kind::Channel => world!("channel"),
        Kind::Routing => world!("routing"),
        Kind::Escalation => world!("escalation"),
        Kind::Assistant => world!("assistant"),
        Kind::Commerce => world!("commerce"),
        Kind::Hook => world!("hook"),
        Kind::Panel => world!("panel"),
    }
}

/// The source.
pub(super) fn source(kind: Kind, language: Language) -> &'static str {
    match language {
        Language::Rust => rust(kind),
        Language::TypeScript => typescript(kind),
        Language::Python => python(kind),
    }
}

fn rust(kind: Kind) -> &'static str {
    match kind {
        Kind::Channel => include_str!("../../templates/rust/channel.rs"),
        Kind::Routing => include_str!("../../templates/rust/routing.rs"),
        Kind::Escalation => include_str!("../../templates/rust/escalation.rs"),
        Kind::Assistant => include_str!("../../templates/rust/assistant.rs"),
        Kind::Commerce => include_str!("../../templates/rust/commerce.rs"),
        Kind::Hook => include_str!("../../templates/rust/hook.rs"),
        Kind::Panel => include_str!("../../templates/rust/panel.rs"),
    }
}

fn typescript(kind: Kind) -> &'static str {
    match kind {
        Kind::Channel => {
            include_str!("../../../../plugins/examples/typescript-channel/src/plugin.ts")
        }
        Kind::Routing => {
            include_str!("../../../../plugins/examples/typescript-routing/src/plugin.ts")
        }
        Kind::Escalation => include_str!("../../templates/ts/escalation.ts"),
        Kind::Assistant => include_str!("../../templates/ts/assistant.ts"),
        Kind::Hook => include_str!("../../templates/ts/hook.ts"),
        Kind::Panel => include_str!("../../templates/ts/panel.ts"),
        Kind::Commerce => include_str!("../../templates/ts/commerce.ts"),
    }
}

fn python(kind: Kind) -> &'static str {
    match kind {
        Kind::Channel => include_str!("../../../../plugins/examples/python-channel/app.py"),
        Kind::Routing => include_str!("../../../../plugins/examples/python-routing/app.py"),
        Kind::Escalation => include_str!("../../templates/python/escalation.py"),
        Kind::Assistant => include_str!("../../templates/python/assistant.py"),
        Kind::Hook => include_str!("../../templates/python/hook.py"),
        Kind::Panel => include_str!("../../templates/python/panel.py"),
        Kind::Commerce => include_str!("../../templates/python/commerce.py"),
    }
}
