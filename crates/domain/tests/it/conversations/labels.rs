use std::collections::BTreeSet;

use insta::assert_snapshot;
use plugboard_domain::conversation::{ConversationCommand, Priority, Stage, TAGS_MAX};

use crate::support::{Step, li, outcome};

fn tag(add: &[&str], remove: &[&str]) -> Step {
    let set = |tags: &[&str]| {
        tags.iter()
            .map(|it| (*it).to_owned())
            .collect::<BTreeSet<_>>()
    };
    let (add, remove) = (set(add), set(remove));
    li().does(ConversationCommand::Tag { add, remove })
}

#[test]
fn tags_are_put_on_and_taken_off() {
    assert_snapshot!(outcome([], tag(&["vip", " 退货 "], &[])), @r#"tags +{"vip", "退货"} -{}"#);
    assert_snapshot!(outcome([tag(&["vip"], &[])], tag(&["late"], &["vip"])), @r#"tags +{"late"} -{"vip"}"#);
}

#[test]
fn only_what_changes_is_told() {
    assert_snapshot!(outcome([tag(&["vip"], &[])], tag(&["vip"], &["late"])), @"nothing");
    assert_snapshot!(outcome([tag(&["vip"], &[])], tag(&["vip", "late"], &[])), @r#"tags +{"late"} -{}"#);
}

#[test]
fn tag_cannot_come_and_go_at_once() {
    assert_snapshot!(outcome([], tag(&["vip"], &[" vip"])), @r#"refused: tag "vip" is both added and removed"#);
}

#[test]
fn tags_are_short_lines_and_not_too_many() {
    assert_snapshot!(outcome([], tag(&[""], &[])), @"refused: tag must not be empty");
    assert_snapshot!(outcome([], tag(&["a\tb"], &[])), @"refused: tag must not contain control characters");
    assert_snapshot!(outcome([], tag(&[&"茶".repeat(81)], &[])), @"refused: tag must be at most 80 characters");
    let names: Vec<_> = (0..=TAGS_MAX).map(|n| n.to_string()).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    assert_snapshot!(outcome([], tag(&names, &[])), @"refused: at most 50 tags");
    assert_snapshot!(
        outcome([tag(&names[..TAGS_MAX], &[])], tag(&names[TAGS_MAX..], &names[..1])),
        @r#"tags +{"50"} -{"0"}"#
    );
}

#[test]
fn priority_and_stage_change_once() {
    let priority = || li().does(ConversationCommand::SetPriority(Priority::Urgent));
    let stage = |to| li().does(ConversationCommand::SetStage(to));
    assert_snapshot!(outcome([], priority()), @"priority Urgent");
    assert_snapshot!(outcome([priority()], priority()), @"nothing");
    assert_snapshot!(outcome([], stage(Some(Stage::Aftersale))), @"stage Some(Aftersale)");
    assert_snapshot!(outcome([stage(Some(Stage::Review))], stage(None)), @"stage None");
    assert_snapshot!(outcome([], stage(None)), @"nothing");
}
