//! What is new in an answer: the table in `tests/fixtures/mail/trimming`.

use std::path::Path;

use plugboard_mail::{Inline, Remote, clean, text_of_html, trim_html, trim_text};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    text: Option<String>,
    html: Option<String>,
    new: Option<String>,
}

fn cleaned(html: &str) -> String {
    let inline = Inline {
        part: &|it| it.starts_with("/parts/").then(|| it.to_owned()),
        remote: Remote::Blocked,
    };
    clean(html, &inline).html
}

#[test]
fn every_answer_of_the_table_is_trimmed_to_what_is_new() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/mail/trimming/cases.toml");
    let table: Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in &table.case {
        let (trimmed, whole) = if let Some(text) = &case.text {
            (trim_text(text), text.clone())
        } else {
            let html = cleaned(case.html.as_deref().unwrap());
            let mut trimmed = trim_html(&html);
            if trimmed.has_quoted {
                trimmed.visible = text_of_html(&trimmed.visible);
            }
            (trimmed, html)
        };
        let expected = case.new.as_ref().unwrap_or(&whole);
        if (&trimmed.visible, trimmed.has_quoted) != (expected, case.new.is_some()) {
            wrong.push(format!(
                "{}\n  {:?}\n  {expected:?} expected",
                case.name, trimmed.visible
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

proptest! {
    #[test]
    fn trimming_only_ever_leaves_a_beginning(
        lines in proptest::collection::vec(
            prop_oneof![
                Just("> quoted".to_owned()), Just(String::new()), Just("On Mon, 5 Jan 2026 a@b wrote:".to_owned()),
                Just("-----Original Message-----".to_owned()), Just("发件人：a".to_owned()), Just("主题：b".to_owned()),
                Just("收件人：c".to_owned()), Just("-- ".to_owned()), Just("发自我的iPhone".to_owned()), "[ -~]{0,20}",
            ],
            0..30,
        ),
    ) {
        let text = lines.join("\n");
        let trimmed = trim_text(&text);
        prop_assert!(text.starts_with(&trimmed.visible));
        // What is new has nothing more to cut away.
        if trimmed.has_quoted {
            prop_assert!(!trimmed.visible.trim().is_empty());
        }
        let html: Vec<String> = lines.iter().map(|it| format!("<div>{}</div>", it.replace('<', "&lt;"))).collect();
        let clean = cleaned(&html.concat());
        let new = trim_html(&clean).visible;
        prop_assert!(clean.starts_with(&new) || cleaned(&new) == new);
    }
}
