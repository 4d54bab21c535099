//! Settings: a subset of JSON Schema from which the form is drawn and by which its values are checked.
//!
//! ```toml
//! [settings.schema]
//! api-base = { type = "string", title = "Address", default = "https://api.telegram.org", pattern = "^https?://" }
//! bot-token = { type = "secret", title = { en = "Bot token", zh = "机器人令牌" }, required = true }
//! greeting = { type = "enum", values = ["short", "long"], labels = { short = { en = "Short" } }, default = "short" }
//! batch = { type = "integer", min = 1, max = 100, default = 20 }
//! ```

use std::collections::BTreeMap;

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::Localized;

/// Most settings of a plugin: a form that is longer is not filled in.
pub(super) const SETTINGS_MAX: usize = 64;

/// Longest text of a setting, when the schema does not say.
const TEXT_MAX: usize = 8_192;

/// The settings of a plugin by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SettingsSchema(pub BTreeMap<String, Setting>);

/// One setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Setting {
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: SettingKind,
    /// Label of the field; the name when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Localized>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Localized>,
    /// Must be given, when there is no default.
    #[serde(default)]
    pub required: bool,
    /// What holds when it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What an `enum` can be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// What the form calls the values of an `enum`; those without a label are called as they are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Localized>,
    /// What a text must look like, a regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Least number, or fewest characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Greatest number, or most characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// A text of several lines.
    #[serde(default)]
    pub multiline: bool,
    /// Place in the form; by name among equals.
    #[serde(default)]
    pub order: i32,
}

/// What a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingKind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// One of `values`.
    Enum,
    /// Text that is stored apart and that no plugin reads.
    Secret,
}

/// A setting that does not fit the schema.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name}: {message}")]
pub struct SettingsError {
    /// Which setting.
    pub name: String,
    /// What is wrong with it.
    pub message: String,
}

/// Checks what an administrator gave, without secrets, and fills in the defaults: what [`crate::Account`] carries.
pub fn check_settings(
    schema: &SettingsSchema,
    given: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, Vec<SettingsError>> {
    let mut problems = Vec::new();
    let mut settings = BTreeMap::new();
    let mut wrong = |name: &str, message: String| {
        problems.push(SettingsError {
            name: name.to_owned(),
            message,
        });
    };
    for name in given.keys() {
        match schema.0.get(name) {
            None => wrong(name, "there is no such setting".to_owned()),
            Some(setting) if setting.kind == SettingKind::Secret => {
                wrong(name, "is a secret and does not belong here".to_owned());
            }
            Some(_) => {}
        }
    }
    for (name, setting) in &schema.0 {
        if setting.kind == SettingKind::Secret {
            continue;
        }
        let value = given.get(name).filter(|it| !it.is_null());
        match value.or(setting.default.as_ref()) {
            Some(value) => match setting.accept(value) {
                Ok(value) => {
                    settings.insert(name.clone(), value);
                }
                Err(message) => wrong(name, message),
            },
            None if setting.required => wrong(name, "is required".to_owned()),
            None => {}
        }
    }
    if problems.is_empty() {
        Ok(settings)
    } else {
        Err(problems)
    }
}

impl Setting {
    /// The value as a plugin reads it, or what is wrong with it.
    pub fn accept(&self, value: &Value) -> Result<String, String> {
        match (self.kind, value) {
            (SettingKind::String | SettingKind::Secret, Value::String(text)) => {
                self.accept_text(text)?;
                Ok(text.clone())
            }
            (SettingKind::Enum, Value::String(text)) if self.values.contains(text) => {
                Ok(text.clone())
            }
            (SettingKind::Enum, _) => Err(format!("must be one of {}", self.values.join(", "))),
            (SettingKind::Boolean, Value::Bool(yes)) => Ok(yes.to_string()),
            (SettingKind::Integer, Value::Number(number)) => {
                let Some(whole) = number.as_i64() else {
                    return Err("must be a whole number".to_owned());
                };
                self.accept_number(number.as_f64().unwrap_or(f64::NAN))?;
                Ok(whole.to_string())
            }
            (SettingKind::Number, Value::Number(number)) => {
                self.accept_number(number.as_f64().unwrap_or(f64::NAN))?;
                Ok(number.to_string())
            }
            (kind, _) => Err(format!("must be {}", kind.article())),
        }
    }

    fn accept_number(&self, number: f64) -> Result<(), String> {
        if self.min.is_some_and(|min| number < min) {
            return Err(format!("must be at least {}", self.min.unwrap_or_default()));
        }
        if self.max.is_some_and(|max| number > max) {
            return Err(format!("must be at most {}", self.max.unwrap_or_default()));
        }
        Ok(())
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "no text has 2^52 characters, its bound is below"
    )]
    fn accept_text(&self, text: &str) -> Result<(), String> {
        if text.len() > TEXT_MAX {
            return Err(format!("must have at most {TEXT_MAX} bytes"));
        }
        let length = text.chars().count() as f64;
        if let Some(min) = self.min.filter(|min| length < *min) {
            return Err(format!("must have at least {min} characters"));
        }
        if let Some(max) = self.max.filter(|max| length > *max) {
            return Err(format!("must have at most {max} characters"));
        }
        if let Some(pattern) = &self.pattern {
            let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
            if !regex.is_match(text) {
                return Err(format!("must look like {pattern}"));
            }
        }
        Ok(())
    }

    /// What is wrong with the setting itself: the field and why.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if let Some(pattern) = &self.pattern {
            Regex::new(pattern).map_err(|error| ("pattern", error.to_string()))?;
        }
        if (self.kind == SettingKind::Enum) == self.values.is_empty() {
            return Err((
                "values",
                "belongs to `enum`, which must have some".to_owned(),
            ));
        }
        if let Some(stray) = self.labels.keys().find(|it| !self.values.contains(it)) {
            return Err(("labels", format!("{stray:?} is none of the values")));
        }
        if self.kind == SettingKind::Secret && self.default.is_some() {
            return Err(("default", "a secret has none".to_owned()));
        }
        if let (Some(min), Some(max)) = (self.min, self.max)
            && min > max
        {
            return Err(("max", format!("is below min ({max} < {min})")));
        }
        if let Some(default) = &self.default {
            self.accept(default)
                .map_err(|message| ("default", message))?;
        }
        Ok(())
    }
}

impl SettingKind {
    fn article(self) -> &'static str {
        match self {
            Self::String | Self::Secret => "a text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Enum => "one of the values",
        }
    }
}
