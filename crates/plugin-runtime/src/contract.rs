//! Contracts: which interfaces a world may import and must export, and whether a component keeps to it.
//!
//! Names are read from the component without running it, and compared with what its manifest says. Both sides of a
//! difference are named.

use std::{collections::BTreeSet, fmt};

use thiserror::Error;

/// The package of every contract.
const PACKAGE: &str = "plugboard:plugin";

/// The minors that this host offers, oldest first.
pub const MINORS: [(u64, u64); 1] = [(0, 1)];

/// A world of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum World {
    /// A channel that providers call.
    ChannelWebhook,
    /// A channel that asks its provider.
    ChannelPolling,
    /// A channel on a socket that the host owns.
    ChannelSocket,
    /// Decides who gets a conversation.
    RoutingPolicy,
    /// Decides what happens when one goes wrong.
    EscalationPolicy,
    /// Runs what people write.
    ScriptEngine,
    /// Suggests answers.
    ReplyAssistant,
    /// Knows orders.
    CommerceSource,
    /// Hears events.
    EventHook,
    /// Shows cards.
    SidePanel,
}

const BASE_IMPORTS: &[&str] = &[
    "types", "log", "config", "secrets", "http", "blobs", "kv", "clock", "random", "timers",
];

impl World {
    /// Every world.
    pub const ALL: [Self; 10] = [
        Self::ChannelWebhook,
        Self::ChannelPolling,
        Self::ChannelSocket,
        Self::RoutingPolicy,
        Self::EscalationPolicy,
        Self::ScriptEngine,
        Self::ReplyAssistant,
        Self::CommerceSource,
        Self::EventHook,
        Self::SidePanel,
    ];

    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChannelWebhook => "channel-webhook",
            Self::ChannelPolling => "channel-polling",
            Self::ChannelSocket => "channel-socket",
            Self::RoutingPolicy => "routing-policy",
            Self::EscalationPolicy => "escalation-policy",
            Self::ScriptEngine => "script-engine",
            Self::ReplyAssistant => "reply-assistant",
            Self::CommerceSource => "commerce-source",
            Self::EventHook => "event-hook",
            Self::SidePanel => "side-panel",
        }
    }

    /// What a plugin of this world is, for people.
    pub fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::ChannelWebhook | Self::ChannelPolling | Self::ChannelSocket => &["channel"],
            Self::RoutingPolicy => &["routing"],
            Self::EscalationPolicy => &["escalation"],
            Self::ScriptEngine => &["script", "routing", "escalation"],
            Self::ReplyAssistant => &["assist"],
            Self::CommerceSource => &["commerce"],
            Self::EventHook => &["hook"],
            Self::SidePanel => &["panel"],
        }
    }

    /// A pure world: no clock, no storage, no network, and the tighter limits.
    pub fn is_policy(self) -> bool {
        matches!(
            self,
            Self::RoutingPolicy | Self::EscalationPolicy | Self::ScriptEngine
        )
    }

    /// Interfaces that it may import beside those of WASI.
    pub fn imports(self) -> BTreeSet<&'static str> {
        let (base, more): (&[&str], &[&str]) = match self {
            Self::RoutingPolicy | Self::EscalationPolicy | Self::ScriptEngine => {
                (&["types", "log", "config"], &[])
            }
            Self::ChannelWebhook | Self::ChannelPolling | Self::ChannelSocket => {
                (BASE_IMPORTS, &["intake"])
            }
            Self::ReplyAssistant => (BASE_IMPORTS, &[]),
            Self::CommerceSource | Self::EventHook | Self::SidePanel => {
                (BASE_IMPORTS, &["commands"])
            }
        };
        base.iter().chain(more).copied().collect()
    }

    /// Interfaces that it must export.
    pub fn exports(self) -> &'static [&'static str] {
        match self {
            Self::ChannelWebhook => &["lifecycle", "ingress", "channel"],
            Self::ChannelPolling => &["lifecycle", "ingress", "channel", "poller"],
            Self::ChannelSocket => &["lifecycle", "ingress", "channel", "socket-session"],
            Self::RoutingPolicy => &["routing"],
            Self::EscalationPolicy => &["escalation"],
            Self::ScriptEngine => &["routing", "escalation", "script"],
            Self::ReplyAssistant => &["lifecycle", "assistant"],
            Self::CommerceSource => &["lifecycle", "commerce", "ingress", "poller"],
            Self::EventHook => &["lifecycle", "hooks"],
            Self::SidePanel => &["lifecycle", "panel"],
        }
    }
}

/// One contract as a manifest names it: `plugboard:plugin/routing-policy@0.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Its world.
    pub world: World,
    /// Its version, major and minor.
    pub version: (u64, u64),
}

impl fmt::Display for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.version;
        write!(f, "{PACKAGE}/{}@{major}.{minor}", self.world.name())
    }
}

impl Contract {
    /// Reads it, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let example = format!("such as {PACKAGE}/routing-policy@0.1");
        let rest = text
            .strip_prefix(PACKAGE)
            .and_then(|it| it.strip_prefix('/'))
            .ok_or_else(|| format!("{text:?} must name a world, {example}"))?;
        let (name, version) = rest
            .split_once('@')
            .ok_or_else(|| format!("{text:?} has no version, {example}"))?;
        let world = World::ALL
            .into_iter()
            .find(|it| it.name() == name)
            .ok_or_else(|| {
                let names: Vec<&str> = World::ALL.iter().map(|it| it.name()).collect();
                format!("{name:?} is no world; there are {}", names.join(", "))
            })?;
        let version =
            minor(version).ok_or_else(|| format!("{version:?} is no version, {example}"))?;
        if !MINORS.contains(&version) {
            return Err(format!(
                "version {}.{} is not offered here; {} are",
                version.0,
                version.1,
                offered()
            ));
        }
        Ok(Self { world, version })
    }
}

fn offered() -> String {
    let minors: Vec<String> = MINORS.iter().map(|(a, b)| format!("{a}.{b}")).collect();
    minors.join(", ")
}

fn minor(version: &str) -> Option<(u64, u64)> {
    let mut parts = version.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    match (parts.next(), parts.next()) {
        (None, _) => Some((major, minor)),
        (Some(patch), None) if patch.parse::<u64>().is_ok() => Some((major, minor)),
        _ => None,
    }
}

/// How a component differs from its manifest's contracts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ContractError {
    /// It is made for another version of the contract.
    #[error("the component is made for {found}, the manifest says {PACKAGE}@{said}")]
    Version {
        /// The interface with its version.
        found: String,
        /// What the manifest says.
        said: String,
    },
    /// It wants an interface that its contracts do not give.
    #[error("the component imports {import}, which {contracts} do not give")]
    Import {
        /// The interface.
        import: String,
        /// The contracts.
        contracts: String,
    },
    /// It lacks an interface that its contracts demand.
    #[error("the manifest says {contract}, but the component does not export {export}")]
    Missing {
        /// The contract.
        contract: String,
        /// The interface.
        export: String,
    },
    /// It exports more than its contracts say.
    #[error("the component exports {export}, which is in none of {contracts}")]
    Undeclared {
        /// The interface.
        export: String,
        /// The contracts.
        contracts: String,
    },
}

/// An interface name of the contract's package, split: `plugboard:plugin/kv@0.1.0` → `kv`, `0.1.0`.
fn ours(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix(PACKAGE)?.strip_prefix('/')?;
    Some(rest.split_once('@').unwrap_or((rest, "")))
}

/// Compares a component's names with its contracts, and tells the first difference.
pub fn check<'a>(
    contracts: &[Contract],
    imports: impl IntoIterator<Item = &'a str>,
    exports: impl IntoIterator<Item = &'a str>,
) -> Result<(), ContractError> {
    match problems(contracts, imports, exports).into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(()),
    }
}

/// Compares a component's names with its contracts: everything that differs, what it imports first.
pub fn problems<'a>(
    contracts: &[Contract],
    imports: impl IntoIterator<Item = &'a str>,
    exports: impl IntoIterator<Item = &'a str>,
) -> Vec<ContractError> {
    let said: Vec<String> = contracts.iter().map(ToString::to_string).collect();
    let said = said.join(", ");
    let allowed: BTreeSet<&str> = contracts.iter().flat_map(|it| it.world.imports()).collect();
    let expected: BTreeSet<&str> = contracts
        .iter()
        .flat_map(|it| it.world.exports().iter().copied())
        .collect();
    let mut problems = Vec::new();
    for import in imports {
        let given = match ours(import) {
            Some((interface, version)) => {
                problems.extend(check_version(contracts, import, version).err());
                allowed.contains(interface)
            }
            // The standard library of most languages needs these; they lead nowhere.
            None => import.starts_with("wasi:") && import.contains("@0.2."),
        };
        if !given {
            problems.push(ContractError::Import {
                import: import.to_owned(),
                contracts: said.clone(),
            });
        }
    }
    let mut found = BTreeSet::new();
    for export in exports {
        let Some((interface, version)) = ours(export) else {
            continue;
        };
        // Types that exported functions mention are exported beside them.
        if interface == "types" {
            continue;
        }
        problems.extend(check_version(contracts, export, version).err());
        if !expected.contains(interface) {
            problems.push(ContractError::Undeclared {
                export: export.to_owned(),
                contracts: said.clone(),
            });
        }
        found.insert(interface);
    }
    for contract in contracts {
        for export in contract.world.exports() {
            if !found.contains(export) {
                problems.push(ContractError::Missing {
                    contract: contract.to_string(),
                    export: format!("{PACKAGE}/{export}"),
                });
            }
        }
    }
    problems
}

fn check_version(contracts: &[Contract], name: &str, version: &str) -> Result<(), ContractError> {
    let found = minor(version);
    if contracts.iter().any(|it| Some(it.version) == found) {
        return Ok(());
    }
    let said: Vec<String> = contracts
        .iter()
        .map(|it| format!("{}.{}", it.version.0, it.version.1))
        .collect();
    Err(ContractError::Version {
        found: name.to_owned(),
        said: said.join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::{Contract, ContractError, check};

    fn contract(text: &str) -> Contract {
        Contract::parse(text).unwrap()
    }

    #[test]
    fn contracts_are_read_and_mistakes_are_named() {
        let routing = contract("plugboard:plugin/routing-policy@0.1");
        assert_eq!(routing.to_string(), "plugboard:plugin/routing-policy@0.1");
        for (text, part) in [
            ("routing-policy@0.1", "must name a world"),
            ("plugboard:plugin/routing-policy", "has no version"),
            ("plugboard:plugin/router@0.1", "is no world"),
            (
                "plugboard:plugin/routing-policy@0.2",
                "0.2 is not offered here; 0.1 are",
            ),
            ("plugboard:plugin/routing-policy@one", "is no version"),
        ] {
            let message = Contract::parse(text).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_component_keeps_to_its_contract() {
        let contracts = [contract("plugboard:plugin/routing-policy@0.1")];
        let imports = ["plugboard:plugin/log@0.1.3", "wasi:io/streams@0.2.6"];
        check(&contracts, imports, ["plugboard:plugin/routing@0.1.0"]).unwrap();
        let kv = ["plugboard:plugin/kv@0.1.0"];
        let routing = ["plugboard:plugin/routing@0.1.0"];
        assert!(matches!(
            check(&contracts, kv, routing),
            Err(ContractError::Import { import, .. }) if import.contains("kv")
        ));
        assert!(matches!(
            check(&contracts, [], []),
            Err(ContractError::Missing { export, .. }) if export.ends_with("/routing")
        ));
        let both = [
            "plugboard:plugin/routing@0.1.0",
            "plugboard:plugin/panel@0.1.0",
        ];
        assert!(matches!(
            check(&contracts, [], both),
            Err(ContractError::Undeclared { export, .. }) if export.contains("panel")
        ));
        let error = check(&contracts, ["plugboard:plugin/log@0.2.0"], routing).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the component is made for plugboard:plugin/log@0.2.0, the manifest says plugboard:plugin@0.1"
        );
        assert!(check(&contracts, ["wasi:http/outgoing-handler@0.3.0"], routing).is_err());
        assert!(check(&contracts, ["env"], routing).is_err());
    }
}
