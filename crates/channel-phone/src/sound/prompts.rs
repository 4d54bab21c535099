//! What callers hear besides words: made of tones, so that it belongs to nobody and is in no language.

use std::sync::{Arc, LazyLock};

use plugboard_phone_media::tone::Tone;

/// Loud enough to be heard, quiet enough to wait with.
const SIZE: i16 = 5_000;

/// Music for who waits: sixteen notes, over and over.
pub fn music() -> Arc<[i16]> {
    static MUSIC: LazyLock<Arc<[i16]>> = LazyLock::new(|| {
        // A slow walk through four chords, in hertz.
        let notes = [
            262.0, 330.0, 392.0, 523.0, 220.0, 262.0, 330.0, 440.0, 175.0, 220.0, 262.0, 349.0,
            196.0, 247.0, 294.0, 392.0,
        ];
        notes
            .iter()
            .flat_map(|hertz| Tone::new(*hertz, SIZE).lasting(600))
            .collect()
    });
    MUSIC.clone()
}

/// Speak now: what answering machines everywhere sound like.
pub fn beep() -> Arc<[i16]> {
    sounds(&[(0.0, 300), (1_000.0, 400)])
}

/// What an agent hears while it rings elsewhere: as networks in China do, a second in five.
pub fn ringing() -> Arc<[i16]> {
    sounds(&[(450.0, 1_000), (0.0, 4_000)])
}

fn sounds(parts: &[(f64, u32)]) -> Arc<[i16]> {
    let part = |(hertz, milliseconds): &(f64, u32)| {
        let size = if *hertz > 0.0 { SIZE } else { 0 };
        Tone::new(*hertz, size).lasting(*milliseconds)
    };
    parts.iter().flat_map(part).collect()
}

#[cfg(test)]
mod tests {
    use plugboard_phone_media::tone::{loudness, share};

    use super::{beep, music};

    #[test]
    fn music_is_heard_throughout_and_a_beep_is_one_tone() {
        for part in music().chunks(4_800) {
            assert!(loudness(part) > 1_000.0);
        }
        assert!(share(&beep()[2_400..], 1_000.0) > 0.9);
    }
}
