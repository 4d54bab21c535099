//! Tones: making them, and measuring how much of one there is.

use std::f64::consts::TAU;

use crate::RATE;

/// A sine, from its beginning.
#[derive(Clone, Debug)]
pub struct Tone {
    step: f64,
    size: f64,
    at: u32,
}

impl Tone {
    /// A tone of this many hertz; `size` is its peak, at most 32,767.
    pub fn new(hertz: f64, size: i16) -> Self {
        Self {
            step: TAU * hertz / f64::from(RATE),
            size: f64::from(size),
            at: 0,
        }
    }

    /// As many milliseconds of it, with edges that do not crack.
    pub fn lasting(self, milliseconds: u32) -> Vec<i16> {
        let samples = milliseconds * (RATE / 1_000);
        let edge = f64::from((RATE / 200).min(samples / 2).max(1));
        let faded = |(at, sample): (u32, i16)| {
            let near = f64::from(at.min(samples - at));
            rounded(f64::from(sample) * (near / edge).min(1.0))
        };
        (0..samples).zip(self).map(faded).collect()
    }
}

impl Iterator for Tone {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        let sample = rounded(self.size * (self.step * f64::from(self.at)).sin());
        // After a second it stands where it began, for tones of whole hertz.
        self.at = (self.at + 1) % RATE;
        Some(sample)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "floats become the nearest integer that there is"
)]
pub(crate) fn rounded(sample: f64) -> i16 {
    sample.round() as i16
}

/// Which share of the energy of some samples is in a tone: 0 for none to 1 for nothing else (Goertzel's filter).
pub fn share(samples: &[i16], hertz: f64) -> f64 {
    let turn = 2.0 * (TAU * hertz / f64::from(RATE)).cos();
    let (mut one, mut two, mut energy) = (0.0_f64, 0.0_f64, 0.0_f64);
    let mut count = 0_u32;
    for sample in samples {
        let sample = f64::from(*sample);
        energy += sample * sample;
        let now = sample + turn * one - two;
        (two, one) = (one, now);
        count += 1;
    }
    if energy == 0.0 {
        return 0.0;
    }
    let found = one * one + two * two - turn * one * two;
    (2.0 * found / (f64::from(count) * energy)).min(1.0)
}

/// How loud some samples are: the root of the mean of their squares.
pub fn loudness(samples: &[i16]) -> f64 {
    let mut energy = 0.0;
    let mut count = 0_u32;
    for sample in samples {
        energy += f64::from(*sample) * f64::from(*sample);
        count += 1;
    }
    if count == 0 {
        return 0.0;
    }
    (energy / f64::from(count)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::{Tone, loudness, share};
    use crate::g711::Law;

    #[test]
    fn a_tone_is_found_in_what_a_telephone_makes_of_it_and_no_other_is() {
        let tone: Vec<i16> = Tone::new(440.0, 8_000).take(4_000).collect();
        for law in [Law::Mu, Law::A] {
            let heard: Vec<i16> = law.samples(&law.payload(&tone)).collect();
            assert!(share(&heard, 440.0) > 0.99, "{law:?}");
            assert!(share(&heard, 660.0) < 0.01, "{law:?}");
        }
        assert!((loudness(&tone) - 5_657.0).abs() < 5.0);
    }

    #[test]
    fn silence_has_no_tone_and_no_loudness() {
        assert!(share(&[0; 800], 440.0) == 0.0 && loudness(&[0; 800]) == 0.0);
        assert!(share(&[], 440.0) == 0.0 && loudness(&[]) == 0.0);
    }

    #[test]
    fn a_beep_begins_and_ends_quietly() {
        let beep = Tone::new(1_000.0, 20_000).lasting(200);
        assert_eq!(beep.len(), 1_600);
        assert_eq!(beep[0], 0);
        assert!(beep[1_599].unsigned_abs() < 1_000);
        assert!(loudness(&beep[400..1_200]) > 13_000.0);
        assert_eq!(Tone::new(1_000.0, 20_000).lasting(0), [0_i16; 0]);
    }
}
