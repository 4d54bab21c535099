//! Announcements of our own, in Chinese and English: phrases and numerals as telephone sound, and the rules by which a number and
//! a place in a queue are put together of them.
//!
//! The sound is made by `scripts/voices.sh`, with espeak-ng.

use crate::{RATE, wav};

/// What is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Mandarin.
    #[default]
    Zh,
    /// English.
    En,
}

/// Something that is said in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phrase {
    /// This call is recorded.
    Consent,
    /// Please hold.
    Wait,
    /// Everybody is busy.
    Busy,
    /// Nobody works now.
    Closed,
    /// Leave a message after the tone.
    Voicemail,
    /// Press a key.
    Menu,
    /// That key leads nowhere.
    MenuAgain,
    /// You are called back.
    Callback,
    /// Goodbye.
    Goodbye,
    /// You are the next.
    Next,
    /// Before a place: 您前面还有, "You are number".
    Place,
    /// Behind it: 位, "in the queue".
    Queue,
    /// Before a time: 预计等待, "Please expect to wait".
    Expect,
    /// Behind one minute.
    Minute,
    /// Behind several.
    Minutes,
}

/// A word of an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// A phrase.
    Phrase(Phrase),
    /// A numeral: 1 to 10 in Chinese, 1 to 20 and whole tens in English.
    Numeral(u8),
    /// 两: two of something, in Chinese.
    Both,
}

/// Highest number that is said.
pub const NUMBER_MAX: u32 = 99;

/// A number of things, 1 to [`NUMBER_MAX`], as its words; nothing for another one.
pub fn number(language: Language, number: u32) -> Vec<Word> {
    let Ok(number) = u8::try_from(number) else {
        return Vec::new();
    };
    if number == 0 || u32::from(number) > NUMBER_MAX {
        return Vec::new();
    }
    let (tens, ones) = (number / 10, number % 10);
    let mut words = Vec::new();
    match language {
        // 两位, but 十二位 and 二十位.
        Language::Zh if number == 2 => words.push(Word::Both),
        Language::Zh => {
            if tens > 1 {
                words.push(Word::Numeral(tens));
            }
            if tens > 0 {
                words.push(Word::Numeral(10));
            }
            if ones > 0 {
                words.push(Word::Numeral(ones));
            }
        }
        Language::En if number < 20 => words.push(Word::Numeral(number)),
        Language::En => {
            words.push(Word::Numeral(tens * 10));
            if ones > 0 {
                words.push(Word::Numeral(ones));
            }
        }
    }
    words
}

/// Where a caller stands in a queue, from 1, and how many minutes they are likely to wait yet, as far as either is known. What
/// cannot be said in a number up to [`NUMBER_MAX`] is left out.
pub fn queue(language: Language, place: Option<u32>, minutes: Option<u32>) -> Vec<Word> {
    let phrase = Word::Phrase;
    let mut words = Vec::new();
    // In Chinese it is told how many are before the caller, in English the caller's own place.
    let told = match language {
        Language::Zh => place.map(|it| it.saturating_sub(1)),
        Language::En => place,
    };
    match (place, told.map(|it| number(language, it))) {
        (Some(0 | 1), _) => words.push(phrase(Phrase::Next)),
        (_, Some(number)) if !number.is_empty() => {
            words.push(phrase(Phrase::Place));
            words.extend(number);
            words.push(phrase(Phrase::Queue));
        }
        _ => {}
    }
    let number = minutes.map(|it| number(language, it)).unwrap_or_default();
    if !number.is_empty() {
        words.push(phrase(Phrase::Expect));
        words.extend(number);
        words.push(phrase(match (language, minutes) {
            (Language::En, Some(1)) => Phrase::Minute,
            _ => Phrase::Minutes,
        }));
    }
    words
}

/// The sound of some words, with a short rest behind each phrase that ends a sentence.
pub fn sound(language: Language, words: &[Word]) -> Vec<i16> {
    let rest = RATE as usize / 5;
    let mut sound = Vec::new();
    for word in words {
        // What is built in can be read: the test of this module does.
        sound.extend(wav::read(file(language, *word)).unwrap_or_default());
        if !matches!(
            word,
            Word::Numeral(_) | Word::Both | Word::Phrase(Phrase::Place | Phrase::Expect)
        ) {
            sound.resize(sound.len() + rest, 0);
        }
    }
    sound
}

/// One phrase.
pub fn phrase(language: Language, phrase: Phrase) -> Vec<i16> {
    sound(language, &[Word::Phrase(phrase)])
}

macro_rules! voice {
    ($path:literal) => {
        include_bytes!(concat!("../voices/", $path, ".wav"))
    };
}

fn file(language: Language, word: Word) -> &'static [u8] {
    match language {
        Language::Zh => chinese(word),
        Language::En => english(word),
    }
}

fn chinese(word: Word) -> &'static [u8] {
    match word {
        Word::Phrase(phrase) => match phrase {
            Phrase::Consent => voice!("zh/consent"),
            Phrase::Wait => voice!("zh/wait"),
            Phrase::Busy => voice!("zh/busy"),
            Phrase::Closed => voice!("zh/closed"),
            Phrase::Voicemail => voice!("zh/voicemail"),
            Phrase::Menu => voice!("zh/menu"),
            Phrase::MenuAgain => voice!("zh/menu_again"),
            Phrase::Callback => voice!("zh/callback"),
            Phrase::Goodbye => voice!("zh/goodbye"),
            Phrase::Next => voice!("zh/next"),
            Phrase::Place => voice!("zh/ahead"),
            Phrase::Queue => voice!("zh/people"),
            Phrase::Expect => voice!("zh/expect"),
            Phrase::Minute | Phrase::Minutes => voice!("zh/minutes"),
        },
        Word::Both => voice!("zh/both"),
        Word::Numeral(number) => match number {
            1 => voice!("zh/1"),
            2 => voice!("zh/2"),
            3 => voice!("zh/3"),
            4 => voice!("zh/4"),
            5 => voice!("zh/5"),
            6 => voice!("zh/6"),
            7 => voice!("zh/7"),
            8 => voice!("zh/8"),
            9 => voice!("zh/9"),
            10 => voice!("zh/10"),
            _ => &[],
        },
    }
}

fn english(word: Word) -> &'static [u8] {
    match word {
        Word::Phrase(phrase) => match phrase {
            Phrase::Consent => voice!("en/consent"),
            Phrase::Wait => voice!("en/wait"),
            Phrase::Busy => voice!("en/busy"),
            Phrase::Closed => voice!("en/closed"),
            Phrase::Voicemail => voice!("en/voicemail"),
            Phrase::Menu => voice!("en/menu"),
            Phrase::MenuAgain => voice!("en/menu_again"),
            Phrase::Callback => voice!("en/callback"),
            Phrase::Goodbye => voice!("en/goodbye"),
            Phrase::Next => voice!("en/next"),
            Phrase::Place => voice!("en/place"),
            Phrase::Queue => voice!("en/queue"),
            Phrase::Expect => voice!("en/expect"),
            Phrase::Minute => voice!("en/minute"),
            Phrase::Minutes => voice!("en/minutes"),
        },
        // English has no word of its own for it.
        Word::Both => voice!("en/2"),
        Word::Numeral(number) => numeral(number),
    }
}

fn numeral(number: u8) -> &'static [u8] {
    match number {
        1 => voice!("en/1"),
        2 => voice!("en/2"),
        3 => voice!("en/3"),
        4 => voice!("en/4"),
        5 => voice!("en/5"),
        6 => voice!("en/6"),
        7 => voice!("en/7"),
        8 => voice!("en/8"),
        9 => voice!("en/9"),
        10 => voice!("en/10"),
        11 => voice!("en/11"),
        12 => voice!("en/12"),
        13 => voice!("en/13"),
        14 => voice!("en/14"),
        15 => voice!("en/15"),
        16 => voice!("en/16"),
        17 => voice!("en/17"),
        18 => voice!("en/18"),
        19 => voice!("en/19"),
        20 => voice!("en/20"),
        30 => voice!("en/30"),
        40 => voice!("en/40"),
        50 => voice!("en/50"),
        60 => voice!("en/60"),
        70 => voice!("en/70"),
        80 => voice!("en/80"),
        90 => voice!("en/90"),
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::{Language, NUMBER_MAX, Phrase, Word, file, number, phrase, queue};
    use crate::{RATE, tone::loudness, wav};

    const PHRASES: [Phrase; 15] = [
        Phrase::Consent,
        Phrase::Wait,
        Phrase::Busy,
        Phrase::Closed,
        Phrase::Voicemail,
        Phrase::Menu,
        Phrase::MenuAgain,
        Phrase::Callback,
        Phrase::Goodbye,
        Phrase::Next,
        Phrase::Place,
        Phrase::Queue,
        Phrase::Expect,
        Phrase::Minute,
        Phrase::Minutes,
    ];

    /// Every word that can be said.
    fn words(language: Language) -> HashSet<Word> {
        let numbers = (1..=NUMBER_MAX).flat_map(|it| number(language, it));
        numbers.chain(PHRASES.map(Word::Phrase)).collect()
    }

    #[test]
    fn every_word_is_there_loud_enough_and_as_long_as_a_word() {
        let (mut bytes, mut texts) = (0, HashSet::new());
        for language in [Language::Zh, Language::En] {
            for word in words(language) {
                let file = file(language, word);
                let sound = wav::read(file).unwrap();
                let millis = sound.len() / 8;
                let longest = match word {
                    Word::Phrase(_) => 4_000,
                    Word::Numeral(_) | Word::Both => 900,
                };
                assert!((150..longest).contains(&millis), "{word:?}: {millis} ms");
                let loud = loudness(&sound);
                assert!((1_500.0..12_000.0).contains(&loud), "{word:?}: {loud}");
                // It begins at once and is not cut off: what is heard lies within, and fades at the end.
                assert!(
                    loudness(&sound[..1_600.min(sound.len())]) > 200.0,
                    "{word:?}"
                );
                let end = &sound[sound.len() - 240..];
                assert!(loudness(end) < 400.0, "{word:?} is cut off");
                // 分钟 is one word, whatever the number.
                if texts.insert(file) {
                    bytes += file.len();
                }
            }
        }
        assert!(bytes < 700 * 1_024, "{bytes}");
        assert_eq!(
            texts.len(),
            11 + 14 + 27 + 15,
            "no two words are the same file"
        );
    }

    #[test]
    fn two_of_something_is_liang_and_no_other_number_is() {
        use Word::{Both, Numeral as N};
        let zh = |it| number(Language::Zh, it);
        assert_eq!(zh(1), [N(1)]);
        assert_eq!(zh(2), [Both]);
        assert_eq!(zh(10), [N(10)]);
        assert_eq!(zh(12), [N(10), N(2)]);
        assert_eq!(zh(20), [N(2), N(10)]);
        assert_eq!(zh(99), [N(9), N(10), N(9)]);
        let en = |it| number(Language::En, it);
        assert_eq!(en(12), [N(12)]);
        assert_eq!(en(20), [N(20)]);
        assert_eq!(en(42), [N(40), N(2)]);
        for language in [Language::Zh, Language::En] {
            assert!(number(language, 0).is_empty() && number(language, 100).is_empty());
            assert!(number(language, u32::MAX).is_empty());
        }
    }

    #[test]
    fn a_place_is_told_the_way_the_language_tells_it() {
        use Word::{Both, Numeral as N, Phrase as P};
        let zh = queue(Language::Zh, Some(4), Some(2));
        let minutes = [P(Phrase::Expect), Both, P(Phrase::Minutes)];
        assert_eq!(zh[..3], [P(Phrase::Place), N(3), P(Phrase::Queue)]);
        assert_eq!(zh[3..], minutes);
        let en = queue(Language::En, Some(3), Some(1));
        assert_eq!(en[..3], [P(Phrase::Place), N(3), P(Phrase::Queue)]);
        assert_eq!(en[3..], [P(Phrase::Expect), N(1), P(Phrase::Minute)]);
        for language in [Language::Zh, Language::En] {
            assert_eq!(queue(language, Some(1), None), [P(Phrase::Next)]);
            assert!(queue(language, None, None).is_empty());
            assert!(queue(language, Some(500), Some(0)).is_empty());
        }
    }

    #[test]
    fn sentences_are_followed_by_a_rest() {
        let alone = wav::read(file(Language::En, Word::Phrase(Phrase::Wait))).unwrap();
        let said = phrase(Language::En, Phrase::Wait);
        assert_eq!(said.len(), alone.len() + RATE as usize / 5);
    }

    /// What a listener understands.
    fn understood(words: &[Word]) -> u32 {
        let mut number = 0;
        for word in words {
            match word {
                Word::Both => number += 2,
                Word::Numeral(10) if number > 0 => number *= 10,
                Word::Numeral(it) => number += u32::from(*it),
                Word::Phrase(_) => {}
            }
        }
        number
    }

    proptest! {
        #[test]
        fn a_number_is_understood_as_it_was_meant(told in 1..=NUMBER_MAX) {
            for language in [Language::Zh, Language::En] {
                let words = number(language, told);
                prop_assert_eq!(understood(&words), told);
                prop_assert!(words.iter().all(|it| !file(language, *it).is_empty()));
                prop_assert_eq!(words.contains(&Word::Both), language == Language::Zh && told == 2);
            }
        }
    }
}
