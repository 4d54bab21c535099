//! Instants as shops write them, without a zone: UTC.

/// `2026-11-20T08:00:00` of an instant; the calendar of the Gregorian rule.
pub(crate) fn iso(at_ms: i64) -> String {
    let secs = at_ms.div_euclid(1000);
    let (days, rest) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// The instant of such a text.
pub(crate) fn instant_ms(text: &str) -> i64 {
    let numbers: Vec<i64> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect();
    let [year, month, day, rest @ ..] = numbers.as_slice() else {
        return 0;
    };
    let part = |at: usize| rest.get(at).copied().unwrap_or(0);
    let days = days_of(*year, *month, *day);
    (days * 86_400 + part(0) * 3600 + part(1) * 60 + part(2)) * 1000
}

/// Days since 1970 to year, month, day; years begin in March, so that the leap day is the last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::{instant_ms, iso};

    #[test]
    fn instants_are_written_and_read() {
        for at in [0, 951_782_400_000, 1_790_000_000_000] {
            assert_eq!(instant_ms(&iso(at)), at);
        }
        assert_eq!(iso(951_782_400_000), "2000-02-29T00:00:00");
    }
}
