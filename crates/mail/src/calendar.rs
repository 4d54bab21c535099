//! Invitations (RFC 5545) as text, for a mail that has nothing else to read.

/// Longest value that is shown.
const VALUE_MAX: usize = 2_000;

/// What an invitation says, one thing per line; nothing where there is no event.
pub(crate) fn summary(text: &str) -> Option<String> {
    let unfolded = text
        .replace("\r\n", "\n")
        .replace("\n ", "")
        .replace("\n\t", "");
    let mut inside = 0_usize;
    let mut lines: Vec<(usize, String)> = Vec::new();
    for line in unfolded.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let name = name
            .split(';')
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        match (name.as_str(), value.trim()) {
            ("BEGIN", "VEVENT") => inside += 1,
            ("END", "VEVENT") if inside == 1 => break,
            ("SUMMARY", value) if inside == 1 => lines.push((0, unescape(value))),
            ("DTSTART", value) if inside == 1 => lines.push((1, instant(value))),
            ("DTEND", value) if inside == 1 => lines.push((2, format!("– {}", instant(value)))),
            ("LOCATION", value) if inside == 1 => lines.push((3, unescape(value))),
            ("DESCRIPTION", value) if inside == 1 => lines.push((4, unescape(value))),
            _ => {}
        }
    }
    lines.retain(|(_, it)| !it.trim().is_empty());
    lines.sort_by_key(|it| it.0);
    let text: Vec<String> = lines.into_iter().map(|it| it.1).collect();
    (!text.is_empty()).then(|| text.join("\n"))
}

fn unescape(value: &str) -> String {
    let value: String = value.chars().take(VALUE_MAX).collect();
    value
        .replace("\\n", "\n")
        .replace("\\N", "\n")
        .replace("\\,", ",")
        .replace("\\;", ";")
        .replace("\\\\", "\\")
}

/// `20260105T100000Z` as `2026-01-05 10:00 UTC`; what is no date stays.
fn instant(value: &str) -> String {
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    if digits != 8 || !value.is_ascii() {
        return value.chars().take(40).collect();
    }
    let date = format!("{}-{}-{}", &value[..4], &value[4..6], &value[6..8]);
    match value
        .get(9..13)
        .filter(|it| it.bytes().all(|it| it.is_ascii_digit()))
    {
        Some(clock) => {
            let zone = if value.ends_with('Z') { " UTC" } else { "" };
            format!("{date} {}:{}{zone}", &clock[..2], &clock[2..])
        }
        None => date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_reads_as_text() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nDTSTART:16010101T000000\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n\
            DTSTART;TZID=China:20260105T100000\r\nSUMMARY;LANGUAGE=zh:项目\r\n 会议\\, 二\r\nLOCATION:\r\nBEGIN:VALARM\r\n\
            END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        assert_eq!(
            summary(text).as_deref(),
            Some("项目会议, 二\n2026-01-05 10:00")
        );
        assert_eq!(summary("hello"), None);
    }
}
