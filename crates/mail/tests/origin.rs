//! Where a mail is from: signatures, ways and policies together, with names that the test answers for.

use std::{collections::BTreeMap, fs, net::IpAddr, path::PathBuf};

use plugboard_mail::{
    Answer, Authentication, Check, Circle, Options, Path, Question, Record, Verdict, WarningKind,
    decode, registered, warnings,
};

const NOW: &str = "2026-01-05T03:00:00Z";

/// What the names say; what is not here is missing.
#[derive(Clone, Default)]
struct Zone(BTreeMap<(String, Record), Answer>);

impl Zone {
    fn txt(mut self, name: &str, text: &str) -> Self {
        let answer = Answer::Texts(vec![text.into()]);
        self.0.insert((name.into(), Record::Txt), answer);
        self
    }

    fn with(mut self, name: &str, record: Record, answer: Answer) -> Self {
        self.0.insert((name.into(), record), answer);
        self
    }

    fn dead(self, name: &str) -> Self {
        self.with(name, Record::Txt, Answer::Failed)
    }

    fn answer(&self, question: &Question) -> Answer {
        let key = (question.name.clone(), question.record);
        self.0.get(&key).cloned().unwrap_or(Answer::Missing)
    }

    /// What is found of a mail, and how many questions that cost.
    fn check(&self, raw: &[u8], path: Option<Path>) -> (Authentication, usize) {
        let mail = decode(raw, &Options::default());
        self.finish(Check::new(
            raw,
            &mail,
            path,
            NOW.parse().expect("an instant"),
        ))
    }

    fn finish(&self, mut check: Check) -> (Authentication, usize) {
        let mut asked = 0;
        loop {
            match check.go_on() {
                Ok(found) => return (found, asked),
                Err(questions) => {
                    assert!(!questions.is_empty(), "it waits for nothing");
                    for question in questions {
                        asked += 1;
                        let answer = self.answer(&question);
                        check.answer(question, answer);
                    }
                }
            }
        }
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/mail/dkim")
}

/// A mail from `z@mail.shop.example`, signed by `shop.example`.
fn signed() -> Vec<u8> {
    fs::read(folder().join("ed25519.eml")).expect("a mail")
}

/// The names of its signatures.
fn keys() -> Zone {
    let source = fs::read_to_string(folder().join("records.toml")).expect("records");
    let records: BTreeMap<String, String> = toml::from_str(&source).expect("a table");
    records
        .iter()
        .fold(Zone::default(), |zone, (name, text)| zone.txt(name, text))
}

fn from(address: &str) -> Vec<u8> {
    format!("From: {address}\r\nSubject: x\r\n\r\nHello.\r\n").into_bytes()
}

fn way(client: [u8; 4], sender: &str) -> Path {
    Path {
        client: IpAddr::from(client),
        helo: "mx.sender.example".into(),
        sender: sender.into(),
    }
}

/// What a reader is warned of first.
fn warned(raw: &[u8], found: &Authentication) -> Option<WarningKind> {
    let mail = decode(raw, &Options::default());
    let circle = Circle {
        addresses: vec!["help@own.example".into()],
        knows_sender: true,
        ..Circle::default()
    };
    warnings(&mail, found, &circle, &[])
        .first()
        .map(|it| it.kind)
}

#[test]
fn a_signature_of_the_owner_proves_the_sender_where_the_owner_asks_for_it() {
    let asks = keys().txt("_dmarc.shop.example", "v=DMARC1; p=reject");
    let (found, _) = asks.check(&signed(), None);
    assert_eq!((found.dkim, found.dmarc), (Verdict::Pass, Verdict::Pass));
    assert!(found.verified && found.checked_by.is_some());
    assert_eq!(warned(&signed(), &found), None);
    // Without a policy the signature holds, and the address is a suggestion only.
    let (found, _) = keys().check(&signed(), None);
    assert_eq!((found.dkim, found.dmarc), (Verdict::Pass, Verdict::None));
    assert!(!found.verified && found.signed);
    assert_eq!(warned(&signed(), &found), None);
    // Who wants signatures of the very domain gets no other.
    let exact = keys().txt("_dmarc.shop.example", "v=DMARC1; p=reject; adkim=s");
    let (found, _) = exact.check(&signed(), None);
    assert_eq!((found.dmarc, found.verified), (Verdict::Fail, false));
}

#[test]
fn what_fails_warns_of_a_spoofed_sender() {
    let asks = keys().txt("_dmarc.shop.example", "v=DMARC1; p=quarantine");
    let text = String::from_utf8(signed()).expect("UTF-8");
    let changed = text
        .replacen("\u{8c22}\u{8c22}", "\u{518d}\u{89c1}", 1)
        .into_bytes();
    assert_ne!(changed, signed());
    for raw in [changed, from("ceo@mail.shop.example")] {
        let (found, _) = asks.check(&raw, None);
        assert_eq!((found.dmarc, found.verified), (Verdict::Fail, false));
        assert_eq!(warned(&raw, &found), Some(WarningKind::Spoofed));
    }
    // A signature of somebody else is none of the sender.
    let stranger = text
        .replacen("z@mail.shop.example", "z@bank.example", 1)
        .into_bytes();
    let zone = asks.txt("_dmarc.bank.example", "v=DMARC1; p=reject");
    let (found, _) = zone.check(&stranger, None);
    assert_eq!((found.dmarc, found.verified), (Verdict::Fail, false));
    // Who only watches is not protected by a warning of the gravest kind.
    let watches = Zone::default().txt("_dmarc.shop.example", "v=DMARC1; p=none");
    let raw = from("ceo@shop.example");
    let (found, _) = watches.check(&raw, None);
    assert_eq!(found.dmarc, Verdict::Fail);
    assert_eq!(warned(&raw, &found), Some(WarningKind::Unverified));
}

#[test]
fn names_that_nobody_answers_for_prove_nothing_and_accuse_nobody() {
    for zone in [
        keys()
            .txt("_dmarc.shop.example", "v=DMARC1; p=reject")
            .dead("ed25519._domainkey.shop.example"),
        Zone::default()
            .dead("_dmarc.shop.example")
            .dead("ed25519._domainkey.shop.example"),
    ] {
        let (found, _) = zone.check(&signed(), None);
        assert_eq!((found.dmarc, found.verified), (Verdict::Error, false));
        assert_eq!(warned(&signed(), &found), None);
    }
    // A stranger's dead names do not make a forged mail uncertain.
    let text = String::from_utf8(signed()).expect("UTF-8");
    let forged = text
        .replacen("z@mail.shop.example", "z@bank.example", 1)
        .into_bytes();
    let zone = Zone::default()
        .txt("_dmarc.bank.example", "v=DMARC1; p=reject")
        .dead("ed25519._domainkey.shop.example");
    let (found, _) = zone.check(&forged, None);
    assert_eq!(found.dmarc, Verdict::Fail);
}

#[test]
fn the_way_proves_the_sender_as_well() {
    let zone = Zone::default()
        .txt("sender.example", "v=spf1 ip4:192.0.2.0/24 -all")
        .txt("_dmarc.sender.example", "v=DMARC1; p=reject");
    let raw = from("li@news.sender.example");
    let (found, _) = zone.check(&raw, Some(way([192, 0, 2, 9], "bounce@sender.example")));
    assert_eq!(
        (found.spf, found.dmarc, found.verified),
        (Verdict::Pass, Verdict::Pass, true)
    );
    let (found, _) = zone.check(&raw, Some(way([203, 0, 113, 9], "bounce@sender.example")));
    assert_eq!(
        (found.spf, found.dmarc, found.verified),
        (Verdict::Fail, Verdict::Fail, false)
    );
    assert_eq!(warned(&raw, &found), Some(WarningKind::Spoofed));
    // Whoever may send for another domain proves that one only.
    let zone = zone.txt("evil.example", "v=spf1 +all");
    let (found, _) = zone.check(&raw, Some(way([203, 0, 113, 9], "x@evil.example")));
    assert_eq!(
        (found.spf, found.dmarc, found.verified),
        (Verdict::Pass, Verdict::Fail, false)
    );
    // Bounces have no sender; their server's name stands for it.
    let zone = zone.txt("mx.sender.example", "v=spf1 ip4:192.0.2.9 -all");
    let (found, _) = zone.check(&raw, Some(way([192, 0, 2, 9], "")));
    assert!(found.verified);
    let two = b"From: li@sender.example\r\nFrom: ceo@sender.example\r\n\r\nx";
    let (found, _) = zone.check(two, Some(way([192, 0, 2, 9], "bounce@sender.example")));
    assert!(!found.verified);
}

#[test]
fn records_of_senders_are_followed_as_the_standard_says() {
    let hosts = |list: &[&str]| Answer::Hosts(list.iter().map(|it| (*it).into()).collect());
    let ip = |ip: [u8; 4]| Answer::Addresses(vec![IpAddr::from(ip)]);
    let zone = |record: &str| {
        Zone::default()
            .txt("a.example", record)
            .txt("pass.example", "v=spf1 ip4:192.0.2.1 -all")
            .txt("loop.example", "v=spf1 include:loop.example -all")
            .txt("twice.example", "other text")
            .with("a.example", Record::A, ip([192, 0, 2, 1]))
            .with(
                "a.example",
                Record::Mx,
                hosts(&["m1.example", "m2.example"]),
            )
            .with("m2.example", Record::A, ip([192, 0, 2, 1]))
            .with("1.2.0.192.ok.example", Record::A, ip([127, 0, 0, 2]))
            .dead("dead.example")
    };
    for (record, expect) in [
        ("v=spf1 a -all", Verdict::Pass),
        ("v=spf1 mx -all", Verdict::Pass),
        ("v=spf1 a:m1.example -all", Verdict::Fail),
        ("v=spf1 ip4:192.0.4.0/23 ~all", Verdict::Fail),
        ("v=spf1 ip4:192.0.2.0/23 ~all", Verdict::Pass),
        ("v=spf1 ip6:2001:db8::/32 ?all", Verdict::None),
        ("v=spf1 include:pass.example -all", Verdict::Pass),
        ("v=spf1 redirect=pass.example", Verdict::Pass),
        ("v=spf1 exists:%{ir}.ok.example -all", Verdict::Pass),
        ("v=spf1 -ip4:192.0.2.1 +all", Verdict::Fail),
        ("v=spf1", Verdict::None),
        ("v=spf10 +all", Verdict::None),
        // What makes no sense, costs too much or is not answered for proves nothing.
        ("v=spf1 nonsense -all", Verdict::Error),
        ("v=spf1 ip4:192.0.2.1/33 -all", Verdict::Error),
        ("v=spf1 include:loop.example -all", Verdict::Error),
        ("v=spf1 include:nowhere.example -all", Verdict::Error),
        ("v=spf1 include:dead.example -all", Verdict::Error),
        (
            "v=spf1 a:1.example a:2.example a:3.example +all",
            Verdict::Error,
        ),
    ] {
        let (found, asked) = zone(record).check(
            &from("x@a.example"),
            Some(way([192, 0, 2, 1], "x@a.example")),
        );
        assert_eq!(found.spf, expect, "{record}");
        assert!(asked <= 40, "{asked} questions for {record}");
    }
}

#[test]
fn owners_are_found_by_asking_upwards() {
    let text = String::from_utf8(signed()).expect("UTF-8");
    // A suffix that says that it is one keeps its customers apart.
    let zone = keys()
        .txt("_dmarc.example", "v=DMARC1; p=reject; psd=y")
        .txt("_dmarc.shop.example", "v=DMARC1; p=reject");
    assert!(zone.check(&signed(), None).0.verified);
    let other = text
        .replacen("z@mail.shop.example", "z@bank.example", 1)
        .into_bytes();
    let (found, _) = zone.check(&other, None);
    assert_eq!(
        (found.dmarc, found.verified),
        (Verdict::Fail, false),
        "the suffix asks for it"
    );
    // So does a part of a domain that is somebody else's.
    let apart = keys()
        .txt("_dmarc.shop.example", "v=DMARC1; p=reject")
        .txt("_dmarc.mail.shop.example", "v=DMARC1; p=reject; psd=n");
    assert!(!apart.check(&signed(), None).0.verified);
    // Those below the owner's name can be asked for less.
    let below = Zone::default().txt("_dmarc.shop.example", "v=DMARC1; p=reject; sp=none");
    let raw = from("x@a.b.c.d.e.f.g.h.i.shop.example");
    let (found, asked) = below.check(&raw, None);
    assert_eq!((found.dmarc, found.enforced), (Verdict::Fail, false));
    assert!(asked <= 8, "{asked} questions");
}

#[test]
fn who_gives_names_to_others_is_not_the_owner_of_them() {
    // A suffix with a record of its own that does not say that it is one: a country's, and a shop system's.
    for suffix in ["co.uk", "myshopify.com", "com.cn"] {
        let asks = "v=DMARC1; p=reject";
        let zone = Zone::default()
            .txt(&format!("_dmarc.{suffix}"), asks)
            .txt(&format!("evil.{suffix}"), "v=spf1 +all");
        let raw = from(&format!("ceo@bank.{suffix}"));
        let sender = format!("x@evil.{suffix}");
        let (found, _) = zone.check(&raw, Some(way([203, 0, 113, 9], &sender)));
        assert_eq!(
            (found.spf, found.dmarc, found.verified),
            (Verdict::Pass, Verdict::None, false),
            "{suffix}"
        );
        // Its own names are one owner's, as ever.
        let own = zone.txt(&format!("news.bank.{suffix}"), "v=spf1 +all");
        let own = own.txt(&format!("_dmarc.bank.{suffix}"), asks);
        let sender = format!("x@news.bank.{suffix}");
        let (found, asked) = own.check(&raw, Some(way([203, 0, 113, 9], &sender)));
        assert!(found.verified, "{suffix}");
        assert!(asked <= 5, "{asked} questions");
    }
    for (name, owner) in [
        ("a.b.shop.co.uk", "shop.co.uk"),
        (
            "mail.\u{5546}\u{5e97}.\u{4e2d}\u{56fd}",
            "\u{5546}\u{5e97}.\u{4e2d}\u{56fd}",
        ),
        ("mail.xn--8mr545f.xn--fiqs8s", "xn--8mr545f.xn--fiqs8s"),
        ("x.y.nobody-listed-this", "y.nobody-listed-this"),
        ("_dmarc.shop.example.", "shop.example"),
        ("com.cn", "com.cn"),
        ("localhost", "localhost"),
        ("", ""),
    ] {
        assert_eq!(registered(name), owner, "{name}");
    }
}

#[test]
fn what_a_trusted_server_found_of_the_way_counts_for_the_policy() {
    let zone = Zone::default().txt("_dmarc.sender.example", "v=DMARC1; p=reject");
    let raw = from("li@sender.example");
    let mail = decode(&raw, &Options::default());
    for (told, about, dmarc) in [
        (Verdict::Pass, "bounce.sender.example", Verdict::Pass),
        (Verdict::Pass, "evil.example", Verdict::Fail),
        (Verdict::Fail, "sender.example", Verdict::Fail),
        (Verdict::Error, "sender.example", Verdict::Error),
    ] {
        let check = Check::new(&raw, &mail, None, NOW.parse().expect("an instant"));
        let (found, _) = zone.finish(check.told(Some((told, about.to_owned()))));
        assert_eq!((found.spf, found.dmarc), (told, dmarc), "{about}");
    }
}

#[test]
fn hostile_mail_costs_little() {
    let signature = |n: usize, signed: &str| {
        format!(
            "DKIM-Signature: v=1; a=rsa-sha256; d=d{n}.example; s=s; bh=AAAA; b=AAAA; h={signed}\r\n"
        )
    };
    let mut raw = signature(0, &"from:".repeat(100_000));
    raw.extend((1..500).map(|n| signature(n, "from")));
    raw.push_str("From: x@shop.example\r\n\r\nx\r\n");
    let (found, asked) = Zone::default().check(raw.as_bytes(), None);
    assert!(!found.verified);
    assert!(asked <= 10, "{asked} questions");
    // Records that lead to ever more records.
    let mut zone = Zone::default().txt("a.example", "v=spf1 include:0.x.example -all");
    for n in 0..200 {
        let next = format!(
            "v=spf1 include:{}.x.example include:b{n}.example -all",
            n + 1
        );
        zone = zone.txt(&format!("{n}.x.example"), &next);
    }
    let (found, asked) = zone.check(
        &from("x@a.example"),
        Some(way([192, 0, 2, 1], "x@a.example")),
    );
    assert_eq!(found.spf, Verdict::Error);
    assert!(asked <= 60, "{asked} questions");
}
