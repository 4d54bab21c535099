//! Signatures of mail servers (RFC 6376, RFC 8463), checked against keys that the caller looked up.
//!
//! Everything about a signature that needs no key is found out first, as a [`Claim`], and the mail is not needed any more:
//! what is left once the key is there is one computation.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use ring::signature::{ED25519, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use super::tags::{Tags, tags};
use crate::{
    Verdict,
    header::fields::{self, Field, Fields},
};

/// Signatures of one mail that are checked: each costs a question and a computation.
const SIGNATURES_MAX: usize = 5;

/// Headers that one signature covers: each is looked for among all.
const SIGNED_MAX: usize = 200;

/// What was found of one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The domain that signed.
    pub domain: String,
    /// Whether it holds.
    pub verdict: Verdict,
    /// True when its key could not be asked for, so that nobody knows.
    pub unknown: bool,
}

/// The answer to a question of [`dkim_questions`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Txt {
    /// The record, its pieces joined.
    Record(String),
    /// There is none.
    Missing,
    /// Nobody answered.
    Failed,
}

/// The names of the TXT records that the signatures of a mail need.
pub fn dkim_questions(raw: &[u8]) -> Vec<String> {
    let mut names: Vec<String> = claims(raw, Timestamp::UNIX_EPOCH)
        .into_iter()
        .map(|it| it.question)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Checks the signatures of a mail, as of `now`.
pub fn dkim(raw: &[u8], answer: &dyn Fn(&str) -> Txt, now: Timestamp) -> Vec<Signature> {
    let claims = claims(raw, now);
    claims
        .into_iter()
        .map(|it| it.check(&answer(&it.question)))
        .collect()
}

/// What a signature says, as far as that can be told without its key.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// Where its key is.
    pub(crate) question: String,
    /// The domain that signed.
    pub(crate) domain: String,
    /// What to compute once the key is there, or what it is already.
    seal: Result<Seal, Verdict>,
}

#[derive(Clone, Debug)]
struct Seal {
    rsa: bool,
    /// What was signed.
    data: Vec<u8>,
    signature: Vec<u8>,
}

/// The signatures of a mail, as of `now`.
pub(crate) fn claims(raw: &[u8], now: Timestamp) -> Vec<Claim> {
    let body = &raw[fields::read(raw, 0, raw.len()).body..];
    let head_bytes = with_line_ends(&raw[..raw.len() - body.len()]);
    let head = fields::read(&head_bytes, 0, head_bytes.len());
    let mut bodies: [Option<Vec<u8>>; 2] = [None, None];
    signatures(&head_bytes, &head)
        .map(|(at, tags)| Claim {
            question: question(&tags),
            domain: tags.get("d").cloned().unwrap_or_default().to_lowercase(),
            seal: seal(&head_bytes, &head, at, &tags, now, |relaxed| {
                bodies[usize::from(relaxed)]
                    .get_or_insert_with(|| digest_of_body(body, relaxed))
                    .clone()
            }),
        })
        .collect()
}

impl Claim {
    /// Whether it holds, with the record of its key.
    pub(crate) fn check(&self, record: &Txt) -> Signature {
        let verdict = match (&self.seal, record) {
            (Err(verdict), _) => Err(*verdict),
            (Ok(_), Txt::Missing | Txt::Failed) => Err(Verdict::Error),
            (Ok(seal), Txt::Record(record)) => seal.check(&tags(record)),
        };
        Signature {
            domain: self.domain.clone(),
            verdict: verdict.err().unwrap_or(Verdict::Pass),
            unknown: self.seal.is_ok() && *record == Txt::Failed,
        }
    }
}

impl Seal {
    fn check(&self, record: &Tags) -> Result<(), Verdict> {
        let kind = record.get("k").map_or("rsa", String::as_str);
        if (kind == "rsa") != self.rsa {
            return Err(Verdict::Error);
        }
        let key = STANDARD
            .decode(record.get("p").map(String::as_str).unwrap_or_default())
            .map_err(|_| Verdict::Error)?;
        // An empty key was revoked.
        if key.is_empty() {
            return Err(Verdict::Fail);
        }
        let holds = if self.rsa {
            let key = bare_key(&key).ok_or(Verdict::Error)?;
            UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, key)
                .verify(&self.data, &self.signature)
        } else {
            UnparsedPublicKey::new(&ED25519, &key)
                .verify(&Sha256::digest(&self.data), &self.signature)
        };
        holds.map_err(|_| Verdict::Fail)
    }
}

/// The headers that are signatures, and what they say.
fn signatures<'a>(raw: &'a [u8], head: &'a Fields) -> impl Iterator<Item = (usize, Tags)> + 'a {
    head.list
        .iter()
        .enumerate()
        .filter(|(_, it)| raw[it.name.clone()].eq_ignore_ascii_case(b"dkim-signature"))
        .map(|(at, it)| (at, tags(&String::from_utf8_lossy(&raw[it.value.clone()]))))
        .filter(|(_, tags)| tags.contains_key("d") && tags.contains_key("s"))
        .take(SIGNATURES_MAX)
}

fn question(tags: &Tags) -> String {
    let tag = |name: &str| tags.get(name).map(String::as_str).unwrap_or_default();
    format!("{}._domainkey.{}", tag("s"), tag("d")).to_lowercase()
}

/// What is to be computed for a signature; otherwise what it is instead.
fn seal(
    raw: &[u8],
    head: &Fields,
    at: usize,
    tags: &Tags,
    now: Timestamp,
    mut digest: impl FnMut(bool) -> Vec<u8>,
) -> Result<Seal, Verdict> {
    let tag = |name: &str| tags.get(name).map(String::as_str).unwrap_or_default();
    let signed: Vec<String> = tag("h").split(':').map(str::to_lowercase).collect();
    let rsa = match tag("a") {
        "rsa-sha256" => true,
        "ed25519-sha256" => false,
        _ => return Err(Verdict::Error),
    };
    // A signature of a part of the body lets anybody add to it.
    if tag("v") != "1"
        || tags.contains_key("l")
        || signed.len() > SIGNED_MAX
        || !signed.iter().any(|it| it == "from")
    {
        return Err(Verdict::Error);
    }
    let ends: Option<i64> = tags.get("x").and_then(|it| it.parse().ok());
    if ends.is_some_and(|it| it < now.as_second()) {
        return Err(Verdict::Fail);
    }
    let (head_mode, body_mode) = tag("c").split_once('/').unwrap_or((tag("c"), "simple"));
    let claimed = STANDARD.decode(tag("bh")).map_err(|_| Verdict::Fail)?;
    if claimed != digest(body_mode == "relaxed") {
        return Err(Verdict::Fail);
    }
    Ok(Seal {
        rsa,
        data: signed_headers(raw, head, at, &signed, head_mode == "relaxed"),
        signature: STANDARD.decode(tag("b")).map_err(|_| Verdict::Fail)?,
    })
}

/// The headers that a signature covers, as they were signed, and the signature's own without its value.
fn signed_headers(
    raw: &[u8],
    head: &Fields,
    at: usize,
    signed: &[String],
    relaxed: bool,
) -> Vec<u8> {
    let mut left: Vec<&Field> = head.list.iter().collect();
    left.remove(at);
    let mut out = Vec::new();
    for name in signed {
        // The lowest first: what servers add is put on top.
        let found = left
            .iter()
            .rposition(|it| raw[it.name.clone()].eq_ignore_ascii_case(name.as_bytes()));
        if let Some(found) = found {
            let field = left.remove(found);
            header(
                &raw[field.name.clone()],
                &raw[field.name.start..field.value.end],
                &raw[field.value.clone()],
                relaxed,
                &mut out,
            );
            out.extend_from_slice(b"\r\n");
        }
    }
    let own = &head.list[at];
    let value = without_signature(&raw[own.value.clone()]);
    let mut whole = raw[own.name.start..own.value.start].to_vec();
    whole.extend_from_slice(&value);
    header(&raw[own.name.clone()], &whole, &value, relaxed, &mut out);
    out
}

fn header(name: &[u8], whole: &[u8], value: &[u8], relaxed: bool, out: &mut Vec<u8>) {
    if !relaxed {
        out.extend_from_slice(whole);
        return;
    }
    out.extend_from_slice(name.trim_ascii().to_ascii_lowercase().as_slice());
    out.push(b':');
    let unfolded: Vec<u8> = value
        .iter()
        .copied()
        .filter(|it| !matches!(it, b'\r' | b'\n'))
        .collect();
    squeeze(unfolded.trim_ascii(), out);
}

/// Runs of blanks as one.
fn squeeze(line: &[u8], out: &mut Vec<u8>) {
    let mut blank = false;
    for byte in line {
        if matches!(byte, b' ' | b'\t') {
            blank = true;
        } else {
            if blank {
                out.push(b' ');
            }
            blank = false;
            out.push(*byte);
        }
    }
}

/// The value of a signature's header with nothing behind `b=`.
fn without_signature(value: &[u8]) -> Vec<u8> {
    let pieces: Vec<Vec<u8>> = value
        .split(|it| *it == b';')
        .map(|piece| match piece.iter().position(|it| *it == b'=') {
            Some(sign) if piece[..sign].trim_ascii() == b"b" => piece[..=sign].to_vec(),
            _ => piece.to_vec(),
        })
        .collect();
    pieces.join(&b';')
}

/// The digest of the body as it was signed, without a copy of it.
fn digest_of_body(body: &[u8], relaxed: bool) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut squeezed = Vec::new();
    let mut any = false;
    // Empty lines are kept back until something follows them.
    let mut empty = 0_usize;
    for line in body.split_inclusive(|it| *it == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let mut line = line.strip_suffix(b"\r").unwrap_or(line);
        if relaxed {
            squeezed.clear();
            squeeze(line, &mut squeezed);
            line = &squeezed;
        }
        if line.is_empty() {
            empty += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut empty) {
            hash.update(b"\r\n");
        }
        hash.update(line);
        hash.update(b"\r\n");
        any = true;
    }
    if !any && !relaxed {
        hash.update(b"\r\n");
    }
    hash.finalize().to_vec()
}

/// The key of RSA out of what says that it is one (RFC 5280); some records have the bare one.
fn bare_key(key: &[u8]) -> Option<&[u8]> {
    let (outer, _) = der(key, 0x30)?;
    let Some((_, rest)) = der(outer, 0x30) else {
        return Some(key);
    };
    let (bits, _) = der(rest, 0x03)?;
    bits.strip_prefix(&[0])
}

/// The content of a value of DER with this tag, and what follows it.
fn der(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = rest.split_first()?;
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let count = usize::from(*length & 0x7f);
        if !(1..=4).contains(&count) {
            return None;
        }
        let (bytes, rest) = rest.split_at_checked(count)?;
        (
            bytes.iter().fold(0, |sum, it| sum << 8 | usize::from(*it)),
            rest,
        )
    };
    rest.split_at_checked(length)
}

/// Headers as they went over the wire: some stores keep ends of lines as their system has them.
fn with_line_ends(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    for line in raw.split_inclusive(|it| *it == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(content) => {
                out.extend_from_slice(content.strip_suffix(b"\r").unwrap_or(content));
                out.extend_from_slice(b"\r\n");
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}
