//! Sound of other rates as telephone sound. What a telephone cannot carry is taken away first, or it would be heard as something
//! else: a sinc through a Blackman window, flat to 3.3 kHz and gone at 4 kHz.

use std::f64::consts::{PI, TAU};

use crate::{RATE, tone::rounded};

/// How far the filter looks to each side, in samples of the telephone: with it the window falls within 700 Hz.
const REACH: usize = 32;

/// Half of what is left, in hertz.
const CUT: f64 = 3_650.0;

/// Samples that came so many a second, as [`RATE`] a second. `rate` is not less.
pub fn to_telephone(samples: &[i16], rate: u32) -> Vec<i16> {
    if rate <= RATE || samples.is_empty() {
        return samples.to_vec();
    }
    let common = divisor(rate, RATE);
    let (step, phases) = (rate / common, RATE / common);
    let filters: Vec<Vec<f64>> = (0..phases)
        .map(|phase| filter(rate, f64::from(phase) / f64::from(phases)))
        .collect();
    let (step, phases) = (step as usize, phases as usize);
    let reach = reach(rate);
    let count = samples.len() * phases / step;
    (0..count)
        .map(|at| {
            let (middle, phase) = (at * step / phases, at * step % phases);
            let sum: f64 = filters[phase]
                .iter()
                .enumerate()
                .filter_map(|(tap, weight)| {
                    // Tap 0 is `reach` samples before the middle.
                    let place = (middle + tap).checked_sub(reach)?;
                    Some(weight * f64::from(*samples.get(place)?))
                })
                .sum();
            rounded(sum)
        })
        .collect()
}

/// How far the filter looks to each side, in samples of this rate.
fn reach(rate: u32) -> usize {
    REACH * rate as usize / RATE as usize
}

/// The weights for a sample that lies `between` one and the next, 0 to 1. Their sum is one: what is loud stays as loud.
fn filter(rate: u32, between: f64) -> Vec<f64> {
    let reach = i32::try_from(reach(rate)).unwrap_or(i32::MAX);
    let width = f64::from(reach) + 1.0;
    let turn = 2.0 * CUT / f64::from(rate);
    let weights: Vec<f64> = (-reach..=reach)
        .map(|tap| {
            let away = f64::from(tap) - between;
            let wave = if away.abs() < 1e-9 {
                turn
            } else {
                (PI * turn * away).sin() / (PI * away)
            };
            let angle = TAU * (away / (2.0 * width) + 0.5);
            wave * (0.42 - 0.5 * angle.cos() + 0.08 * (2.0 * angle).cos())
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|it| it / sum).collect()
}

fn divisor(one: u32, two: u32) -> u32 {
    if two == 0 {
        one
    } else {
        divisor(two, one % two)
    }
}

#[cfg(test)]
mod tests {
    use super::to_telephone;
    use crate::tone::{loudness, share};

    /// Half a second.
    fn tone(hertz: f64, rate: u32) -> Vec<i16> {
        let step = std::f64::consts::TAU * hertz / f64::from(rate);
        (0..rate / 2)
            .map(|at| crate::tone::rounded(8_000.0 * (step * f64::from(at)).sin()))
            .collect()
    }

    #[test]
    fn what_a_telephone_carries_stays_as_loud_and_what_it_cannot_is_gone() {
        for rate in [11_025, 16_000, 22_050, 44_100, 48_000] {
            for hertz in [300.0, 1_000.0, 3_000.0] {
                let heard = to_telephone(&tone(hertz, rate), rate);
                assert!(heard.len().abs_diff(4_000) <= 1);
                let middle = &heard[500..3_500];
                assert!(share(middle, hertz) > 0.99, "{hertz} Hz at {rate}");
                let loud = loudness(middle);
                assert!(
                    (5_400.0..5_900.0).contains(&loud),
                    "{loud} at {hertz} Hz, {rate}"
                );
            }
            // What would come back as another tone.
            for hertz in [4_200.0, 5_000.0] {
                let heard = to_telephone(&tone(hertz, rate), rate);
                let loud = loudness(&heard[500..3_500]);
                assert!(loud < 12.0, "{loud} is left of {hertz} Hz at {rate}");
            }
        }
    }

    #[test]
    fn telephone_sound_stays_as_it_is_and_odd_rates_keep_their_length() {
        assert_eq!(to_telephone(&[1, 2, 3], 8_000), [1, 2, 3]);
        assert_eq!(to_telephone(&[], 44_100), [0_i16; 0]);
        let second = vec![5_000; 12_347];
        let heard = to_telephone(&second, 12_347);
        assert_eq!(heard.len(), 8_000);
        assert!(heard[100..7_900].iter().all(|it| it.abs_diff(5_000) <= 1));
    }
}
