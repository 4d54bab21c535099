//! Subjects without what clients put before them.

/// What clients put before the subject of an answer, in lower case.
const ANSWERS: &[&str] = &[
    "re",
    "aw",
    "sv",
    "vs",
    "antw",
    "antwort",
    "rif",
    "r",
    "res",
    "odp",
    "ynt",
    "回复",
    "答复",
    "回覆",
    "答覆",
    "回信",
    "回復",
    "automatic reply",
    "auto",
    "自动回复",
    "自動回覆",
    "自动答复",
    "out of office",
    "接收",
    "accepted",
    "declined",
    "undeliverable",
    "read",
    "已读",
];

/// And before one that is passed on.
const FORWARDS: &[&str] = &[
    "fw", "fwd", "wg", "tr", "enc", "i", "vb", "转发", "轉寄", "轉發", "转寄", "forward",
];

/// The subject without prefixes of answers and forwards, marks of outside mail and numbers of conversations.
pub fn normalise(subject: &str) -> String {
    let mut rest = subject.trim();
    loop {
        let before = rest;
        if let Some((_, behind)) = prefix(rest) {
            rest = behind.trim_start();
        } else if let Some(behind) = tag(rest) {
            rest = behind.trim_start();
        }
        if rest.len() == before.len() {
            break;
        }
    }
    let mut rest = rest.to_owned();
    while let Some((range, _)) = numbered(&rest) {
        rest.replace_range(range, " ");
    }
    rest.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// Whether the outermost prefix says that somebody passes a mail on.
pub fn is_forward(subject: &str) -> bool {
    let mut rest = subject.trim();
    while let Some(behind) = tag(rest) {
        rest = behind.trim_start();
    }
    prefix(rest).is_some_and(|(forward, _)| forward)
}

/// The number of a conversation in a subject: `[#1234]`.
pub fn number(subject: &str) -> Option<u64> {
    numbered(subject).map(|(_, number)| number)
}

/// Whether the subject begins with a prefix that forwards, and what is behind it.
fn prefix(subject: &str) -> Option<(bool, &str)> {
    let colon = subject
        .char_indices()
        .take(24)
        .find(|(_, it)| matches!(it, ':' | '：' | '﹕'))?;
    let (name, behind) = subject.split_at(colon.0);
    let behind = &behind[colon.1.len_utf8()..];
    // `Re[2]:`, `回复(2)：`, `Re^2:`, `回复 2：`
    let name = name
        .trim_end_matches(|it: char| {
            it.is_ascii_digit()
                || matches!(
                    it,
                    '[' | ']' | '(' | ')' | '（' | '）' | '^' | '*' | ' ' | '\u{3000}'
                )
        })
        .trim()
        .to_lowercase();
    if FORWARDS.contains(&name.as_str()) {
        return Some((true, behind));
    }
    ANSWERS.contains(&name.as_str()).then_some((false, behind))
}

/// Marks that mail servers put before subjects.
fn tag(subject: &str) -> Option<&str> {
    let inner = subject.strip_prefix(['[', '【'])?;
    let stop = inner.find([']', '】'])?;
    let name = inner[..stop].trim().to_lowercase();
    let known = [
        "external",
        "ext",
        "外部邮件",
        "外部",
        "external email",
        "spam",
        "suspicious",
        "垃圾邮件",
        "可疑",
    ];
    let close = inner[stop..].chars().next()?;
    known
        .contains(&name.as_str())
        .then(|| &inner[stop + close.len_utf8()..])
}

/// Where a number stands, and which.
fn numbered(subject: &str) -> Option<(std::ops::Range<usize>, u64)> {
    for (start, open) in subject.char_indices() {
        if !matches!(open, '[' | '［' | '【') {
            continue;
        }
        let inner = subject[start + open.len_utf8()..].trim_start();
        let Some(rest) = inner.strip_prefix(['#', '＃']) else {
            continue;
        };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let behind = rest[digits..].trim_start();
        let Some(close) = behind
            .chars()
            .next()
            .filter(|it| matches!(it, ']' | '］' | '】'))
        else {
            continue;
        };
        if let Ok(number) = rest[..digits].parse() {
            let end = subject.len() - behind.len() + close.len_utf8();
            return Some((start..end, number));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_all_clients_are_left_out() {
        for subject in [
            "Order",
            "Re: Order",
            "RE: re: Order",
            "Re[2]: order",
            "回复：Order",
            "回复: 答复：Order",
            "转发：回复：Order",
            "AW: WG: Order",
            "SV:Order",
            "回覆﹕Order",
            "轉寄: Order",
            "[External] Re: Order",
            "Re: [#1234] Order",
            "回复(2)：Order",
            "Automatic reply: Order",
            " Order [#12] ",
        ] {
            assert_eq!(normalise(subject), "order", "{subject}");
        }
        assert_eq!(normalise("Time: now"), "time: now");
        assert_eq!(normalise(""), "");
    }

    #[test]
    fn forwards_are_told_from_answers() {
        for (subject, expect) in [
            ("Fwd: x", true),
            ("转发：x", true),
            ("[EXT] FW: x", true),
            ("Re: Fwd: x", false),
            ("x", false),
            ("I: x", true),
        ] {
            assert_eq!(is_forward(subject), expect, "{subject}");
        }
    }

    #[test]
    fn only_our_form_is_a_number() {
        for (subject, expect) in [
            ("Re: [#1234] x", Some(1234)),
            ("【#7】x", Some(7)),
            ("[ #7 ]", Some(7)),
            ("order #1234", None),
            ("[1234]", None),
            ("[#]", None),
            ("[#99999999999999999999999]", None),
        ] {
            assert_eq!(number(subject), expect, "{subject}");
        }
    }
}
