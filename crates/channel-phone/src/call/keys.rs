//! Keys that callers press. Some telephones tell each key twice: among the sound, and by a message beside it.

use std::time::Duration;

use tokio::time::Instant;

/// The same key that is told in the other way within this is the same press.
const BOTH_WAYS: Duration = Duration::from_millis(1_500);

/// How a key is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyBy {
    /// Among the sound (RFC 4733).
    Sound,
    /// By a message beside it (INFO).
    Message,
}

/// The last key that was pressed.
#[derive(Default)]
pub(super) struct Keys {
    last: Option<(char, KeyBy, Instant)>,
}

impl Keys {
    /// True when this is a key that was pressed now, and not one that was told before in the other way.
    pub(super) fn is_new(&mut self, key: char, by: KeyBy, now: Instant) -> bool {
        let again = self.last.is_some_and(|(last, how, at)| {
            last == key && how != by && now.duration_since(at) < BOTH_WAYS
        });
        if !again {
            self.last = Some((key, by, now));
        }
        !again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(told: &[(char, KeyBy, u64)]) -> String {
        let begun = Instant::now();
        let mut keys = Keys::default();
        told.iter()
            .filter(|(key, by, at)| keys.is_new(*key, *by, begun + Duration::from_millis(*at)))
            .map(|(key, ..)| *key)
            .collect()
    }

    #[test]
    fn a_key_that_is_told_both_ways_counts_once_and_one_that_is_pressed_twice_counts_twice() {
        use KeyBy::{Message as M, Sound as S};
        assert_eq!(pressed(&[('1', S, 0), ('1', M, 40)]), "1");
        assert_eq!(pressed(&[('1', M, 0), ('1', S, 40), ('2', M, 50)]), "12");
        assert_eq!(pressed(&[('1', S, 0), ('1', S, 300)]), "11");
        let twice = [('1', S, 0), ('1', M, 40), ('1', S, 400), ('1', M, 440)];
        assert_eq!(pressed(&twice), "11");
        assert_eq!(pressed(&[('1', S, 0), ('1', M, 1_600)]), "11");
    }
}
