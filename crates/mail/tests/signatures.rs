//! Signatures of mail servers: mails that were signed by a script of its own, in `tests/fixtures/mail/dkim`.

use std::{collections::HashMap, fs, path::PathBuf};

use plugboard_mail::{Signature, Txt, Verdict, dkim, dkim_questions};

const NOW: &str = "2026-01-05T03:00:00Z";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/mail/dkim")
}

fn mail(name: &str) -> Vec<u8> {
    fs::read(folder().join(name).with_extension("eml")).expect("a mail")
}

fn records() -> HashMap<String, String> {
    let source = fs::read_to_string(folder().join("records.toml")).expect("records");
    toml::from_str(&source).expect("a table")
}

fn check(raw: &[u8]) -> Vec<Signature> {
    let records = records();
    let answer = |name: &str| {
        records
            .get(name)
            .map_or(Txt::Missing, |it| Txt::Record(it.clone()))
    };
    dkim(raw, &answer, NOW.parse().expect("an instant"))
}

fn verdict(raw: &[u8]) -> Verdict {
    let found = check(raw);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].domain, "shop.example");
    found[0].verdict
}

/// The mail with some bytes replaced.
fn changed(raw: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(raw.to_vec()).expect("UTF-8");
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

const KINDS: [&str; 3] = ["rsa-relaxed", "rsa-simple", "ed25519"];

#[test]
fn signatures_that_hold_prove_who_sent_a_mail() {
    for kind in KINDS {
        let raw = mail(kind);
        assert_eq!(
            dkim_questions(&raw),
            [format!("{kind}._domainkey.shop.example")]
        );
        assert_eq!(verdict(&raw), Verdict::Pass, "{kind}");
        // As a store keeps it that has other ends of lines.
        let unix = String::from_utf8(raw).expect("UTF-8").replace("\r\n", "\n");
        assert_eq!(verdict(unix.as_bytes()), Verdict::Pass, "{kind}");
    }
}

#[test]
fn what_was_changed_on_the_way_is_noticed() {
    for kind in KINDS {
        let raw = mail(kind);
        for (from, to) in [
            ("谢谢", "再见"),
            ("z@mail.shop.example", "x@mail.shop.example"),
            ("help@desk", "sell@desk"),
            ("bh=", "bh=A"),
        ] {
            assert_eq!(
                verdict(&changed(&raw, from, to)),
                Verdict::Fail,
                "{kind}: {from}"
            );
        }
        // A second sender was signed to be absent.
        let second = changed(&raw, "To: ", "From: boss@shop.example\r\nTo: ");
        assert_eq!(verdict(&second), Verdict::Fail, "{kind}");
    }
    // What relaxed signatures let pass, strict ones do not.
    assert_eq!(
        verdict(&changed(&mail("rsa-relaxed"), "Subject:  ", "Subject: ")),
        Verdict::Pass
    );
    assert_eq!(
        verdict(&changed(&mail("rsa-simple"), "Subject:  ", "Subject: ")),
        Verdict::Fail
    );
    assert_eq!(
        verdict(&changed(&mail("rsa-relaxed"), "您好，  这", "您好， 这")),
        Verdict::Pass
    );
}

#[test]
fn signatures_that_ended_or_cover_a_part_prove_nothing() {
    for kind in KINDS {
        assert_eq!(verdict(&mail(&format!("{kind}-expired"))), Verdict::Fail);
        assert_eq!(verdict(&mail(&format!("{kind}-part"))), Verdict::Error);
    }
}

#[test]
fn keys_that_are_gone_revoked_or_of_another_kind_prove_nothing() {
    let raw = mail("rsa-relaxed");
    let now = NOW.parse().expect("an instant");
    let with = |txt: Txt| dkim(&raw, &|_| txt.clone(), now)[0].verdict;
    assert_eq!(with(Txt::Missing), Verdict::Error);
    assert_eq!(with(Txt::Failed), Verdict::Error);
    assert_eq!(with(Txt::Record("v=DKIM1; p=".into())), Verdict::Fail);
    assert_eq!(
        with(Txt::Record("v=DKIM1; k=ed25519; p=AAAA".into())),
        Verdict::Error
    );
    assert_eq!(with(Txt::Record("v=DKIM1; p=AAAA".into())), Verdict::Error);
    assert_eq!(with(Txt::Record("nonsense".into())), Verdict::Fail);
}
