//! Settings, typed: the struct's fields are the keys of the manifest's `[settings.schema]`.
//!
//! The host gives each setting as text: strings as they are, everything else as JSON. The type of the field decides how the
//! text is read, so that a number that somebody typed into a text field is a number all the same, and a list may be JSON or
//! words between commas or line ends, ASCII or Chinese.

use std::fmt;

use serde::{
    de::{
        self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor,
    },
    forward_to_deserialize_any,
};

use crate::bindings::host::plugboard::plugin::config;

/// One setting as text; none when it was left empty.
pub fn setting(key: &str) -> Option<String> {
    config::get(key)
}

/// Id of the inbox that this instance serves; empty for plugins that are not channels.
pub fn account() -> String {
    config::account()
}

/// All settings of the plugin as a struct: one call to the host for each field. Fields that may be left empty are
/// `Option` or have `#[serde(default)]`; `#[serde(flatten)]` does not work here.
pub fn settings<T: DeserializeOwned>() -> Result<T, SettingsError> {
    settings_from(config::get)
}

/// The same from anywhere, such as a test's table.
pub fn settings_from<T: DeserializeOwned>(
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<T, SettingsError> {
    T::deserialize(Settings { lookup })
}

/// A setting is missing or is not what the plugin expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(String);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

impl de::Error for SettingsError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl From<SettingsError> for String {
    fn from(error: SettingsError) -> Self {
        error.0
    }
}

impl From<SettingsError> for crate::Failure {
    fn from(error: SettingsError) -> Self {
        Self::new("settings", error.0)
    }
}

struct Settings<F> {
    lookup: F,
}

impl<'de, F: Fn(&str) -> Option<String>> Deserializer<'de> for Settings<F> {
    type Error = SettingsError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(SettingsError("settings are read into a struct".to_owned()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_map(Fields {
            lookup: self.lookup,
            left: fields.iter(),
            value: None,
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Fields<F> {
    lookup: F,
    left: std::slice::Iter<'static, &'static str>,
    value: Option<(&'static str, String)>,
}

impl<'de, F: Fn(&str) -> Option<String>> MapAccess<'de> for Fields<F> {
    type Error = SettingsError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Self::Error> {
        for field in self.left.by_ref() {
            if let Some(text) = (self.lookup)(field) {
                self.value = Some((field, text));
                return seed.deserialize((*field).into_deserializer()).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Self::Error> {
        let (field, text) = self.value.take().expect("a value follows its key");
        seed.deserialize(Text(text))
            .map_err(|error| SettingsError(format!("setting `{field}`: {error}")))
    }
}

/// One value as the host gives it.
struct Text(String);

macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            let text = self.0.trim();
            let value: $type = text
                .parse()
                .map_err(|_| SettingsError(format!("{text:?} is not of type {}", stringify!($type))))?;
            visitor.$visit(value)
        }
    )*};
}

impl<'de> Deserializer<'de> for Text {
    type Error = SettingsError;

    /// Where the type leaves it open: JSON if it is, else text.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match serde_json::from_str::<serde_json::Value>(&self.0) {
            Ok(value) => value.deserialize_any(visitor).map_err(de::Error::custom),
            Err(_) => visitor.visit_string(self.0),
        }
    }

    parsed! {
        deserialize_bool visit_bool bool,
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_f32 visit_f32 f32,
        deserialize_f64 visit_f64 f64,
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_string(self.0)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_string(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.0.is_empty() || self.0 == "null" {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.0.trim_start().starts_with('[') {
            let list: serde_json::Value =
                serde_json::from_str(&self.0).map_err(de::Error::custom)?;
            return list.deserialize_seq(visitor).map_err(de::Error::custom);
        }
        let words: Vec<String> = self
            .0
            .split([',', '\u{ff0c}', '\u{3001}', ';', '\u{ff1b}', '\n'])
            .map(|word| word.trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect();
        visitor.visit_seq(de::value::SeqDeserializer::new(words.into_iter().map(Text)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

impl IntoDeserializer<'_, SettingsError> for Text {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Order {
        Fair,
        Fast,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Example {
        name: String,
        #[serde(default)]
        on: bool,
        seconds: u32,
        words: Vec<String>,
        order: Order,
        team: Option<String>,
        table: BTreeMap<String, u8>,
        #[serde(default = "seven")]
        hours: u8,
    }

    fn seven() -> u8 {
        7
    }

    fn read(pairs: &[(&str, &str)]) -> Result<Example, SettingsError> {
        settings_from(|key| {
            let found = pairs.iter().find(|(k, _)| *k == key);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    const FULL: &[(&str, &str)] = &[
        ("name", "42"),
        ("on", "true"),
        ("seconds", "3"),
        ("words", "退款\u{ff0c}投诉, bad \u{3001}"),
        ("order", "fast"),
        ("team", ""),
        ("table", r#"{"a":1}"#),
    ];

    #[test]
    fn the_type_of_a_field_decides_how_its_text_is_read() {
        let example = read(FULL).unwrap();
        assert_eq!(
            example,
            Example {
                name: "42".to_owned(),
                on: true,
                seconds: 3,
                words: vec!["退款".to_owned(), "投诉".to_owned(), "bad".to_owned()],
                order: Order::Fast,
                team: None,
                table: BTreeMap::from([("a".to_owned(), 1)]),
                hours: 7,
            }
        );
    }

    #[test]
    fn a_list_may_be_json() {
        let mut pairs = FULL.to_vec();
        pairs[3].1 = r#"["a, b"]"#;
        assert_eq!(read(&pairs).unwrap().words, vec!["a, b".to_owned()]);
    }

    #[test]
    fn an_error_names_the_setting() {
        let mut pairs = FULL.to_vec();
        pairs[2].1 = "soon";
        let error = read(&pairs).unwrap_err().to_string();
        assert!(
            error.contains("`seconds`") && error.contains("soon"),
            "{error}"
        );
        assert!(read(&FULL[1..]).unwrap_err().to_string().contains("name"));
    }
}
