//! Mails as senders write them, and what is read of them.

use std::fmt::Write;

use plugboard_mail::{Auto, Mail, Options, Problem, decode};

fn read(raw: impl AsRef<[u8]>) -> Mail {
    decode(raw.as_ref(), &Options::default())
}

#[test]
fn a_simple_mail_is_read() {
    let mail = read(
        "From: =?utf-8?B?5byg5LiJ?= <z@X.cn>\r\nTo: help@shop.example\r\nSubject: hello\r\n\
         Message-ID: <1@x.cn>\r\nReferences: <a@x>\r\n <b@x>\r\nDate: Mon, 5 Jan 2026 10:00:00 +0800\r\n\r\nhi\r\nthere\r\n",
    );
    let from = mail.from.unwrap();
    assert_eq!(
        (from.name.as_str(), from.address.as_str()),
        ("张三", "z@x.cn")
    );
    assert_eq!(mail.subject, "hello");
    assert_eq!(mail.text, "hi\nthere");
    assert_eq!(mail.references, ["a@x", "b@x"]);
    assert_eq!(mail.date.unwrap().to_string(), "2026-01-05T02:00:00Z");
    assert_eq!(mail.auto, Auto::No);
    assert_eq!(mail.problems, []);
}

#[test]
fn texts_pictures_and_files_are_told_apart() {
    let mail = read(
        "From: a@b\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\
         Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\n\
         Content-Type: multipart/alternative; boundary=\"a\"\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\nhi\r\n--a\r\n\
         Content-Type: text/html\r\n\r\n<b>hi</b><img src=\"cid:one%40x\">\r\n--a--\r\n\
         --r\r\nContent-Type: image/png; name=a.png\r\nContent-ID: <one@x>\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n\
         --r\r\nContent-Type: image/png\r\nContent-ID: <two@x>\r\nContent-Disposition: inline\r\n\r\nx\r\n--r--\r\n\
         --m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"=?gb2312?B?t6LGsS5wZGY=?=\"\r\n\r\nPDF\r\n--m--\r\n",
    );
    assert_eq!(mail.text, "hi");
    assert!(mail.html.as_deref().unwrap().contains("<b>hi</b>"));
    let parts: Vec<(&str, bool, &[u8])> = mail
        .parts
        .iter()
        .map(|it| (it.name.as_str(), it.inline, it.bytes.as_slice()))
        .collect();
    assert_eq!(
        parts,
        [
            ("a.png", true, &[0, 1, 2][..]),
            ("attachment-2.png", false, b"x"),
            ("发票.pdf", false, b"PDF"),
        ]
    );
}

#[test]
fn html_alone_gives_a_text() {
    let mail = read("From: a@b\r\nContent-Type: text/html\r\n\r\n<p>a</p><p>b</p>");
    assert_eq!(mail.text, "a\n\nb");
}

#[test]
fn whatever_the_bytes_there_is_a_mail() {
    for raw in [
        &b""[..],
        b"\n",
        b"hello there",
        b"\xff\xfe\x00\x01",
        b"Content-Type: multipart/mixed; boundary=x\n\nnever delimited",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n--x\n--x--\n--x",
        b"Content-Type: multipart/mixed; boundary=\"\"\n\n--\nhi",
        b"Subject: =?gb2312?B?\n",
    ] {
        let mail = read(raw);
        if raw.windows(5).any(|it| it == b"never" || it == b"hello") {
            assert!(!mail.text.is_empty(), "{raw:?}");
        }
    }
    assert!(read("hello there").problems.contains(&Problem::NoHeaders));
}

#[test]
fn headers_that_a_mailer_broke_are_still_headers() {
    let mail =
        read("From: a@b\nSubject: one\nbroken line\nTo: c@d\nContent-Type: text/html\n\n<b>x</b>");
    assert_eq!(mail.text, "x");
    assert_eq!(mail.to[0].address, "c@d");
}

#[test]
fn twenty_thousand_parts_in_parts_cost_no_stack() {
    for kind in ["multipart/mixed; boundary=b", "message/rfc822"] {
        let mut raw = String::from("From: a@b\r\n");
        for at in 0..20_000 {
            let kind = if kind.starts_with("multipart") {
                format!("{kind}{at}")
            } else {
                kind.to_owned()
            };
            write!(raw, "Content-Type: {kind}\r\n\r\n--b{at}\r\n").unwrap();
        }
        raw.push_str("\r\nhello\r\n");
        let read = std::thread::Builder::new()
            .stack_size(256 * 1024)
            .spawn(move || read(raw))
            .unwrap()
            .join()
            .unwrap();
        assert!(!read.text.is_empty() || !read.parts.is_empty());
    }
}

#[test]
fn twenty_thousand_parts_beside_each_other_are_all_there() {
    let mut raw = String::from(
        "From: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n",
    );
    for at in 0..20_000 {
        write!(
            raw,
            "--b\r\nContent-Type: image/png; name={at}.png\r\n\r\n{at}\r\n"
        )
        .unwrap();
    }
    raw.push_str("--b--\r\n");
    let mail = read(raw);
    assert_eq!((mail.text.as_str(), mail.parts.len()), ("hello", 20_000));
    assert_eq!(mail.parts[19_999].bytes, b"19999");
}

#[test]
fn more_parts_than_anybody_sends_are_one_file() {
    let raw = "From: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n"
        .to_owned()
        + &"--b\r\n\r\n".repeat(60_000);
    let mail = read(raw);
    assert!(mail.problems.contains(&Problem::TooManyParts));
    assert_eq!(mail.parts.last().unwrap().name, "rest-of-mail.bin");
}

#[test]
fn a_multipart_that_forgot_a_semicolon_or_its_boundary_is_read() {
    for kind in ["multipart/mixed\r\n\tboundary=\"b\"", "multipart/mixed"] {
        let mail = read(format!(
            "From: a@b\r\nContent-Type: {kind}\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: image/png; name=a.png\r\n\r\nx\r\n--b--\r\n"
        ));
        assert_eq!(
            (mail.text.as_str(), mail.parts.len()),
            ("hello", 1),
            "{kind}"
        );
    }
}

#[test]
fn an_html_mail_that_says_its_charset_only_in_itself_is_read() {
    let (html, _, _) = encoding_rs::GBK.encode("<meta charset=gb2312><p>您好，订单</p>");
    let mut raw = b"From: a@b\r\nContent-Type: text/html\r\n\r\n".to_vec();
    raw.extend_from_slice(&html);
    assert_eq!(read(raw).text, "您好，订单");
}

#[test]
fn the_charset_of_the_mailbox_decides_where_bytes_leave_a_choice() {
    // Two characters are too few to tell by what is common.
    let mut raw = b"From: a@b\r\n\r\n".to_vec();
    raw.extend_from_slice(&encoding_rs::BIG5.encode("\u{9f98}\u{9747}").0);
    let mail = decode(&raw, &Options::with_charset("big5"));
    assert_eq!(mail.text, "\u{9f98}\u{9747}");
}

#[test]
fn a_file_packed_into_a_text_is_a_file() {
    let mail = read("From: a@b\n\nsee below\nbegin 644 cat.txt\n#0V%T\n`\nend\nbye\nbegin again\n");
    assert_eq!(mail.text, "see below\n\nbye\nbegin again");
    assert_eq!(
        (mail.parts[0].name.as_str(), mail.parts[0].bytes.as_slice()),
        ("cat.txt", &b"Cat"[..])
    );
}
