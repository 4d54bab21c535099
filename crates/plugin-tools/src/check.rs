//! `plugboard plugin check`: every problem of a folder or a package in words, with its place.

use std::{collections::BTreeSet, fmt, path::Path, sync::Arc};

use plugboard_plugin_runtime::{
    Contract, Grants, LimitsCeiling, Load, Manifest, Names, Nothing, Package, Runtime, contract,
    manifest::SettingKind, package::PACKAGE_BYTES_MAX,
};

use crate::{
    cases,
    project::{Project, ProjectError, read_package},
};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a look.
    Warning,
    /// A desk would refuse it, or it would not work.
    Error,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// File, line, field.
    pub place: String,
    /// What it is.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{word}: {}: {}", self.place, self.message)
    }
}

/// Everything that was found, and what was looked at.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What the plugin is, when its manifest can be read.
    pub subject: Option<String>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// Whether a desk would take it.
    pub fn is_sound(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.all(|it| it.severity == Severity::Warning)
    }

    fn error(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.add(Severity::Error, place, message);
    }

    fn warning(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.add(Severity::Warning, place, message);
    }

    fn add(&mut self, severity: Severity, place: impl Into<String>, message: impl Into<String>) {
        self.findings.push(Finding {
            severity,
            place: place.into(),
            message: message.into(),
        });
    }
}

const MANIFEST: &str = "plugin.toml";

/// Checks a folder or a package.
pub async fn check(runtime: &Runtime, path: &Path) -> Checked {
    let mut checked = Checked::default();
    if path.is_dir() {
        check_folder(runtime, path, &mut checked).await;
    } else {
        match read_package(path) {
            Ok(package) => check_package(runtime, path, &package, &mut checked).await,
            Err(error) => refused(error, &mut checked),
        }
    }
    checked
}

fn refused(error: ProjectError, checked: &mut Checked) {
    match error {
        ProjectError::Manifest(problems) => {
            for problem in problems {
                let line = problem.line.map_or(String::new(), |it| format!(":{it}"));
                let place = match problem.field.as_str() {
                    "" => format!("{MANIFEST}{line}"),
                    field => format!("{MANIFEST}{line}: {field}"),
                };
                checked.error(place, problem.message);
            }
        }
        ProjectError::Package { path, error } => {
            checked.error(path.display().to_string(), error.to_string());
        }
        ProjectError::Read { path, error } => {
            checked.error(path.display().to_string(), error.to_string());
        }
        ProjectError::NoManifest(folder) | ProjectError::Language(folder) => {
            checked.error(folder.display().to_string(), "there is no plugin.toml");
        }
    }
}

async fn check_folder(runtime: &Runtime, folder: &Path, checked: &mut Checked) {
    check_cases(folder, checked);
    if !folder.join("README.md").is_file() {
        checked.warning("README.md", "is missing: it is shown on the plugin's page");
    }
    let project = match Project::open(folder) {
        Ok(project) => project,
        Err(error) => return refused(error, checked),
    };
    let path = project.package_path();
    if !path.is_file() {
        describe(&project.manifest, checked);
        check_manifest(&project.manifest, None, checked);
        let message = "is not built: only the manifest was checked (`plugboard plugin build`)";
        return checked.warning(path.display().to_string(), message);
    }
    if !project.is_built() {
        checked.warning(
            path.display().to_string(),
            "is older than the sources (`plugboard plugin build`)",
        );
    }
    match read_package(&path) {
        Ok(package) => check_package(runtime, &path, &package, checked).await,
        Err(error) => refused(error, checked),
    }
}

fn check_cases(folder: &Path, checked: &mut Checked) {
    match cases::read_all(&folder.join("tests")) {
        Ok(problems) => {
            for (place, problem) in problems {
                checked.error(place, problem);
            }
        }
        Err(cases::CasesError::None(_)) => {
            checked.warning("tests", "there are no cases (crates/plugin-sdk/TESTING.md)");
        }
        Err(error) => checked.error("tests", error.to_string()),
    }
}

fn describe(manifest: &Manifest, checked: &mut Checked) {
    let Manifest { id, version, .. } = manifest;
    checked.subject = Some(format!("{id} {version}: {}", manifest.contracts.join(", ")));
}

async fn check_package(runtime: &Runtime, path: &Path, package: &Package, checked: &mut Checked) {
    let manifest = &package.manifest;
    describe(manifest, checked);
    let place = path.display().to_string();
    let component: Arc<[u8]> = package.component.clone().into();
    if component.len() > PACKAGE_BYTES_MAX {
        checked.error(
            &place,
            format!("the component has more than {PACKAGE_BYTES_MAX} bytes"),
        );
    }
    let names = match runtime.names(&component).await {
        Ok(names) => names,
        Err(error) => return checked.error(&place, error.to_string()),
    };
    check_manifest(manifest, Some(&names), checked);
    let contracts = contracts(manifest);
    let problems = contract::problems(&contracts, names.imports(), names.exports());
    for problem in &problems {
        checked.error(&place, problem.to_string());
    }
    if !problems.is_empty() {
        return;
    }
    // The names are right: the types are compared when it is loaded.
    let load = Load::new(
        manifest.clone(),
        component,
        Grants::default(),
        &LimitsCeiling::default(),
        Arc::new(Nothing),
    );
    if let Err(error) = runtime.load(load).await {
        checked.error(&place, error.to_string());
    }
}

fn contracts(manifest: &Manifest) -> Vec<Contract> {
    let contracts = manifest.contracts.iter();
    contracts
        .filter_map(|it| Contract::parse(it).ok())
        .collect()
}

/// What a permission is worth only with an interface that the component imports.
const NEEDS: [(&str, &str); 6] = [
    ("http", "http"),
    ("secret", "secrets"),
    ("kv", "kv"),
    ("timers", "timers"),
    ("command", "commands"),
    ("blob", "blobs"),
];

/// What is legal and yet hardly meant.
fn check_manifest(manifest: &Manifest, names: Option<&Names>, checked: &mut Checked) {
    let place = |field: &str| format!("{MANIFEST}: {field}");
    let asked = manifest.permissions.asked();
    let kinds: BTreeSet<&str> = asked.iter().map(|it| it.kind.as_str()).collect();
    if let Some(names) = names {
        let imports: BTreeSet<&str> = names.imports().filter_map(interface).collect();
        // The engines of TypeScript and Python import everything that their world has: that says nothing.
        let mut given = contracts(manifest)
            .into_iter()
            .flat_map(|it| it.world.imports());
        let whole = given.all(|it| it == "types" || imports.contains(it));
        for (kind, import) in NEEDS {
            match (kinds.contains(kind), imports.contains(import)) {
                // Secrets also go into requests by their names.
                (true, false) if kind == "secret" && imports.contains("http") => {}
                (true, false) => checked.warning(
                    place("permissions"),
                    format!("{kind} is asked for, but the component does not import {import}"),
                ),
                (false, true) if !whole && !["blob", "secret"].contains(&kind) => checked.warning(
                    place("permissions"),
                    format!("the component imports {import}, and every call will be denied: {kind} is not asked for"),
                ),
                _ => {}
            }
        }
    }
    let schema = &manifest.settings.schema.0;
    for secret in &manifest.permissions.secrets {
        let field = schema.get(&secret.name);
        if field.is_none_or(|it| it.kind != SettingKind::Secret) {
            let message = format!(
                "nobody can type {:?} in: a setting of type \"secret\" with this name is missing",
                secret.name
            );
            checked.warning(place("permissions.secrets"), message);
        }
    }
    for (name, setting) in schema {
        let granted = manifest
            .permissions
            .secrets
            .iter()
            .any(|it| it.name == *name);
        if setting.kind == SettingKind::Secret && !granted {
            let message =
                "is a secret that the plugin may not use: ask for it in permissions.secrets";
            checked.error(place(&format!("settings.schema.{name}")), message);
        }
    }
    check_limits(manifest, checked);
}

fn interface(import: &str) -> Option<&str> {
    let rest = import.strip_prefix("plugboard:plugin/")?;
    Some(rest.split('@').next().unwrap_or(rest))
}

fn check_limits(manifest: &Manifest, checked: &mut Checked) {
    let ceiling = LimitsCeiling::default();
    let limits = &manifest.limits;
    let mut above = |field: String, asked: u64, most: u64| {
        if asked > most {
            checked.warning(
                format!("{MANIFEST}: limits.{field}"),
                format!("a desk gives at most {most}, unless its administrator allows more"),
            );
        }
    };
    let mib = (ceiling.memory_bytes / (1024 * 1024)) as u64;
    above(
        "memory-mib".to_owned(),
        limits.memory_mib.unwrap_or(0).into(),
        mib,
    );
    let instances = limits.instances.unwrap_or(0);
    above(
        "instances".to_owned(),
        instances.into(),
        ceiling.instances.into(),
    );
    let http = limits.http_per_minute.unwrap_or(0);
    above(
        "http-per-minute".to_owned(),
        http.into(),
        ceiling.http_per_minute.into(),
    );
    for (function, ms) in &limits.call_ms {
        above(format!("call-ms.{function}"), (*ms).into(), ceiling.wall_ms);
    }
    for (function, ms) in &limits.cpu_ms {
        above(format!("cpu-ms.{function}"), (*ms).into(), ceiling.cpu_ms);
    }
}
