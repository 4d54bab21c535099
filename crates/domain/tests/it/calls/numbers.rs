//! Numbers: one person is one number however it is written; who may be called.

use std::collections::BTreeSet;

use plugboard_domain::call::{DialPolicy, Number, NumberKind, PhoneSettings, country_of};
use proptest::prelude::*;
use serde_json::json;

fn identity(raw: &str) -> Option<String> {
    Number::parse(raw).and_then(|it| it.identity())
}

#[test]
fn a_mobile_number_is_one_however_it_is_written() {
    for raw in [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+8613800138000",
        "+86 138 0013 8000",
        "+86 (0)13800138000",
        "008613800138000",
        "8613800138000",
        "013800138000",
        "1795113800138000",
        "\u{ff0b}\u{ff18}\u{ff16}\u{ff11}\u{ff13}\u{ff18}\u{ff10}\u{ff10}\u{ff11}\u{ff13}\u{ff18}\u{ff10}\u{ff10}\u{ff10}",
        "sip:+8613800138000@203.0.113.7;user=phone",
        "tel:+86-138-0013-8000",
        "\"Li\" <sip:13800138000@trunk.example>",
        "138/0013/8000",
    ] {
        assert_eq!(identity(raw).as_deref(), Some("+8613800138000"), "{raw}");
    }
}

#[test]
fn landlines_services_and_numbers_abroad_have_their_shapes() {
    for (raw, expected) in [
        ("010-12345678", "+861012345678"),
        ("(010) 1234 5678", "+861012345678"),
        ("0571-87654321", "+8657187654321"),
        ("05718765432", "+865718765432"),
        ("02112345678", "+862112345678"),
        ("86 571 87654321", "+8657187654321"),
        ("400-800-1234", "+864008001234"),
        ("800 810 1234", "+868008101234"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("0014155552671", "+14155552671"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+852 2345 6789", "+85223456789"),
        ("10086", "10086"),
        ("95588", "95588"),
        ("12345", "12345"),
        ("110", "110"),
    ] {
        assert_eq!(identity(raw).as_deref(), Some(expected), "{raw}");
    }
}

#[test]
fn a_privacy_number_is_somebody_else_for_each_extension() {
    for raw in [
        "17012345678-1234",
        "17012345678\u{8f6c}1234",
        "17012345678,1234",
        "17012345678 ext. 1234",
        "+8617012345678;ext=1234",
        "17012345678#1234",
    ] {
        assert_eq!(
            identity(raw).as_deref(),
            Some("+8617012345678;ext=1234"),
            "{raw}"
        );
    }
    assert_ne!(identity("17012345678-1234"), identity("17012345678-1235"));
    let office = identity("010-12345678 \u{8f6c} 802");
    assert_eq!(office.as_deref(), Some("+861012345678;ext=802"));
}

#[test]
fn who_shows_nothing_or_no_number_is_nobody() {
    for raw in [
        "",
        "anonymous",
        "sip:anonymous@anonymous.invalid",
        "unknown",
        "Restricted",
        "+",
        "-",
        "+12",
        "99999999999999999999999999",
        "sip:alice@example.com",
    ] {
        assert_eq!(identity(raw), None, "{raw}");
    }
    let local = Number::parse("87654321").unwrap();
    assert_eq!(local.kind, NumberKind::Local);
    assert_eq!(local.identity(), None, "in which city?");
}

#[test]
fn countries_are_known_and_what_is_dear_is_in_none() {
    for (number, country) in [
        ("+8613800138000", Some("CN")),
        ("+85223456789", Some("HK")),
        ("+886212345678", Some("TW")),
        ("+14155552671", Some("US")),
        ("+14165552671", Some("CA")),
        ("+18765552671", Some("JM")),
        ("+77012345678", Some("KZ")),
        ("+79161234567", Some("RU")),
        ("+8821612345678", None),
        ("+870773123456", None),
        ("+19005552671", None),
        ("+979123456789", None),
    ] {
        assert_eq!(country_of(number), country, "{number}");
    }
}

#[test]
fn only_listed_countries_are_called_and_nothing_that_is_refused() {
    let policy = DialPolicy {
        countries: BTreeSet::from(["CN".into(), "US".into()]),
        deny: vec!["+8610".into()],
    };
    assert_eq!(
        policy.check("13800138000").unwrap().digits,
        "+8613800138000"
    );
    assert!(policy.check("+14155552671").is_ok());
    for refused in [
        "+442079460958",
        "+18765552671",
        "+8821612345678",
        "010-12345678",
        "+8616812345",
        "110",
        "10086",
        "87654321",
        "alice",
        "",
    ] {
        assert!(policy.check(refused).is_err(), "{refused}");
    }
    assert!(DialPolicy::default().check("13800138000").is_err());
}

#[test]
fn settings_are_refused_by_name() {
    let parse = |value: serde_json::Value| {
        let serde_json::Value::Object(map) = value else {
            panic!("settings are an object");
        };
        PhoneSettings::parse(&map).map_err(|it| it.to_string())
    };
    let whole = json!({
        "numbers": ["+8657112345678"], "caller_id": "+8657112345678", "offer_seconds": 20, "wrapup_seconds": 60,
        "trunk": {"kind": "register", "host": "sip.example.com", "port": 5060, "transport": "tcp", "user": "shop", "peers": ["203.0.113.0/24"]},
        "queue": {"limit": 5, "max_wait_seconds": 60, "then": "callback"},
        "menu": {"options": [{"digit": "1", "team_id": "01970000-0000-7000-8000-000000000001"}, {"digit": "9", "then": "voicemail"}], "timeout_seconds": 7},
        "recording": {"policy": "always", "announce": true, "retention_days": 90},
        "voicemail": {"enabled": true, "max_seconds": 60}, "prompts": {},
        "dial": {"countries": ["CN", "HK"], "deny": ["+861600"], "concurrent_per_agent": 1, "per_agent_day": 50},
        "dispositions": [{"code": "refund", "label": "\u{9000}\u{6b3e}"}],
    });
    let rules = parse(whole).unwrap().rules();
    assert!(rules.record && rules.offer_secs == 20 && rules.retention_days == Some(90));
    assert!(parse(json!({})).is_ok(), "everything has a default");
    for (settings, names) in [
        (json!({"numbers": ["12345678"]}), "settings.numbers"),
        (json!({"offer_seconds": 1}), "settings.offer_seconds"),
        (json!({"offer_seconds": "a"}), "settings.offer_seconds"),
        (json!({"queue": {"then": "never"}}), "settings.queue"),
        (
            json!({"queue": {"announce": {"every_seconds": 5}}}),
            "settings.queue.announce.every_seconds",
        ),
        (json!({"closed": {"then": "music"}}), "settings.closed"),
        (json!({"language": "fr"}), "settings.language"),
        (
            json!({"prompts": {"fanfare": "01970000-0000-7000-8000-000000000001"}}),
            "settings.prompts",
        ),
        (json!({"trunk": {"kind": "peer"}}), "settings.trunk"),
        (
            json!({"trunk": {"kind": "register", "host": "a"}}),
            "settings.trunk",
        ),
        (
            json!({"trunk": {"kind": "peer", "peers": ["10.0.0.0/40"]}}),
            "settings.trunk",
        ),
        (
            json!({"menu": {"options": [{"digit": "12", "then": "voicemail"}]}}),
            "settings.menu",
        ),
        (
            json!({"menu": {"options": [{"digit": "1"}]}}),
            "settings.menu",
        ),
        (
            json!({"recording": {"policy": "sometimes"}}),
            "settings.recording",
        ),
        (json!({"dial": {"countries": ["XX"]}}), "settings.dial"),
        (json!({"dial": {"deny": ["abc"]}}), "settings.dial"),
        (
            json!({"prompts": {"greeting": "hello"}}),
            "settings.prompts",
        ),
        (json!({"colour": "red"}), "settings.colour"),
    ] {
        let error = parse(settings).unwrap_err();
        assert!(error.starts_with(names), "{error} names {names}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(raw in "\\PC{0,140}") {
        if let Some(number) = Number::parse(&raw) {
            prop_assert!(number.digits.len() <= 21);
            let bare = number.digits.trim_start_matches('+');
            prop_assert!(!bare.is_empty() && bare.bytes().all(|it| it.is_ascii_digit()));
        }
    }

    #[test]
    fn what_was_read_reads_as_itself(raw in "[+0-9 ()/.-]{3,24}") {
        if let Some(number) = Number::parse(&raw)
            && let Some(e164) = number.e164()
        {
            let again = Number::parse(e164).unwrap();
            prop_assert_eq!(again.e164(), Some(e164));
        }
    }

    #[test]
    fn decoration_never_changes_a_mobile_number(digits in "1[3-9][0-9]{9}", cuts in prop::collection::vec(0usize..11, 0..4)) {
        let mut written = String::new();
        for (n, digit) in digits.chars().enumerate() {
            // A dash before the last digits would part an extension from a privacy number; a whole number is never shorter.
            if cuts.contains(&n) { written.push(' '); }
            written.push(digit);
        }
        let expected = format!("+86{digits}");
        prop_assert_eq!(identity(&written), Some(expected.clone()));
        prop_assert_eq!(identity(&format!("0{written}")), Some(expected.clone()));
        prop_assert_eq!(identity(&format!("+86 {written}")), Some(expected.clone()));
        prop_assert_eq!(identity(&format!("0086{written}")), Some(expected));
    }
}
