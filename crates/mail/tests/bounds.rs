//! What large and strange mails cost: memory in a small multiple of their size, and time that does not explode.

use std::fmt::Write;

use plugboard_mail::{Inline, Options, Remote, clean, decode, report, trim_html, trim_text};

/// A mail of the largest size that providers let through.
const LARGE: usize = 50 * 1024 * 1024;

/// Memory of this process at its highest, in bytes.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    let kilobytes: usize = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Reads a mail in all ways and says how much memory that took, the mail included.
fn cost(raw: Vec<u8>, before: usize) -> usize {
    let size = raw.len();
    let mail = decode(&raw, &Options::default());
    assert!(!mail.text.is_empty() || !mail.parts.is_empty());
    let _ = report(&mail);
    let _ = trim_text(&mail.text);
    drop(mail);
    let took = peak().unwrap_or(before + size) - before;
    assert!(
        took <= 4 * size + 8 * 1024 * 1024,
        "{took} bytes for a mail of {size}"
    );
    took
}

#[test]
fn a_large_file_takes_a_small_multiple_of_memory() {
    let Some(before) = peak() else { return };
    let mut raw = b"From: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n\
        Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        .to_vec();
    raw.reserve_exact(LARGE);
    while raw.len() < LARGE {
        raw.extend_from_slice(
            b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n",
        );
    }
    raw.extend_from_slice(b"--b--\r\n");
    cost(raw, before);
}

#[test]
fn a_large_text_takes_a_small_multiple_of_memory() {
    let Some(before) = peak() else { return };
    let mut raw = "From: a@b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        .as_bytes()
        .to_vec();
    raw.reserve_exact(LARGE);
    while raw.len() < LARGE {
        raw.extend_from_slice("这是一个很长的邮件，没有人会读完它。\r\n".as_bytes());
    }
    cost(raw, before);
}

#[test]
fn a_large_header_takes_a_small_multiple_of_memory() {
    let Some(before) = peak() else { return };
    let mut raw = b"From: a@b\r\nTo: ".to_vec();
    while raw.len() < LARGE / 4 {
        raw.extend_from_slice(b"someone@example.com,\r\n ");
    }
    raw.extend_from_slice(b"\r\n\r\nhello\r\n");
    cost(raw, before);
}

#[test]
fn many_parts_take_a_small_multiple_of_memory() {
    let Some(before) = peak() else { return };
    let mut raw = String::from(
        "From: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n",
    );
    for at in 0..20_000 {
        write!(raw, "--b\r\nContent-Type: image/png; name={at}.png\r\nContent-Transfer-Encoding: base64\r\n\r\n").unwrap();
        raw.push_str(
            &"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n"
                .repeat(5),
        );
    }
    raw.push_str("--b--\r\n");
    cost(raw.into_bytes(), before);
}

#[test]
fn strange_mails_come_to_an_end() {
    let repeated = |piece: &str, times: usize| piece.repeat(times);
    for body in [
        repeated("> ", 100_000),
        repeated("On Mon, 5 Jan 2026 a@b\n", 20_000),
        repeated("发件人: x\n", 20_000),
        repeated("-- \n", 20_000),
        repeated("begin 644 a\n", 20_000),
        repeated("begin 644 a\nend\n", 20_000),
        repeated("> a\n", 19_000) + "below",
        repeated("> a\nbetween\n", 9_000),
        repeated("------------------ 原始邮件 ------------------\n", 20_000),
        repeated("=?utf-8?B?5L2g?=", 20_000),
        repeated("=?a?B?", 40_000),
        repeated("\n", 300_000),
    ] {
        let raw = format!("From: {body}\nSubject: {body}\n\n{body}");
        let mail = decode(raw.as_bytes(), &Options::default());
        trim_text(&mail.text);
        trim_text(&body);
        let inline = Inline {
            part: &|_| None,
            remote: Remote::Blocked,
        };
        trim_html(&clean(&body, &inline).html);
    }
}

#[test]
fn long_chains_and_many_problems_are_bounded() {
    let chain = (0..20_000).fold(String::new(), |text, it| text + &format!("<{it}@x> "));
    let mail = decode(
        format!("References: {chain}\nReferences: {chain}\n\nx").as_bytes(),
        &Options::default(),
    );
    assert!(mail.references.len() <= 200 && mail.references[0] == "0@x");
    let mut raw = b"Content-Type: multipart/mixed; boundary=b\n\n".to_vec();
    for at in 0..1_000 {
        raw.extend_from_slice(
            format!("--b\nContent-Type: text/plain; charset=odd-{at}\n\n").as_bytes(),
        );
        raw.extend_from_slice(b"\xc4\xe3\xba\xc3\n");
    }
    assert!(decode(&raw, &Options::default()).problems.len() <= 50);
}
