//! Trimming only ever leaves a beginning, and what was cleaned stays clean.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plugboard_mail::{Inline, Remote, clean, text_of_html, trim_html, trim_text};

fuzz_target!(|text: &str| {
    let trimmed = trim_text(text);
    assert!(text.starts_with(&trimmed.visible));
    let _ = text_of_html(text);
    let inline = Inline {
        part: &|_| None,
        remote: Remote::Blocked,
    };
    let found = clean(text, &inline);
    for html in [&found.html, &trim_html(&found.html).visible] {
        let lower = html.to_lowercase();
        assert!(!lower.contains("<script") && !lower.contains("<iframe") && !lower.contains("<svg"));
    }
    let _ = trim_html(text);
});
