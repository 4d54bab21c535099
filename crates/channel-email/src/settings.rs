//! What an administrator sets up for an email inbox.

use std::collections::BTreeMap;

use plugboard_domain::{Rejection, mail::domain_of};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::net::{Endpoint, Tls};

/// Longest signature, in characters of HTML.
const SIGNATURE_CHARS_MAX: usize = 20_000;

/// Longest automatic answer, in characters.
const AUTO_REPLY_CHARS_MAX: usize = 5_000;

/// Most folders of one mailbox: each holds a connection, and providers give fifteen.
const FOLDERS_MAX: usize = 10;

/// Oldest mail that is taken in when an inbox is set up, in days.
const BACKFILL_DAYS_MAX: u32 = 3_650;

/// Longest undo window, in seconds.
const UNDO_SECONDS_MAX: u32 = 120;

/// How a mailbox proves who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Auth {
    /// By a password, an app password or an authorisation code.
    #[default]
    Password,
    /// By a token that the provider gives.
    Oauth,
}

/// What becomes of an answer to a conversation that was resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ClosedReply {
    /// It is opened again, as the inbox's policy says.
    #[default]
    Reopen,
    /// Another conversation begins.
    New,
}

/// Where mail is read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImapSettings {
    pub(crate) host: String,
    #[serde(default = "imap_port")]
    pub(crate) port: u16,
    #[serde(default)]
    pub(crate) tls: Tls,
    #[serde(default)]
    pub(crate) user: Option<String>,
    #[serde(default = "inbox")]
    pub(crate) folders: Vec<String>,
    /// Where copies of what was sent are filed; what the server names when unset.
    #[serde(default)]
    pub(crate) sent_folder: Option<String>,
    /// False when the provider files what is sent by itself.
    #[serde(default = "yes")]
    pub(crate) save_sent: bool,
    /// What was sent is read as well: what agents write in other programs belongs to its conversation.
    #[serde(default = "yes")]
    pub(crate) read_sent: bool,
}

/// Where mail is handed over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmtpSettings {
    pub(crate) host: String,
    #[serde(default = "smtp_port")]
    pub(crate) port: u16,
    #[serde(default)]
    pub(crate) tls: Tls,
    /// Nobody signs in when this and the password are unset: a relay on this machine.
    #[serde(default)]
    pub(crate) user: Option<String>,
    #[serde(default)]
    pub(crate) rate_per_minute: Option<u32>,
}

/// How a provider gives tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OauthSettings {
    pub(crate) authorize_url: Option<String>,
    pub(crate) token_url: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) scope: Option<String>,
}

/// What an administrator sets up for an email inbox.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailSettings {
    pub(crate) address: String,
    #[serde(default)]
    pub(crate) from_name: Option<String>,
    /// HTML.
    #[serde(default)]
    pub(crate) signature: Option<String>,
    #[serde(default)]
    pub(crate) imap: Option<ImapSettings>,
    #[serde(default)]
    pub(crate) lmtp: bool,
    #[serde(default)]
    pub(crate) smtp: Option<SmtpSettings>,
    #[serde(default)]
    pub(crate) auth: Auth,
    #[serde(default)]
    pub(crate) oauth: Option<OauthSettings>,
    #[serde(default)]
    pub(crate) backfill_days: u32,
    #[serde(default = "undo_seconds")]
    pub(crate) undo_seconds: u32,
    #[serde(default)]
    pub(crate) auto_reply: Option<String>,
    #[serde(default)]
    pub(crate) closed_reply: ClosedReply,
    #[serde(default)]
    pub(crate) default_charset: Option<String>,
    /// The mailbox gets mail to `name+anything@` as well: answers are asked for at an address that names the conversation.
    #[serde(default)]
    pub(crate) plus_addresses: bool,
    /// The own mail servers, separated by commas: whose `Authentication-Results` (RFC 8601) and `Received` are believed.
    #[serde(default)]
    pub(crate) authserv_id: Option<String>,
}

fn imap_port() -> u16 {
    993
}

fn smtp_port() -> u16 {
    465
}

fn inbox() -> Vec<String> {
    vec!["INBOX".to_owned()]
}

fn yes() -> bool {
    true
}

fn undo_seconds() -> u32 {
    10
}

impl EmailSettings {
    /// Reads and checks settings. The rejection names the one that is wrong.
    pub(crate) fn parse(settings: &Map<String, Value>) -> Result<Self, Rejection> {
        let read: Self = serde_json::from_value(Value::Object(settings.clone()))
            .map_err(|error| Rejection::invalid(format!("settings: {error}")))?;
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<(), Rejection> {
        let wrong = |why: String| Err(Rejection::Invalid(why));
        let address = &self.address;
        let parts = address.rsplit_once('@');
        if parts.is_none_or(|(local, domain)| local.is_empty() || domain.is_empty())
            || address
                .contains(|it: char| it.is_whitespace() || it.is_control() || "<>,\"".contains(it))
        {
            return wrong("settings.address must be an email address".into());
        }
        if self.imap.is_some() && self.lmtp {
            return wrong("settings.lmtp and settings.imap exclude each other".into());
        }
        if let Some(imap) = &self.imap {
            check_host("settings.imap.host", &imap.host)?;
            let folders = imap.folders.len();
            if folders == 0 || folders > FOLDERS_MAX || imap.folders.iter().any(String::is_empty) {
                return wrong(format!(
                    "settings.imap.folders must name 1 to {FOLDERS_MAX} folders"
                ));
            }
        }
        if let Some(smtp) = &self.smtp {
            check_host("settings.smtp.host", &smtp.host)?;
            if smtp.rate_per_minute == Some(0) {
                return wrong("settings.smtp.rate_per_minute must be 1 or more".into());
            }
        }
        let long = |text: &Option<String>, max: usize| {
            text.as_ref().is_some_and(|it| it.chars().count() > max)
        };
        if long(&self.signature, SIGNATURE_CHARS_MAX) {
            return wrong(format!(
                "settings.signature must be at most {SIGNATURE_CHARS_MAX} characters"
            ));
        }
        if long(&self.auto_reply, AUTO_REPLY_CHARS_MAX) {
            return wrong(format!(
                "settings.auto_reply must be at most {AUTO_REPLY_CHARS_MAX} characters"
            ));
        }
        if self
            .from_name
            .as_ref()
            .is_some_and(|it| it.contains(['\r', '\n']) || it.chars().count() > 200)
        {
            return wrong("settings.from_name must be one line of at most 200 characters".into());
        }
        if self.backfill_days > BACKFILL_DAYS_MAX {
            return wrong(format!(
                "settings.backfill_days must be at most {BACKFILL_DAYS_MAX}"
            ));
        }
        if self.undo_seconds > UNDO_SECONDS_MAX {
            return wrong(format!(
                "settings.undo_seconds must be at most {UNDO_SECONDS_MAX}"
            ));
        }
        if let Some(url) = self.oauth.as_ref().and_then(|it| it.token_url.as_ref())
            && !url.starts_with("https://")
            && !is_local(url)
        {
            return wrong("settings.oauth.token_url must be https".into());
        }
        Ok(())
    }

    /// Who signs in to IMAP.
    pub(crate) fn imap_user(&self) -> &str {
        let named = self.imap.as_ref().and_then(|it| it.user.as_deref());
        named.filter(|it| !it.is_empty()).unwrap_or(&self.address)
    }

    /// Who signs in to SMTP, if anybody does.
    pub(crate) fn smtp_user(&self, secrets: &BTreeMap<String, String>) -> Option<String> {
        let smtp = self.smtp.as_ref()?;
        let named = smtp.user.clone().filter(|it| !it.is_empty());
        let known = self.auth == Auth::Oauth || secrets.contains_key(SMTP_PASSWORD);
        named.or_else(|| known.then(|| self.address.clone()))
    }

    /// The names of mail servers that are believed in what they wrote into a mail.
    pub(crate) fn trusted(&self) -> Vec<&str> {
        let names = self.authserv_id.as_deref().unwrap_or_default();
        let names = names.split([',', ' ']);
        names.filter(|it| !it.is_empty()).collect()
    }

    /// The domain of the address.
    pub(crate) fn domain(&self) -> String {
        domain_of(&self.address)
    }
}

impl ImapSettings {
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint {
            host: self.host.clone(),
            port: self.port,
            tls: self.tls,
        }
    }
}

impl SmtpSettings {
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint {
            host: self.host.clone(),
            port: self.port,
            tls: self.tls,
        }
    }
}

/// The secrets of an email inbox, by the name that each is stored under.
pub(crate) const IMAP_PASSWORD: &str = "imap_password";
pub(crate) const SMTP_PASSWORD: &str = "smtp_password";
pub(crate) const OAUTH_CLIENT_SECRET: &str = "oauth_client_secret";
pub(crate) const OAUTH_REFRESH_TOKEN: &str = "oauth_refresh_token";

fn check_host(setting: &str, host: &str) -> Result<(), Rejection> {
    let odd = |it: char| !(it.is_alphanumeric() || "-.:_[]".contains(it));
    if host.is_empty() || host.len() > 255 || host.contains(odd) {
        return Err(Rejection::invalid(format!(
            "{setting} must be the name of a host"
        )));
    }
    Ok(())
}

fn is_local(url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else {
        return false;
    };
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: Value) -> Result<EmailSettings, Rejection> {
        let Value::Object(map) = value else {
            panic!("an object");
        };
        EmailSettings::parse(&map)
    }

    #[test]
    fn little_is_enough() {
        let read = parse(json!({
            "address": "help@shop.example",
            "imap": { "host": "mail.shop.example" },
            "smtp": { "host": "mail.shop.example" }
        }))
        .unwrap();
        let imap = read.imap.as_ref().unwrap();
        assert_eq!(
            (imap.port, imap.tls, imap.folders.len()),
            (993, Tls::Tls, 1)
        );
        assert_eq!(read.imap_user(), "help@shop.example");
        assert_eq!(read.undo_seconds, 10);
    }

    #[test]
    fn wrong_settings_are_named() {
        for (value, name) in [
            (json!({}), "address"),
            (json!({ "address": "nobody" }), "address"),
            (
                json!({ "address": "a@b", "imap": { "host": "x y" } }),
                "imap.host",
            ),
            (
                json!({ "address": "a@b", "imap": { "host": "x", "folders": [] } }),
                "folders",
            ),
            (
                json!({ "address": "a@b", "imap": { "host": "x" }, "lmtp": true }),
                "lmtp",
            ),
            (
                json!({ "address": "a@b", "smtp": { "host": "x", "rate_per_minute": 0 } }),
                "rate_per_minute",
            ),
            (
                json!({ "address": "a@b", "undo_seconds": 1000 }),
                "undo_seconds",
            ),
            (
                json!({ "address": "a@b", "oauth": { "token_url": "http://evil.example" } }),
                "token_url",
            ),
            (json!({ "address": "a@b", "surprise": 1 }), "surprise"),
        ] {
            let error = parse(value).unwrap_err().to_string();
            assert!(error.contains(name), "{error} does not name {name}");
        }
        parse(json!({ "address": "a@b", "oauth": { "token_url": "http://127.0.0.1:9/t" } }))
            .unwrap();
    }
}
