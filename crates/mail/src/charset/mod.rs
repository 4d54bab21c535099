//! Bytes to text, whatever the label says.
//!
//! A label is a hint. Senders of Chinese mail write `gb2312` for GB18030, `us-ascii` for GBK and nothing at all for
//! Big5, so a label that the bytes contradict loses against what they are.

mod detect;
mod escapes;
mod utf7;

use std::borrow::Cow;

use encoding_rs::{BIG5, Encoding, GB18030, UTF_8};

use crate::problem::{Problem, note};

pub(crate) use detect::guess;

/// How a text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// A charset of the web.
    Web(&'static Encoding),
    /// `ISO-2022-CN`, `ISO-2022-CN-EXT` and `ISO-2022-KR`: shifted sets announced by escapes.
    Iso2022,
    /// `HZ-GB-2312`: GB 2312 between `~{` and `~}`.
    Hz,
    /// `UTF-7`.
    Utf7,
    /// The label says that nobody knows, or that there is nothing to know.
    Unknown,
}

impl Charset {
    /// The charset of a label, `Unknown` when it says nothing usable.
    pub(crate) fn of(label: &str) -> Self {
        let label = label
            .trim_matches(|it: char| it.is_whitespace() || matches!(it, '"' | '\'' | ';'))
            .to_ascii_lowercase();
        let label = label.strip_prefix("charset=").unwrap_or(&label);
        match label {
            "gb2312" | "gb_2312" | "gb2312-80" | "gb_2312-80" | "gbk" | "x-gbk" | "cp936"
            | "ms936" | "ms-936" | "936" | "windows-936" | "gb18030" | "gb-18030"
            | "gb18030-2000" | "gb18030-2005" | "gb18030-2022" | "gb_18030" | "euc-cn"
            | "euccn" | "x-euc-cn" | "cn-gb" | "chinese" | "gb" | "x-mac-chinesesimp" => {
                Self::Web(GB18030)
            }
            "big5" | "big-5" | "big5-hkscs" | "big5hkscs" | "big5-eten" | "cp950" | "ms950"
            | "950" | "windows-950" | "x-x-big5" | "x-big5" | "cn-big5" | "csbig5"
            | "x-windows-950" | "x-mac-chinesetrad" => Self::Web(BIG5),
            "hz" | "hz-gb-2312" | "hz-gb2312" | "x-hz" | "hzgb2312" => Self::Hz,
            "iso-2022-cn" | "iso2022cn" | "iso-2022-cn-ext" | "csiso2022cn" | "iso-2022-kr"
            | "csiso2022kr" | "x-iso-2022-cn" => Self::Iso2022,
            "utf-7" | "utf7" | "unicode-1-1-utf-7" | "x-utf-7" | "unicode-2-0-utf-7" => Self::Utf7,
            "utf8" | "utf-8" | "utf_8" | "utf8mb4" | "u8" | "x-utf-8" | "cp65001" | "65001"
            | "utf-8-sig" => Self::Web(UTF_8),
            // ASCII says nothing about bytes above 127.
            "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" | "iso646-us" | "7bit" | "8bit"
            | "binary" | "unknown-8bit" | "x-unknown" | "unknown" | "x-user-defined"
            | "default" | "default_charset" | "_autodetect" | "utf-16" | "utf-32" => Self::Unknown,
            other => Encoding::for_label_no_replacement(other.as_bytes())
                .map_or(Self::Unknown, Self::Web),
        }
    }
}

/// What texts of a mail are in when they do not say it, or say it wrongly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Expected<'a> {
    /// Nobody knows.
    #[default]
    Anything,
    /// The mailbox usually gets this.
    Usually(&'a str),
    /// It is this, whatever they say.
    Always(&'a str),
}

/// Longest name of a charset: the registry of them has none of more letters.
const LABEL_MAX: usize = 40;

/// Whether texts can be read in what is called so.
pub(crate) fn is_known(label: &str) -> bool {
    label.len() <= LABEL_MAX && Charset::of(label) != Charset::Unknown
}

/// Reads `bytes`. `label` is what the mail says of them, `default` what is known besides.
pub(crate) fn read(
    bytes: &[u8],
    label: &str,
    default: Expected<'_>,
    problems: &mut Vec<Problem>,
) -> String {
    let (bytes, mark) = without_mark(bytes);
    if let Expected::Always(label) = default {
        return strict(Charset::of(label), bytes, problems);
    }
    let declared = Charset::of(label);
    if mark.is_some_and(|it| it != UTF_8) {
        return strict(mark.map_or(Charset::Unknown, Charset::Web), bytes, problems);
    }
    match declared {
        Charset::Hz | Charset::Iso2022 | Charset::Utf7 => {
            if bytes.is_ascii() {
                return strict(declared, bytes, problems);
            }
        }
        Charset::Unknown => {
            if bytes.is_ascii() {
                return strict(escaped(bytes), bytes, problems);
            }
        }
        // The stateful ones of the web are pure ASCII; the others are what they are without high bytes.
        Charset::Web(encoding) => {
            if bytes.is_ascii() && encoding.is_ascii_compatible() {
                let hidden = escaped(bytes);
                return strict(hidden, bytes, problems);
            }
            if !detect::contradicts(encoding, bytes) {
                return strict(declared, bytes, problems);
            }
        }
    }
    let usual = match default {
        Expected::Usually(label) => Some(label),
        _ => None,
    };
    let used = guess(bytes, declared, usual);
    note(
        problems,
        Problem::CharsetGuessed {
            declared: label.trim().chars().take(40).collect(),
            used: used.name(),
        },
    );
    strict(Charset::Web(used), bytes, problems)
}

/// Reads `bytes` as exactly this.
fn strict(charset: Charset, bytes: &[u8], problems: &mut Vec<Problem>) -> String {
    let text = match charset {
        Charset::Web(encoding) => encoding.decode_without_bom_handling(bytes).0,
        Charset::Unknown => String::from_utf8_lossy(bytes),
        Charset::Hz => Cow::Owned(escapes::hz(bytes)),
        Charset::Iso2022 => Cow::Owned(escapes::iso_2022(bytes)),
        Charset::Utf7 => Cow::Owned(utf7::decode(bytes)),
    };
    if text.contains('\u{fffd}') {
        note(problems, Problem::CharsetBroken);
    }
    text.into_owned()
}

/// Charsets that hide in seven bits show themselves by their escapes, whatever the label.
fn escaped(bytes: &[u8]) -> Charset {
    let has = |needle: &[u8]| bytes.windows(needle.len()).any(|it| it == needle);
    if bytes.contains(&0x1b) {
        if has(b"\x1b$)") || has(b"\x1b$*") {
            return Charset::Iso2022;
        }
        if has(b"\x1b$B") || has(b"\x1b$@") || has(b"\x1b(J") {
            return Charset::Web(encoding_rs::ISO_2022_JP);
        }
    }
    Charset::Web(UTF_8)
}

/// The bytes behind a byte order mark, and what it says.
fn without_mark(bytes: &[u8]) -> (&[u8], Option<&'static Encoding>) {
    match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (&bytes[length..], Some(encoding)),
        None => (bytes, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], label: &str, expect: &str) {
        assert_eq!(
            read(bytes, label, Expected::Anything, &mut Vec::new()),
            expect,
            "as {label:?}"
        );
    }

    #[test]
    fn labels_that_the_bytes_contradict_lose() {
        let text = "您好，我的订单还没有收到，请帮我查一下物流信息。";
        let gbk = GB18030.encode(text).0;
        for label in [
            "",
            "us-ascii",
            "utf-8",
            "unknown-8bit",
            "iso-8859-1",
            "windows-1252",
            "gb2312",
            "big5",
        ] {
            check(&gbk, label, text);
        }
        for label in ["gb2312", "iso-8859-1", "us-ascii", "", "big5"] {
            check(text.as_bytes(), label, text);
        }
        let traditional = "您好，我的訂單還沒有收到，請幫我查詢一下物流資訊。";
        let big5 = BIG5.encode(traditional).0;
        for label in ["", "big5", "utf-8", "gb2312"] {
            check(&big5, label, traditional);
        }
    }

    #[test]
    fn what_a_person_says_wins_over_the_label_and_the_guess() {
        let orders = "заказы";
        let bytes = encoding_rs::WINDOWS_1251.encode(orders).0;
        // Three letters of GB 18030 as well.
        let read = |expected| read(&bytes, "gb18030", expected, &mut Vec::new());
        assert_ne!(read(Expected::Anything), orders);
        assert_eq!(read(Expected::Always("windows-1251")), orders);
        assert!(is_known("Shift_JIS") && !is_known("klingon") && !is_known(""));
        assert!(
            !is_known(&format!("{:>1000}", "gb18030")),
            "it is kept with the mail"
        );
    }

    #[test]
    fn latin_text_stays_latin() {
        check(
            b"caf\xe9 cr\xe8me, na\xefve",
            "iso-8859-1",
            "café crème, naïve",
        );
        check(b"\xdcber die Stra\xdfe", "windows-1252", "Über die Straße");
    }

    #[test]
    fn charsets_of_seven_bits_are_known_by_name_and_by_escape() {
        check(b"~{VPND~} ok", "hz-gb-2312", "中文 ok");
        check(b"\x1b$)A\x0eVPND\x0f ok", "iso-2022-cn", "中文 ok");
        check(b"\x1b$)A\x0eVPND\x0f ok", "us-ascii", "中文 ok");
        check(b"+Ti1lhw- ok", "utf-7", "中文 ok");
        check(b"1 +- 2", "us-ascii", "1 +- 2");
    }
}
