//! Mail goes out, once, and what became of it is known.

use plugboard_mail_tests::{
    desk::{Desk, settings},
    mails::{self, header},
    servers::Servers,
    sink::{Mood, Sink},
    toxic::Toxic,
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

#[tokio::test]
async fn hand_over_that_is_cut_anywhere_is_sent_once_or_known_to_be_uncertain() {
    let (servers, sink, mut desk, _) = asked(|_| {}).await;
    let toxic = Toxic::before(sink.port).await;
    let mut with = settings("cut@shop.example", servers.imap, toxic.port);
    with["imap"]["save_sent"] = json!(false);
    desk.inbox(with).await;
    let mut answers = Vec::new();
    // How long a whole hand-over is, less what a mail is longer than another.
    let whole = 1_300;
    for n in 0..24_u64 {
        let customer = format!("c{n}@world.example");
        let (text, id) = (format!("Question {n}?"), format!("{n}@world.example"));
        let mail = mails::plain(&customer, "cut@shop.example", "Q", &id, &text);
        servers.deliver("cut@shop.example", &mail).await;
        let (_, conversation) = desk.has_message(&text).await;
        toxic.cut_up_after(1 + whole * n / 23);
        let sent = desk
            .reply(&conversation, &format!("Answer {n}."), &[])
            .await;
        if n % 8 == 7 {
            desk.crash().await;
        }
        answers.push((customer, conversation, sent));
    }
    // Each ends: sent, or uncertain and a person decides; those that broke off before their end are tried again.
    let mut uncertain = 0;
    for (customer, conversation, sent) in &answers {
        let state = until("an end", || async {
            let all = desk.messages(conversation).await;
            let found = all.into_iter().find(|it| it["id"] == sent.as_str())?;
            (found["delivery"]["state"] != "queued").then_some(found["delivery"].clone())
        })
        .await;
        let arrived = sink.arrived();
        let count = arrived.iter().filter(|it| it.to.contains(customer)).count();
        if state["state"] == "failed" {
            assert_eq!(state["cause"], "uncertain", "{state}");
            uncertain += 1;
            assert!(count <= 1, "{customer} got it {count} times");
        } else {
            assert_eq!(state["state"], "sent", "{state}");
            assert_eq!(count, 1, "{customer}");
        }
    }
    println!(
        "{} cuts, {uncertain} of {} uncertain",
        toxic.cuts(),
        answers.len()
    );
    // What lies behind the end of a mail cuts nothing, and a try that begins late meets the next cut.
    assert!(toxic.cuts() >= 5, "too few cuts: {}", toxic.cuts());
}

/// In so many seconds.
#[expect(
    clippy::disallowed_methods,
    reason = "the desk under test has a clock of its own, this machine's"
)]
fn soon(secs: i64) -> String {
    (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(secs)).to_string()
}

#[tokio::test]
async fn formatted_mail_leaves_at_its_time_through_postfix_unless_the_customer_writes_first() {
    let sink = Sink::start().await;
    let servers = Servers::start_with("", Some(sink.port)).await;
    let mut desk = Desk::start(&[]).await;
    let own = "help@shop.example";
    let mut with = settings(own, servers.imap, servers.smtp.unwrap());
    with["signature"] = json!("<p>Kind regards, <i>the Shop</i></p>");
    desk.inbox(with).await;
    let mut conversations = Vec::new();
    for who in ["anna@world.example", "berta@world.example"] {
        let id = format!("q-{who}");
        let text = format!("A question of {who}");
        let mail = mails::plain(who, own, "Question", &id, &text);
        servers.deliver(own, &mail).await;
        conversations.push(desk.has_message(&text).await.1);
    }
    let later = async |conversation: &str, at: String| {
        let picture = desk.upload("p.png", mails::PNG).await;
        let file = desk.upload("offer.pdf", b"%PDF-1.4 the offer").await;
        let html = format!("<p>Our <b>offer</b></p><img src=\"/api/v1/attachments/{picture}\">");
        let body = json!({
            "kind": "reply", "text": "Our offer", "client_id": conversation, "send_at": at,
            "attachments": [picture, file],
            "mail": { "subject": "The offer", "cc": [{ "name": "Carl", "address": "carl@world.example" }], "html": html },
        });
        desk.post(
            &format!("/api/v1/conversations/{conversation}/messages"),
            body,
        )
        .await
    };
    let waits = later(&conversations[0], soon(15)).await;
    assert_eq!(waits["delivery"]["state"], "queued", "{waits}");
    later(&conversations[1], soon(15)).await;
    // Berta writes first: hers does not leave.
    let again = mails::mail(
        "berta@world.example",
        own,
        "Re: Question",
        "again@x",
        "In-Reply-To: <q-berta@world.example>\r\n",
        "Never mind.",
    );
    servers.deliver(own, &again).await;
    assert_eq!(desk.has_message("Never mind.").await.1, conversations[1]);
    // What waits outlives the process.
    desk.crash().await;
    let mail = sink.mail_to("anna@world.example").await;
    assert!(mail.raw.contains("multipart/related"), "{}", mail.raw);
    let text = mails::readable(&mail.raw);
    assert!(
        text.contains("<b>offer</b>") && text.contains("the offer"),
        "{text}"
    );
    assert!(text.contains("cid:"), "the picture is in its place: {text}");
    let signed = text.matches("<i>the Shop</i>").count();
    assert_eq!(signed, 1, "it is signed as any other, once: {text}");
    let picture = text.contains("iVBORw0KGgo") || mail.raw.contains("iVBORw0KGgo");
    assert!(picture && mail.raw.contains("offer.pdf"), "{}", mail.raw);
    assert_eq!(header(&mail.raw, "Subject").as_deref(), Some("The offer"));
    assert!(
        header(&mail.raw, "Cc")
            .unwrap()
            .contains("carl@world.example")
    );
    sink.mail_to("carl@world.example").await;
    let left = sink.arrived();
    let to_berta = left
        .iter()
        .any(|it| it.to.iter().any(|it| it.starts_with("berta")));
    assert!(!to_berta, "it left although she wrote first");
}
