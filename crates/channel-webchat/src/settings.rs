//! The settings of a widget inbox.

use plugboard_domain::{Rejection, text};
use serde_json::{Map, Value};

use crate::Origins;

/// What a widget inbox is set up with, beside what every inbox has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebchatSettings {
    /// Which pages may open the widget.
    pub allowed_origins: Origins,
    /// Title of the window; the inbox's name when unset.
    pub title: Option<String>,
    /// Accent colour, `#rrggbb`.
    pub color: String,
    /// `zh` or `en`; the page's own language when unset.
    pub locale: Option<String>,
    /// Whether name and email are asked before the first message.
    pub prechat: Prechat,
    /// Whether the widget offers a form instead of a chat outside hours.
    pub offline_form: bool,
    /// Seconds until the widget shows its opener by itself; never when unset.
    pub proactive_after_secs: Option<u32>,
    /// Whether visitors have to prove who they are.
    pub identity: IdentityMode,
}

/// Whether name and email are asked before the first message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prechat {
    /// They are not.
    #[default]
    Off,
    /// They are, and can be left out.
    Optional,
    /// They are, and have to be given.
    Required,
}

/// Whether visitors have to prove who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdentityMode {
    /// Signed identity is not looked at.
    Off,
    /// It is taken when it is brought.
    #[default]
    Optional,
    /// Nobody writes or reads without it.
    Enforce,
}

impl Prechat {
    /// As in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

impl IdentityMode {
    /// As in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Enforce => "enforce",
        }
    }
}

impl Default for WebchatSettings {
    fn default() -> Self {
        Self {
            allowed_origins: Origins::default(),
            title: None,
            color: "#1f6feb".into(),
            locale: None,
            prechat: Prechat::default(),
            offline_form: false,
            proactive_after_secs: None,
            identity: IdentityMode::default(),
        }
    }
}

impl WebchatSettings {
    /// Reads the settings of an inbox. `null` is the same as leaving a setting out.
    pub fn parse(settings: &Map<String, Value>) -> Result<Self, Rejection> {
        let mut parsed = Self::default();
        for (key, value) in settings {
            if !value.is_null() {
                parsed
                    .set(key, value)
                    .map_err(|why| Rejection::invalid(format!("settings.{key} {why}")))?;
            }
        }
        Ok(parsed)
    }

    fn set(&mut self, key: &str, value: &Value) -> Result<(), String> {
        match key {
            "allowed_origins" => self.allowed_origins = origins(value)?,
            "title" => self.title = Some(line(value, 80)?),
            "color" => self.color = color(value)?,
            "locale" => self.locale = Some(one_of(value, &["zh", "en"])?.to_owned()),
            "prechat" => {
                self.prechat = match one_of(value, &["off", "optional", "required"])? {
                    "off" => Prechat::Off,
                    "optional" => Prechat::Optional,
                    _ => Prechat::Required,
                }
            }
            "offline_form" => {
                self.offline_form = value.as_bool().ok_or("must be true or false")?;
            }
            "proactive_after_secs" => self.proactive_after_secs = Some(delay(value)?),
            "identity" => {
                self.identity = match one_of(value, &["off", "optional", "enforce"])? {
                    "off" => IdentityMode::Off,
                    "optional" => IdentityMode::Optional,
                    _ => IdentityMode::Enforce,
                }
            }
            "identity_secret" => return Err("is a secret and is kept apart".into()),
            _ => {
                return Err(
                    "is unknown; a webchat inbox has allowed_origins, title, color, locale, prechat, offline_form, \
                     proactive_after_secs, identity and identity_secret"
                        .into(),
                );
            }
        }
        Ok(())
    }
}

fn origins(value: &Value) -> Result<Origins, String> {
    let entries: Option<Vec<&str>> = value
        .as_array()
        .and_then(|entries| entries.iter().map(Value::as_str).collect());
    Origins::parse(entries.ok_or("must be a list of origins such as https://shop.example")?)
}

fn line(value: &Value, chars_max: usize) -> Result<String, String> {
    let line = value.as_str().ok_or("must be a text")?;
    text::line("it", line, chars_max).map_err(|refused| format!("does not fit: {refused}"))
}

fn color(value: &Value) -> Result<String, String> {
    let fits = |text: &&str| {
        text.len() == 7
            && text.starts_with('#')
            && text[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let color = value.as_str().filter(fits);
    Ok(color
        .ok_or("must be a colour such as #1f6feb")?
        .to_ascii_lowercase())
}

fn one_of<'a>(value: &'a Value, names: &[&str]) -> Result<&'a str, String> {
    value
        .as_str()
        .filter(|name| names.contains(name))
        .ok_or_else(|| format!("must be one of {}", names.join(", ")))
}

fn delay(value: &Value) -> Result<u32, String> {
    // An hour: nobody looks at a shop page for longer.
    value
        .as_u64()
        .filter(|secs| *secs <= 3_600)
        .and_then(|secs| u32::try_from(secs).ok())
        .ok_or_else(|| "must be 0 to 3600 seconds".into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{IdentityMode, Prechat, WebchatSettings};

    fn parse(settings: Value) -> Result<WebchatSettings, String> {
        let Value::Object(settings) = settings else {
            unreachable!("settings are an object")
        };
        WebchatSettings::parse(&settings).map_err(|refused| refused.to_string())
    }

    #[test]
    fn an_inbox_without_settings_works() {
        assert_eq!(parse(json!({})), Ok(WebchatSettings::default()));
        assert_eq!(
            parse(json!({"title": null})),
            Ok(WebchatSettings::default())
        );
    }

    #[test]
    fn every_setting_is_read() {
        let settings = parse(json!({
            "allowed_origins": ["https://shop.example"], "title": " 在线客服 ", "color": "#AABBCC", "locale": "zh",
            "prechat": "required", "offline_form": true, "proactive_after_secs": 3, "identity": "enforce",
        }))
        .unwrap();
        assert!(settings.allowed_origins.allow("https://shop.example"));
        assert_eq!(settings.title.as_deref(), Some("在线客服"));
        assert_eq!(settings.color, "#aabbcc");
        assert_eq!(settings.locale.as_deref(), Some("zh"));
        assert_eq!(settings.prechat, Prechat::Required);
        assert!(settings.offline_form);
        assert_eq!(settings.proactive_after_secs, Some(3));
        assert_eq!(settings.identity, IdentityMode::Enforce);
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        for (settings, named) in [
            (json!({"tilte": "x"}), "settings.tilte is unknown"),
            (json!({"title": ""}), "settings.title"),
            (json!({"title": 1}), "settings.title"),
            (json!({"color": "red"}), "settings.color"),
            (json!({"color": "#ééé"}), "settings.color"),
            (json!({"locale": "fr"}), "zh, en"),
            (json!({"prechat": true}), "settings.prechat"),
            (json!({"offline_form": "yes"}), "true or false"),
            (json!({"proactive_after_secs": -1}), "0 to 3600"),
            (json!({"identity": "on"}), "off, optional, enforce"),
            (json!({"allowed_origins": "https://a"}), "must be a list"),
            (json!({"allowed_origins": ["a"]}), "\"a\" is not an origin"),
            (json!({"identity_secret": "x"}), "kept apart"),
        ] {
            let refused = parse(settings.clone()).unwrap_err();
            assert!(refused.contains(named), "{settings}: {refused}");
        }
    }
}
