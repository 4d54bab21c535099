//! Signed identity: the shop says who its customer is, with a JWT (RFC 7519) that its server signs with the inbox's
//! identity secret.
//!
//! Only HS256 is taken, whatever the token's header would like: the header never chooses how it is checked. The time is
//! an argument. An expiry is required, so a token that leaks is worth little for long.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use plugboard_domain::{
    Timestamp,
    command::{SignedIdentity, inbox_scope, shop_scope},
    contact::{self, Address, IdentityKind, Profile},
    desk::Inbox,
    text,
};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

/// How far the shop's clock may be off, in seconds.
const LEEWAY_SECS: f64 = 30.0;

/// Longest token, in bytes: what fits into a header.
const TOKEN_BYTES_MAX: usize = 8_192;

/// Why a token proves nothing. The text is for the shop's developers; it never quotes the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The inbox has no secret, so nothing can be proved.
    #[error("this inbox takes no signed identity")]
    NotOffered,
    /// It is no JWT.
    #[error("identity_token is not a JWT")]
    Malformed,
    /// It is signed in a way that is not taken.
    #[error("identity_token must be signed with HS256")]
    WrongAlgorithm,
    /// The signature was not made with the inbox's secret.
    #[error("the signature of identity_token is wrong")]
    WrongSignature,
    /// Its time is over.
    #[error("identity_token has expired")]
    Expired,
    /// Its time has not come.
    #[error("identity_token is not valid yet")]
    NotYet,
    /// It was made for somebody else.
    #[error("identity_token was made for another inbox")]
    WrongAudience,
    /// A claim is missing or does not fit.
    #[error("claim {0} of identity_token is missing or does not fit")]
    Claim(&'static str),
}

/// What a valid token says.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedClaims {
    /// The shop's own id of the customer.
    pub subject: String,
    /// Their name.
    pub name: Option<String>,
    /// Their email address, normalised.
    pub email: Option<String>,
    /// False when the token itself says that nobody has checked the address.
    pub email_verified: bool,
    /// Their phone number, as the shop writes it.
    pub phone: Option<String>,
    /// What the shop knows about them, by name; `None` when the token does not say.
    pub attributes: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    sub: Option<Value>,
    #[serde(default)]
    exp: Option<Value>,
    #[serde(default)]
    nbf: Option<Value>,
    #[serde(default)]
    aud: Option<Value>,
    #[serde(default)]
    inbox: Option<Value>,
    #[serde(default)]
    name: Option<Value>,
    #[serde(default)]
    email: Option<Value>,
    #[serde(default)]
    email_verified: Option<bool>,
    #[serde(default)]
    phone: Option<Value>,
    #[serde(default)]
    attributes: Option<BTreeMap<String, Value>>,
}

/// Checks a token against the secret of an inbox, at a time.
pub fn verify(
    token: &str,
    secret: &[u8],
    inbox: &Inbox,
    now: Timestamp,
) -> Result<SignedClaims, IdentityError> {
    use IdentityError as E;
    if secret.is_empty() {
        return Err(E::NotOffered);
    }
    if token.len() > TOKEN_BYTES_MAX {
        return Err(E::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(E::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(E::Malformed)?;
    let header: Header = part(header)?;
    if header.alg != "HS256" || header.crit.is_some() {
        return Err(E::WrongAlgorithm);
    }
    let signature = BASE64_URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| E::Malformed)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(signed.as_bytes());
    // Compares in constant time.
    mac.verify_slice(&signature)
        .map_err(|_| E::WrongSignature)?;
    let claims: Claims = part(claims)?;
    check_time(&claims, now)?;
    check_audience(&claims, inbox)?;
    Ok(SignedClaims {
        subject: subject(claims.sub)?,
        name: line("name", claims.name, 200)?,
        email: line("email", claims.email, 254)?
            .map(|email| text::email(&email).map_err(|_| E::Claim("email")))
            .transpose()?,
        email_verified: claims.email_verified.unwrap_or(true),
        phone: line("phone", claims.phone, 50)?,
        attributes: claims.attributes.map(attributes).transpose()?,
    })
}

/// Texts, numbers and truths, as text; nothing else is an attribute.
fn attributes(given: BTreeMap<String, Value>) -> Result<BTreeMap<String, String>, IdentityError> {
    let wrong = || IdentityError::Claim("attributes");
    let texts = given.into_iter().map(|(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(number) => Ok((name, number.to_string())),
        Value::Bool(truth) => Ok((name, truth.to_string())),
        Value::Null => Ok((name, String::new())),
        Value::Array(_) | Value::Object(_) => Err(wrong()),
    });
    contact::attributes(&texts.collect::<Result<_, _>>()?).map_err(|_| wrong())
}

impl SignedClaims {
    /// As the desk takes it. The customer's id is the shop's, so the same customer is the same contact in each of the
    /// shop's inboxes.
    pub fn into_identity(self, inbox: &Inbox) -> SignedIdentity {
        let scope = inbox
            .shop_id
            .map_or_else(|| inbox_scope(inbox.id), shop_scope);
        let proved = self.email.clone().filter(|_| self.email_verified);
        SignedIdentity {
            external: Address {
                kind: IdentityKind::External,
                scope,
                value: self.subject,
            },
            email: proved.map(|value| Address {
                kind: IdentityKind::Email,
                scope: String::new(),
                value,
            }),
            profile: Profile {
                name: self.name,
                email: self.email,
                phone: self.phone,
                attributes: self.attributes,
                ..Profile::default()
            },
        }
    }
}

fn part<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, IdentityError> {
    let json = BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| IdentityError::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| IdentityError::Malformed)
}

fn check_time(claims: &Claims, now: Timestamp) -> Result<(), IdentityError> {
    let now = now.as_duration().as_secs_f64();
    let expires = seconds(claims.exp.as_ref()).ok_or(IdentityError::Claim("exp"))?;
    if now >= expires + LEEWAY_SECS {
        return Err(IdentityError::Expired);
    }
    match &claims.nbf {
        None => Ok(()),
        nbf => match seconds(nbf.as_ref()) {
            None => Err(IdentityError::Claim("nbf")),
            Some(from) if now + LEEWAY_SECS < from => Err(IdentityError::NotYet),
            Some(_) => Ok(()),
        },
    }
}

fn seconds(claim: Option<&Value>) -> Option<f64> {
    claim?.as_f64().filter(|secs| secs.is_finite())
}

/// A token that says for whom it is (`aud`, or `inbox`) is for nobody else.
fn check_audience(claims: &Claims, inbox: &Inbox) -> Result<(), IdentityError> {
    let id = inbox.id.to_string();
    let names = |value: &Value| match value {
        Value::String(name) => *name == id,
        Value::Array(names) => names.iter().any(|name| name.as_str() == Some(&id)),
        _ => false,
    };
    let mut named = [&claims.aud, &claims.inbox].into_iter().flatten();
    if named.all(names) {
        Ok(())
    } else {
        Err(IdentityError::WrongAudience)
    }
}

/// Shops number their customers or name them.
fn subject(claim: Option<Value>) -> Result<String, IdentityError> {
    let subject = match claim {
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        _ => return Err(IdentityError::Claim("sub")),
    };
    text::line("sub", &subject, 200).map_err(|_| IdentityError::Claim("sub"))
}

fn line(
    claim: &'static str,
    value: Option<Value>,
    chars_max: usize,
) -> Result<Option<String>, IdentityError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(value)) => text::optional_line(claim, Some(&value), chars_max)
            .map_err(|_| IdentityError::Claim(claim)),
        Some(_) => Err(IdentityError::Claim(claim)),
    }
}
