//! Settings: a flag wins over the environment, the environment over the file, the file over the default.

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use anyhow::Context;
use plugboard_http::OFFLINE_AFTER_SECS;
use serde::Deserialize;

use crate::lines::PhoneSettings;

/// How to run the desk. Each has a `PLUGBOARD_…` variable, and a line in the settings file.
#[derive(clap::Args)]
pub(crate) struct ServeArguments {
    /// The directory that holds everything: database, files, keys.
    #[arg(long, env = "PLUGBOARD_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where to listen. Put a TLS proxy in front for anything but this machine.
    #[arg(long, env = "PLUGBOARD_LISTEN", value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// A TOML file with these settings.
    #[arg(long, env = "PLUGBOARD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Fill an empty desk with a week of two fictitious shops.
    #[arg(long, env = "PLUGBOARD_DEMO")]
    demo: bool,
    /// The address that people use, such as `https://desk.example.com`.
    #[arg(long, env = "PLUGBOARD_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// `off` lifts rate and flood limits, for load tests.
    #[arg(long, env = "PLUGBOARD_RATE_LIMITS", value_name = "on|off")]
    rate_limits: Option<Switch>,
    /// `on` behind a proxy that sets `X-Forwarded-For` and `X-Forwarded-Proto`.
    #[arg(long, env = "PLUGBOARD_TRUST_FORWARDED", value_name = "on|off")]
    trust_forwarded: Option<Switch>,
    /// Seconds after which an agent whose app is closed is set offline.
    #[arg(long, env = "PLUGBOARD_OFFLINE_AFTER", value_name = "SECS")]
    offline_after: Option<u64>,
    /// `on` lets webhooks call addresses in private networks.
    #[arg(long, env = "PLUGBOARD_WEBHOOKS_PRIVATE", value_name = "on|off")]
    webhooks_private: Option<Switch>,
    /// `on` lets plugins call addresses in private networks. Without it they reach those that an administrator wrote into
    /// their settings as a number, such as `http://127.0.0.1:9000`.
    #[arg(long, env = "PLUGBOARD_PLUGINS_PRIVATE", value_name = "on|off")]
    plugins_private: Option<Switch>,
    /// Where compiled code of plugins is kept, `plugins/compiled` in the data directory unless set. Nobody else may write
    /// there; several desks may share it.
    #[arg(long, env = "PLUGBOARD_PLUGIN_CACHE", value_name = "DIR")]
    plugin_cache: Option<PathBuf>,
    /// Authors whose signature of a plugin counts: `NAME=KEY`, the key 32 bytes in base64.
    #[arg(
        long = "trusted-key",
        env = "PLUGBOARD_TRUSTED_KEYS",
        value_name = "NAME=KEY",
        value_delimiter = ','
    )]
    trusted_keys: Vec<String>,
    /// The file that `plugboard plugin lock` wrote: a plugin whose code is not the one it names is not run.
    #[arg(long, env = "PLUGBOARD_PLUGINS_LOCK", value_name = "FILE")]
    plugins_lock: Option<PathBuf>,
    /// `full`: an acknowledged message survives power loss. `normal` survives a crash only, for load tests.
    #[arg(long, env = "PLUGBOARD_DURABILITY", value_name = "full|normal")]
    durability: Option<Durability>,
    /// Where a mail server on this machine hands mail over by LMTP, for inboxes with `lmtp`. Keep it off the open network.
    #[arg(long, env = "PLUGBOARD_LMTP", value_name = "ADDR")]
    lmtp: Option<SocketAddr>,
    /// Seconds that a mail server may say nothing before its connection counts as broken, 60 unless set.
    #[arg(long, env = "PLUGBOARD_MAIL_SILENCE", value_name = "SECS")]
    mail_silence: Option<u64>,
    /// Longest wait before a mailbox that failed is tried again, in seconds, 300 unless set.
    #[arg(long, env = "PLUGBOARD_MAIL_RETRY_MAX", value_name = "SECS")]
    mail_retry_max: Option<u64>,
    /// Name servers that are asked where mails are from (SPF, DKIM, DMARC): `system`, `off`, or addresses with commas between.
    #[arg(long, env = "PLUGBOARD_MAIL_DNS", value_name = "system|off|ADDR")]
    mail_dns: Option<String>,
    /// A file of certificates (PEM) of authorities that mail servers are believed by, beside those that this machine believes.
    #[arg(long, env = "PLUGBOARD_MAIL_CA", value_name = "FILE")]
    mail_ca: Option<PathBuf>,
    #[command(flatten)]
    phone: PhoneSettings,
    /// Days that events stay in the journal, the record of who did what; for ever when unset.
    #[arg(long, env = "PLUGBOARD_JOURNAL_DAYS", value_name = "DAYS")]
    journal_days: Option<JournalDays>,
    /// `text` or `json`.
    #[arg(long, env = "PLUGBOARD_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// What to log, such as `info` or `plugboard_engine=debug,info`.
    #[arg(long, env = "PLUGBOARD_LOG", value_name = "FILTER")]
    log: Option<String>,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Switch {
    /// Yes.
    #[value(alias = "true", alias = "1")]
    On,
    /// No.
    #[value(alias = "false", alias = "0")]
    Off,
}

impl Switch {
    /// True when on.
    pub(crate) fn is_on(self) -> bool {
        self == Self::On
    }
}

/// What an acknowledgement promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Durability {
    /// What was acknowledged survives power loss.
    #[default]
    Full,
    /// It survives the end of the process; power loss can take the last seconds.
    Normal,
}

/// How many days events are kept: at least one, since clients who were away for the night shall not read everything again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub(crate) struct JournalDays(u32);

impl JournalDays {
    /// A century.
    const MAX: u32 = 36_500;

    /// The same as a length of time.
    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.0) * 24 * 60 * 60)
    }
}

impl TryFrom<u32> for JournalDays {
    type Error = String;

    fn try_from(days: u32) -> Result<Self, String> {
        if (1..=Self::MAX).contains(&days) {
            Ok(Self(days))
        } else {
            Err(format!(
                "1 to {} days; leave it out to keep everything",
                Self::MAX
            ))
        }
    }
}

impl FromStr for JournalDays {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days: u32 = text.parse().map_err(|_| "a number of days".to_owned())?;
        days.try_into()
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// The settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    rate_limits: Option<Switch>,
    trust_forwarded: Option<Switch>,
    offline_after: Option<u64>,
    webhooks_private: Option<Switch>,
    plugins_private: Option<Switch>,
    plugin_cache: Option<PathBuf>,
    trusted_keys: Vec<String>,
    plugins_lock: Option<PathBuf>,
    lmtp: Option<SocketAddr>,
    mail_silence: Option<u64>,
    mail_retry_max: Option<u64>,
    mail_dns: Option<String>,
    mail_ca: Option<PathBuf>,
    sip_listen: Option<SocketAddr>,
    media_address: Option<std::net::IpAddr>,
    media_ports: Option<crate::lines::MediaPorts>,
    webrtc_port: Option<u16>,
    durability: Option<Durability>,
    journal_days: Option<JournalDays>,
    log_format: Option<LogFormat>,
    log: Option<String>,
}

/// The settings in force.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) demo: bool,
    pub(crate) public_url: Option<String>,
    pub(crate) rate_limits: Switch,
    pub(crate) trust_forwarded: Switch,
    pub(crate) offline_after_secs: u64,
    pub(crate) webhooks_private: Switch,
    pub(crate) plugins_private: Switch,
    pub(crate) plugin_cache: Option<PathBuf>,
    pub(crate) trusted_keys: Vec<String>,
    pub(crate) plugins_lock: Option<PathBuf>,
    pub(crate) lmtp: Option<SocketAddr>,
    pub(crate) mail_silence: Option<u64>,
    pub(crate) mail_retry_max: Option<u64>,
    pub(crate) mail_dns: Option<String>,
    pub(crate) mail_ca: Option<PathBuf>,
    pub(crate) phone: PhoneSettings,
    pub(crate) durability: Durability,
    pub(crate) journal_days: Option<JournalDays>,
    pub(crate) log_format: LogFormat,
    pub(crate) log: String,
}

impl Settings {
    /// Puts flags, environment, file and defaults together.
    pub(crate) fn read(arguments: ServeArguments) -> anyhow::Result<Self> {
        let file = match &arguments.config {
            None => File::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("reading {}", path.display()))?;
                toml::from_str(&text)
                    .with_context(|| format!("understanding {}", path.display()))?
            }
        };
        let public_url = arguments
            .public_url
            .or(file.public_url)
            .map(|url| url.trim_end_matches('/').to_owned());
        if let Some(url) = &public_url {
            let known = url.starts_with("https://") || url.starts_with("http://");
            anyhow::ensure!(
                known,
                "public_url must start with https:// or http://, and {url:?} does not"
            );
        }
        let switch =
            |flag: Option<Switch>, file: Option<Switch>, default| flag.or(file).unwrap_or(default);
        Ok(Self {
            data: arguments
                .data
                .or(file.data)
                .unwrap_or_else(|| "plugboard-data".into()),
            listen: arguments
                .listen
                .or(file.listen)
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            demo: arguments.demo,
            public_url,
            rate_limits: switch(arguments.rate_limits, file.rate_limits, Switch::On),
            trust_forwarded: switch(arguments.trust_forwarded, file.trust_forwarded, Switch::Off),
            offline_after_secs: arguments
                .offline_after
                .or(file.offline_after)
                .unwrap_or(OFFLINE_AFTER_SECS),
            webhooks_private: switch(
                arguments.webhooks_private,
                file.webhooks_private,
                Switch::Off,
            ),
            plugin_cache: arguments.plugin_cache.or(file.plugin_cache),
            plugins_private: switch(arguments.plugins_private, file.plugins_private, Switch::Off),
            trusted_keys: if arguments.trusted_keys.is_empty() {
                file.trusted_keys
            } else {
                arguments.trusted_keys
            },
            plugins_lock: arguments.plugins_lock.or(file.plugins_lock),
            lmtp: arguments.lmtp.or(file.lmtp),
            mail_silence: arguments.mail_silence.or(file.mail_silence),
            mail_retry_max: arguments.mail_retry_max.or(file.mail_retry_max),
            mail_dns: arguments.mail_dns.or(file.mail_dns),
            mail_ca: arguments.mail_ca.or(file.mail_ca),
            phone: arguments.phone.or(PhoneSettings {
                sip_listen: file.sip_listen,
                media_address: file.media_address,
                media_ports: file.media_ports,
                webrtc_port: file.webrtc_port,
            }),
            durability: arguments.durability.or(file.durability).unwrap_or_default(),
            journal_days: arguments.journal_days.or(file.journal_days),
            log_format: arguments
                .log_format
                .or(file.log_format)
                .unwrap_or(LogFormat::Text),
            log: arguments.log.or(file.log).unwrap_or_else(|| "info".into()),
        })
    }
}
