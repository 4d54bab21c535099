//! Runs cases on the component itself, in the same runtime as the server.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use plugboard_plugin_runtime::{
    Account, Approval, CallError, Clock, Grants, LimitsCeiling, Load, LoadError, Manifest,
    Observed, PermissionCeiling, Plugin, Runtime, check_settings,
    limits::{Class, Time},
};
use serde_json::{Map, Value, json};

use super::{
    CasesError,
    file::{self, Case, Expect, Step},
    fuel,
    report::{CaseReport, Report, Spent},
};
use crate::{
    contract::{
        Defaults, Differences, Exported, Given, Shape, complete, contract, fits, fits_any,
        raw_fits, unhex,
    },
    host::{Host, Stage},
};

/// Virtual time of a case that gives none: 2026-01-01.
const CLOCK: u64 = 1_767_225_600_000;

/// Counting fuel slows plugins down, and the machine of a test is not the server: so much more computing time is given.
const CPU_TIMES: u64 = 5;

/// Real time of a call, milliseconds. What counts is virtual time.
const REAL_MS: u64 = 120_000;

/// Every function with the class of its time.
const TIMES: [(&str, Class); 25] = [
    ("describe", Class::Lifecycle),
    ("start", Class::Start),
    ("migrate", Class::Lifecycle),
    ("health", Class::Lifecycle),
    ("on-timer", Class::Timer),
    ("on-webhook", Class::Webhook),
    ("describe-channel", Class::Lifecycle),
    ("send", Class::Send),
    ("connect", Class::Connect),
    ("disconnect", Class::Connect),
    ("poll", Class::Poll),
    ("open", Class::Socket),
    ("on-open", Class::Socket),
    ("on-frame", Class::Socket),
    ("on-tick", Class::Socket),
    ("route", Class::Route),
    ("escalate", Class::Escalate),
    ("check", Class::Check),
    ("suggest", Class::Suggest),
    ("find-orders", Class::Orders),
    ("get-order", Class::Orders),
    ("act", Class::Orders),
    ("on-event", Class::Hook),
    ("render", Class::Panel),
    ("on-action", Class::Panel),
];

/// What is tested.
pub struct Subject {
    /// The manifest.
    pub manifest: Manifest,
    /// The component.
    pub component: Arc<[u8]>,
    /// The folder with the cases.
    pub tests: PathBuf,
}

/// Runs every case. `runtime` must count fuel. `accept` writes `fuel.lock` when all cases pass.
pub async fn test(
    runtime: &Runtime,
    subject: &Subject,
    accept: bool,
) -> Result<Report, CasesError> {
    let accepted = if accept {
        fuel::Fuel::new()
    } else {
        fuel::read(&subject.tests)?
    };
    let mut used = BTreeSet::new();
    let mut report = Report::default();
    let mut measured = fuel::Fuel::new();
    for path in file::files(&subject.tests)? {
        let name = file_name(&path);
        for case in file::read(&path)? {
            let mut found = run(runtime, subject, &case, &mut used).await?;
            found.file.clone_from(&name);
            let many = case.steps.len() > 1;
            for (index, spent) in found.spent.iter().enumerate() {
                if spent.stopped {
                    continue;
                }
                let call = if many {
                    format!("{} ({})", case.name, index + 1)
                } else {
                    case.name.clone()
                };
                let before = accepted.get(&name).and_then(|it| it.get(&call));
                found
                    .problems
                    .extend(fuel::compare(before.copied(), spent.fuel));
                let file = measured.entry(name.clone()).or_default();
                file.insert(call, spent.fuel);
            }
            report.cases.push(found);
        }
    }
    if accept && report.failed() == 0 {
        fuel::write(&subject.tests, &measured)?;
        report.accepted = true;
    }
    let grants = all_grants(&subject.manifest);
    report.unused = grants.unused(&used).into_iter().collect();
    Ok(report)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn all_grants(manifest: &Manifest) -> Grants {
    let ceiling = PermissionCeiling::default();
    Grants::new(manifest, &Approval::all(manifest), &ceiling)
}

async fn run(
    runtime: &Runtime,
    subject: &Subject,
    case: &Case,
    used: &mut BTreeSet<String>,
) -> Result<CaseReport, CasesError> {
    let mut report = CaseReport {
        file: String::new(),
        name: case.name.clone(),
        problems: Vec::new(),
        spent: Vec::new(),
    };
    let host = Arc::new(Host::default());
    {
        let mut kept = host.kept();
        kept.clock = CLOCK;
        kept.random = (0..=255).collect();
    }
    let stage = Arc::new(Stage::default());
    stage.set(Arc::clone(&host));
    for (index, step) in case.steps.iter().enumerate() {
        let plugin = load(runtime, subject, step, &stage).await?;
        let problems = match one(&plugin, &host, step).await {
            Ok((spent, problems)) => {
                report.spent.extend(spent);
                problems
            }
            Err(problem) => vec![problem],
        };
        used.extend(plugin.used());
        let many = case.steps.len() > 1;
        report.problems.extend(problems.into_iter().map(|it| {
            if many {
                format!("step {}: {it}", index + 1)
            } else {
                it
            }
        }));
    }
    Ok(report)
}

/// The plugin as this step has it: its grants, fresh quotas, nothing left of the last one.
async fn load(
    runtime: &Runtime,
    subject: &Subject,
    step: &Step,
    stage: &Arc<Stage>,
) -> Result<Plugin, LoadError> {
    let manifest = &subject.manifest;
    let grants = match &step.grants {
        None => all_grants(manifest),
        Some(keys) => Grants::new(
            manifest,
            &Approval::keys(manifest, keys),
            &PermissionCeiling::default(),
        ),
    };
    let mut load = Load::new(
        manifest.clone(),
        Arc::clone(&subject.component),
        grants,
        &LimitsCeiling::default(),
        Arc::clone(stage) as _,
    );
    for (_, class) in TIMES {
        let time = load.limits.time(class);
        // Some functions share a class: this must come out the same the second time.
        if time.wall_ms != REAL_MS {
            let more = Time {
                cpu_ms: time.cpu_ms * CPU_TIMES,
                wall_ms: REAL_MS,
            };
            load.limits.set(class, more);
        }
    }
    runtime.load(load).await
}

type Done = (Option<Spent>, Vec<String>);

/// Makes one call and compares. An error says why it could not be made.
async fn one(plugin: &Plugin, host: &Host, step: &Step) -> Result<Done, String> {
    let function = contract().function(&step.function).ok_or_else(|| {
        let names: Vec<&str> = contract().names().collect();
        format!(
            "there is no function {:?}; there are {}",
            step.function,
            names.join(", ")
        )
    })?;
    let account = account(plugin.manifest(), step)?;
    let input = input(function, step, &account.id)?;
    prepare(plugin, host, step, function)?;
    let call = plugin.observe(&account, &function.full_name, &input);
    let observed = tokio::select! {
        observed = call => Some(observed.map_err(|error| error.to_string())?),
        () = host.late.notified() => None,
    };
    let mut problems = std::mem::take(&mut host.kept().problems);
    problems.extend(host.kept().unused());
    let expect = step.expect.clone().unwrap_or_default();
    let late = CallError::Timeout {
        clock: Clock::Wall,
        limit_ms: 0,
    };
    let answer = observed
        .as_ref()
        .map_or(&Err(late), |it| &it.answer)
        .clone();
    let mut differences = Differences::new();
    compare_answer(function, &expect, &answer, &mut problems, &mut differences);
    compare_traces(&expect, host, &mut differences);
    problems.extend(differences.iter().map(ToString::to_string));
    Ok((observed.map(|it| spent(&step.function, &it)), problems))
}

fn spent(function: &str, observed: &Observed) -> Spent {
    Spent {
        function: function.to_owned(),
        fuel: observed.recording.fuel.unwrap_or_default(),
        memory_bytes: observed.memory_bytes,
        took: observed.took,
        stopped: observed.answer.is_err(),
    }
}

/// Settings that the desk gives to engines of scripts, beside those of the schema: what a person wrote.
const SCRIPT: [&str; 2] = ["kind", "source"];

fn account(manifest: &Manifest, step: &Step) -> Result<Account, String> {
    let mut given = step.settings.clone();
    let mut script = Vec::new();
    if manifest.kinds().contains(&"script") {
        let texts = SCRIPT
            .into_iter()
            .filter_map(|name| match given.remove(name) {
                Some(Value::String(text)) => Some((name.to_owned(), text)),
                _ => None,
            });
        script.extend(texts);
    }
    let mut settings = check_settings(&manifest.settings.schema, &given).map_err(|wrong| {
        let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        format!("settings: {}", told.join("; "))
    })?;
    settings.extend(script);
    let id = step.account.as_deref().unwrap_or("inbox-1");
    Ok(Account::new(id, settings))
}

/// The arguments in their order.
fn input(function: &Exported, step: &Step, account: &str) -> Result<Value, String> {
    let given = &step.input;
    let names = || -> Vec<&str> {
        function
            .params
            .iter()
            .map(|(name, _)| name.as_str())
            .collect()
    };
    if let Some(unknown) = given.keys().find(|key| !names().contains(&key.as_str())) {
        let known = match names().as_slice() {
            [] => "nothing".to_owned(),
            names => names.join(", "),
        };
        return Err(format!(
            "input: {unknown:?} is not asked for; {} takes {known}",
            function.full_name
        ));
    }
    if function.params.is_empty() {
        return Ok(Value::Null);
    }
    let files = step.blobs.iter();
    let defaults = Defaults {
        account,
        files: files.map(|(id, it)| (id.clone(), it.reference())).collect(),
    };
    let arguments = function
        .params
        .iter()
        .map(|(name, shape)| complete(shape, given.get(name), &format!("input.{name}"), &defaults));
    arguments
        .collect::<Result<Vec<Value>, String>>()
        .map(Value::Array)
}

/// Sets the stage.
fn prepare(plugin: &Plugin, host: &Host, step: &Step, function: &Exported) -> Result<(), String> {
    let short = function.full_name.rsplit('.').next().unwrap_or_default();
    let class = TIMES.iter().find(|(name, _)| *name == short);
    // What the manifest allows, before real time was given.
    let limits = Load::new(
        plugin.manifest().clone(),
        Vec::new(),
        Grants::default(),
        &LimitsCeiling::default(),
        Arc::new(Stage::default()),
    )
    .limits;
    let wall_ms = class.map_or(REAL_MS, |(_, class)| limits.time(*class).wall_ms);
    {
        let mut kept = host.kept();
        if let Some(clock) = step.clock {
            kept.clock = clock;
        }
        if let Some(random) = &step.random {
            kept.random = unhex(random).map_err(|error| format!("random: {error}"))?;
            kept.random_at = 0;
        }
        for (key, value) in &step.kv {
            let given = Given::read(value).map_err(|error| format!("kv.{key}: {error}"))?;
            kept.memory.put(key, given.bytes());
        }
        for (id, blob) in &step.blobs {
            let bytes = blob
                .bytes()
                .map_err(|error| format!("blobs.{id}: {error}"))?;
            kept.memory.put_file(id, bytes);
        }
    }
    host.begin(step.secrets.clone(), step.host.clone(), wall_ms);
    Ok(())
}

/// The name that cases give to what stopped a call.
fn trap(error: &CallError) -> &'static str {
    match error.kind() {
        "timeout_cpu" => "cpu",
        "timeout_wall" => "wall",
        "out_of_memory" => "memory",
        "stack_overflow" => "stack",
        kind => kind,
    }
}

fn compare_answer(
    function: &Exported,
    expect: &Expect,
    answer: &Result<Value, CallError>,
    problems: &mut Vec<String>,
    into: &mut Differences,
) {
    let value = match (answer, &expect.trap) {
        (Err(error), Some(wanted)) if trap(error) == wanted => return,
        (Err(error), _) => {
            problems.push(format!("the call was stopped ({}): {error}", trap(error)));
            return;
        }
        (Ok(value), Some(wanted)) => {
            problems.push(format!(
                "it was not stopped ({wanted} expected), it answered {value}"
            ));
            return;
        }
        (Ok(value), None) => value,
    };
    let empty = Value::Object(Map::new());
    let (ok, err) = match &function.result {
        Some(Shape::Result(ok, err)) => (ok.as_deref(), err.as_deref()),
        shape => (shape.as_ref(), None),
    };
    let outcome = |name: &str| value.get(name).filter(|_| function.fails());
    match (outcome("Err"), &expect.err, &expect.ok) {
        (Some(found), Some(wanted), _) => side(err, "err", wanted, found, into),
        (Some(found), None, _) => problems.push(format!("it refused: {found}")),
        (None, Some(wanted), _) => {
            problems.push(format!(
                "it did not refuse ({wanted} expected), it answered {value}"
            ));
        }
        // `ok = {}` is anything.
        (None, None, Some(wanted)) if *wanted != empty => {
            let found = outcome("Ok").unwrap_or(value);
            side(ok, "ok", wanted, found, into);
        }
        (None, None, _) => {}
    }
}

fn side(shape: Option<&Shape>, at: &str, wanted: &Value, found: &Value, into: &mut Differences) {
    match shape {
        Some(shape) => fits(shape, at, wanted, found, into),
        None => fits_any(at, wanted, found, into),
    }
}

/// What the call left behind and did on its way.
fn compare_traces(expect: &Expect, host: &Host, into: &mut Differences) {
    let kept = host.kept();
    if let Some(wanted) = &expect.calls {
        fits_any("calls", wanted, &json!(kept.calls), into);
    }
    let many = |shape: &Shape| Shape::List(Box::new(shape.clone()));
    if let Some(wanted) = &expect.commands {
        let found = json!(kept.commands);
        fits(&many(&contract().command), "commands", wanted, &found, into);
    }
    if let Some(wanted) = &expect.ingested {
        let found = json!(kept.ingested);
        fits(&many(&contract().event), "ingested", wanted, &found, into);
    }
    for (key, wanted) in &expect.kv {
        let at = format!("kv.{key}");
        match (wanted, kept.memory.get(key, kept.clock)) {
            (Value::Bool(false), None) => {}
            (Value::Bool(false), Some(found)) => {
                let found = json!(String::from_utf8_lossy(found));
                fits_any(&at, &Value::Null, &found, into);
            }
            (wanted, Some(found)) => raw_fits(&at, wanted, found, into),
            (wanted, None) => fits_any(&at, wanted, &Value::Null, into),
        }
    }
    for (key, wanted) in &expect.timers {
        let found = kept.timers.get(key).map_or(Value::Null, |(at, payload)| {
            let payload = serde_json::from_str(payload).unwrap_or_else(|_| json!(payload));
            json!({ "at": at, "payload": payload })
        });
        let wanted = if *wanted == Value::Bool(false) {
            &Value::Null
        } else {
            wanted
        };
        fits_any(&format!("timers.{key}"), wanted, &found, into);
    }
    for wanted in &expect.logs {
        let fitting = kept.logs.iter().any(|line| {
            let mut differences = Differences::new();
            fits_any("", &json!(wanted), &json!(line), &mut differences);
            differences.is_empty()
        });
        if !fitting {
            into.push(crate::contract::Difference {
                at: "logs".to_owned(),
                expected: wanted.clone(),
                actual: json!(kept.logs).to_string(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TIMES;
    use crate::contract::contract;

    #[test]
    fn every_function_has_its_time() {
        let mut known: Vec<&str> = TIMES.iter().map(|(name, _)| *name).collect();
        known.sort_unstable();
        assert_eq!(known, contract().names().collect::<Vec<_>>());
    }
}
