//! Sound files (RIFF WAVE) that people bring: announcements and music. What is in one becomes telephone sound, once, when it is set
//! up; anything else that it could be is refused by name.
//!
//! What can be read: plain samples of 16 bits, A-law and µ-law, one channel or two, 8,000 to 48,000 samples a second.

use crate::{RATE, g711::Law, resample};

/// Longest announcement, in seconds.
pub const SECONDS_MAX: u32 = 180;

/// Largest file that is looked at: the longest announcement in two channels at the highest rate, and what editors add to it.
pub const BYTES_MAX: usize = 40 * 1_024 * 1_024;

/// Most samples a second of what can be read.
const RATE_MAX: u32 = 48_000;

/// Shortest announcement, in samples: what is shorter is no sound but a crack.
const SAMPLES_MIN: usize = 400;

/// Plain samples, A-law, µ-law, and "see further below".
const PLAIN: u16 = 1;
const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
const EXTENSIBLE: u16 = 0xFFFE;

/// Why a file cannot be played on a telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unplayable {
    /// It is something else.
    #[error("this is no WAV file")]
    NotWav,
    /// It ends before the sound does that it announces.
    #[error("the WAV file was cut off")]
    CutOff,
    /// Its sound is packed.
    #[error("the sound is in format {0}: save it as 16-bit PCM, A-law or \u{b5}-law")]
    Format(u16),
    /// Its samples have another size.
    #[error("samples have {0} bits: save it with 16")]
    Bits(u16),
    /// Its samples follow each other too slowly or too fast.
    #[error("it has {0} samples a second: 8000 to 48000 can be read")]
    Rate(u32),
    /// It has too many channels, or none.
    #[error("it has {0} channels: one or two can be read")]
    Channels(u16),
    /// It is longer than anybody listens.
    #[error("it is longer than {SECONDS_MAX} seconds")]
    TooLong,
    /// There is no sound in it.
    #[error("there is no sound in it")]
    NoSound,
}

/// How the sound of a file is written.
#[derive(Clone, Copy)]
struct Form {
    law: Option<Law>,
    channels: usize,
    rate: u32,
}

/// The sound of a file, as telephones hear it: [`RATE`] samples a second, one channel.
///
/// # Errors
/// What keeps it from being played, as a person who made it can mend it.
pub fn read(file: &[u8]) -> Result<Vec<i16>, Unplayable> {
    if file.len() > BYTES_MAX {
        return Err(Unplayable::TooLong);
    }
    let (form, sound) = parts(file)?;
    let bytes = form.channels * if form.law.is_some() { 1 } else { 2 };
    let moments = sound.len() / bytes;
    let second = usize::try_from(form.rate).unwrap_or(usize::MAX);
    if moments / second >= SECONDS_MAX as usize {
        return Err(Unplayable::TooLong);
    }
    let channels = i32::try_from(form.channels).unwrap_or(1);
    let mixed: Vec<i16> = sound
        .chunks_exact(bytes)
        .map(|moment| {
            let sum: i32 = match form.law {
                Some(law) => law.samples(moment).map(i32::from).sum(),
                None => moment.chunks_exact(2).map(plain).sum(),
            };
            crate::saturate(sum / channels)
        })
        .collect();
    let heard = resample::to_telephone(&mixed, form.rate);
    if heard.len() < SAMPLES_MIN {
        return Err(Unplayable::NoSound);
    }
    Ok(heard)
}

/// Telephone sound as a file: A-law, half as large as plain samples and no worse on a telephone.
pub fn a_law(samples: &[i16]) -> Vec<u8> {
    let sound = Law::A.payload(samples);
    let length = u32::try_from(sound.len()).unwrap_or(u32::MAX);
    let padded = length.saturating_add(length % 2);
    let mut file = Vec::with_capacity(sound.len() + 48);
    file.extend(b"RIFF");
    file.extend(padded.saturating_add(38).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(18_u32.to_le_bytes());
    file.extend(A_LAW.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(RATE.to_le_bytes());
    file.extend(RATE.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(8_u16.to_le_bytes());
    file.extend(0_u16.to_le_bytes());
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(sound);
    if length % 2 == 1 {
        file.push(0);
    }
    file
}

fn plain(sample: &[u8]) -> i32 {
    i32::from(i16::from_le_bytes([sample[0], sample[1]]))
}

/// The form of the sound in a file, and the sound.
fn parts(file: &[u8]) -> Result<(Form, &[u8]), Unplayable> {
    let mut rest = match (file.get(..4), file.get(8..12)) {
        (Some(b"RIFF"), Some(b"WAVE")) => &file[12..],
        _ => return Err(Unplayable::NotWav),
    };
    let mut form = None;
    loop {
        let Some((head, behind)) = rest.split_first_chunk::<8>() else {
            return Err(Unplayable::NoSound);
        };
        let [a, b, c, d, length @ ..] = *head;
        let told = u32::from_le_bytes(length);
        let length = usize::try_from(told).unwrap_or(usize::MAX);
        match &[a, b, c, d] {
            b"fmt " => form = Some(read_form(behind.get(..length).ok_or(Unplayable::CutOff)?)?),
            b"data" => {
                let form = form.ok_or(Unplayable::NotWav)?;
                // A file that was written as a stream says that it does not know its length.
                let sound = if told == u32::MAX {
                    Some(behind)
                } else {
                    behind.get(..length)
                };
                return Ok((form, sound.ok_or(Unplayable::CutOff)?));
            }
            _ => {}
        }
        // Each part begins at an even place.
        let next = length.saturating_add(length % 2);
        rest = behind.get(next..).ok_or(Unplayable::CutOff)?;
    }
}

fn read_form(form: &[u8]) -> Result<Form, Unplayable> {
    let short = |at: usize| {
        let bytes = form.get(at..at + 2).ok_or(Unplayable::NotWav)?;
        Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
    };
    let rate = u32::from(short(4)?) | u32::from(short(6)?) << 16;
    let (channels, bits) = (short(2)?, short(14)?);
    let format = match short(0)? {
        // The first two bytes of a name of sixteen.
        EXTENSIBLE => short(24)?,
        format => format,
    };
    let law = match format {
        PLAIN => None,
        A_LAW => Some(Law::A),
        MU_LAW => Some(Law::Mu),
        other => return Err(Unplayable::Format(other)),
    };
    if bits != if law.is_some() { 8 } else { 16 } {
        return Err(Unplayable::Bits(bits));
    }
    if !(1..=2).contains(&channels) {
        return Err(Unplayable::Channels(channels));
    }
    if !(RATE..=RATE_MAX).contains(&rate) {
        return Err(Unplayable::Rate(rate));
    }
    Ok(Form {
        law,
        channels: usize::from(channels),
        rate,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BYTES_MAX, Unplayable, a_law, read};
    use crate::{
        g711::Law,
        tone::{Tone, share},
    };

    /// A file of plain samples as people save them, with a part in between that nobody needs.
    fn file(format: u16, channels: u16, rate: u32, bits: u16, sound: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        file.extend(16_u32.to_le_bytes());
        file.extend(format.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend((rate * 2).to_le_bytes());
        file.extend(2_u16.to_le_bytes());
        file.extend(bits.to_le_bytes());
        file.extend(b"LIST\x03\0\0\0abc\0data");
        file.extend(u32::try_from(sound.len()).unwrap().to_le_bytes());
        file.extend(sound);
        file
    }

    fn bytes(samples: &[i16]) -> Vec<u8> {
        samples.iter().flat_map(|it| it.to_le_bytes()).collect()
    }

    #[test]
    fn what_people_record_is_heard_as_it_was_at_telephone_rate() {
        // A tone of 480 Hz at 48,000 samples is one of 80 Hz at 8,000, played six times as fast.
        for (rate, slower) in [(8_000, 480.0), (16_000, 240.0), (48_000, 80.0)] {
            let said: Vec<i16> = Tone::new(slower, 8_000).take(rate as usize / 2).collect();
            let both: Vec<i16> = said.iter().flat_map(|it| [*it, *it]).collect();
            for (channels, samples) in [(1, &said), (2, &both)] {
                let heard = read(&file(1, channels, rate, 16, &bytes(samples))).unwrap();
                assert_eq!(heard.len(), 4_000, "{rate}");
                assert!(share(&heard[400..3_600], 480.0) > 0.99, "{rate}");
            }
        }
    }

    #[test]
    fn telephone_sound_is_read_as_it_was_written() {
        let tone: Vec<i16> = Tone::new(500.0, 8_000).take(801).collect();
        let heard = read(&a_law(&tone)).unwrap();
        let same: Vec<i16> = tone
            .iter()
            .map(|it| Law::A.decode(Law::A.encode(*it)))
            .collect();
        assert_eq!(heard, same);
        assert_eq!(
            a_law(&heard),
            a_law(&tone),
            "what is telephone sound stays as it is"
        );
        let mu = file(7, 1, 8_000, 8, &Law::Mu.payload(&tone));
        assert!(share(&read(&mu).unwrap(), 500.0) > 0.99);
    }

    #[test]
    fn what_cannot_be_played_is_named() {
        let sound = bytes(&[100; 8_000]);
        let bad = |file: Vec<u8>| read(&file).unwrap_err();
        assert_eq!(bad(b"ID3 an mp3".to_vec()), Unplayable::NotWav);
        assert_eq!(bad(vec![]), Unplayable::NotWav);
        assert_eq!(bad(file(3, 1, 8_000, 32, &sound)), Unplayable::Format(3));
        assert_eq!(
            bad(file(0x55, 1, 8_000, 16, &sound)),
            Unplayable::Format(0x55)
        );
        assert_eq!(bad(file(1, 1, 8_000, 24, &sound)), Unplayable::Bits(24));
        assert_eq!(bad(file(6, 1, 8_000, 16, &sound)), Unplayable::Bits(16));
        assert_eq!(bad(file(1, 6, 8_000, 16, &sound)), Unplayable::Channels(6));
        assert_eq!(bad(file(1, 0, 8_000, 16, &sound)), Unplayable::Channels(0));
        assert_eq!(
            bad(file(1, 1, 96_000, 16, &sound)),
            Unplayable::Rate(96_000)
        );
        assert_eq!(bad(file(1, 1, 0, 16, &sound)), Unplayable::Rate(0));
        assert_eq!(bad(file(1, 1, 8_000, 16, &[])), Unplayable::NoSound);
        let mut cut = file(1, 1, 8_000, 16, &sound);
        cut.truncate(cut.len() - 100);
        assert_eq!(bad(cut), Unplayable::CutOff);
        let long = vec![0; 181 * 8_000];
        assert_eq!(bad(file(6, 1, 8_000, 8, &long)), Unplayable::TooLong);
        assert_eq!(bad(vec![0; BYTES_MAX + 1]), Unplayable::TooLong);
        let mut headless = file(1, 1, 8_000, 16, &sound);
        headless[12..16].copy_from_slice(b"junk");
        assert_eq!(bad(headless), Unplayable::NotWav);
    }

    #[test]
    fn a_file_that_was_written_as_a_stream_is_read_to_its_end() {
        let mut streamed = file(1, 1, 8_000, 16, &bytes(&[100; 8_000]));
        let at = streamed.len() - 16_004;
        streamed[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(read(&streamed).unwrap().len(), 8_000);
    }

    proptest! {
        #[test]
        fn anything_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = read(&bytes);
        }

        /// A real file with bytes of its head changed.
        #[test]
        fn a_hostile_head_harms_nobody(
            changes in proptest::collection::vec((0_usize..60, any::<u8>()), 1..8),
        ) {
            let mut file = file(1, 2, 44_100, 16, &[7; 4_000]);
            for (at, byte) in changes {
                file[at] = byte;
            }
            if let Ok(heard) = read(&file) {
                prop_assert!(heard.len() <= 4_100);
            }
        }
    }
}
