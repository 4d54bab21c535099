use insta::assert_snapshot;
use plugboard_domain::{
    conversation::ConversationCommand,
    message::{Delivery, Undelivered},
};

use crate::support::{Step, li, message, outcome, robot};

fn reported(now: Delivery, next: Delivery) -> Step {
    let message_id = message(2);
    robot().does(ConversationCommand::ReportDelivery {
        message_id,
        now,
        next,
    })
}

fn failed() -> Delivery {
    Delivery::Failed {
        reason: "mailbox full".to_owned(),
        cause: Undelivered::Refused,
    }
}

#[test]
fn nobody_has_read_the_future() {
    let read = |seq| li().does(ConversationCommand::MarkRead { seq });
    assert_snapshot!(outcome([], read(1)), @"Li has read up to 1");
    assert_snapshot!(outcome([], read(99)), @"Li has read up to 2");
}

#[test]
fn only_agents_mark_as_read() {
    assert_snapshot!(outcome([], robot().does(ConversationCommand::MarkRead { seq: 1 })), @"refused: only agents mark as read");
}

#[test]
fn delivery_goes_forward_only() {
    assert_snapshot!(outcome([], reported(Delivery::Queued, Delivery::Sent)), @"m2 is sent");
    assert_snapshot!(outcome([], reported(Delivery::Sent, Delivery::Read)), @"m2 is read");
    assert_snapshot!(outcome([], reported(Delivery::Read, Delivery::Delivered)), @"nothing");
    assert_snapshot!(outcome([], reported(Delivery::Sent, Delivery::Sent)), @"nothing");
}

#[test]
fn channel_may_bounce_what_it_took_but_not_what_arrived() {
    assert_snapshot!(outcome([], reported(Delivery::Queued, failed())), @"m2 is failed: mailbox full");
    assert_snapshot!(outcome([], reported(Delivery::Sent, failed())), @"m2 is failed: mailbox full");
    assert_snapshot!(outcome([], reported(Delivery::Delivered, failed())), @"nothing");
    assert_snapshot!(outcome([], reported(Delivery::Read, failed())), @"nothing");
}

#[test]
fn what_failed_can_be_delivered_again() {
    assert_snapshot!(outcome([], reported(failed(), Delivery::Queued)), @"m2 is queued");
    assert_snapshot!(outcome([], reported(failed(), Delivery::Sent)), @"m2 is sent");
    assert_snapshot!(outcome([], reported(failed(), failed())), @"nothing");
}
