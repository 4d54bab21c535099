//! What every channel plugin must get right, tried against the providers' fakes: duplicates, reordering, losses, clocks that
//! are off, limits, tokens that end, wrong signatures, providers that are slow. Offline, and within the same sandbox as in the
//! server.
//!
//! - [`conform`] tries a package at every provider that it is known to speak to, or at the one that its author describes.
//! - [`Kit`] holds a loaded plugin for one [`Subject`]: a channel at a provider.
//! - [`Kit::run`] plays every [`Scenario`] that the provider knows, each from the beginning, and answers with a [`Report`].
//! - [`Flaw`] lists ways to be broken: a kit that does not notice each of them proves nothing, so its own test tries them all.
//!
//! To add a scenario: a line in [`scenarios::ALL`], a function, and a flaw that only it notices.
//!
//! What is absent: the desk. What it would keep is in memory here, and no request leaves the process.

pub mod flaws;
mod host;
mod rig;
pub mod scenarios;
mod subject;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use plugboard_fakes::{Fakes, described::Described};
use plugboard_plugin_runtime::{
    Account, Approval, Grants, LimitsCeiling, Load, LoadError, Manifest, Package,
    PermissionCeiling, Plugin, Runtime, Secrets, check_settings,
};

pub use flaws::Flaw;
pub use plugboard_fakes::described::Description;
pub use scenarios::Scenario;
pub use subject::{BUNDLED, Subject};

use crate::{
    host::{Host, Hosts, ORIGIN},
    rig::Rig,
};

/// Requests of all trials together in a minute; the limit is for providers, and there is none here.
const HTTP_PER_MINUTE: u32 = 10_000_000;

/// Settings or secrets, by name.
type Values = BTreeMap<String, String>;

/// A plugin, ready to be tried.
pub struct Kit {
    subject: Subject,
    provider: Option<Description>,
    plugin: Plugin,
    manifest: Manifest,
    hosts: Arc<Hosts>,
    trials: AtomicU64,
}

/// What came of one scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which.
    pub scenario: Scenario,
    /// What went wrong; nothing when it passed.
    pub problems: Vec<String>,
}

/// What came of all scenarios.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The channel and its mode.
    pub subject: &'static str,
    /// In the order of [`scenarios::ALL`]; what the provider does not know is left out.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// Whether nothing went wrong.
    pub fn passed(&self) -> bool {
        self.outcomes
            .iter()
            .all(|outcome| outcome.problems.is_empty())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.subject)?;
        for outcome in &self.outcomes {
            let mark = if outcome.problems.is_empty() {
                "ok"
            } else {
                "FAILED"
            };
            writeln!(f, "  {:?}: {mark}", outcome.scenario)?;
            for problem in &outcome.problems {
                writeln!(f, "    {problem}")?;
            }
        }
        Ok(())
    }
}

/// A plugin cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// It does not load.
    #[error("the plugin does not load: {0}")]
    Load(#[from] LoadError),
    /// The settings that the fake gives do not fit its manifest.
    #[error("the settings do not fit: {0}")]
    Settings(String),
    /// No provider is known that it speaks to.
    #[error("{0} is none of the channels whose providers are played here: describe its provider")]
    Unknown(String),
    /// The description of the provider cannot be read.
    #[error("the description of the provider: {0}")]
    Description(String),
}

/// Reads what an author writes of a provider: TOML, as `docs/plugins.md` has it.
pub fn describe(source: &str) -> Result<Description, KitError> {
    toml::from_str(source).map_err(|error| KitError::Description(error.to_string()))
}

/// Tries a package at the provider that its author describes; without that, at every provider that it is known to speak to.
pub async fn conform(
    runtime: &Runtime,
    package: &Package,
    provider: Option<Description>,
) -> Result<Vec<Report>, KitError> {
    let key = &package.manifest.id;
    let subjects: Vec<Subject> = match &provider {
        Some(provider) => vec![Subject::described(provider)],
        None => BUNDLED.into_iter().filter(|it| it.plugin == key).collect(),
    };
    if subjects.is_empty() {
        return Err(KitError::Unknown(key.clone()));
    }
    let component: Arc<[u8]> = package.component.clone().into();
    let mut reports = Vec::new();
    for subject in subjects {
        let (manifest, provider) = (package.manifest.clone(), provider.clone());
        let kit = Kit::load(runtime, subject, provider, manifest, component.clone()).await?;
        reports.push(kit.run().await);
    }
    Ok(reports)
}

impl Kit {
    /// Loads a plugin for a subject.
    pub async fn new(
        runtime: &Runtime,
        subject: Subject,
        manifest: Manifest,
        component: impl Into<Arc<[u8]>>,
    ) -> Result<Self, KitError> {
        Self::load(runtime, subject, None, manifest, component.into()).await
    }

    /// Loads a plugin for a provider that its author describes.
    pub async fn described(
        runtime: &Runtime,
        provider: Description,
        manifest: Manifest,
        component: impl Into<Arc<[u8]>>,
    ) -> Result<Self, KitError> {
        let subject = Subject::described(&provider);
        Self::load(runtime, subject, Some(provider), manifest, component.into()).await
    }

    async fn load(
        runtime: &Runtime,
        subject: Subject,
        provider: Option<Description>,
        manifest: Manifest,
        component: Arc<[u8]>,
    ) -> Result<Self, KitError> {
        let hosts = Arc::new(Hosts::default());
        let grants = Grants::new(
            &manifest,
            &Approval::all(&manifest),
            &PermissionCeiling::default(),
        );
        let ceiling = LimitsCeiling::default();
        let backing = Arc::clone(&hosts);
        let mut load = Load::new(manifest.clone(), component, grants, &ceiling, backing);
        load.limits.http_per_minute = HTTP_PER_MINUTE;
        let kit = Self {
            subject,
            provider,
            plugin: runtime.load(load).await?,
            manifest,
            hosts,
            trials: AtomicU64::new(0),
        };
        kit.setup(&kit.fakes())?;
        Ok(kit)
    }

    /// Providers that nobody has talked to.
    fn fakes(&self) -> Fakes {
        let fakes = Fakes::new(rig::clock());
        match self.provider.clone() {
            Some(provider) => fakes.with(subject::DESCRIBED, Box::new(Described::new(provider))),
            None => fakes,
        }
    }

    /// Plays every scenario that the provider knows.
    pub async fn run(&self) -> Report {
        let mut outcomes = Vec::new();
        for scenario in scenarios::ALL {
            if scenario.applies(&self.subject) {
                outcomes.push(self.play(scenario, None).await);
            }
        }
        Report {
            subject: self.subject.name,
            outcomes,
        }
    }

    /// The first scenario that notices a flaw, and what it says.
    pub async fn catches(&self, flaw: Flaw) -> Option<Outcome> {
        let made_for = flaw.scenario();
        let others = scenarios::ALL.into_iter().filter(|it| *it != made_for);
        for scenario in std::iter::once(made_for).chain(others) {
            if scenario.applies(&self.subject) {
                let outcome = self.play(scenario, Some(flaw)).await;
                if !outcome.problems.is_empty() {
                    return Some(outcome);
                }
            }
        }
        None
    }

    /// Plays one scenario, from the beginning.
    pub async fn play(&self, scenario: Scenario, flaw: Option<Flaw>) -> Outcome {
        let fakes = Arc::new(self.fakes());
        let (settings, secrets) = self.setup(&fakes).unwrap_or_default();
        let account = format!("trial-{}", self.trials.fetch_add(1, Ordering::Relaxed));
        let host = Arc::new(Host::new(
            fakes,
            self.subject.provider,
            Secrets::new(secrets),
            flaw,
        ));
        self.hosts.add(&account, Arc::clone(&host));
        let known = Account::new(account.as_str(), settings);
        let mut rig = Rig::new(&self.subject, self.plugin.clone(), known, host);
        scenarios::play(scenario, &mut rig).await;
        look_for_leaks(&mut rig);
        let problems = std::mem::take(&mut rig.problems);
        self.hosts.remove(&account);
        Outcome { scenario, problems }
    }

    /// Settings and secrets, as an administrator would type them in for the fake.
    fn setup(&self, fakes: &Fakes) -> Result<(Values, Values), KitError> {
        let base = format!("{ORIGIN}/{}", self.subject.provider);
        let setup = fakes
            .get(self.subject.provider)
            .map(|provider| provider.setup(&base))
            .unwrap_or_default();
        let mut given = setup["settings"].as_object().cloned().unwrap_or_default();
        for (name, value) in self.subject.settings {
            given.insert((*name).to_owned(), (*value).into());
        }
        let settings = check_settings(&self.manifest.settings.schema, &given)
            .map_err(|problems| KitError::Settings(format!("{problems:?}")))?;
        let secrets = setup["secrets"].as_object().into_iter().flatten();
        let secrets =
            secrets.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        Ok((settings, secrets.collect()))
    }
}

/// Neither logs nor failures say what is secret or personal.
fn look_for_leaks(rig: &mut Rig<'_>) {
    let mut said = rig.host.kept().said.clone();
    said.extend(
        rig.failures
            .iter()
            .map(|failure| format!("{} {}", failure.code, failure.message)),
    );
    for line in &said {
        if rig.host.secrets.leak_in(line) {
            rig.problems
                .push("a log line or a failure tells a secret".to_owned());
        }
        let personal = [
            scenarios::SAID,
            "Wang Fang",
            rig.subject.person,
            "999000999",
        ];
        // Short ids are part of other numbers.
        if personal
            .iter()
            .any(|text| text.len() > 4 && line.contains(text))
        {
            rig.problems
                .push("a log line or a failure tells something personal".to_owned());
        }
    }
}
