//! Words that take the short way up. Lower case; English words match as whole words.

/// Somebody complains.
pub(crate) const COMPLAINT: &[&str] = &[
    "投诉",
    "举报",
    "差评",
    "骗子",
    "欺诈",
    "假货",
    "12315",
    "消协",
    "工商局",
    "找你们领导",
    "找你们经理",
    "叫你们经理",
    "complaint",
    "complain",
    "scam",
    "fraud",
    "speak to a manager",
    "speak to your manager",
    "report you",
    "chargeback",
    "trading standards",
];

/// Somebody was hurt, or may be, or takes it to the law or the public.
pub(crate) const SERIOUS: &[&str] = &[
    "受伤",
    "烫伤",
    "起火",
    "着火",
    "爆炸",
    "漏电",
    "中毒",
    "过敏",
    "住院",
    "报警",
    "警察",
    "律师",
    "起诉",
    "法院",
    "记者",
    "媒体曝光",
    "曝光你们",
    "人身安全",
    "泄露我的",
    "injured",
    "injury",
    "hospital",
    "caught fire",
    "on fire",
    "exploded",
    "electric shock",
    "poisoned",
    "food poisoning",
    "allergic reaction",
    "police",
    "lawyer",
    "lawsuit",
    "sue you",
    "journalist",
    "data breach",
];

/// The first of the words that the text contains.
pub(crate) fn found(text: &str, built_in: &[&str], own: &[String]) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let text = text.to_lowercase();
    let own = own.iter().map(|word| word.to_lowercase());
    let all = built_in.iter().map(|word| (*word).to_owned()).chain(own);
    all.filter(|word| !word.is_empty())
        .find(|word| contains(&text, word))
}

fn contains(text: &str, word: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, _)| {
        !word.is_ascii()
            || !(letter(text[..at].chars().next_back())
                || letter(text[at + word.len()..].chars().next()))
    })
}
