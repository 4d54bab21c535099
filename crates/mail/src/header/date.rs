//! Dates of mails (RFC 5322 §3.3 and §4.3), and others.

use jiff::{Timestamp, civil::DateTime, tz::Offset};

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The instant that a `Date` header names.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.split('(').next().unwrap_or(text);
    let words: Vec<&str> = text
        .split(|it: char| it.is_whitespace() || it == ',')
        .filter(|it| !it.is_empty())
        .collect();
    if let Some(instant) = words.first().and_then(|it| iso(it, &words)) {
        return Some(instant);
    }
    let mut words = words.into_iter().peekable();
    words.next_if(|it| it.starts_with(|first: char| first.is_alphabetic()));
    let mut dashed;
    let first = words.next()?;
    let (day, month, year) = if first.contains('-') {
        dashed = first.split('-');
        (dashed.next()?, dashed.next()?, dashed.next()?)
    } else {
        (first, words.next()?, words.next()?)
    };
    // `Mon Jan  5 10:00:00 2026`, as C prints it, has the year last and the month before the day.
    let day: i8 = day.parse().ok()?;
    let month = month.get(..3)?.to_ascii_lowercase();
    let month = i8::try_from(MONTHS.iter().position(|it| *it == month)?).ok()? + 1;
    let year = full_year(year)?;
    let mut clock = words.next().unwrap_or("0:0").split([':', '.']);
    let hour: i8 = clock.next()?.parse().ok()?;
    let minute: i8 = clock.next().unwrap_or("0").parse().ok()?;
    let second: i8 = clock.next().unwrap_or("0").parse().ok()?;
    let offset = words.next().map_or(Some(0), zone)?;
    instant(
        DateTime::new(year, month, day, hour, minute, second.min(59), 0).ok()?,
        offset,
    )
}

/// `2026-01-05T10:00:00Z`, `2026-01-05 10:00:00 +0800`.
fn iso(first: &str, words: &[&str]) -> Option<Timestamp> {
    if first.len() < 10 || first.as_bytes()[4] != b'-' {
        return None;
    }
    if let Ok(instant) = first.parse() {
        return Some(instant);
    }
    let clock = words.get(1).unwrap_or(&"00:00:00");
    let civil: DateTime = format!("{first}T{clock}").parse().ok()?;
    instant(civil, words.get(2).map_or(Some(0), |it| zone(it))?)
}

fn instant(civil: DateTime, offset_secs: i32) -> Option<Timestamp> {
    let offset = Offset::from_seconds(offset_secs).ok()?;
    offset.to_timestamp(civil).ok()
}

fn full_year(text: &str) -> Option<i16> {
    let year: i16 = text.parse().ok()?;
    Some(match (text.len(), year) {
        // RFC 5322 §4.3.
        (..=2, 0..=49) => year + 2000,
        (..=3, _) => year + 1900,
        _ => year,
    })
}

/// Seconds east of UTC. A zone that nobody knows is UTC.
fn zone(text: &str) -> Option<i32> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => {
            let hours = match text.to_ascii_uppercase().as_str() {
                "EST" | "CDT" => -5,
                "EDT" => -4,
                "CST" | "MDT" => -6,
                "MST" | "PDT" => -7,
                "PST" => -8,
                "CET" | "MEZ" | "BST" => 1,
                "CEST" => 2,
                "HKT" | "CCT" => 8,
                "JST" | "KST" => 9,
                _ => 0,
            };
            return Some(hours * 3600);
        }
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number: i32 = digits.get(..digits.len().min(4))?.parse().ok()?;
    let (hours, minutes) = if digits.len() <= 2 {
        (number, 0)
    } else {
        (number / 100, number % 100)
    };
    let offset = sign * (hours * 3600 + minutes * 60);
    // A zone that is no zone must not cost the date.
    Some(if hours > 25 { 0 } else { offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_senders_write_them() {
        for (text, expect) in [
            ("Mon, 5 Jan 2026 10:00:00 +0800", "2026-01-05T02:00:00Z"),
            ("5 Jan 26 10:00 GMT", "2026-01-05T10:00:00Z"),
            (
                "Mon, 05 Jan 2026 10:00:00 -0500 (EST)",
                "2026-01-05T15:00:00Z",
            ),
            ("2026-01-05 10:00:00 +0800", "2026-01-05T02:00:00Z"),
            ("2026-01-05T10:00:00+08:00", "2026-01-05T02:00:00Z"),
            ("Monday, 05-Jan-26 10:00:00 UTC", "2026-01-05T10:00:00Z"),
            ("Mon,5 Jan 2026 10:00:60 +9999", "2026-01-05T10:00:59Z"),
        ] {
            assert_eq!(
                parse(text).map(|it| it.to_string()).as_deref(),
                Some(expect),
                "{text}"
            );
        }
        for text in ["", "yesterday", "Mon, 99 Jan 2026 10:00:00 +0800", "星期一"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
