//! The lines of the desk: how they are set up, and what an operator hears of them.

use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    str::FromStr,
};

use anyhow::Context;
use plugboard_blob::Blobs;
use plugboard_channel_phone::{PhoneConfig, PhoneHost};
use plugboard_http::ReadyCheck;
use serde::Deserialize;

use crate::{keys, settings::Settings};

/// The usual port of signalling.
const SIP: u16 = 5_060;

/// Where the sound of calls arrives: room for five hundred legs.
const PORTS: MediaPorts = MediaPorts(20_000, 20_999);

/// A range of ports: `20000-20999`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct MediaPorts(u16, u16);

impl FromStr for MediaPorts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('-');
        let port = |it: &str| it.trim().parse().ok().filter(|it: &u16| *it > 0);
        let read = parts.and_then(|(first, last)| Some((port(first)?, port(last)?)));
        let sensible = read.filter(|(first, last)| first < last);
        let (first, last) = sensible.ok_or("two ports, as 20000-20999")?;
        Ok(Self(first, last))
    }
}

impl TryFrom<String> for MediaPorts {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// What an operator says of telephony.
#[derive(Debug, Default, clap::Args, Deserialize)]
#[serde(default)]
pub(crate) struct PhoneSettings {
    /// Where trunks are listened for (SIP, UDP and TCP), once an inbox has one; port 5060 of every address unless set; of a
    /// demo, any that is free.
    #[arg(long, env = "PLUGBOARD_SIP_LISTEN", value_name = "ADDR")]
    pub(crate) sip_listen: Option<SocketAddr>,
    /// The address that trunks and browsers reach this machine by for calls; found out unless set. Set it behind address
    /// translation.
    #[arg(long, env = "PLUGBOARD_MEDIA_ADDRESS", value_name = "IP")]
    pub(crate) media_address: Option<IpAddr>,
    /// Ports (UDP) for the sound of calls, 20000-20999 unless set: two for each call.
    #[arg(long, env = "PLUGBOARD_MEDIA_PORTS", value_name = "FIRST-LAST")]
    pub(crate) media_ports: Option<MediaPorts>,
    /// The one port (UDP) for calls in browsers, 3478 unless set; of a demo, any that is free.
    #[arg(long, env = "PLUGBOARD_WEBRTC_PORT", value_name = "PORT")]
    pub(crate) webrtc_port: Option<u16>,
}

/// The port for browsers unless another is set: one that networks of offices let through.
const WEBRTC: u16 = 3_478;

impl PhoneSettings {
    /// What was said first wins.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            sip_listen: self.sip_listen.or(other.sip_listen),
            media_address: self.media_address.or(other.media_address),
            media_ports: self.media_ports.or(other.media_ports),
            webrtc_port: self.webrtc_port.or(other.webrtc_port),
        }
    }
}

/// A host of lines, without a desk yet.
pub(crate) fn host(settings: &Settings, blobs: Blobs) -> anyhow::Result<PhoneHost> {
    let said = &settings.phone;
    let MediaPorts(first, last) = said.media_ports.unwrap_or(PORTS);
    let ports: RangeInclusive<u16> = first..=last;
    // A demo's trunk is on this machine, and there may be another demo: whatever ports are free will do.
    let (trunks, browsers) = if settings.demo {
        (SocketAddr::new(settings.listen.ip(), 0), 0)
    } else {
        (SocketAddr::from(([0; 4], SIP)), WEBRTC)
    };
    PhoneHost::new(PhoneConfig {
        listen: said.sip_listen.unwrap_or(trunks),
        address: said.media_address,
        ports,
        browsers: SocketAddr::from(([0; 4], said.webrtc_port.unwrap_or(browsers))),
        recordings: settings.data.join("recordings"),
        key: keys::derived(&settings.data, keys::RECORDINGS)?,
        blobs,
    })
    .context("preparing telephony")
}

/// Warns of trunks that do not work. The desk itself serves on, so it stays ready.
pub(crate) struct LinesHold(pub(crate) PhoneHost);

#[async_trait::async_trait]
impl ReadyCheck for LinesHold {
    fn name(&self) -> &'static str {
        "phone"
    }

    async fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn warning(&self) -> Option<String> {
        let troubles = self.0.troubles();
        (!troubles.is_empty()).then(|| troubles.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::MediaPorts;

    #[test]
    fn a_range_of_ports_is_read_or_refused() {
        assert_eq!("20000-20999".parse(), Ok(MediaPorts(20_000, 20_999)));
        for bad in ["", "20000", "20999-20000", "0-5", "1-70000", "a-b"] {
            assert!(bad.parse::<MediaPorts>().is_err(), "{bad}");
        }
    }
}
