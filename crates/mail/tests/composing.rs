//! Mails that go out: what they say when they are read again, and what they never say.

use plugboard_mail::{
    Auto, Automatic, File, Language, Mailbox, Options, Outgoing, Quote, compose, decode, sendable,
    trim_html, trim_text,
};
use proptest::prelude::*;

fn outgoing() -> Outgoing {
    Outgoing {
        from: Mailbox::new("小店客服, Li", "help@shop.example"),
        reply_to: Some(Mailbox::new("", "help+token@shop.example")),
        to: vec![
            Mailbox::new("张三", "z@x.cn"),
            Mailbox::new("O'Neil", "o@y.example"),
        ],
        cc: vec![Mailbox::new("A \"quoted\" name", "c@z.example")],
        bcc: vec![Mailbox::new("Secret", "secret@hidden.example")],
        subject:
            "回复：您的订单 20260105 已经发货，请注意查收；如有任何问题请随时联系我们的客服人员"
                .into(),
        message_id: "m1@shop.example".into(),
        in_reply_to: Some("a2@x.cn".into()),
        references: vec!["a1@x.cn".into(), "a2@x.cn".into()],
        date: "2026-01-05T02:00:00Z".parse().expect("a date"),
        text: "您好！\n订单已经发货。".into(),
        ..Outgoing::default()
    }
}

#[test]
fn what_is_written_is_what_is_read() {
    let mail = Outgoing {
        html: Some("<p>您好！</p><p>订单已经发货。<img src=\"cid:pic@shop\"></p>".into()),
        signature: Some("<b>小店</b>".into()),
        quote: Some(Quote {
            from: Mailbox::new("张三", "z@x.cn"),
            when: Some("2026-01-05T10:00:00+08:00[Asia/Shanghai]".parse().unwrap()),
            text: "货呢？\n> 更早的".into(),
            html: None,
        }),
        files: vec![
            File {
                name: "照片.png".into(),
                content_type: "image/png".into(),
                content_id: Some("pic@shop".into()),
                bytes: vec![1, 2, 3],
            },
            File {
                name: "一个非常非常长的文件名用来检查折行与编码是否正确的发票扫描件.pdf".into(),
                content_type: "application/pdf".into(),
                content_id: None,
                bytes: b"PDF".repeat(100),
            },
        ],
        language: Language::Chinese,
        ..outgoing()
    };
    let bytes = compose(&mail);
    let read = decode(&bytes, &Options::default());
    assert_eq!(read.problems, []);
    assert_eq!(read.subject, mail.subject);
    assert_eq!(read.from.as_ref(), Some(&mail.from));
    assert_eq!(
        (&read.to, &read.cc, &read.reply_to),
        (&mail.to, &mail.cc, &vec![mail.reply_to.clone().unwrap()])
    );
    assert_eq!(read.message_id.as_deref(), Some("m1@shop.example"));
    assert_eq!(
        (read.in_reply_to, read.references),
        (vec!["a2@x.cn".to_owned()], mail.references.clone())
    );
    assert_eq!(read.date, Some(mail.date));
    assert_eq!(
        read.text,
        "您好！\n订单已经发货。\n\n-- \n小店\n\n在 2026年1月5日 10:00\u{ff0c}张三 <z@x.cn> 写道\u{ff1a}\n> 货呢？\n>> 更早的"
    );
    let files: Vec<(&str, bool, &[u8])> = read
        .parts
        .iter()
        .map(|it| (it.name.as_str(), it.inline, it.bytes.as_slice()))
        .collect();
    assert_eq!(files[0], ("照片.png", true, &[1, 2, 3][..]));
    assert_eq!(
        (files[1].0, files[1].1),
        (mail.files[1].name.as_str(), false)
    );
    assert_eq!(read.auto, Auto::No);
    // Our own answers are trimmed by our own rules.
    assert_eq!(trim_text(&read.text).visible, "您好！\n订单已经发货。");
    let html = trim_html(read.html.as_deref().unwrap()).visible;
    assert!(
        html.contains("已经发货") && !html.contains("货呢"),
        "{html}"
    );
}

#[test]
fn bytes_are_what_servers_take() {
    let bytes = compose(&Outgoing {
        html: Some("<p>你好</p>".into()),
        text: "你好".repeat(2_000),
        ..outgoing()
    });
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.is_ascii());
    assert!(
        !text.contains("secret")
            && !text.contains("Secret")
            && !text.to_lowercase().contains("bcc")
    );
    for line in text.split("\r\n") {
        assert!(line.len() <= 78 && !line.contains(['\r', '\n']), "{line:?}");
    }
    assert!(text.ends_with("\r\n"));
    assert_eq!(
        outgoing().recipients(),
        [
            "z@x.cn",
            "o@y.example",
            "c@z.example",
            "secret@hidden.example"
        ]
    );
}

#[test]
fn the_chain_grows_by_what_is_answered() {
    let mail = Outgoing {
        in_reply_to: Some("a3@x".into()),
        references: (0..100).map(|it| format!("r{it}@x")).collect(),
        ..outgoing()
    };
    let read = decode(&compose(&mail), &Options::default());
    assert_eq!(read.references.first().map(String::as_str), Some("r0@x"));
    assert_eq!(read.references.last().map(String::as_str), Some("a3@x"));
    assert!(read.references.len() <= 61);
}

#[test]
fn what_nobody_wrote_says_so() {
    for (automatic, expect) in [
        (Automatic::Reply, Auto::Reply),
        (Automatic::Notice, Auto::Generated),
    ] {
        let read = decode(
            &compose(&Outgoing {
                automatic,
                ..outgoing()
            }),
            &Options::default(),
        );
        assert_eq!(read.auto, expect);
        assert_eq!(read.header("x-auto-response-suppress"), Some("All"));
    }
}

#[test]
fn addresses_that_cannot_be_sent_to_are_left_out() {
    for (address, expect) in [
        ("a@x.cn", Some("a@x.cn")),
        ("a@例子.中国", Some("a@xn--fsqu00a.xn--fiqs8s")),
        ("a b@x.cn", None),
        ("a@x.cn\r\nRCPT TO:<b@y>", None),
        ("<a@x.cn>", None),
        ("a@", None),
        ("@x.cn", None),
        ("a@x..cn", None),
        ("张三@x.cn", None),
    ] {
        assert_eq!(sendable(address).as_deref(), expect, "{address}");
    }
}

proptest! {
    #[test]
    fn no_header_can_be_smuggled_in(
        name in "[\\PC\r\n\t\u{2028}\"<>,:]{0,80}", subject in "[\\PC\r\n\t\u{85}]{0,200}", address in "[ -~\r\n]{0,40}", id in "[ -~\r\n]{0,60}",
        file in "[\\PC\r\n\"]{0,80}", kind in "[ -~\r\n]{0,40}",
    ) {
        let evil = |text: &str| format!("{text}\r\nX-Evil: 1\r\n\r\nBcc: a@b");
        let mail = Outgoing {
            from: Mailbox { name: evil(&name), address: "a@b.example".into() },
            to: vec![Mailbox { name: evil(&name), address: evil(&address) }, Mailbox { name: name.clone(), address: "c@d.example".into() }],
            subject: evil(&subject),
            message_id: evil(&id),
            references: vec![evil(&id)],
            files: vec![File { name: evil(&file), content_type: evil(&kind), content_id: Some(evil(&id)), bytes: vec![1] }],
            html: Some("<p>x</p>".into()),
            ..outgoing()
        };
        let bytes = compose(&mail);
        let read = decode(&bytes, &Options::default());
        prop_assert!(read.header("x-evil").is_none());
        prop_assert!(read.bcc.is_empty());
        prop_assert_eq!(read.parts.len(), 1);
        prop_assert_eq!(read.text.as_str(), "您好！\n订单已经发货。");
        for line in String::from_utf8(bytes).unwrap().split("\r\n") {
            prop_assert!(!line.contains(['\r', '\n']));
            prop_assert!(!line.to_lowercase().starts_with("x-evil"));
            prop_assert!(line.len() <= 998);
        }
    }
}
