//! Charsets of seven bits that browsers refuse to read: HZ (RFC 1843), ISO-2022-CN (RFC 1922), ISO-2022-KR (RFC 1557).

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030};

/// Where runs of CNS 11643 plane 1 begin in Big5: both standards have the same characters, in nearly the same order.
const PLANE_1: &[(u16, u16)] = &[
    (0x2121, 0xa140),
    (0x2127, 0xa146),
    (0x2136, 0xa157),
    (0x2139, 0xa156),
    (0x213e, 0xa15d),
    (0x216a, 0xa1ac),
    (0x216b, 0xa1ab),
    (0x216c, 0xa1ad),
    (0x2225, 0xa1c4),
    (0x2227, 0xa1c6),
    (0x2242, 0xa1e2),
    (0x2243, 0xa1e1),
    (0x2244, 0xa1e3),
    (0x2257, 0xa1f7),
    (0x2258, 0xa1f6),
    (0x2259, 0xa1f8),
    (0x225e, 0xa155),
    (0x225f, 0xa241),
    (0x2421, 0xa2af),
    (0x243f, 0xa2cd),
    (0x2441, 0xa2cf),
    (0x4421, 0xa440),
    (0x5323, 0xad40),
    (0x5753, 0xacfe),
    (0x5754, 0xafd0),
    (0x6b50, 0xbe52),
    (0x6b51, 0xbbc8),
    (0x6f5c, 0xbe53),
    (0x7535, 0xc2cb),
    (0x7536, 0xc1ab),
    (0x7737, 0xc2cc),
    (0x782d, 0xc456),
    (0x782e, 0xc361),
    (0x7864, 0xc3ba),
    (0x7865, 0xc3b9),
    (0x7866, 0xc3bb),
    (0x7962, 0xc457),
];

/// The same of plane 2.
const PLANE_2: &[(u16, u16)] = &[
    (0x2121, 0xc940),
    (0x212b, 0xc94b),
    (0x214c, 0xc9be),
    (0x214d, 0xc96c),
    (0x217d, 0xc9bf),
    (0x224d, 0xcaf7),
    (0x224e, 0xc9ed),
    (0x2439, 0xcaf8),
    (0x376f, 0xdadf),
    (0x3770, 0xd6cd),
    (0x387e, 0xd77b),
    (0x3e63, 0xd6cc),
    (0x3e64, 0xdae0),
    (0x3f6a, 0xd77a),
    (0x3f6b, 0xdba7),
    (0x4424, 0xddfd),
    (0x554b, 0xebf1),
    (0x554c, 0xe8a3),
    (0x5722, 0xecde),
    (0x5723, 0xe976),
    (0x5a28, 0xf0cb),
    (0x5a29, 0xeb5b),
    (0x5b3f, 0xebf2),
    (0x5c6a, 0xecdf),
    (0x5d74, 0xf056),
    (0x5d75, 0xedaa),
    (0x6039, 0xeeec),
    (0x6243, 0xf057),
    (0x6337, 0xf0cc),
    (0x642f, 0xeeeb),
    (0x6430, 0xf163),
    (0x6438, 0xf16c),
    (0x6573, 0xf269),
    (0x664d, 0xf4b5),
    (0x664e, 0xf2c3),
    (0x6761, 0xf16b),
    (0x6762, 0xf375),
    (0x6934, 0xf268),
    (0x6935, 0xf466),
    (0x6962, 0xf4b6),
    (0x6a4b, 0xf663),
    (0x6a4c, 0xf4fd),
    (0x6c52, 0xf664),
    (0x7166, 0xf9c4),
    (0x7167, 0xf977),
    (0x7234, 0xf9c5),
    (0x7235, 0xf9c7),
    (0x7240, 0xf9c6),
    (0x7241, 0xf9d2),
];

/// A set of characters of two bytes.
#[derive(Clone, Copy)]
enum Set {
    Gb,
    Ksc,
    Cns1,
    Cns2,
}

/// Reads HZ: GB 2312 between `~{` and `~}`, `~~` for a tilde.
pub(super) fn hz(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let (mut shifted, mut at) = (false, 0);
    while at < bytes.len() {
        let pair = (bytes[at], bytes.get(at + 1).copied().unwrap_or(0));
        match pair {
            (b'~', b'{') => shifted = true,
            (b'~', b'}') => shifted = false,
            (b'~', b'~') if !shifted => out.push('~'),
            // A tilde before the end of a line joins lines.
            (b'~', b'\n') if !shifted => {}
            (b'\r' | b'\n', _) => {
                shifted = false;
                out.push(char::from(pair.0));
                at += 1;
                continue;
            }
            (0x21..=0x7e, 0x21..=0x7e) if shifted => put(Set::Gb, pair, &mut out),
            _ => {
                out.push(char::from(pair.0));
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    out
}

/// Reads the ISO 2022 charsets of China and Korea.
pub(super) fn iso_2022(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let (mut one, mut two) = (Set::Gb, Set::Cns2);
    let (mut shifted, mut at) = (false, 0);
    while at < bytes.len() {
        let rest = &bytes[at..];
        at += match rest {
            [0x1b, b'$', b')', set, ..] => {
                one = match set {
                    b'G' => Set::Cns1,
                    b'C' => Set::Ksc,
                    _ => Set::Gb,
                };
                4
            }
            [0x1b, b'$', b'*', _, ..] => {
                two = Set::Cns2;
                4
            }
            [0x1b, b'N', high, low, ..] => {
                put(two, (*high, *low), &mut out);
                4
            }
            [0x0e, ..] => {
                shifted = true;
                1
            }
            [0x0f, ..] => {
                shifted = false;
                1
            }
            [high @ 0x21..=0x7e, low @ 0x21..=0x7e, ..] if shifted => {
                put(one, (*high, *low), &mut out);
                2
            }
            [other, ..] => {
                // Shifts end with their line.
                shifted &= !matches!(other, b'\r' | b'\n');
                out.push(char::from(*other));
                1
            }
            [] => break,
        };
    }
    out
}

fn put(set: Set, (high, low): (u8, u8), out: &mut String) {
    let eight = [high | 0x80, low | 0x80];
    let mut decode = |encoding: &'static Encoding, bytes: &[u8]| {
        out.push_str(&encoding.decode_without_bom_handling(bytes).0);
    };
    match set {
        Set::Gb => decode(GB18030, &eight),
        Set::Ksc => decode(EUC_KR, &eight),
        Set::Cns1 => decode(BIG5, &big5(PLANE_1, high, low)),
        Set::Cns2 => decode(BIG5, &big5(PLANE_2, high, low)),
    }
}

/// The same character in Big5; what is in no run becomes bytes that are no character.
fn big5(runs: &[(u16, u16)], high: u8, low: u8) -> [u8; 2] {
    let code = u16::from_be_bytes([high & 0x7f, low & 0x7f]);
    let behind = runs.partition_point(|(start, _)| *start <= code);
    let Some((start, target)) = behind.checked_sub(1).and_then(|it| runs.get(it)) else {
        return [0xff, 0xff];
    };
    // 94 cells to a row there, 157 here, in two ranges.
    let cell = |code: u16| (code >> 8) * 94 + (code & 0xff) - 0x21;
    let [row, column] = target.to_be_bytes();
    let column = if column < 0x80 {
        column - 0x40
    } else {
        column - 0xa1 + 63
    };
    let place = u16::from(row) * 157 + u16::from(column) + (cell(code) - cell(*start));
    let (row, column) = (place / 157, place % 157);
    let column = if column < 63 {
        column + 0x40
    } else {
        column - 63 + 0xa1
    };
    let narrow = |it: u16| u8::try_from(it).unwrap_or(0xff);
    [narrow(row), narrow(column)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hz_shifts_escapes_and_joins() {
        assert_eq!(hz(b"This ~{<:Ky2;~} ~~ a~\nb"), "This 己所不 ~ ab");
        assert_eq!(hz(b"~{VP"), "中");
    }

    #[test]
    fn planes_of_taiwan_are_read() {
        // What glibc's iconv writes for 訂單 (plane 1) and for a line that changes sets.
        assert_eq!(iso_2022(b"\x1b$)G\x0eST^L\x0f."), "訂單.");
        assert_eq!(iso_2022(b"\x1b$)A\x0e02\x1b$)GhOST^L\x0f"), "安寧訂單");
        // The first of plane 2.
        assert_eq!(iso_2022(b"\x1b$*H\x1bN!!"), "乂");
    }

    #[test]
    fn korean_is_read() {
        assert_eq!(iso_2022(b"\x1b$)C\x0e>H3g\x0f"), "안녕");
    }
}
