//! What documents are made of, and what a query asks of them.

use plugboard_domain::conversation::{Conversation, Status};
use plugboard_store::tokens::{self, Term};

use crate::{codec::parse, fault::Outcome};

/// The words of a message, in a query in which it is `m`: its text, and the subject of its mail before it. What was taken back
/// or moved away has none.
macro_rules! of_message {
    () => {
        "CASE WHEN m.taken_back_at IS NULL
         THEN coalesce((SELECT (facts ->> '$.subject') || char(10) FROM mail WHERE message_id = m.id), '') || m.text
         ELSE '' END"
    };
}
pub(super) use of_message;

/// The words of a conversation itself: labels, and how it ended.
pub(super) fn of_conversation(n: i64, state: &str) -> Outcome<String> {
    let it: Conversation = parse("conversation", n, state)?;
    let mut words: Vec<String> = it.tags.into_iter().collect();
    if let Status::Resolved {
        disposition: Some(disposition),
        ..
    } = it.status
    {
        words.push(disposition);
    }
    Ok(words.join(" · "))
}

/// A phone number in the ways that people type it: whole, without the country, and its last digits.
pub(super) fn phone(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let mut ways = vec![number.to_owned(), digits.clone()];
    // 11 and 10: national numbers in China and North America; 8 and 7: local numbers; 4: what people read out.
    for last in [11, 10, 8, 7, 4] {
        if digits.len() > last {
            ways.push(digits[digits.len() - last..].to_owned());
        }
    }
    ways.join("\n")
}

/// The full-text expression of a query; `None` when there is no word in it.
pub(super) fn expression(text: &str) -> Option<String> {
    let terms: Vec<String> = tokens::query(text).iter().map(term).collect();
    if terms.is_empty() {
        None
    } else {
        Some(terms.join(" AND "))
    }
}

/// Tokens hold letters and digits only, so quoting them is enough.
fn term(term: &Term) -> String {
    match term {
        Term::Phrase(tokens) => format!("\"{}\"", tokens.join(" ")),
        Term::Prefix(start) => format!("\"{start}\" *"),
    }
}

#[cfg(test)]
mod tests {
    use super::{expression, phone};

    #[test]
    fn a_query_becomes_quoted_phrases() {
        assert_eq!(
            expression("要退款 hel").as_deref(),
            Some("\"要退 退款\" AND \"hel\" *")
        );
        assert_eq!(
            expression("\"*) OR NOT"),
            Some("\"or\" AND \"not\" *".into())
        );
        assert_eq!(expression(" ?! "), None);
    }

    #[test]
    fn a_phone_number_is_found_without_its_country() {
        let ways = phone("+86 138-0013-8000");
        assert!(ways.lines().any(|way| way == "13800138000"));
        assert!(ways.lines().any(|way| way == "8000"));
    }
}
