//! What ends of calls say and hear.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};

use plugboard_phone_media::{FRAME, RATE, g711::Law, tone::Tone};

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Says {
    /// A tone of so many hertz.
    Tone(f64),
    /// Packets that tell their number and when they left, counted from a moment that both ends know. They arrive as they are only where
    /// both speak one law and nobody mixes.
    Stamps(Instant),
    /// Nothing: not a packet.
    Nothing,
}

/// The beginning of a payload that is a stamp: loud and wild, as no tone is.
const MARK: [u8; 4] = [0x2A, 0xD5, 0x2B, 0xD4];

/// Seconds of sound that are kept.
const SECONDS_MAX: usize = 60;

pub(crate) struct Mouth {
    says: Says,
    tone: Tone,
    count: u32,
    /// Whose stamps they are.
    pub(crate) voice: u32,
}

impl Mouth {
    pub(crate) fn new(says: Says) -> Self {
        let hertz = match says {
            Says::Tone(hertz) => hertz,
            Says::Stamps(_) | Says::Nothing => 400.0,
        };
        Self {
            says,
            tone: Tone::new(hertz, 8_000),
            count: 0,
            voice: getrandom::u32().unwrap(),
        }
    }

    /// The next 20 ms; nothing when nothing is said.
    pub(crate) fn frame(&mut self, law: Law) -> Option<Vec<u8>> {
        match self.says {
            Says::Nothing => None,
            Says::Tone(_) => {
                let samples: Vec<i16> = self.tone.by_ref().take(FRAME).collect();
                Some(law.payload(&samples))
            }
            Says::Stamps(epoch) => {
                let mut payload = vec![0x55; FRAME];
                payload[..4].copy_from_slice(&MARK);
                payload[4..8].copy_from_slice(&self.count.to_be_bytes());
                payload[8..16].copy_from_slice(&micros(epoch).to_be_bytes());
                payload[16..20].copy_from_slice(&self.voice.to_be_bytes());
                self.count += 1;
                Some(payload)
            }
        }
    }
}

fn micros(epoch: Instant) -> u64 {
    u64::try_from(epoch.elapsed().as_micros()).unwrap()
}

/// What is heard. Clones hear the same.
#[derive(Clone)]
pub struct Ear(Arc<Mutex<Heard>>);

struct Heard {
    epoch: Option<Instant>,
    samples: Vec<i16>,
    stamps: Stamps,
}

/// Packets that told when they left.
#[derive(Clone, Debug, Default)]
pub struct Stamps {
    /// How long each was under way, in microseconds.
    pub delays: Vec<u32>,
    /// The number of the first and of the last that was heard.
    pub first: u32,
    /// See `first`.
    pub last: u32,
    /// When the first was heard.
    pub since: Option<Instant>,
    /// Whose the first was.
    pub voice: u32,
}

impl Stamps {
    /// Those that never came, of those between the first and the last.
    pub fn lost(&self) -> u64 {
        let sent = u64::from(self.last.wrapping_sub(self.first)) + 1;
        sent.saturating_sub(self.delays.len() as u64)
    }
}

impl Ear {
    pub(crate) fn new(says: Says) -> Self {
        let epoch = match says {
            Says::Stamps(epoch) => Some(epoch),
            Says::Tone(_) | Says::Nothing => None,
        };
        Self(Arc::new(Mutex::new(Heard {
            epoch,
            samples: Vec::new(),
            stamps: Stamps::default(),
        })))
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap()
    }

    pub(crate) fn hear(&self, law: Law, payload: &[u8]) {
        let mut heard = self.heard();
        let Some(epoch) = heard.epoch else {
            if heard.samples.len() < SECONDS_MAX * RATE as usize {
                heard.samples.extend(law.samples(payload));
            }
            return;
        };
        if payload.len() < 20 || payload[..4] != MARK {
            return;
        }
        let number = u32::from_be_bytes(payload[4..8].try_into().unwrap());
        let left = u64::from_be_bytes(payload[8..16].try_into().unwrap());
        let delay = micros(epoch).saturating_sub(left);
        let stamps = &mut heard.stamps;
        if stamps.since.is_none() {
            stamps.since = Some(Instant::now());
            stamps.first = number;
            stamps.voice = u32::from_be_bytes(payload[16..20].try_into().unwrap());
        }
        stamps.last = stamps.last.max(number);
        stamps.delays.push(u32::try_from(delay).unwrap_or(u32::MAX));
    }

    /// What is heard from now on, for a second.
    pub async fn hears(&self) -> Vec<i16> {
        self.heard().samples.clear();
        crate::until("a second of sound", || async {
            let heard = self.heard();
            (heard.samples.len() >= RATE as usize).then(|| heard.samples.clone())
        })
        .await
    }

    /// Waits until this sound was heard, wherever it is in what was heard so far.
    pub async fn has_heard(&self, sound: &[i16]) {
        // The middle of it: a beginning may be lost while the line is latched.
        let said = Law::A.payload(&sound[sound.len() / 2..][..sound.len() / 4]);
        let middle: Vec<i16> = Law::A.samples(&said).collect();
        crate::until("the sound that was expected", || async {
            let heard = self.heard();
            let found = heard.samples.windows(middle.len()).any(|it| it == middle);
            found.then_some(())
        })
        .await;
    }

    /// How much was heard since it was asked last, in samples.
    pub fn count(&self) -> usize {
        std::mem::take(&mut self.heard().samples).len()
    }

    /// When the first stamp was heard since they were taken last.
    pub fn since(&self) -> Option<Instant> {
        self.heard().stamps.since
    }

    /// Whose that was.
    pub fn voice(&self) -> Option<u32> {
        let heard = self.heard();
        heard.stamps.since.map(|_| heard.stamps.voice)
    }

    /// True when something loud was heard since it was counted last.
    pub fn is_loud(&self) -> bool {
        let heard = self.heard();
        heard.samples.iter().any(|it| it.unsigned_abs() > 500)
    }

    /// The stamps that were heard since they were taken last.
    pub fn stamps(&self) -> Stamps {
        std::mem::take(&mut self.heard().stamps)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use plugboard_phone_media::g711::Law;

    use super::{Ear, Mouth, Says};

    #[test]
    fn what_is_lost_on_the_way_is_counted_and_what_is_no_stamp_is_not() {
        let says = Says::Stamps(Instant::now());
        let (mut mouth, ear) = (Mouth::new(says), Ear::new(says));
        ear.hear(Law::A, &[0x55; 160]);
        for at in 0..10 {
            let frame = mouth.frame(Law::A).unwrap();
            if ![0, 4, 5].contains(&at) {
                ear.hear(Law::A, &frame);
            }
        }
        let stamps = ear.stamps();
        assert_eq!((stamps.first, stamps.last), (1, 9));
        assert_eq!((stamps.delays.len(), stamps.lost()), (7, 2));
        assert!(ear.since().is_none());
    }
}
