//! Any report can be read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plugboard_mail::{Options, decode, report};

fuzz_target!(|raw: &[u8]| {
    for kind in ["message/delivery-status", "message/disposition-notification", "text/plain", "message/feedback-report"] {
        let mut mail = format!(
            "From: MAILER-DAEMON@x.example\r\nReturn-Path: <>\r\nContent-Type: multipart/report; boundary=fuzz\r\n\r\n--fuzz\r\nContent-Type: {kind}\r\n\r\n"
        )
        .into_bytes();
        mail.extend_from_slice(raw);
        mail.extend_from_slice(b"\r\n--fuzz--\r\n");
        let mail = decode(&mail, &Options::default());
        let report = report(&mail).expect("a report of this kind is one");
        assert!(report.recipients.len() <= 500);
        assert!(report.recipients.iter().all(|it| !it.diagnostic.contains('\n')));
    }
    let _ = report(&decode(raw, &Options::default()));
});
