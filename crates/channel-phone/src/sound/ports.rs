//! The ports of calls: one of a range for each leg, drawn by chance, free again when the leg is gone.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
};

use plugboard_phone_media::latch::Trust;
use tokio::net::UdpSocket;

/// Where one leg is heard.
#[derive(Debug)]
pub struct Way {
    /// Sound and digits (RTP).
    pub sound: UdpSocket,
    /// Reports about them (RTCP).
    pub reports: Option<UdpSocket>,
    /// From where sound is taken.
    pub trust: Trust,
}

/// Where the sound of calls arrives.
#[derive(Clone, Debug)]
pub struct Ports {
    /// What is listened on.
    pub bind: IpAddr,
    /// What peers are told.
    pub told: IpAddr,
    /// The range.
    pub range: RangeInclusive<u16>,
}

impl Ports {
    /// A port nobody uses, the next one for reports when that is free, and its address as peers are told. An error when all are
    /// used.
    pub async fn open(&self, trust: Trust) -> io::Result<(Way, SocketAddr)> {
        let (first, last) = (u32::from(*self.range.start()), u32::from(*self.range.end()));
        // Even ports: the odd ones belong to reports about them (RFC 3550, section 11).
        let count = (last.saturating_sub(first) / 2).max(1);
        let start = getrandom::u32().map_err(io::Error::other)? % count;
        for step in 0..count {
            let port = (first + first % 2) + 2 * ((start + step) % count);
            let Ok(port) = u16::try_from(port) else {
                continue;
            };
            match UdpSocket::bind((self.bind, port)).await {
                Ok(sound) => {
                    let reports = self.reports(port).await;
                    let way = Way {
                        sound,
                        reports,
                        trust,
                    };
                    return Ok((way, SocketAddr::new(self.told, port)));
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "every port of calls is used",
        ))
    }

    /// Without reports calls go on: they are for whoever looks for why a call was bad.
    async fn reports(&self, sound: u16) -> Option<UdpSocket> {
        let port = sound.checked_add(1).filter(|it| self.range.contains(it))?;
        UdpSocket::bind((self.bind, port)).await.ok()
    }
}
