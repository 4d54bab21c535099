//! Several voices at once: each hears all others and never itself.

use crate::saturate;

/// What each of some voices hears: the sum of the others. A voice that is shorter than the longest is silent at its end.
pub fn without_own(voices: &[&[i16]]) -> Vec<Vec<i16>> {
    let longest = voices.iter().map(|voice| voice.len()).max().unwrap_or(0);
    let mut sum = vec![0_i32; longest];
    for voice in voices {
        for (total, sample) in sum.iter_mut().zip(*voice) {
            *total += i32::from(*sample);
        }
    }
    let heard = |voice: &&[i16]| {
        let own = voice.iter().copied().chain(std::iter::repeat(0));
        let all = sum.iter().zip(own);
        all.map(|(total, own)| saturate(total - i32::from(own)))
            .collect()
    };
    voices.iter().map(heard).collect()
}

/// All voices together.
pub fn together(voices: &[&[i16]]) -> Vec<i16> {
    let longest = voices.iter().map(|voice| voice.len()).max().unwrap_or(0);
    let at = |at: usize| {
        let said = voices.iter().filter_map(|voice| voice.get(at));
        saturate(said.map(|sample| i32::from(*sample)).sum())
    };
    (0..longest).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::{together, without_own};

    #[test]
    fn everybody_hears_the_others_and_not_themselves() {
        let heard = without_own(&[&[100, 100], &[20, 20], &[3]]);
        assert_eq!(heard, [vec![23, 20], vec![103, 100], vec![120, 120]]);
        assert_eq!(together(&[&[100, 100], &[20, 20], &[3]]), [123, 120]);
    }

    #[test]
    fn what_is_too_loud_is_as_loud_as_can_be() {
        let loud = [30_000_i16; 2];
        assert_eq!(together(&[&loud, &loud]), [i16::MAX; 2]);
        let low = [-30_000_i16; 2];
        assert_eq!(without_own(&[&low, &low, &loud])[2], [i16::MIN; 2]);
    }

    #[test]
    fn nobody_is_silence() {
        assert_eq!(together(&[]), [0_i16; 0]);
        assert_eq!(without_own(&[]), Vec::<Vec<i16>>::new());
        assert_eq!(without_own(&[&[5]]), [vec![0]]);
    }
}
