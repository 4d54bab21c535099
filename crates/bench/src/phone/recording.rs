//! What a recording has in it.

use anyhow::{Result, ensure};
use plugboard_phone_media::{
    RATE,
    tone::{loudness, share},
};

/// Bytes before the sound.
const HEAD: usize = 44;

/// A recording, as it is played.
pub struct Recording {
    /// What the contact said.
    pub caller: Vec<i16>,
    /// What they heard.
    pub desk: Vec<i16>,
}

impl Recording {
    /// Reads a WAV file of two channels.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        ensure!(bytes.len() >= HEAD && &bytes[..4] == b"RIFF", "no WAV file");
        let (mut caller, mut desk) = (Vec::new(), Vec::new());
        for moment in bytes[HEAD..].chunks_exact(4) {
            caller.push(i16::from_le_bytes([moment[0], moment[1]]));
            desk.push(i16::from_le_bytes([moment[2], moment[3]]));
        }
        Ok(Self { caller, desk })
    }

    /// How long it is.
    pub fn millis(&self) -> u64 {
        self.caller.len() as u64 * 1_000 / u64::from(RATE)
    }
}

/// In how many of the seconds of some sound there is this tone and nothing else.
pub fn seconds_of(samples: &[i16], hertz: f64) -> usize {
    let seconds = samples.chunks_exact(RATE as usize);
    seconds
        .filter(|it| loudness(it) > 1_000.0 && share(it, hertz) > 0.9)
        .count()
}
