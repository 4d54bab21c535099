//! Who does things.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    access::Permission,
    ids::{AgentId, ApiTokenId, ContactId},
    plugin::PluginAct,
};

/// Who caused an event, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Actor {
    /// A member of the desk.
    Agent {
        /// Which one.
        id: AgentId,
    },
    /// A customer.
    Contact {
        /// Which one.
        id: ContactId,
    },
    /// A part of Plugboard acting on its own: `timer`, `router`, `presence`, `import`, `greeting`, `console`.
    System {
        /// Which part.
        part: String,
    },
    /// A plugin.
    Plugin {
        /// Its key: the id in its manifest.
        key: String,
    },
}

impl Actor {
    /// The part of Plugboard called `part`.
    pub fn system(part: &str) -> Self {
        Self::System {
            part: part.to_owned(),
        }
    }

    /// The agent, if an agent acted.
    pub fn agent_id(&self) -> Option<AgentId> {
        match self {
            Self::Agent { id } => Some(*id),
            _ => None,
        }
    }
}

/// Who asks for a change, with what was presented as proof. The engine resolves the agent's role when the command
/// runs, so a role taken away takes effect at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// An agent signed in with a session.
    Agent(AgentId),
    /// A script with an API token: acts as the agent, within the token's scopes.
    Token {
        /// The agent that the token acts as.
        agent: AgentId,
        /// The token.
        token: ApiTokenId,
        /// The most that it may do.
        scopes: Vec<Permission>,
    },
    /// A visitor whose resume token was checked.
    Contact(ContactId),
    /// A plugin, held to what an administrator granted it.
    Plugin {
        /// Its key.
        key: String,
        /// What it may ask of conversations.
        acts: BTreeSet<PluginAct>,
    },
    /// Plugboard itself, or its owner at the console; may do everything.
    System(&'static str),
}

impl Principal {
    /// How the journal names this principal.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Agent(id) | Self::Token { agent: id, .. } => Actor::Agent { id: *id },
            Self::Contact(id) => Actor::Contact { id: *id },
            Self::Plugin { key, .. } => Actor::Plugin { key: key.clone() },
            Self::System(part) => Actor::system(part),
        }
    }
}
