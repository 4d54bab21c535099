//! Versions of plugins that are loaded, and the policies that they and rules are.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use plugboard_blob::Digest;
use plugboard_domain::desk::{Desk, Plugin, PluginVersion, PolicyKind, PolicyRef, Rule};
use plugboard_plugin_runtime::{
    Account, Approval, CallError, Grants, Load, Manifest, Plugin as Sandboxed, check_settings,
    contract::{Contract, World},
    package::Package,
};
use tracing::info;

use crate::{host::Shared, logs::Logs, policy::Evaluator};

/// The plugin that runs rules.
pub const SCRIPT_ENGINE: &str = "script-rules";

/// Versions that are loaded at once beside those that run: pinned ones, and those of dry runs. A version takes about as
/// much memory as its code is large.
const SPARE_MAX: usize = 16;

/// One loaded version of a plugin.
pub(crate) struct Loaded {
    pub(crate) key: String,
    /// As traces name it.
    pub(crate) label: Arc<str>,
    pub(crate) manifest: Manifest,
    pub(crate) grants: Grants,
    pub(crate) plugin: Sandboxed,
    logs: Arc<Logs>,
    clock: Arc<dyn plugboard_engine::Clock>,
}

impl Loaded {
    /// Tells the administrator that a call failed, when the plugin is to blame.
    pub(crate) fn fault(&self, error: &CallError, what: &str) {
        if error.is_fault() {
            let now = self.clock.now();
            self.logs.fault(&self.key, now, format!("{what}: {error}"));
        }
    }

    /// Tells the administrator what the plugin said when it refused.
    pub(crate) fn tell(&self, what: &str, why: &str) {
        self.logs
            .fault(&self.key, self.clock.now(), format!("{what}: {why}"));
    }

    /// True when it is of one of these worlds.
    pub(crate) fn is(&self, worlds: &[World]) -> bool {
        self.worlds().any(|it| worlds.contains(&it))
    }

    /// The worlds that it is of.
    pub(crate) fn worlds(&self) -> impl Iterator<Item = World> {
        let contracts = self.manifest.contracts.iter();
        contracts.filter_map(|it| Some(Contract::parse(it).ok()?.world))
    }

    /// The settings of a plugin that is no channel.
    pub(crate) fn account(&self, plugin: &Plugin) -> Account {
        let settings =
            check_settings(&self.manifest.settings.schema, &plugin.settings).unwrap_or_default();
        Account::new("", settings)
    }
}

#[derive(Default)]
struct State {
    /// By label and grants: a version that is granted something else is loaded anew.
    versions: HashMap<String, Arc<Loaded>>,
    /// By key: why a plugin that is switched on cannot run.
    failures: BTreeMap<String, String>,
    /// By key: why the lock does not let a plugin run that is switched on.
    refusals: BTreeMap<String, String>,
}

/// What is loaded.
#[derive(Default)]
pub(crate) struct Registry {
    /// Leaf data, never held over an await.
    state: Mutex<State>,
    /// One version is loaded at a time: compiling takes both processors already.
    loading: tokio::sync::Mutex<()>,
    /// Leaf data, never held over an await.
    policies: Mutex<Policies>,
}

/// Policies as they are in one state of the desk.
#[derive(Default)]
struct Policies {
    desk: Option<Arc<Desk>>,
    evaluators: HashMap<(PolicyKind, String), Arc<Evaluator>>,
}

impl Registry {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads what is switched on, and lets go of what nobody needs.
    pub(crate) async fn refresh(&self, host: &Shared, desk: &Desk) {
        let (mut failures, mut refusals) = (BTreeMap::new(), BTreeMap::new());
        let mut needed = Vec::new();
        for plugin in desk.plugins() {
            let Some(version) = plugin.running() else {
                continue;
            };
            if let Some(why) = host.objection(plugin, version) {
                if self.state().refusals.get(&plugin.key) != Some(&why) {
                    host.note_fault(&plugin.key, &why);
                }
                refusals.insert(plugin.key.clone(), why);
                continue;
            }
            needed.push(slot(plugin, version));
            if let Err(why) = self.load(host, plugin, version).await {
                host.note_fault(&plugin.key, &why);
                failures.insert(plugin.key.clone(), why);
            }
        }
        let mut state = self.state();
        state.failures = failures;
        state.refusals = refusals;
        let spare = state.versions.len().saturating_sub(needed.len());
        if spare > SPARE_MAX {
            state
                .versions
                .retain(|slot, it| needed.contains(slot) || it.key == SCRIPT_ENGINE);
        }
    }

    /// Why plugins that are switched on cannot run.
    pub(crate) fn failures(&self) -> Vec<String> {
        let state = self.state();
        let all = state.failures.iter();
        all.map(|(key, why)| format!("plugin {key}: {why}"))
            .collect()
    }

    /// Which plugins the lock does not let run.
    pub(crate) fn refusals(&self) -> Vec<String> {
        let state = self.state();
        let all = state.refusals.iter();
        all.map(|(key, why)| format!("plugin {key}: {why}"))
            .collect()
    }

    /// Why this one does not run.
    pub(crate) fn failure(&self, key: &str) -> Option<String> {
        let state = self.state();
        let why = state.failures.get(key).or(state.refusals.get(key));
        why.cloned()
    }

    /// The version of a plugin that runs.
    pub(crate) fn running(&self, desk: &Desk, key: &str) -> Option<Arc<Loaded>> {
        let plugin = desk.plugin_by_key(key)?;
        let version = plugin.running()?;
        self.state().versions.get(&slot(plugin, version)).cloned()
    }

    /// Every version that runs.
    pub(crate) fn all_running(&self, desk: &Desk) -> Vec<Arc<Loaded>> {
        desk.plugins()
            .filter_map(|plugin| self.running(desk, &plugin.key))
            .collect()
    }

    /// A version, loaded when it is not yet. The error is for people.
    pub(crate) async fn load(
        &self,
        host: &Shared,
        plugin: &Plugin,
        version: &PluginVersion,
    ) -> Result<Arc<Loaded>, String> {
        // Pinned and tried versions come through here as well, so this is where the lock holds.
        if let Some(why) = host.objection(plugin, version) {
            return Err(why);
        }
        let slot = slot(plugin, version);
        if let Some(loaded) = self.state().versions.get(&slot) {
            return Ok(loaded.clone());
        }
        let _one = self.loading.lock().await;
        if let Some(loaded) = self.state().versions.get(&slot) {
            return Ok(loaded.clone());
        }
        let package = host.package(&version.package_sha256).await?;
        let approval = Approval(plugin.grants.clone());
        let label = plugin.label(version);
        let loaded = Arc::new(host.sandbox(package, &approval, label).await?);
        self.state().versions.insert(slot, loaded.clone());
        Ok(loaded)
    }

    /// The engine of rules, loaded when it is not yet.
    pub(crate) async fn script_engine(&self, host: &Shared) -> Result<Arc<Loaded>, String> {
        if let Some(loaded) = self.state().versions.get(SCRIPT_ENGINE) {
            return Ok(loaded.clone());
        }
        let _one = self.loading.lock().await;
        if let Some(loaded) = self.state().versions.get(SCRIPT_ENGINE) {
            return Ok(loaded.clone());
        }
        let bytes = host.bundled.package(SCRIPT_ENGINE);
        let bytes = bytes.ok_or("this build has no engine for rules")?;
        let package = read(bytes, host).await?;
        // It is part of the desk: what a rule sees is what its author, a lead of the desk, may see.
        let approval = Approval::all(&package.manifest);
        let label = package.manifest.label();
        let loaded = Arc::new(host.sandbox(package, &approval, label).await?);
        let mut state = self.state();
        state
            .versions
            .insert(SCRIPT_ENGINE.to_owned(), loaded.clone());
        Ok(loaded)
    }

    /// The policy that a slot names, in the version that is in force. `None` when it cannot run.
    pub(crate) async fn policy(
        &self,
        host: &Shared,
        kind: PolicyKind,
        policy: &PolicyRef,
    ) -> Option<Arc<Evaluator>> {
        let desk = host.engine()?.desk();
        match policy {
            PolicyRef::Plugin(key) => {
                let plugin = desk.plugin_by_key(key)?;
                let label = plugin.label(plugin.running()?);
                self.labelled(host, kind, &label).await
            }
            PolicyRef::Rule(name) => {
                let rule = desk.rule_by_name(name)?;
                self.labelled(host, kind, &rule.label(rule.live)).await
            }
        }
    }

    /// The policy of this label. `None` when it is gone, or of another kind.
    pub(crate) async fn labelled(
        &self,
        host: &Shared,
        kind: PolicyKind,
        label: &str,
    ) -> Option<Arc<Evaluator>> {
        let desk = host.engine()?.desk();
        let key = (kind, label.to_owned());
        if let Some(known) = self.known(&desk, &key) {
            return Some(known);
        }
        let evaluator = match label.split_once(':')? {
            ("plugin", rest) => self.plugin_policy(host, &desk, kind, rest).await?,
            ("rule", rest) => {
                let (name, number) = rest.rsplit_once('@')?;
                let rule = desk.rule_by_name(name).filter(|it| it.kind == kind)?;
                let source = &rule.version(number.parse().ok()?)?.source;
                self.rule_policy(host, rule, label, source).await.ok()?
            }
            _ => return None,
        };
        let evaluator = Arc::new(evaluator);
        let mut policies = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        policies.evaluators.insert(key, evaluator.clone());
        Some(evaluator)
    }

    fn known(&self, desk: &Arc<Desk>, key: &(PolicyKind, String)) -> Option<Arc<Evaluator>> {
        let mut policies = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        // Settings may have changed with the desk, so what was made for another state of it is made anew.
        if !policies
            .desk
            .as_ref()
            .is_some_and(|it| Arc::ptr_eq(it, desk))
        {
            policies.desk = Some(desk.clone());
            policies.evaluators.clear();
            return None;
        }
        policies.evaluators.get(key).cloned()
    }

    async fn plugin_policy(
        &self,
        host: &Shared,
        desk: &Desk,
        kind: PolicyKind,
        rest: &str,
    ) -> Option<Evaluator> {
        let (key, version) = rest.split_once('@')?;
        let (_, digest) = version.rsplit_once('+')?;
        let plugin = desk.plugin_by_key(key).filter(|it| it.enabled)?;
        let version = plugin
            .versions
            .iter()
            .find(|it| it.digest.starts_with(digest))?;
        let loaded = self.load(host, plugin, version).await.ok()?;
        let world = match kind {
            PolicyKind::Routing => World::RoutingPolicy,
            PolicyKind::Escalation => World::EscalationPolicy,
        };
        loaded.is(&[world]).then(|| Evaluator {
            label: loaded.label.clone(),
            account: loaded.account(plugin),
            loaded,
        })
    }

    /// A rule in the script engine.
    async fn rule_policy(
        &self,
        host: &Shared,
        rule: &Rule,
        label: &str,
        source: &str,
    ) -> Result<Evaluator, String> {
        self.source_policy(host, rule.kind, label, source).await
    }

    /// Any source in the script engine.
    pub(crate) async fn source_policy(
        &self,
        host: &Shared,
        kind: PolicyKind,
        label: &str,
        source: &str,
    ) -> Result<Evaluator, String> {
        let loaded = self.script_engine(host).await?;
        let kind = match kind {
            PolicyKind::Routing => "routing",
            PolicyKind::Escalation => "escalation",
        };
        let settings = BTreeMap::from([
            ("source".to_owned(), source.to_owned()),
            ("kind".to_owned(), kind.to_owned()),
        ]);
        Ok(Evaluator {
            label: label.into(),
            account: Account::new(label, settings),
            loaded,
        })
    }
}

/// A version, and what it is granted.
fn slot(plugin: &Plugin, version: &PluginVersion) -> String {
    let grants = serde_json::to_string(&plugin.grants).unwrap_or_default();
    format!("{} {grants}", plugin.label(version))
}

/// Reads a package off the async threads: it is megabytes of hashing.
pub(crate) async fn read(bytes: bytes::Bytes, host: &Shared) -> Result<Package, String> {
    let trusted = host.trusted.clone();
    let read = tokio::task::spawn_blocking(move || Package::read(&bytes, &trusted)).await;
    match read {
        Ok(Ok(package)) => Ok(package),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the package could not be read".to_owned()),
    }
}

impl Shared {
    /// Why the lock does not let a version run, if it does not.
    fn objection(&self, plugin: &Plugin, version: &PluginVersion) -> Option<String> {
        self.lock.as_ref()?.objection(plugin, version)
    }

    /// A stored package.
    async fn package(&self, sha256: &str) -> Result<Package, String> {
        let lost = || "its package is gone from the file store".to_owned();
        let digest: Digest = sha256.parse().map_err(|_| lost())?;
        let found = self.blobs.get(digest).await.map_err(|it| it.to_string())?;
        let blob = found.ok_or_else(lost)?;
        let bytes = blob.read_to_end().await.map_err(|it| it.to_string())?;
        read(bytes, self).await
    }

    /// Compiles a package, or finds it compiled, within its grants and limits.
    pub(crate) async fn sandbox(
        &self,
        package: Package,
        approval: &Approval,
        label: String,
    ) -> Result<Loaded, String> {
        let manifest = package.manifest;
        let grants = Grants::new(&manifest, approval, &self.ceiling);
        let load = Load::new(
            manifest.clone(),
            package.component,
            grants.clone(),
            &self.limits,
            self.backing.clone(),
        );
        let plugin = self.sandbox.load(load).await?;
        info!(plugin.key = %manifest.id, plugin.version = %manifest.version, "loaded plugin {label}");
        Ok(Loaded {
            key: manifest.id.clone(),
            label: label.into(),
            grants,
            plugin,
            manifest,
            logs: self.logs.clone(),
            clock: self.clock(),
        })
    }

    fn clock(&self) -> Arc<dyn plugboard_engine::Clock> {
        match self.engine() {
            Some(engine) => engine.clock().clone(),
            None => Arc::new(plugboard_engine::SystemClock),
        }
    }

    /// Tells the administrator what the host has to say about a plugin.
    pub(crate) fn note_fault(&self, plugin: &str, why: &str) {
        self.logs.fault(plugin, self.clock().now(), why);
    }
}
