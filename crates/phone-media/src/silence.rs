//! When a voicemail is over: the caller says nothing more, or has said enough.

use crate::{RATE, tone::loudness};

/// Quieter than this is silence: noise of a line, about 40 dB below a voice.
const QUIET: f64 = 200.0;

/// Why a voicemail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was said for a while.
    Silent,
    /// It is as long as it may be.
    Full,
}

/// Follows what a caller leaves.
#[derive(Clone, Debug)]
pub struct Voicemail {
    silence_max: u64,
    length_max: u64,
    silent: u64,
    length: u64,
    spoken: u64,
}

impl Voicemail {
    /// Ends after so many seconds of silence, or at so many seconds of length.
    pub fn new(silence_secs: u32, length_secs: u32) -> Self {
        Self {
            silence_max: u64::from(silence_secs) * u64::from(RATE),
            length_max: u64::from(length_secs) * u64::from(RATE),
            silent: 0,
            length: 0,
            spoken: 0,
        }
    }

    /// Takes a stretch of the caller's sound in; why it is over, when it is.
    pub fn hear(&mut self, samples: &[i16]) -> Option<Ended> {
        let count = samples.len() as u64;
        self.length += count;
        if loudness(samples) < QUIET {
            self.silent += count;
        } else {
            self.silent = 0;
            self.spoken += count;
        }
        if self.length >= self.length_max {
            Some(Ended::Full)
        } else if self.silent >= self.silence_max {
            Some(Ended::Silent)
        } else {
            None
        }
    }

    /// True when somebody spoke for half a second at least: what is less is a call that was missed, not a message.
    pub fn is_message(&self) -> bool {
        self.spoken >= u64::from(RATE) / 2
    }
}

#[cfg(test)]
mod tests {
    use super::{Ended, Voicemail};
    use crate::{FRAME, tone::Tone};

    fn frames(voicemail: &mut Voicemail, sound: &[i16], seconds: usize) -> Option<Ended> {
        (0..seconds * 50).find_map(|_| voicemail.hear(sound))
    }

    #[test]
    fn it_ends_when_nothing_more_is_said() {
        let voice: Vec<i16> = Tone::new(300.0, 4_000).take(FRAME).collect();
        let mut voicemail = Voicemail::new(3, 120);
        assert_eq!(frames(&mut voicemail, &voice, 10), None);
        assert_eq!(frames(&mut voicemail, &[20; FRAME], 2), None);
        assert_eq!(frames(&mut voicemail, &voice, 1), None);
        assert_eq!(frames(&mut voicemail, &[20; FRAME], 4), Some(Ended::Silent));
        assert!(voicemail.is_message());
    }

    #[test]
    fn it_ends_at_its_length_and_silence_alone_is_no_message() {
        let voice: Vec<i16> = Tone::new(300.0, 4_000).take(FRAME).collect();
        assert_eq!(
            frames(&mut Voicemail::new(3, 5), &voice, 6),
            Some(Ended::Full)
        );
        let mut voicemail = Voicemail::new(3, 120);
        assert_eq!(frames(&mut voicemail, &[0; FRAME], 4), Some(Ended::Silent));
        assert!(!voicemail.is_message());
    }
}
