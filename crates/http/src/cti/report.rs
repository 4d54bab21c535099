//! What a PBX says, as a form or as JSON.

use axum::http::{HeaderMap, Uri, header};
use plugboard_domain::call::Direction;
use serde_json::Value;

use crate::ApiError;

/// Most fields that are read.
const FIELDS_MAX: usize = 64;

/// Longest text of one field, in characters.
const FIELD_CHARS_MAX: usize = 300;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    /// It rings.
    Began,
    /// Somebody took it.
    Answered,
    /// It is over.
    Ended,
}

/// A report.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) happened: Happened,
    pub(super) direction: Direction,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) call_id: String,
    /// Who of the desk it is about.
    pub(super) users: Vec<String>,
    pub(super) cause: Option<String>,
}

/// Reads a report. Fields that are not known here are left out: scripts send what their PBX has.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Report, ApiError> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let fields = if kind
        .trim()
        .to_ascii_lowercase()
        .starts_with("application/json")
    {
        json(body)?
    } else {
        form(body)?
    };
    report(&Fields(fields))
}

struct Fields(Vec<(String, String)>);

impl Fields {
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(it, _)| it == name);
        named
            .map(|(_, value)| value.trim())
            .filter(|it| !it.is_empty())
    }

    fn one(&self, name: &str) -> Option<String> {
        let value = self.all(name).next()?;
        Some(value.chars().take(FIELD_CHARS_MAX).collect())
    }
}

fn report(fields: &Fields) -> Result<Report, ApiError> {
    let happened = match fields.one("event").as_deref() {
        Some("newCall") => Happened::Began,
        Some("answer") => Happened::Answered,
        Some("hangup") => Happened::Ended,
        _ => {
            return Err(ApiError::invalid("event must be newCall, answer or hangup"));
        }
    };
    let direction = match fields.one("direction").as_deref() {
        Some("in") => Direction::Inbound,
        Some("out") => Direction::Outbound,
        _ => return Err(ApiError::invalid("direction must be in or out")),
    };
    let call_id = fields.one("callId");
    let call_id = call_id.filter(|it| !it.chars().any(char::is_control));
    Ok(Report {
        happened,
        direction,
        from: fields.one("from").unwrap_or_default(),
        to: fields.one("to").unwrap_or_default(),
        call_id: call_id.ok_or_else(|| ApiError::invalid("callId must name the call"))?,
        users: fields.all("user").map(str::to_owned).collect(),
        cause: fields.one("cause"),
    })
}

/// `user[]` is `user`, several times.
fn plain(name: &str) -> String {
    name.strip_suffix("[]").unwrap_or(name).to_owned()
}

fn form(body: &[u8]) -> Result<Vec<(String, String)>, ApiError> {
    let malformed = || ApiError::malformed("the body is neither a form nor JSON");
    let text = std::str::from_utf8(body).map_err(|_| malformed())?;
    let uri: Uri = format!("/?{}", text.trim())
        .parse()
        .map_err(|_| malformed())?;
    let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri);
    let pairs = query.map_err(|_| malformed())?.0.into_iter();
    let pairs = pairs.take(FIELDS_MAX);
    Ok(pairs.map(|(name, value)| (plain(&name), value)).collect())
}

fn json(body: &[u8]) -> Result<Vec<(String, String)>, ApiError> {
    let value: Value =
        serde_json::from_slice(body).map_err(|_| ApiError::malformed("the body is not JSON"))?;
    let Value::Object(object) = value else {
        return Err(ApiError::invalid("the body must be an object"));
    };
    let mut fields = Vec::new();
    for (name, value) in object.into_iter().take(FIELDS_MAX) {
        let values = match value {
            Value::Array(values) => values,
            other => vec![other],
        };
        for value in values.into_iter().take(FIELDS_MAX) {
            match value {
                Value::String(text) => fields.push((plain(&name), text)),
                Value::Number(number) => fields.push((plain(&name), number.to_string())),
                _ => {}
            }
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn of(kind: &'static str, body: &str) -> Result<Report, ApiError> {
        let value = HeaderValue::from_static(kind);
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, value)]);
        read(&headers, body.as_bytes())
    }

    #[test]
    fn a_form_and_json_say_the_same() {
        let form = "event=answer&from=%2B8613800138000&to=057112345678&direction=in&callId=a%3A1\
                    &user%5B%5D=Li%20Na&user[]=Tom&queue=care&answeringNumber=101";
        let form = of("application/x-www-form-urlencoded", form).expect("a report");
        let json = r#"{"event": "answer", "from": "+8613800138000", "to": "057112345678", "direction": "in",
                       "callId": "a:1", "user": ["Li Na", "Tom"], "answeringNumber": 101, "other": {"a": 1}}"#;
        let json = of("application/json; charset=utf-8", json).expect("a report");
        assert!(form == json);
        assert_eq!(form.happened, Happened::Answered);
        assert_eq!(form.users, ["Li Na", "Tom"]);
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        for (body, names) in [
            ("event=ring&direction=in&callId=1", "event"),
            ("event=newCall&callId=1", "direction"),
            ("event=newCall&direction=in", "callId"),
            ("event=newCall&direction=in&callId=", "callId"),
        ] {
            let error = of("text/plain", body).err().expect("refused");
            assert!(error.message().starts_with(names), "{body}: {error}");
        }
        assert_eq!(
            of("application/json", "{").err().expect("refused").status(),
            400
        );
        assert_eq!(
            of("application/json", "[]")
                .err()
                .expect("refused")
                .status(),
            422
        );
    }
}
