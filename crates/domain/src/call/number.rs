//! Telephone numbers as people, trunks and PBXs write them, and as they are matched: E.164 where there is one.
//!
//! Sources: ITU-T E.164 (at most 15 digits after the plus), RFC 3966 (`tel:`, `;ext=`), the numbering plan of China
//! (mobile `1[3-9]` and nine more; area codes `10`, `2x` with eight digits, `3xx` to `9xx` with seven or eight; `400` and
//! `800` with seven; short codes such as `10086`, `95588`, `12345`).

use std::fmt;

use super::countries::country_of;

/// A number as it is matched.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number {
    /// What it is.
    pub kind: NumberKind,
    /// `+8613800138000`; the bare digits when it is not E.164.
    pub digits: String,
    /// What is dialled after the other side answers: of a privacy number, whose calls reach another customer for each.
    pub extension: Option<String>,
}

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberKind {
    /// Known everywhere.
    E164,
    /// Of a service, known in its country: `10086`.
    Short,
    /// Without its area: nobody can tell which of many it is.
    Local,
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Number")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Longest text that is looked at.
const RAW_CHARS_MAX: usize = 120;

/// Most digits of an extension. Longer ones are something else.
const EXTENSION_MAX: usize = 8;

/// The country of numbers that name none.
pub(super) const HOME: &str = "86";

/// Prefixes of cheap long-distance carriers in China, dialled before the number.
const CARRIERS: [&str; 5] = ["17951", "17911", "12593", "17909", "10193"];

impl Number {
    /// Reads a number as it came; `None` for one that was withheld, or that is none.
    pub fn parse(raw: &str) -> Option<Self> {
        if raw.chars().count() > RAW_CHARS_MAX {
            return None;
        }
        let (main, extension) = divide(&plain(raw));
        let plus = main.starts_with('+');
        let digits: String = main.chars().filter(char::is_ascii_digit).collect();
        if digits.is_empty() || main.chars().any(|it| it.is_ascii_alphabetic()) {
            return None;
        }
        let (kind, digits) = if plus {
            abroad(&digits)?
        } else if let Some(rest) = digits.strip_prefix("00") {
            abroad(rest)?
        } else {
            at_home(&digits)?
        };
        Some(Self {
            kind,
            digits,
            extension,
        })
    }

    /// E.164, or `None`.
    pub fn e164(&self) -> Option<&str> {
        (self.kind == NumberKind::E164).then_some(self.digits.as_str())
    }

    /// As identities keep it: E.164 and short codes as they are, with `;ext=` for privacy numbers. A local number is
    /// nobody's in particular.
    pub fn identity(&self) -> Option<String> {
        match (self.kind, &self.extension) {
            (NumberKind::Local, _) => None,
            (_, None) => Some(self.digits.clone()),
            (_, Some(extension)) => Some(format!("{};ext={extension}", self.digits)),
        }
    }
}

/// Without `tel:`, host, parameters and decoration; full-width characters as their narrow twins; Chinese words for an
/// extension as `;ext=`.
fn plain(raw: &str) -> String {
    let narrow: String = raw
        .trim()
        .chars()
        .map(|it| match it {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(it) - 0xfee0).unwrap_or(it),
            '\u{3000}' | '\u{a0}' => ' ',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            other => other.to_ascii_lowercase(),
        })
        .collect();
    let mut text = narrow.as_str();
    // `"Name" <sip:number@host>`
    if let (Some(open), Some(close)) = (text.rfind('<'), text.rfind('>'))
        && open < close
    {
        text = &text[open + 1..close];
    }
    for scheme in ["sips:", "sip:", "tel:"] {
        text = text.strip_prefix(scheme).unwrap_or(text);
    }
    let text = text.split('@').next().unwrap_or_default();
    let words = [
        "\u{8f6c}",
        "\u{5206}\u{673a}",
        "extension",
        "ext.",
        "ext",
        "x",
        "#",
        ",",
    ];
    let marked = text.replace(";ext=", "\u{1}");
    let marked = marked.split(';').next().unwrap_or_default().to_owned();
    let marked = words
        .iter()
        .fold(marked, |text, word| text.replace(word, "\u{1}"));
    marked
        .chars()
        .filter(|it| !matches!(it, ' ' | '.' | '(' | ')' | '/' | '\t'))
        .collect()
}

/// The number and its extension. A dash parts a privacy number from its extension; elsewhere it is decoration.
fn divide(text: &str) -> (String, Option<String>) {
    let valid = |it: &str| {
        let digits = !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit());
        (digits && it.len() <= EXTENSION_MAX).then(|| it.to_owned())
    };
    if let Some((main, rest)) = text.split_once('\u{1}') {
        let rest: String = rest.chars().filter(char::is_ascii_digit).collect();
        return (main.replace('-', ""), valid(&rest));
    }
    if let Some((main, rest)) = text.rsplit_once('-') {
        let digits: String = main.chars().filter(char::is_ascii_digit).collect();
        let whole = digits.strip_prefix("86").unwrap_or(&digits);
        if is_mobile(whole)
            && let Some(extension) = valid(rest)
        {
            return (main.replace('-', ""), Some(extension));
        }
    }
    (text.replace('-', ""), None)
}

fn abroad(digits: &str) -> Option<(NumberKind, String)> {
    // `+86 (0)138...`: the zero of the country is not dialled from abroad.
    let digits = match digits.strip_prefix(HOME) {
        Some(rest) => format!("{HOME}{}", rest.trim_start_matches('0')),
        None => digits.to_owned(),
    };
    let fits = (7..=15).contains(&digits.len()) && !digits.starts_with('0');
    fits.then(|| (NumberKind::E164, format!("+{digits}")))
}

fn at_home(digits: &str) -> Option<(NumberKind, String)> {
    let home = |national: &str| Some((NumberKind::E164, format!("+{HOME}{national}")));
    let direct = CARRIERS
        .iter()
        .find_map(|it| digits.strip_prefix(it))
        .filter(|rest| rest.len() >= 10)
        .unwrap_or(digits);
    if let Some(rest) = direct.strip_prefix('0') {
        return if is_mobile(rest) || is_landline(rest) {
            home(rest)
        } else {
            None
        };
    }
    if is_mobile(direct) || is_service(direct) {
        return home(direct);
    }
    if let Some(rest) = direct.strip_prefix(HOME)
        && (is_mobile(rest) || is_landline(rest) || is_service(rest))
    {
        return home(rest);
    }
    // What trunks add to a number: the area without its zero.
    if direct.len() >= 10 && is_landline(direct) {
        return home(direct);
    }
    match direct.len() {
        3..=6 => Some((NumberKind::Short, direct.to_owned())),
        7..=8
            if direct.starts_with("95") || direct.starts_with("96") || direct.starts_with("12") =>
        {
            Some((NumberKind::Short, direct.to_owned()))
        }
        7..=8 => Some((NumberKind::Local, direct.to_owned())),
        // Services that send: 106..., up to twenty digits.
        9..=20 if direct.starts_with("106") => Some((NumberKind::Short, direct.to_owned())),
        // With a country and without a plus, as many trunks hand it over.
        11..=15 if country_of(&format!("+{direct}")).is_some() => {
            Some((NumberKind::E164, format!("+{direct}")))
        }
        _ => None,
    }
}

fn is_mobile(national: &str) -> bool {
    let bytes = national.as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1])
}

fn is_landline(national: &str) -> bool {
    let bytes = national.as_bytes();
    match bytes.first() {
        Some(b'1') => national.starts_with("10") && bytes.len() == 10,
        Some(b'2') => bytes.len() == 10,
        Some(b'3'..=b'9') => (10..=11).contains(&bytes.len()),
        _ => false,
    }
}

fn is_service(national: &str) -> bool {
    national.len() == 10 && (national.starts_with("400") || national.starts_with("800"))
}
