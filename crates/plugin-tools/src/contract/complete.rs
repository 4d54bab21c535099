//! From what a case says to a whole value: fields that are left out are empty, and what reads better in TOML becomes what
//! the runtime takes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Shape, bytes::Given};

/// What values begin as.
pub(crate) struct Defaults<'a> {
    /// The account of views.
    pub(crate) account: &'a str,
    /// What references to the case's files begin as, by id.
    pub(crate) files: BTreeMap<String, Value>,
}

impl Defaults<'_> {
    /// What a record begins as, before a case says more.
    fn of(&self, record: &str, given: Option<&Value>) -> Value {
        match record {
            "conversation-view" => json!({
                "id": "c1", "channel": "webchat", "status": "open", "priority": 1,
                "account": self.account, "contact": { "id": "p1" },
            }),
            "candidate" => json!({ "capacity": 5, "online": true, "in-scope": true }),
            "webhook" => json!({ "method": "POST", "remote-ip": "203.0.113.1" }),
            "outbound" => json!({ "account": self.account }),
            "media-ref" => {
                let id = given.and_then(|it| it.get("id")).and_then(Value::as_str);
                let file = id.and_then(|id| self.files.get(id));
                file.cloned().unwrap_or_else(|| json!({}))
            }
            _ => json!({}),
        }
    }
}

/// The value of this shape that a case means; an error says where it does not fit.
pub(crate) fn complete(
    shape: &Shape,
    given: Option<&Value>,
    at: &str,
    defaults: &Defaults<'_>,
) -> Result<Value, String> {
    let wrong = |what: &str| Err(format!("{at}: {what}"));
    match (shape, given) {
        // These are written as they are.
        (Shape::Bool, Some(value @ Value::Bool(_)))
        | (Shape::Float, Some(value @ Value::Number(_)))
        | (Shape::Text | Shape::Json, Some(value @ Value::String(_))) => Ok(value.clone()),
        (Shape::Bool, None) => Ok(json!(false)),
        (Shape::Bool, Some(_)) => wrong("must be true or false"),
        (Shape::Integer | Shape::Float, None) => Ok(json!(0)),
        (Shape::Integer, Some(value)) if value.is_i64() || value.is_u64() => Ok(value.clone()),
        (Shape::Integer, Some(_)) => wrong("must be a whole number"),
        (Shape::Float, Some(_)) => wrong("must be a number"),
        (Shape::Text | Shape::Json, None) => Ok(json!("")),
        (Shape::Text, Some(_)) => wrong("must be a text"),
        (Shape::Json, Some(value)) => Ok(json!(value.to_string())),
        (Shape::Bytes, Some(value)) => match Given::read(value) {
            Ok(given) => Ok(json!(given.bytes())),
            Err(error) => wrong(&error),
        },
        (Shape::Bytes | Shape::List(_), None) => Ok(json!([])),
        (Shape::List(inner), Some(value)) => list(inner, value, at, defaults),
        (Shape::Tuple(shapes), given) => tuple(shapes, given, at, defaults),
        (Shape::Option(_), given) if given.is_none_or(is_none) => Ok(Value::Null),
        (Shape::Option(inner), given) => complete(inner, given, at, defaults),
        (Shape::Record { name, fields }, given) => record(name, fields, given, at, defaults),
        (Shape::Variant(cases), given) => variant(cases, given, at, defaults),
        (Shape::Enum(names), None) => Ok(json!(names.first())),
        (Shape::Enum(names), Some(Value::String(name))) if names.contains(name) => Ok(json!(name)),
        (Shape::Enum(names), Some(_)) => wrong(&format!("must be one of {}", names.join(", "))),
        (Shape::Result(..), _) => wrong("cannot be given"),
    }
}

/// `{ none = true }`.
pub(super) fn is_none(value: &Value) -> bool {
    value.is_null()
        || value
            .as_object()
            .is_some_and(|it| it.len() == 1 && it.get("none") == Some(&Value::Bool(true)))
}

fn list(inner: &Shape, value: &Value, at: &str, defaults: &Defaults<'_>) -> Result<Value, String> {
    let items: Vec<Value> = match (value, inner) {
        (Value::Array(items), _) => items.clone(),
        // Headers, attributes: pairs read better as a table.
        (Value::Object(table), Shape::Tuple(shapes)) if shapes.len() == 2 => {
            table.iter().map(|(key, it)| json!([key, it])).collect()
        }
        _ => return Err(format!("{at}: must be an array")),
    };
    let whole = items
        .iter()
        .enumerate()
        .map(|(index, it)| complete(inner, Some(it), &format!("{at}[{index}]"), defaults));
    whole
        .collect::<Result<Vec<Value>, String>>()
        .map(Value::Array)
}

fn tuple(
    shapes: &[Shape],
    given: Option<&Value>,
    at: &str,
    defaults: &Defaults<'_>,
) -> Result<Value, String> {
    let items = match given {
        None => &[],
        Some(Value::Array(items)) if items.len() == shapes.len() => items.as_slice(),
        Some(_) => return Err(format!("{at}: must be an array of {}", shapes.len())),
    };
    let whole = shapes.iter().enumerate().map(|(index, shape)| {
        complete(shape, items.get(index), &format!("{at}[{index}]"), defaults)
    });
    whole
        .collect::<Result<Vec<Value>, String>>()
        .map(Value::Array)
}

fn record(
    name: &str,
    fields: &[(String, Shape)],
    given: Option<&Value>,
    at: &str,
    defaults: &Defaults<'_>,
) -> Result<Value, String> {
    let mut whole = defaults.of(name, given);
    match given {
        None => {}
        Some(value @ Value::Object(given)) => {
            if let Some(unknown) = given
                .keys()
                .find(|key| fields.iter().all(|(it, _)| it != *key))
            {
                let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
                return Err(format!(
                    "{at}: there is no {unknown:?} in {name}, it has {}",
                    names.join(", ")
                ));
            }
            merge(&mut whole, value);
        }
        Some(_) => return Err(format!("{at}: must be a table")),
    }
    let mut record = Map::new();
    for (field, shape) in fields {
        let value = complete(shape, whole.get(field), &format!("{at}.{field}"), defaults)?;
        record.insert(field.clone(), value);
    }
    Ok(Value::Object(record))
}

fn variant(
    cases: &[(String, Option<Shape>)],
    given: Option<&Value>,
    at: &str,
    defaults: &Defaults<'_>,
) -> Result<Value, String> {
    let names = || {
        let names: Vec<&str> = cases.iter().map(|(name, _)| name.as_str()).collect();
        format!("{at}: must be one of {}", names.join(", "))
    };
    let (name, value) = match given {
        None => (cases.first().map(|(name, _)| name.as_str()), None),
        Some(Value::String(name)) => (Some(name.as_str()), None),
        Some(Value::Object(table)) if table.len() == 1 => {
            let first = table.iter().next();
            (
                first.map(|(name, _)| name.as_str()),
                first.map(|(_, it)| it),
            )
        }
        Some(_) => return Err(names()),
    };
    let found = cases.iter().find(|(it, _)| Some(it.as_str()) == name);
    match found {
        None => Err(names()),
        Some((name, None)) if value.is_none() => Ok(json!(name)),
        Some((name, None)) => Err(format!("{at}: {name} holds nothing")),
        Some((name, Some(shape))) => {
            let value = complete(shape, value, &format!("{at}.{name}"), defaults)?;
            Ok(json!({ name: value }))
        }
    }
}

/// Puts one value over another: tables key by key, everything else is replaced; `{ none = true }` takes away what was there.
pub(crate) fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) if over.get("none").is_none() => {
            for (key, value) in over {
                match base.get_mut(key) {
                    Some(old) => merge(old, value),
                    None => {
                        base.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (base, over) => *base = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Defaults, complete};
    use crate::contract::contract;

    fn argument(function: &str, index: usize, given: Value) -> Result<Value, String> {
        let function = contract().function(function).unwrap();
        let (name, shape) = &function.params[index];
        let defaults = Defaults {
            account: "inbox-9",
            files: [(
                "f1".to_owned(),
                json!({ "name": "a.png", "mime": "image/png", "size": 3 }),
            )]
            .into(),
        };
        complete(shape, Some(&given), name, &defaults)
    }

    #[test]
    fn what_is_left_out_is_empty_and_conversations_begin_as_usual() {
        let request = argument(
            "route",
            0,
            json!({ "candidates": [{ "id": "anna" }], "conversation": { "contact": { "tags": ["vip"] } } }),
        )
        .unwrap();
        assert_eq!(request["candidates"][0]["capacity"], 5);
        assert_eq!(request["candidates"][0]["last-routed-at"], Value::Null);
        assert_eq!(request["conversation"]["account"], "inbox-9");
        assert_eq!(request["conversation"]["contact"]["id"], "p1");
        assert_eq!(request["conversation"]["contact"]["tags"], json!(["vip"]));
        assert_eq!(request["now"], 0);
    }

    #[test]
    fn bytes_variants_json_and_tables_of_pairs_are_written_as_people_like() {
        let given = json!({ "headers": { "x-a": "1" }, "body": { "json": { "a": 1 } } });
        let webhook = argument("on-webhook", 0, given).unwrap();
        assert_eq!(webhook["method"], "POST");
        assert_eq!(webhook["headers"], json!([["x-a", "1"]]));
        assert_eq!(webhook["body"], json!(b"{\"a\":1}".to_vec()));
        let message = argument("send", 0, json!({ "parts": [{ "text": "hi" }] })).unwrap();
        assert_eq!(message["parts"], json!([{ "text": "hi" }]));
        assert_eq!(message["template"], Value::Null);
        let file = argument("send", 0, json!({ "parts": [{ "media": { "id": "f1" } }] })).unwrap();
        assert_eq!(file["parts"][0]["media"]["mime"], "image/png");
        assert_eq!(
            argument("act", 2, json!({ "a": 1 })).unwrap(),
            json!("{\"a\":1}")
        );
        assert_eq!(
            argument("on-frame", 1, json!({ "text": "x" })).unwrap(),
            json!({ "text": "x" })
        );
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        for (given, part) in [
            (
                json!({ "candidates": [{ "idd": "a" }] }),
                "request.candidates[0]: there is no \"idd\"",
            ),
            (
                json!({ "now": "soon" }),
                "request.now: must be a whole number",
            ),
            (
                json!({ "conversation": { "stage": "later" } }),
                "must be one of presale",
            ),
            (json!([]), "request: must be a table"),
        ] {
            let error = argument("route", 0, given).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
