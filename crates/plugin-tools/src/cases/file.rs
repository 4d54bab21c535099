//! Reads files of cases: defaults are merged in, steps are spread out.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::CasesError;
use crate::contract::{Given, complete::merge};

/// One case: steps that run one after the other on the same host.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) steps: Vec<Step>,
}

/// One call.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Step {
    pub(super) function: String,
    pub(super) input: Map<String, Value>,
    pub(super) account: Option<String>,
    pub(super) settings: Map<String, Value>,
    pub(super) secrets: BTreeMap<String, String>,
    pub(super) kv: BTreeMap<String, Value>,
    pub(super) blobs: BTreeMap<String, Blob>,
    pub(super) clock: Option<u64>,
    pub(super) random: Option<String>,
    pub(super) grants: Option<Vec<String>>,
    pub(super) host: Vec<Scripted>,
    pub(super) expect: Option<Expect>,
}

/// A file of the desk's store.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Blob {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) mime: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    base64: Option<String>,
}

impl Blob {
    /// What refers to it in an input begins as.
    pub(super) fn reference(&self) -> Value {
        let size = self.bytes().map_or(0, |it| it.len());
        serde_json::json!({ "name": self.name, "mime": self.mime, "size": size })
    }

    /// What it holds.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, String> {
        match (&self.text, &self.base64) {
            (Some(text), None) => Ok(text.clone().into_bytes()),
            (None, Some(base64)) => {
                Given::read(&serde_json::json!({ "base64": base64 })).map(|it| it.bytes())
            }
            _ => Err("needs `text` or `base64`".to_owned()),
        }
    }
}

/// One scripted answer of the host.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scripted {
    /// `http.fetch`, ...
    pub(crate) call: Call,
    /// What must be asked.
    #[serde(default)]
    pub(crate) with: Option<Value>,
    /// What is answered.
    #[serde(default)]
    pub(crate) answer: Option<Value>,
    /// What is answered instead.
    #[serde(default)]
    pub(crate) error: Option<ScriptedError>,
    /// Virtual time that passes.
    #[serde(default)]
    pub(crate) take_ms: u64,
}

/// What can be scripted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Call {
    #[serde(rename = "http.fetch")]
    Fetch,
    #[serde(rename = "http.fetch-to-blob")]
    FetchToBlob,
    #[serde(rename = "commands.execute")]
    Execute,
    #[serde(rename = "intake.ingest")]
    Ingest,
}

/// A failure of the host.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ScriptedError {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) advice: plugboard_plugin_runtime::types::RetryAdvice,
    #[serde(default)]
    pub(crate) retry_after_ms: Option<u32>,
}

/// What must come of a call.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Expect {
    pub(super) ok: Option<Value>,
    pub(super) err: Option<Value>,
    pub(super) trap: Option<String>,
    pub(super) calls: Option<Value>,
    pub(super) commands: Option<Value>,
    pub(super) ingested: Option<Value>,
    pub(super) kv: BTreeMap<String, Value>,
    pub(super) timers: BTreeMap<String, Value>,
    pub(super) logs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    defaults: Map<String, Value>,
    #[serde(default, rename = "case")]
    cases: Vec<Map<String, Value>>,
}

/// Every file of cases of a folder, in the order of their names.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, CasesError> {
    let mut files = Vec::new();
    if folder.is_dir() {
        let read = |error| CasesError::Read {
            path: folder.to_owned(),
            error,
        };
        for entry in std::fs::read_dir(folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.extension().is_some_and(|it| it == "toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(CasesError::None(folder.to_owned()));
    }
    Ok(files)
}

/// The cases of one file.
pub(super) fn read(path: &Path) -> Result<Vec<Case>, CasesError> {
    let source = std::fs::read_to_string(path).map_err(|error| CasesError::Read {
        path: path.to_owned(),
        error,
    })?;
    parse(&source).map_err(|problem| CasesError::File {
        path: path.to_owned(),
        problem,
    })
}

fn parse(source: &str) -> Result<Vec<Case>, String> {
    let file: File = toml::from_str(source).map_err(|error| error.to_string())?;
    let mut names = BTreeSet::new();
    let mut cases = Vec::new();
    for (index, given) in file.cases.into_iter().enumerate() {
        let mut whole = Value::Object(file.defaults.clone());
        merge(&mut whole, &Value::Object(given));
        let Value::Object(mut whole) = whole else {
            return Err("a case must be a table".to_owned());
        };
        let Some(Value::String(name)) = whole.remove("name") else {
            return Err(format!("case {} needs a name, a statement", index + 1));
        };
        if !names.insert(name.clone()) {
            return Err(format!("two cases have the name {name:?}"));
        }
        let steps = spread(whole).map_err(|error| format!("case {name:?}: {error}"))?;
        cases.push(Case { name, steps });
    }
    if cases.is_empty() {
        return Err("there is no [[case]]".to_owned());
    }
    Ok(cases)
}

/// The steps of a case; a case without is one step. What a step gives is its own, the rest is the case's.
fn spread(mut case: Map<String, Value>) -> Result<Vec<Step>, String> {
    let given = match case.remove("steps") {
        None => vec![Value::Object(Map::new())],
        Some(Value::Array(steps)) => steps,
        Some(_) => return Err("`steps` must be an array of tables".to_owned()),
    };
    let mut steps = Vec::new();
    for (index, given) in given.into_iter().enumerate() {
        let Value::Object(given) = given else {
            return Err("`steps` must be an array of tables".to_owned());
        };
        let mut whole = case.clone();
        if index > 0 {
            // These go on from the step before, unless a step says otherwise.
            for goes_on in ["kv", "blobs", "clock", "random"] {
                whole.remove(goes_on);
            }
        }
        whole.extend(given);
        let step: Step =
            serde_json::from_value(Value::Object(whole)).map_err(|error| error.to_string())?;
        if step.function.is_empty() {
            return Err("`function` says what is called".to_owned());
        }
        if step.expect.is_none() {
            return Err("`expect` says what must come of it".to_owned());
        }
        steps.push(step);
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn defaults_are_merged_table_by_table_and_steps_replace_what_they_give() {
        let cases = parse(
            r#"
[defaults]
function = "act"
[defaults.input]
action = "note"
args = { a = 1 }

[[case]]
name = "one"
input.args = { b = 2 }
expect.ok = {}

[[case]]
name = "two"
clock = 5
expect.ok = {}
[[case.steps]]
[[case.steps]]
function = "get-order"
input = { id = "1" }
"#,
        )
        .unwrap();
        let input = &cases[0].steps[0].input;
        assert_eq!(input["args"], json!({ "a": 1, "b": 2 }));
        assert_eq!(input["action"], "note");
        let steps = &cases[1].steps;
        assert_eq!((steps[0].clock, steps[1].clock), (Some(5), None));
        assert_eq!(steps[1].function, "get-order");
        assert_eq!(steps[1].input.len(), 1);
    }

    #[test]
    fn mistakes_are_named() {
        for (source, part) in [
            ("[[case]]\nfunction = \"route\"", "case 1 needs a name"),
            (
                "[[case]]\nname = \"a\"\nexpect.ok = {}",
                "case \"a\": `function`",
            ),
            ("[[case]]\nname = \"a\"\nfunction = \"route\"", "`expect`"),
            (
                "[[case]]\nname = \"a\"\nfunction = \"route\"\nexpects.ok = {}",
                "unknown field `expects`",
            ),
            (
                "[[case]]\nname = \"a\"\nfunction = \"route\"\nexpect.ok = {}\nhost = [{ call = \"http.get\" }]",
                "unknown variant `http.get`",
            ),
            ("defaults = 1\nx = [", "line 2"),
            ("", "there is no [[case]]"),
        ] {
            let error = parse(source).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
