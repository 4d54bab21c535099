//! Cleaning of texts, and names that are read back.

use plugboard_domain::{
    channel::ChannelKind,
    sla::SlaTarget,
    text::{email, line, optional_line, preview},
    timer::TimerKind,
};
use proptest::prelude::*;

#[test]
fn line_is_trimmed_and_bounded_in_characters() {
    assert_eq!(
        line("name", "\u{3000} 王小明 \n", 3),
        Ok("王小明".to_owned())
    );
    let refusals = ["", " \t ", "a\nb", "a\0b", "a\u{85}b", "1234"]
        .map(|text| line("name", text, 3).unwrap_err().to_string());
    insta::assert_snapshot!(refusals.join("\n"), @r"
    name must not be empty
    name must not be empty
    name must not contain control characters
    name must not contain control characters
    name must not contain control characters
    name must be at most 3 characters
    ");
}

#[test]
fn empty_optional_line_is_none() {
    assert_eq!(optional_line("name", None, 9), Ok(None));
    assert_eq!(optional_line("name", Some("  "), 9), Ok(None));
    assert_eq!(
        optional_line("name", Some(" a "), 9),
        Ok(Some("a".to_owned()))
    );
    assert!(optional_line("name", Some("a\tb"), 9).is_err());
}

#[test]
fn preview_is_the_start_on_one_line() {
    assert_eq!(
        preview("Hello,\r\nwhere is  it?\n"),
        "Hello,  where is  it? "
    );
    assert_eq!(preview(&"茶".repeat(300)), "茶".repeat(200));
    assert_eq!(preview(""), "");
}

#[test]
fn email_has_a_shape_and_lower_case() {
    assert_eq!(
        email(" Li.Wei@Example.COM "),
        Ok("li.wei@example.com".to_owned())
    );
    assert_eq!(email("root@localhost"), Ok("root@localhost".to_owned()));
    for text in [
        "",
        "a",
        "@b",
        "a@",
        "a b@c",
        "a@b c",
        &format!("{}@b", "a".repeat(253)),
    ] {
        assert!(email(text).is_err(), "{text:?}");
    }
}

#[test]
fn channels_and_timers_have_names_that_read_back() {
    for name in ["webchat", "email", "phone", "plugin:wecom"] {
        assert_eq!(name.parse::<ChannelKind>().unwrap().to_string(), name);
    }
    for name in ["", "fax", "plugin:", "Email"] {
        assert!(name.parse::<ChannelKind>().is_err(), "{name:?}");
    }
    let mut timers = vec![
        TimerKind::Wake,
        TimerKind::OfferLapse,
        TimerKind::Overflow,
        TimerKind::Send(crate::support::message(1)),
    ];
    for target in SlaTarget::ALL {
        timers.extend([TimerKind::SlaWarning(target), TimerKind::SlaBreach(target)]);
    }
    for timer in timers {
        assert_eq!(timer.to_string().parse(), Ok(timer));
    }
    for name in ["", "wake:", "send:1", "sla_breach:soon", "sla_breach"] {
        assert!(name.parse::<TimerKind>().is_err(), "{name:?}");
    }
}

proptest! {
    #[test]
    fn clean_line_stays_as_it_is(text in "\\PC{0,40}") {
        if let Ok(clean) = line("text", &text, 30) {
            prop_assert!(!clean.is_empty() && clean.chars().count() <= 30);
            prop_assert_eq!(line("text", &clean, 30), Ok(clean));
        }
    }
}
