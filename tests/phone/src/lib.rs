//! Calls from outside: the real binary, and the telephones of others.
//!
//! - [`kamailio`] is a registrar and a proxy between, [`baresip`], [`linphone`] and [`sipp`] are telephones, each as Debian installs it,
//!   on free ports of this machine, in a directory that goes away; one that is missing fails loudly;
//! - [`raw`] sends what no telephone would;
//! - the desk, its agents and telephones of our own are those of `plugboard-bench` and `plugboard-phone-peers`.

#![expect(
    clippy::missing_panics_doc,
    reason = "this is test code: a panic is how it speaks"
)]

pub mod baresip;
pub mod kamailio;
pub mod linphone;
pub mod raw;
pub mod sipp;

use std::{
    net::{Ipv4Addr, UdpSocket},
    path::{Path, PathBuf},
};

use plugboard_bench::{
    phone::PhoneDesk,
    server::{Kind, Spec},
};
use plugboard_phone_media::{RATE, tone::Tone};
use serde_json::Value;
use tempfile::TempDir;

/// What callers say, in hertz.
pub const CALLER: f64 = 440.0;

/// What agents say.
pub const AGENT: f64 = 660.0;

/// The binary.
pub fn binary() -> PathBuf {
    if let Ok(path) = std::env::var("PLUGBOARD_BIN") {
        return path.into();
    }
    let own = std::env::current_exe().unwrap();
    let path = own.parent().unwrap().parent().unwrap().join("plugboard");
    assert!(
        path.exists(),
        "{} is missing: cargo build -p plugboard-server",
        path.display()
    );
    path
}

/// A desk with a phone inbox of these settings, and the directory that it is in.
pub async fn desk(settings: Value) -> (PhoneDesk, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    // Compiling a plugin takes a debug build many seconds: what one desk compiled is there for the next.
    let cache = binary().with_file_name("plugin-cache");
    let spec =
        Spec::new(Kind::Product, binary()).with("PLUGBOARD_PLUGIN_CACHE", &cache.to_string_lossy());
    let data = directory.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let desk = PhoneDesk::open(&spec, &data, settings).await.unwrap();
    (desk, directory)
}

/// How many rounds of what takes long: a part of `many` unless `PLUGBOARD_PHONE_MANY` is set.
pub fn rounds(few: usize, many: usize) -> usize {
    if std::env::var_os("PLUGBOARD_PHONE_MANY").is_some() {
        many
    } else {
        few
    }
}

/// A program, where Debian puts it.
pub fn find(name: &str) -> PathBuf {
    let folders = ["/usr/bin", "/usr/sbin"];
    let mut paths = folders.iter().map(|it| Path::new(it).join(name));
    let found = paths.find(|it| it.exists());
    found.unwrap_or_else(|| panic!("{name} is not installed: make setup-test"))
}

/// A port that nobody has now, for UDP and TCP.
pub fn free_port() -> u16 {
    loop {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = udp.local_addr().unwrap().port();
        // Even, so that a telephone finds the next one for its reports.
        if port.is_multiple_of(2)
            && std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
        {
            return port;
        }
    }
}

/// Writes a WAV file of half a minute of what callers say.
pub fn write_tone(path: &Path) {
    let samples: Vec<u8> = Tone::new(CALLER, 8_000)
        .take(30 * RATE as usize)
        .flat_map(i16::to_le_bytes)
        .collect();
    let length = u32::try_from(samples.len()).unwrap();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + length).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1_u16, 1].map(u16::to_le_bytes).concat());
    bytes.extend([RATE, 2 * RATE].map(u32::to_le_bytes).concat());
    bytes.extend([2_u16, 16].map(u16::to_le_bytes).concat());
    bytes.extend(b"data");
    bytes.extend(length.to_le_bytes());
    bytes.extend(samples);
    std::fs::write(path, bytes).unwrap();
}

/// The samples of a WAV file of one channel that may not be finished.
pub fn read_wav(path: &Path) -> Vec<i16> {
    let bytes = std::fs::read(path).unwrap();
    let sound = bytes.get(44..).unwrap_or_default();
    let samples = sound.chunks_exact(2);
    samples
        .map(|it| i16::from_le_bytes([it[0], it[1]]))
        .collect()
}
