//! Which charset bytes are in.
//!
//! Statistics over whole languages are weak on the few characters of a subject line. The commonest few hundred
//! characters of Chinese are two thirds of any Chinese text, and a wrong reading hits them seldom: that decides most
//! cases. What it leaves open goes to `chardetng`.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, SHIFT_JIS, UTF_8, WINDOWS_1252};

use super::Charset;

/// The commonest characters of simplified and traditional Chinese, and of letters about orders. A set, not a text.
const COMMON: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里\
用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公\
此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世\
位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接\
必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据\
程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运请您谢货单订买卖退换款价钱购店铺客服快递送收查询麻烦帮忙图片附件邮\
箱您好谢谢尺码颜色质量问题申请补发寄错漏破损发票联系电话号码地址姓名公司祝商祺顺颂致礼先生女士感谢回复答复转发主题发件人抄送时间午星期\
嘛吗呢吧啊哦请问怎么什为何哪里\
個這們來為國說時會對過發後麼學還進樣實無與長機關點業將兩間由問應戰頭體見產條動開從當沒經種現門東聲員論處義幾認氣題爾總電數報結務\
場計資統區隊觀邊張該規萬覺術領確傳師讓識帶導爭運請謝貨單訂買賣換價錢購鋪遞查詢煩幫圖檔郵質題補寄錯損發票聯繫電話號碼稱復轉";

/// Share of common characters from which a reading is believed.
const CONVINCING: f32 = 0.3;

/// How much of a text is looked at: enough for certainty, little enough to cost nothing.
const SAMPLE: usize = 16 * 1024;

/// What `bytes`, which hold some above 127, are most likely in.
pub(crate) fn guess(bytes: &[u8], declared: Charset, default: Option<&str>) -> &'static Encoding {
    let bytes = sample(bytes);
    if std::str::from_utf8(whole_utf8(bytes)).is_ok() {
        return UTF_8;
    }
    let default = default.map(Charset::of);
    let mut best = (0.0, None);
    for encoding in [GB18030, BIG5] {
        let Some(mut score) = chinese(encoding, bytes) else {
            continue;
        };
        // Where two readings are alike, who is asked first is the label, then the mailbox.
        if declared == Charset::Web(encoding) {
            score += 0.1;
        }
        if default == Some(Charset::Web(encoding)) {
            score += 0.05;
        }
        if score > best.0 {
            best = (score, Some(encoding));
        }
    }
    if let (score, Some(encoding)) = best
        && score >= CONVINCING
    {
        return encoding;
    }
    // A default of the mailbox says more than statistics on a few bytes, if the bytes allow it.
    if let Some(Charset::Web(encoding)) = default
        && encoding != UTF_8
        && !encoding.decode_without_bom_handling(bytes).1
    {
        return encoding;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guessed = detector.guess(None, Utf8Detection::Deny);
    match (best.1, declared) {
        // Among Chinese readings ours is the better judge.
        (Some(chinese), _)
            if guessed == GB18030 || guessed == encoding_rs::GBK || guessed == BIG5 =>
        {
            chinese
        }
        (_, Charset::Web(label)) if guessed == WINDOWS_1252 && label != UTF_8 => label,
        _ => guessed,
    }
}

/// Whether bytes above 127 cannot be, or are most unlikely, what the label says.
pub(super) fn contradicts(label: &'static Encoding, bytes: &[u8]) -> bool {
    let bytes = sample(bytes);
    if label == UTF_8 {
        return std::str::from_utf8(whole_utf8(bytes)).is_err() && mostly_not_utf8(bytes);
    }
    if !label.is_ascii_compatible() {
        return false;
    }
    if let Ok(text) = std::str::from_utf8(whole_utf8(bytes))
        && looks_like_utf8(label, text)
    {
        return true;
    }
    if label == GB18030 || label == BIG5 {
        let other = if label == BIG5 { GB18030 } else { BIG5 };
        let broken = label.decode_without_bom_handling(bytes).1;
        let own = chinese(label, bytes).unwrap_or(0.0);
        let theirs = chinese(other, bytes).unwrap_or(0.0);
        return (broken || own < CONVINCING / 2.0) && theirs >= CONVINCING && theirs > own + 0.2;
    }
    if label.is_single_byte() {
        return pairs_of_gbk(bytes) || is_big5(bytes);
    }
    let cjk = [EUC_JP, EUC_KR, SHIFT_JIS].contains(&label);
    cjk && label.decode_without_bom_handling(bytes).1
        && chinese(GB18030, bytes).is_some_and(|it| it >= CONVINCING)
}

/// A few damaged bytes in a long UTF-8 text are damage and no other charset.
fn mostly_not_utf8(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let broken = text.chars().filter(|it| *it == '\u{fffd}').count();
    let good = text
        .chars()
        .filter(|it| *it > '\u{7f}' && *it != '\u{fffd}')
        .count();
    broken * 4 > good
}

/// Text that is valid UTF-8 by chance is made of two-byte characters; CJK text is made of three-byte ones.
fn looks_like_utf8(label: &'static Encoding, text: &str) -> bool {
    let (mut high, mut long) = (0_usize, 0_usize);
    for it in text.chars().filter(|it| *it > '\u{7f}') {
        high += 1;
        long += usize::from(it.len_utf8() > 2);
    }
    high > 0 && (label.is_single_byte() || long * 10 >= high * 9)
}

/// The share of common characters among those that are not ASCII; nothing where the bytes are not this charset.
fn chinese(encoding: &'static Encoding, bytes: &[u8]) -> Option<f32> {
    let text = encoding.decode_without_bom_handling(bytes).0;
    let (mut all, mut common, mut bad) = (0_u16, 0_u16, 0_u16);
    for it in text.chars().filter(|it| *it > '\u{7f}').take(2_000) {
        match it {
            '\u{fffd}' | '\u{e000}'..='\u{f8ff}' => bad += 1,
            // Punctuation proves nothing, but belongs.
            '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff5e}' | '\u{2010}'..='\u{2026}' => {}
            it if is_common(it) => {
                all += 1;
                common += 1;
            }
            _ => all += 1,
        }
    }
    // One character that was cut or damaged is no proof against a text.
    if bad * 20 > all + 1 {
        return None;
    }
    (all > 0).then(|| f32::from(common) / f32::from(all))
}

/// Whether every byte above 127 is half of a GB 2312 character, as it never is in a text of Latin letters.
fn pairs_of_gbk(bytes: &[u8]) -> bool {
    let (mut pairs, mut hanzi, mut at) = (0_usize, 0_usize, 0);
    while at < bytes.len() {
        if bytes[at] < 0x80 {
            at += 1;
            continue;
        }
        let Some(trail) = bytes.get(at + 1) else {
            break;
        };
        if !(0xa1..=0xf7).contains(&bytes[at]) || *trail < 0xa1 {
            return false;
        }
        pairs += 1;
        hanzi += usize::from((0xb0..=0xd7).contains(&bytes[at]));
        at += 2;
    }
    pairs >= 2 && hanzi * 2 >= pairs && chinese(GB18030, bytes).is_some_and(|it| it >= CONVINCING)
}

/// Whether the bytes are Big5 beyond doubt. The second halves of its characters are letters of ASCII as well, so Latin text
/// decodes too; but to characters that nobody writes.
fn is_big5(bytes: &[u8]) -> bool {
    let text = BIG5.decode_without_bom_handling(bytes).0;
    let common = text.chars().filter(|it| is_common(*it)).take(4).count();
    common >= 4 && chinese(BIG5, bytes).is_some_and(|it| it >= CONVINCING)
}

fn is_common(it: char) -> bool {
    use std::{collections::HashSet, sync::LazyLock};
    static SET: LazyLock<HashSet<char>> = LazyLock::new(|| COMMON.chars().collect());
    SET.contains(&it)
}

fn sample(bytes: &[u8]) -> &[u8] {
    // Of a text that begins with pages of ASCII, what counts is where it stops being that.
    let first = bytes.iter().position(|it| *it >= 0x80).unwrap_or(0);
    &bytes[first..bytes.len().min(first + SAMPLE)]
}

/// Without a character that the end of the sample cut.
fn whole_utf8(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() && bytes.len() >= SAMPLE => {
            &bytes[..error.valid_up_to()]
        }
        _ => bytes,
    }
}
