//! Whether the settings of a phone inbox fit. Every rejection names the setting.

use std::collections::BTreeSet;

use super::{PROMPTS, PhoneSettings, TrunkKind, TrunkSettings};
use crate::{
    call::{Number, countries::is_country},
    rejection::Rejection,
    text,
};

/// Most numbers, peers, menu keys, refused prefixes, and codes of a write-up, each.
const LIST_MAX: usize = 100;

impl PhoneSettings {
    pub(super) fn check(&self) -> Result<(), Rejection> {
        let e164 = |name: &str, text: &str| match Number::parse(text) {
            Some(number) if text.starts_with('+') && number.e164() == Some(text) => Ok(()),
            _ => Err(Rejection::invalid(format!(
                "settings.{name}: a number is written like +8657112345678"
            ))),
        };
        few("numbers", self.numbers.len())?;
        for number in &self.numbers {
            e164("numbers", number)?;
        }
        if let Some(number) = &self.caller_id {
            e164("caller_id", number)?;
        }
        within("offer_seconds", self.offer_seconds, 5, 300)?;
        within("wrapup_seconds", self.wrapup_seconds, 0, 3_600)?;
        within("rejoin_seconds", self.rejoin_seconds, 5, 120)?;
        within("queue.limit", self.queue.limit, 1, 1_000)?;
        within(
            "queue.max_wait_seconds",
            self.queue.max_wait_seconds,
            10,
            7_200,
        )?;
        within(
            "queue.announce.every_seconds",
            self.queue.announce.every_seconds,
            15,
            600,
        )?;
        within("voicemail.max_seconds", self.voicemail.max_seconds, 5, 600)?;
        within(
            "dial.concurrent_per_agent",
            self.dial.concurrent_per_agent,
            0,
            10,
        )?;
        within("dial.per_agent_day", self.dial.per_agent_day, 0, 10_000)?;
        self.check_recording()?;
        self.check_dial()?;
        self.check_menu()?;
        self.check_prompts()?;
        self.trunk.check()
    }

    fn check_recording(&self) -> Result<(), Rejection> {
        if !matches!(self.recording.policy.as_str(), "always" | "never") {
            return Err(Rejection::invalid(
                "settings.recording: policy must be always or never",
            ));
        }
        match self.recording.retention_days {
            Some(days) => within("recording.retention_days", days, 1, 3_650),
            None => Ok(()),
        }
    }

    fn check_dial(&self) -> Result<(), Rejection> {
        if let Some(unknown) = self.dial.countries.iter().find(|it| !is_country(it)) {
            return Err(Rejection::invalid(format!(
                "settings.dial: {unknown} is no country that can be called; write CN, HK, US ..."
            )));
        }
        few("dial.deny", self.dial.deny.len())?;
        let digits = |it: &String| {
            it.strip_prefix('+')
                .is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
        };
        if !self.dial.deny.iter().all(digits) {
            return Err(Rejection::invalid(
                "settings.dial: deny lists beginnings of numbers such as +861600",
            ));
        }
        few("dispositions", self.dispositions.len())?;
        for it in &self.dispositions {
            text::line("settings.dispositions: code", &it.code, 60)?;
            text::line("settings.dispositions: label", &it.label, 60)?;
        }
        Ok(())
    }

    fn check_menu(&self) -> Result<(), Rejection> {
        let Some(menu) = &self.menu else {
            return Ok(());
        };
        within("menu.timeout_seconds", menu.timeout_seconds, 1, 60)?;
        if menu.options.is_empty() {
            return Err(Rejection::invalid(
                "settings.menu: options must not be empty",
            ));
        }
        let mut seen = BTreeSet::new();
        for option in &menu.options {
            let key = matches!(option.digit.as_bytes(), [b'0'..=b'9' | b'*' | b'#']);
            if !key || !seen.insert(&option.digit) {
                return Err(Rejection::invalid(
                    "settings.menu: each digit is one of 0 to 9, * and #, and there once",
                ));
            }
            if option.team_id.is_some() == option.then.is_some() {
                return Err(Rejection::invalid(format!(
                    "settings.menu: {} leads to a team_id or to then: voicemail or callback",
                    option.digit
                )));
            }
        }
        Ok(())
    }

    fn check_prompts(&self) -> Result<(), Rejection> {
        let unknown = |it: &&String| !PROMPTS.contains(&it.as_str());
        match self.prompts.keys().find(unknown) {
            Some(name) => Err(Rejection::invalid(format!(
                "settings.prompts: {name} is not one of {}",
                PROMPTS.join(", ")
            ))),
            None => Ok(()),
        }
    }
}

impl TrunkSettings {
    /// Whether it is reached by TCP.
    pub fn is_tcp(&self) -> bool {
        self.transport.as_deref() == Some("tcp")
    }

    fn check(&self) -> Result<(), Rejection> {
        let invalid = |why: &str| Err(Rejection::invalid(format!("settings.trunk: {why}")));
        if !matches!(self.transport.as_deref(), None | Some("udp" | "tcp")) {
            return invalid("transport must be udp or tcp");
        }
        if self.port == Some(0) {
            return invalid("port must be 1 to 65535");
        }
        few("trunk.peers", self.peers.len())?;
        if !self.peers.iter().all(|it| is_network(it)) {
            return invalid("peers are addresses such as 203.0.113.7 or 203.0.113.0/24");
        }
        for (name, value) in [
            ("host", &self.host),
            ("user", &self.user),
            ("auth_user", &self.auth_user),
        ] {
            if let Some(value) = value {
                text::line(&format!("settings.trunk: {name}"), value, 200)?;
                if value.contains(|it: char| it.is_whitespace() || "<>\"@;".contains(it)) {
                    return invalid(&format!("{name} holds a character that it cannot"));
                }
            }
        }
        match self.kind {
            TrunkKind::Peer if self.host.is_none() && self.peers.is_empty() => {
                invalid("a peer needs a host, or peers that it calls from")
            }
            TrunkKind::Register if self.host.is_none() || self.user.is_none() => {
                invalid("to register, a host and a user are needed")
            }
            TrunkKind::None | TrunkKind::Peer | TrunkKind::Register => Ok(()),
        }
    }
}

fn is_network(text: &str) -> bool {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let Ok(address) = address.parse::<std::net::IpAddr>() else {
        return false;
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|it| it.parse::<u8>().is_ok_and(|it| (1..=most).contains(&it)))
}

fn few(name: &str, count: usize) -> Result<(), Rejection> {
    if count <= LIST_MAX {
        Ok(())
    } else {
        Err(Rejection::invalid(format!(
            "settings.{name}: at most {LIST_MAX}"
        )))
    }
}

fn within(name: &str, value: u32, least: u32, most: u32) -> Result<(), Rejection> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(Rejection::invalid(format!(
            "settings.{name}: must be {least} to {most}"
        )))
    }
}
