//! Mail goes out, once, and what became of it is known.

use plugboard_mail_tests::{
    desk::{Desk, settings},
    mails::{self, header},
    servers::Servers,
    sink::{Mood, Sink},
    until,
};
use serde_json::json;

/// A desk with a conversation that can be answered.
async fn asked(change: impl FnOnce(&mut serde_json::Value)) -> (Servers, Sink, Desk, String) {
    let sink = Sink::start().await;
    let servers = Servers::start().await;
    let desk = Desk::start(&["--mail-silence", "3"]).await;
    let mut with = settings("help@shop.example", servers.imap, sink.port);
    change(&mut with);
    desk.inbox(with).await;
    let mail = mails::plain(
        "anna@world.example",
        "help@shop.example",
        "Question",
        "q@world.example",
        "Are you open?",
    );
    servers.deliver("help@shop.example", &mail).await;
    let (_, conversation) = desk.has_message("Are you open?").await;
    (servers, sink, desk, conversation)
}

#[tokio::test]
async fn answer_leaves_with_signature_and_threads() {
    let (_servers, sink, desk, conversation) = asked(|it| {
        it["signature"] = json!("<p>Your <b>Shop</b></p>");
        it["from_name"] = json!("Shop Help");
    })
    .await;
    let sent = desk.reply(&conversation, "Yes, until six.", &[]).await;
    let mail = sink.mail_to("anna@world.example").await;
    assert_eq!(mail.from, "help@shop.example");
    let text = mails::readable(&mail.raw);
    assert!(
        text.contains("Yes, until six.") && text.contains("Shop"),
        "{text}"
    );
    assert!(header(&mail.raw, "From").unwrap().contains("Shop Help"));
    assert_eq!(
        header(&mail.raw, "Subject").as_deref(),
        Some("Re: Question")
    );
    assert_eq!(
        header(&mail.raw, "References").as_deref(),
        Some("<q@world.example>")
    );
    desk.is_delivery(&conversation, &sent, "sent").await;
    assert_eq!(sink.arrived().len(), 1);
}

#[tokio::test]
async fn refused_recipient_is_known_at_once() {
    let (servers, _sink, desk, _) = asked(|_| {}).await;
    let mail = mails::plain(
        "bounce@world.example",
        "help@shop.example",
        "Hi",
        "h@world.example",
        "Second",
    );
    servers.deliver("help@shop.example", &mail).await;
    let (_, conversation) = desk.has_message("Second").await;
    let sent = desk.reply(&conversation, "Hello.", &[]).await;
    let failed = desk.is_delivery(&conversation, &sent, "failed").await;
    assert!(
        failed["delivery"]["reason"]
            .as_str()
            .unwrap()
            .contains("5.1.1"),
        "{failed}"
    );
}

#[tokio::test]
async fn broken_connection_after_the_mail_is_uncertain_and_not_sent_again() {
    let (_servers, sink, desk, conversation) = asked(|_| {}).await;
    sink.be(Mood::TakesInSilence);
    let sent = desk.reply(&conversation, "Yes.", &[]).await;
    let failed = desk.is_delivery(&conversation, &sent, "failed").await;
    assert_eq!(failed["delivery"]["cause"], "uncertain", "{failed}");
    assert_eq!(sink.arrived().len(), 1);
    // A person decides.
    sink.be(Mood::Takes);
    desk.post(
        &format!("/api/v1/conversations/{conversation}/messages/{sent}/retry"),
        json!({}),
    )
    .await;
    desk.is_delivery(&conversation, &sent, "sent").await;
    assert_eq!(sink.arrived().len(), 2);
}

#[tokio::test]
async fn mail_that_broke_off_halfway_waits_for_another_try() {
    let (_servers, sink, desk, conversation) = asked(|_| {}).await;
    sink.be(Mood::BreaksOff);
    // More than what lies between the two: a small mail is on its way as a whole before anybody notices.
    let file = desk.upload("film.bin", &vec![7; 14_000_000]).await;
    let sent = desk.reply(&conversation, "Yes.", &[file]).await;
    let pending = until("a try that failed", || async {
        let outbox = desk.get("/api/v1/outbox?state=pending").await;
        let found = outbox["items"]
            .as_array()?
            .iter()
            .find(|it| it["attempts"].as_u64() > Some(0))?
            .clone();
        Some(found)
    })
    .await;
    assert!(pending.to_string().contains("pending"), "{pending}");
    assert!(sink.arrived().is_empty());
    let queued = desk.is_delivery(&conversation, &sent, "queued").await;
    assert!(queued["delivery"]["reason"].is_null());
}

#[tokio::test]
async fn server_that_is_away_does_not_lose_mail() {
    let (_servers, sink, desk, conversation) = asked(|_| {}).await;
    sink.be(Mood::Defers);
    let sent = desk.reply(&conversation, "Yes.", &[]).await;
    until("a try that was deferred", || async {
        let outbox = desk.get("/api/v1/outbox?state=pending").await;
        outbox["items"]
            .as_array()?
            .iter()
            .find(|it| it["attempts"].as_u64() > Some(0))?;
        Some(())
    })
    .await;
    sink.be(Mood::Takes);
    // The first wait is a minute.
    desk.is_delivery(&conversation, &sent, "sent").await;
    assert_eq!(sink.arrived().len(), 1);
}

#[tokio::test]
async fn process_that_dies_while_it_hands_over_does_not_send_twice() {
    let (_servers, sink, mut desk, conversation) = asked(|_| {}).await;
    let sent = desk.reply(&conversation, "Yes.", &[]).await;
    desk.crash().await;
    until("an end", || async {
        let all = desk.messages(&conversation).await;
        let found = all.into_iter().find(|it| it["id"] == sent.as_str())?;
        (found["delivery"]["state"] != "queued").then_some(())
    })
    .await;
    assert!(sink.arrived().len() <= 1, "sent twice");
}
