//! Any bytes are a mail, and what is composed of it can be read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plugboard_mail::{Mailbox, Options, Outgoing, authentication, compose, decode};

fuzz_target!(|raw: &[u8]| {
    let mail = decode(raw, &Options::default());
    let _ = decode(raw, &Options::with_charset("gb18030"));
    let _ = authentication(&mail, &["*"]);
    assert!(mail.parts.iter().all(|it| !it.name.is_empty() && !it.name.contains(['/', '\\', '\n', '\r'])));
    assert!(!mail.subject.contains(['\n', '\r']));
    let bytes = compose(&Outgoing {
        from: mail.from.clone().unwrap_or_default(),
        to: vec![Mailbox::new("x", "x@y.example")],
        cc: mail.cc.clone(),
        subject: mail.subject.clone(),
        message_id: mail.message_id.clone().unwrap_or_default(),
        references: mail.references.clone(),
        text: mail.text.clone(),
        ..Outgoing::default()
    });
    let again = decode(&bytes, &Options::default());
    assert!(again.bcc.is_empty());
    assert_eq!(again.header("mime-version"), Some("1.0"));
});
