//! Instants as the shop writes them, in UTC without saying so: `2026-09-21T14:13:20`.

/// Unix milliseconds of such a text.
pub(crate) fn read_ms(text: &str) -> Option<u64> {
    let (date, time) = text.split_once('T')?;
    let mut date = date.split('-').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let mut time = time.get(..8)?.split(':').map(str::parse::<i64>);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    let secs = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    u64::try_from(secs * 1000).ok()
}

/// The text of an instant.
pub(crate) fn write(at_ms: u64) -> String {
    let secs = at_ms / 1000;
    let (rest, time) = (i64::try_from(secs / 86_400).unwrap_or(0), secs % 86_400);
    let (year, month, day) = date(rest);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
        time / 3_600,
        time / 60 % 60,
        time % 60
    )
}

/// Days since 1970 of a date. Years begin in March here, so that the leap day is their last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year
        - 719_468
}

/// The date of a day since 1970.
fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{read_ms, write};

    #[test]
    fn instants_are_read_and_written() {
        assert_eq!(read_ms("2026-09-21T14:13:20"), Some(1_790_000_000_000));
        assert_eq!(read_ms("2000-02-29T00:00:00Z"), Some(951_782_400_000));
        for at in [
            0,
            951_782_400_000,
            1_709_251_199_000,
            1_790_000_000_000,
            4_102_444_800_000,
        ] {
            assert_eq!(read_ms(&write(at)), Some(at));
        }
        for broken in ["", "2026-09-21", "2026-09-21T1", "x-y-zT00:00:00"] {
            assert_eq!(read_ms(broken), None, "{broken}");
        }
    }
}
