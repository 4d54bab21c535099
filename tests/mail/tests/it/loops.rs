//! Machines never answer each other for long.

use plugboard_mail_tests::{
    desk::{Desk, settings},
    mails,
    servers::Servers,
    sink::Sink,
};
use serde_json::json;

#[tokio::test]
async fn two_that_answer_by_themselves_stop_after_one_exchange() {
    let sink = Sink::start().await;
    let servers = Servers::start().await;
    let desk = Desk::start(&[]).await;
    let mut with = settings("help@shop.example", servers.imap, sink.port);
    with["auto_reply"] = json!("We got it.");
    desk.inbox(with).await;
    let robot = "robot@world.example";
    let mail = mails::plain(robot, "help@shop.example", "Hello", "0@x", "Let us begin.");
    servers.deliver("help@shop.example", &mail).await;
    // A machine that answers whatever it gets, and does not say that it is one.
    let mut answered = 0;
    for n in 1..=6 {
        let mine = || sink.arrived().into_iter().filter(|it| it.to == [robot]);
        if n == 1 {
            sink.mail_to(robot).await;
        }
        answered = answered.max(mine().count());
        let text = format!("Robot answers {n}.");
        let more = match mine()
            .next_back()
            .and_then(|it| mails::header(&it.raw, "Message-ID"))
        {
            Some(id) if n % 2 == 0 => format!("In-Reply-To: {id}\r\n"),
            _ => String::new(),
        };
        let mail = mails::mail(
            robot,
            "help@shop.example",
            "Re: Hello",
            &format!("{n}@x"),
            &more,
            &text,
        );
        servers.deliver("help@shop.example", &mail).await;
        desk.has_message(&text).await;
        answered = answered.max(mine().count());
    }
    assert_eq!(answered, 1, "one answer a day");
}

#[tokio::test]
async fn automatic_answer_says_that_it_is_one_and_comes_from_nobody() {
    let sink = Sink::start().await;
    let servers = Servers::start().await;
    let desk = Desk::start(&[]).await;
    let mut with = settings("help@shop.example", servers.imap, sink.port);
    with["auto_reply"] = json!("We got it.");
    desk.inbox(with).await;
    for n in 0..3 {
        let id = format!("{n}@x");
        let mail = mails::plain(
            "p@world.example",
            "help@shop.example",
            "Hi",
            &id,
            &format!("Hello {n}."),
        );
        servers.deliver("help@shop.example", &mail).await;
        desk.has_message(&format!("Hello {n}.")).await;
    }
    let mail = sink.mail_to("p@world.example").await;
    assert_eq!(mail.from, "", "bounces go nowhere");
    assert_eq!(
        mails::header(&mail.raw, "Auto-Submitted").as_deref(),
        Some("auto-replied")
    );
    let more = "Auto-Submitted: auto-replied\r\n";
    let away = mails::mail(
        "q@world.example",
        "help@shop.example",
        "Away",
        "away@x",
        more,
        "I am away.",
    );
    servers.deliver("help@shop.example", &away).await;
    desk.has_message("I am away.").await;
    assert_eq!(
        sink.arrived().len(),
        1,
        "one answer a day, and none for machines"
    );
}
