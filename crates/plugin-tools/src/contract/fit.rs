//! Whether what came of a call is what a case expects: a table fits when each key that is named fits, an array when it has
//! as many elements and each fits, everything else when it is equal. A text that begins with `~ ` is a pattern.

use std::fmt;

use regex::Regex;
use serde_json::{Map, Value};

use super::{
    Shape,
    bytes::{Given, written},
    complete::is_none,
};

/// One place where something else came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// `ok.target`.
    pub(crate) at: String,
    /// What the case expects.
    pub(crate) expected: String,
    /// What came.
    pub(crate) actual: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at,
            expected,
            actual,
        } = self;
        write!(f, "{at}\n  expected  {expected}\n  got       {actual}")
    }
}

/// Everything that differs.
pub(crate) type Differences = Vec<Difference>;

/// Longest value that is printed; the rest is cut.
const SHOWN: usize = 400;

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text,
    }
}

fn differs(at: &str, expected: &Value, actual: &Value, into: &mut Differences) {
    into.push(Difference {
        at: at.to_owned(),
        expected: shown(expected),
        actual: shown(actual),
    });
}

fn wrong(at: &str, problem: String, actual: &Value, into: &mut Differences) {
    into.push(Difference {
        at: at.to_owned(),
        expected: problem,
        actual: shown(actual),
    });
}

/// Compares text, by pattern or letter by letter.
fn text_fits(at: &str, expected: &str, actual: &str, into: &mut Differences) {
    let actual_value = Value::from(actual);
    let Some(pattern) = expected.strip_prefix("~ ") else {
        if expected != actual {
            differs(at, &Value::from(expected), &actual_value, into);
        }
        return;
    };
    match Regex::new(pattern) {
        Ok(pattern) if pattern.is_match(actual) => {}
        Ok(_) => wrong(at, format!("a text with /{pattern}/"), &actual_value, into),
        Err(error) => wrong(at, format!("(no pattern: {error})"), &actual_value, into),
    }
}

/// Compares values of which only the JSON is known.
pub(crate) fn fits_any(at: &str, expected: &Value, actual: &Value, into: &mut Differences) {
    match (expected, actual) {
        (Value::String(expected), Value::String(actual)) => text_fits(at, expected, actual, into),
        (expected, actual) if is_none(expected) => {
            if !actual.is_null() {
                differs(at, &Value::Null, actual, into);
            }
        }
        (Value::Object(expected), Value::Object(actual)) => {
            for (key, value) in expected {
                let found = actual.get(key).unwrap_or(&Value::Null);
                fits_any(&format!("{at}.{key}"), value, found, into);
            }
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                fits_any(&format!("{at}[{index}]"), wanted, found, into);
            }
        }
        (Value::Number(wanted), Value::Number(found)) if wanted.as_f64() == found.as_f64() => {}
        (expected, actual) if expected == actual => {}
        (expected, actual) => differs(at, expected, actual, into),
    }
}

/// Compares values of a shape. `actual` is what the runtime writes.
pub(crate) fn fits(
    shape: &Shape,
    at: &str,
    expected: &Value,
    actual: &Value,
    into: &mut Differences,
) {
    match (shape, expected, actual) {
        (Shape::Option(_), expected, actual) if is_none(expected) || actual.is_null() => {
            if !(is_none(expected) && actual.is_null()) {
                differs(at, expected, actual, into);
            }
        }
        (Shape::Option(inner), expected, actual) => fits(inner, at, expected, actual, into),
        (Shape::Bytes, expected, actual) => bytes_fit(at, expected, actual, into),
        (Shape::Json, expected, Value::String(actual)) => json_fits(at, expected, actual, into),
        (Shape::Record { name, fields }, Value::Object(expected), actual) => {
            record_fits((name, fields), at, expected, actual, into);
        }
        (Shape::List(inner), Value::Array(wanted), Value::Array(found))
            if wanted.len() == found.len() =>
        {
            for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                fits(inner, &format!("{at}[{index}]"), wanted, found, into);
            }
        }
        (Shape::List(inner), Value::Object(wanted), Value::Array(found)) => {
            pairs_fit(inner, at, wanted, found, into);
        }
        (Shape::Tuple(shapes), Value::Array(wanted), Value::Array(found))
            if wanted.len() == found.len() && wanted.len() == shapes.len() =>
        {
            let pairs = wanted.iter().zip(found).zip(shapes);
            for (index, ((wanted, found), shape)) in pairs.enumerate() {
                fits(shape, &format!("{at}[{index}]"), wanted, found, into);
            }
        }
        (Shape::Variant(cases), Value::Object(wanted), Value::Object(found)) => {
            for (name, wanted) in wanted {
                let shape = cases.iter().find(|(it, _)| it == name);
                match (shape, found.get(name)) {
                    (Some((_, Some(shape))), Some(found)) => {
                        fits(shape, &format!("{at}.{name}"), wanted, found, into);
                    }
                    _ => differs(at, expected, actual, into),
                }
            }
        }
        (_, expected, actual) => fits_any(at, expected, actual, into),
    }
}

fn record_fits(
    (name, fields): (&str, &[(String, Shape)]),
    at: &str,
    expected: &Map<String, Value>,
    actual: &Value,
    into: &mut Differences,
) {
    for (key, wanted) in expected {
        let at = format!("{at}.{key}");
        match fields.iter().find(|(it, _)| it == key) {
            Some((_, shape)) => {
                let found = actual.get(key).unwrap_or(&Value::Null);
                fits(shape, &at, wanted, found, into);
            }
            None => wrong(
                &at,
                format!("(there is no {key:?} in {name})"),
                actual,
                into,
            ),
        }
    }
}

/// Headers and the like, written as a table: each name must be there with a value that fits.
fn pairs_fit(
    inner: &Shape,
    at: &str,
    wanted: &Map<String, Value>,
    found: &[Value],
    into: &mut Differences,
) {
    for (key, wanted) in wanted {
        let at = format!("{at}.{key}");
        let Some(pair) = found
            .iter()
            .find(|it| it.get(0).and_then(Value::as_str) == Some(key))
        else {
            differs(&at, wanted, &Value::Null, into);
            continue;
        };
        let value = pair.get(1).unwrap_or(&Value::Null);
        match inner {
            Shape::Tuple(shapes) if shapes.len() == 2 => fits(&shapes[1], &at, wanted, value, into),
            _ => differs(&at, wanted, value, into),
        }
    }
}

/// Compares bytes with what the runtime wrote of them.
fn bytes_fit(at: &str, expected: &Value, actual: &Value, into: &mut Differences) {
    match written(actual) {
        Some(bytes) => raw_fits(at, expected, &bytes, into),
        None => differs(at, expected, actual, into),
    }
}

/// Compares bytes with what a case says of them.
pub(crate) fn raw_fits(at: &str, expected: &Value, actual: &[u8], into: &mut Differences) {
    let text = String::from_utf8_lossy(actual);
    match Given::read(expected) {
        Err(error) => wrong(at, format!("({error})"), &Value::from(&*text), into),
        Ok(Given::Text(expected)) => text_fits(at, &expected, &text, into),
        Ok(Given::Json(expected)) => match serde_json::from_slice(actual) {
            Ok(found) => fits_any(at, &expected, &found, into),
            Err(_) => differs(at, &expected, &Value::from(&*text), into),
        },
        Ok(Given::Raw(expected_bytes)) => {
            if expected_bytes != actual {
                differs(at, expected, &Value::from(&*text), into);
            }
        }
    }
}

fn json_fits(at: &str, expected: &Value, actual: &str, into: &mut Differences) {
    let parsed: Option<Value> = serde_json::from_str(actual).ok();
    match (expected, parsed) {
        // The text itself, or a pattern in it.
        (Value::String(wanted), _) if wanted == actual || wanted.starts_with("~ ") => {
            text_fits(at, wanted, actual, into);
        }
        (Value::String(wanted), Some(found)) => match serde_json::from_str(wanted) {
            Ok(wanted) => fits_any(at, &wanted, &found, into),
            Err(_) => fits_any(at, expected, &found, into),
        },
        (wanted, Some(found)) => fits_any(at, wanted, &found, into),
        (wanted, None) => differs(at, wanted, &Value::from(actual), into),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Differences, fits, fits_any};
    use crate::contract::{Shape, contract};

    fn places(function: &str, expected: Value, actual: Value) -> Vec<String> {
        let result = contract().function(function).unwrap().result.clone();
        let Some(Shape::Result(Some(ok), _)) = result else {
            panic!("it gives a result")
        };
        let mut differences = Differences::new();
        fits(&ok, "ok", &expected, &actual, &mut differences);
        differences.into_iter().map(|it| it.at).collect()
    }

    #[test]
    fn only_what_is_named_is_compared_and_each_difference_has_its_place() {
        let actual = json!({ "target": { "agent": "anna" }, "add-tags": ["a"], "reason": "returning customer" });
        assert!(places("route", json!({}), actual.clone()).is_empty());
        assert!(places("route", json!({ "reason": "~ ^returning" }), actual.clone()).is_empty());
        assert!(
            places(
                "route",
                json!({ "priority": { "none": true } }),
                actual.clone()
            )
            .is_empty()
        );
        assert_eq!(
            places("route", json!({ "priority": 2 }), actual.clone()),
            ["ok.priority"]
        );
        assert_eq!(
            places(
                "route",
                json!({ "target": "wait", "reason": "~ ^customer" }),
                actual.clone()
            ),
            ["ok.reason", "ok.target"]
        );
        assert_eq!(
            places(
                "route",
                json!({ "target": { "team": "x" } }),
                actual.clone()
            ),
            ["ok.target"]
        );
        assert_eq!(
            places("route", json!({ "add-tags": ["a", "b"] }), actual.clone()),
            ["ok.add-tags"]
        );
        assert_eq!(places("route", json!({ "tags": [] }), actual), ["ok.tags"]);
    }

    #[test]
    fn bytes_and_json_are_compared_as_what_they_hold() {
        let actual = json!({ "status": 200, "headers": [["x-a", "1"]], "body": "{\"a\":[1,{\"b\":2}]}", "pull": false });
        for body in [
            json!({ "json": { "a": [1, {}] } }),
            json!("~ \"b\":2"),
            json!({ "base64": "eyJhIjpbMSx7ImIiOjJ9XX0=" }),
        ] {
            assert!(
                places(
                    "on-webhook",
                    json!({ "body": body, "headers": { "x-a": "1" } }),
                    actual.clone()
                )
                .is_empty()
            );
        }
        let wanted = json!({ "body": { "json": { "a": [2, {}] } }, "headers": { "x-b": "1" } });
        assert_eq!(
            places("on-webhook", wanted, actual),
            ["ok.body.a[0]", "ok.headers.x-b"]
        );
        assert!(
            places(
                "act",
                json!({ "refund": 1 }),
                json!("{\"refund\":1,\"x\":2}")
            )
            .is_empty()
        );
        assert_eq!(
            places("act", json!({ "refund": 2 }), json!("{\"refund\":1}")),
            ["ok.refund"]
        );
        assert_eq!(
            places("act", json!({ "refund": 2 }), json!("nothing")),
            ["ok"]
        );
        assert!(places("get-order", json!({ "none": true }), Value::Null).is_empty());
        assert_eq!(
            places("get-order", json!({ "id": "1" }), Value::Null),
            ["ok"]
        );
    }

    #[test]
    fn numbers_are_equal_whatever_they_are_written_as() {
        let mut differences = Differences::new();
        fits_any("x", &json!(1.0), &json!(1), &mut differences);
        assert!(differences.is_empty());
        fits_any("x", &json!(1.5), &json!(1), &mut differences);
        assert_eq!(differences.len(), 1);
    }
}
