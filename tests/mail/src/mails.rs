//! Mails as customers write them.

use base64::{Engine, engine::general_purpose::STANDARD};

/// A plain mail.
pub fn plain(from: &str, to: &str, subject: &str, id: &str, text: &str) -> Vec<u8> {
    mail(from, to, subject, id, "", text)
}

/// A plain mail with more headers, each ended by a line end.
pub fn mail(from: &str, to: &str, subject: &str, id: &str, more: &str, text: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {}\r\nMessage-ID: <{id}>\r\nDate: Tue, 06 Oct 2026 10:00:00 +0800\r\n{more}\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        word(subject),
        lines(text.as_bytes()),
    )
    .into_bytes()
}

/// A mail with an inline picture and a file.
pub fn with_files(from: &str, to: &str, subject: &str, id: &str, text: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {}\r\nMessage-ID: <{id}>\r\nDate: Tue, 06 Oct 2026 10:00:00 +0800\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n\
         --m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n\
         --r\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n\
         --r\r\nContent-Type: image/png; name=p.png\r\nContent-ID: <pic@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n\
         --r--\r\n\
         --m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=order.pdf\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--m--\r\n",
        word(subject),
        lines(format!("<p>{text}</p><img src=\"cid:pic@x\">").as_bytes()),
        lines(PNG),
        lines(b"%PDF-1.4 order"),
    )
    .into_bytes()
}

/// A picture of one dot.
pub const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 4, 0,
    0, 0, 181, 28, 12, 2, 0, 0, 0, 11, 73, 68, 65, 84, 120, 218, 99, 100, 96, 0, 0, 0, 6, 0, 2, 48,
    129, 208, 47, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

fn word(text: &str) -> String {
    if text.is_ascii() {
        text.to_owned()
    } else {
        format!("=?utf-8?B?{}?=", STANDARD.encode(text))
    }
}

fn lines(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(76)
        .map(|it| std::str::from_utf8(it).unwrap())
        .collect();
    lines.join("\r\n")
}

/// A header of a raw mail, unfolded.
pub fn header(raw: &str, name: &str) -> Option<String> {
    let head = raw.split("\r\n\r\n").next().unwrap_or(raw);
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

/// Everything in a raw mail that is in base64, decoded: what a reader could see.
pub fn readable(raw: &str) -> String {
    let mut text = raw.to_owned();
    let mut block = String::new();
    for line in raw.lines().chain([""]) {
        let base64 = line.len() <= 76
            && !line.is_empty()
            && line
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || b"+/=".contains(&it));
        if base64 {
            block.push_str(line);
        } else {
            if let Ok(bytes) = STANDARD.decode(&block) {
                text.push_str(&String::from_utf8_lossy(&bytes));
            }
            block.clear();
        }
    }
    text
}
