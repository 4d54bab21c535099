//! Messages: requests and responses, their heads and bodies (RFC 3261, section 7).

use std::fmt::Write as _;

/// Bytes of a message: what one datagram can carry. Real ones have two thousand.
pub const MESSAGE_MAX: usize = 64 * 1_024;

/// Headers of a message; real ones have thirty.
const HEADERS_MAX: usize = 128;

/// Headers that a message has once.
const SINGLE: [&str; 7] = [
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Max-Forwards",
    "Content-Length",
    "Content-Type",
];

/// Short names (section 7.3.3; RFC 4028; RFC 6665).
const SHORT: [(&str, &str); 12] = [
    ("i", "Call-ID"),
    ("m", "Contact"),
    ("e", "Content-Encoding"),
    ("l", "Content-Length"),
    ("c", "Content-Type"),
    ("f", "From"),
    ("s", "Subject"),
    ("k", "Supported"),
    ("t", "To"),
    ("v", "Via"),
    ("x", "Session-Expires"),
    ("o", "Event"),
];

/// Bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// More than any real message has.
    #[error("it is longer than {MESSAGE_MAX} bytes")]
    TooLong,
    /// The first line says neither what is wanted nor what became of it.
    #[error("the first line is none of SIP/2.0")]
    FirstLine,
    /// It ends before it should.
    #[error("it is cut off")]
    CutOff,
    /// A line that is no header.
    #[error("a line of its head is no header")]
    Header,
    /// More headers than any real message has.
    #[error("it has more than {HEADERS_MAX} headers")]
    TooMany,
    /// What every message has once is there twice, or not at all.
    #[error("{0} is missing, or said twice")]
    Count(&'static str),
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Something is wanted.
    Request {
        /// What, in capitals as it came.
        method: String,
        /// Of whom.
        uri: String,
    },
    /// What became of a request.
    Response {
        /// 100 to 699.
        code: u16,
        /// The same for people.
        reason: String,
    },
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The first line.
    pub start: Start,
    headers: Vec<(String, String)>,
    /// What follows the head.
    pub body: Vec<u8>,
}

impl Message {
    /// A request without headers.
    pub fn request(method: &str, uri: &str) -> Self {
        Self::begin(Start::Request {
            method: method.to_owned(),
            uri: uri.to_owned(),
        })
    }

    /// A response without headers.
    pub fn response(code: u16) -> Self {
        Self::begin(Start::Response {
            code,
            reason: reason(code).to_owned(),
        })
    }

    fn begin(start: Start) -> Self {
        Self {
            start,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Reads a message that is whole.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MESSAGE_MAX {
            return Err(Malformed::TooLong);
        }
        let (head, body) = split(bytes).ok_or(Malformed::CutOff)?;
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let start = first_line(lines.next().unwrap_or_default())?;
        let mut message = Self::begin(start);
        for line in lines {
            message.take_line(line)?;
        }
        message.count()?;
        message.body = message.length(body)?.to_vec();
        Ok(message)
    }

    fn take_line(&mut self, line: &str) -> Result<(), Malformed> {
        if line.starts_with([' ', '\t']) {
            // The line before goes on.
            let (_, value) = self.headers.last_mut().ok_or(Malformed::Header)?;
            value.push(' ');
            value.push_str(line.trim());
            return Ok(());
        }
        let (name, value) = line.split_once(':').ok_or(Malformed::Header)?;
        let name = name.trim_end();
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(Malformed::Header);
        }
        if self.headers.len() == HEADERS_MAX {
            return Err(Malformed::TooMany);
        }
        let long = SHORT
            .iter()
            .find(|(short, _)| name.eq_ignore_ascii_case(short))
            .map_or(name, |(_, long)| long);
        self.headers
            .push((long.to_owned(), value.trim().to_owned()));
        Ok(())
    }

    fn count(&self) -> Result<(), Malformed> {
        for name in SINGLE {
            let count = self.all(name).count();
            let wanted = matches!(name, "From" | "To" | "Call-ID" | "CSeq");
            if count > 1 || (wanted && count == 0) {
                return Err(Malformed::Count(name));
            }
        }
        if self.header("Via").is_none() {
            return Err(Malformed::Count("Via"));
        }
        Ok(())
    }

    fn length<'a>(&self, body: &'a [u8]) -> Result<&'a [u8], Malformed> {
        let Some(length) = self.header("Content-Length") else {
            return Ok(body);
        };
        let length: usize = length.parse().map_err(|_| Malformed::Header)?;
        body.get(..length).ok_or(Malformed::CutOff)
    }

    /// What is wanted, when it is a request.
    pub fn method(&self) -> Option<&str> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// What became of it, when it is a response.
    pub fn code(&self) -> Option<u16> {
        match &self.start {
            Start::Request { .. } => None,
            Start::Response { code, .. } => Some(*code),
        }
    }

    /// The first header with a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter();
        let found = named.find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// All headers with a name, as they came.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter();
        named
            .filter(move |(it, _)| it.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The members of all headers with a name, which commas part.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(name).flat_map(members)
    }

    /// True when a list names something, in whatever case.
    pub fn lists(&self, name: &str, wanted: &str) -> bool {
        self.list(name).any(|it| it.eq_ignore_ascii_case(wanted))
    }

    /// Adds a header at the end. Line breaks in it become spaces: a value that a person chose is no new header.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        let mut value = value.into();
        if value.contains(['\r', '\n']) {
            value = value.replace(['\r', '\n'], " ");
        }
        self.headers.push((name.to_owned(), value));
    }

    /// Adds all headers and the body of another at the end.
    pub(crate) fn append(&mut self, other: Self) {
        self.headers.extend(other.headers);
        self.body = other.body;
    }

    /// The same with a header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    /// Puts another value into the first header with a name, or adds it.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let found = self.headers.iter_mut();
        let mut found = found.filter(|(it, _)| it.eq_ignore_ascii_case(name));
        match found.next() {
            Some((_, old)) => *old = value.into(),
            None => self.push(name, value),
        }
    }

    /// Takes all headers with a name away.
    pub fn remove(&mut self, name: &str) {
        self.headers
            .retain(|(it, _)| !it.eq_ignore_ascii_case(name));
    }

    /// The same with a body.
    #[must_use]
    pub fn carrying(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.set("Content-Type", kind);
        self.body = body.into();
        self
    }

    /// The message as it is sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = match &self.start {
            Start::Request { method, uri } => format!("{method} {uri} SIP/2.0\r\n"),
            Start::Response { code, reason } => format!("SIP/2.0 {code} {reason}\r\n"),
        };
        let kept = self.headers.iter();
        for (name, value) in kept.filter(|(name, _)| name != "Content-Length") {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(value);
            text.push_str("\r\n");
        }
        let _ = write!(text, "Content-Length: {}\r\n\r\n", self.body.len());
        let mut bytes = text.into_bytes();
        bytes.extend(&self.body);
        bytes
    }
}

fn first_line(line: &str) -> Result<Start, Malformed> {
    let mut words = line.splitn(3, ' ');
    let [Some(first), Some(second), third] = [words.next(), words.next(), words.next()] else {
        return Err(Malformed::FirstLine);
    };
    if first.eq_ignore_ascii_case("SIP/2.0") {
        let code = second.parse().ok().filter(|it| (100..700).contains(it));
        return Ok(Start::Response {
            code: code.ok_or(Malformed::FirstLine)?,
            reason: third.unwrap_or_default().to_owned(),
        });
    }
    let known = third.is_some_and(|it| it.eq_ignore_ascii_case("SIP/2.0"));
    if !known || second.is_empty() || first.is_empty() || !first.bytes().all(is_token) {
        return Err(Malformed::FirstLine);
    }
    Ok(Start::Request {
        method: first.to_owned(),
        uri: second.to_owned(),
    })
}

/// Head and body. Some senders end lines without a carriage return.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = |mark: &[u8]| {
        let found = bytes.windows(mark.len()).position(|it| it == mark)?;
        Some((&bytes[..found], &bytes[found + mark.len()..]))
    };
    at(b"\r\n\r\n").or_else(|| at(b"\n\n"))
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

/// What commas part, where they are in neither quotes nor angle brackets.
fn members(value: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut angle, mut escaped) = (false, false, false);
    let parts = value.split(move |letter| {
        let ends = letter == ',' && !quoted && !angle;
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => angle = true,
            '>' if !quoted => angle = false,
            _ => {}
        }
        ends
    });
    parts.map(str::trim).filter(|it| !it.is_empty())
}

/// What a code is called (section 21).
pub fn reason(code: u16) -> &'static str {
    match code {
        100 => "Trying",
        180 => "Ringing",
        183 => "Session Progress",
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        422 => "Session Interval Too Small",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        600 => "Busy Everywhere",
        603 => "Decline",
        _ => "Answer",
    }
}

#[cfg(test)]
mod tests;
