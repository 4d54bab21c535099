//! What agents write in other mail programs is found among what was sent.

use plugboard_mail_tests::{
    desk::{Desk, settings},
    mails::{self, header},
    servers::Servers,
    sink::Sink,
    until,
};
use serde_json::json;

/// A mail that somebody of the desk wrote.
fn written(to: &str, id: &str, more: &str, text: &str) -> Vec<u8> {
    mails::mail(
        "Shop <help@shop.example>",
        to,
        "Re: Question",
        id,
        more,
        text,
    )
}

#[tokio::test]
async fn answer_from_another_program_belongs_to_its_conversation_and_ours_is_there_once() {
    let sink = Sink::start().await;
    let servers = Servers::start().await;
    let desk = Desk::start(&[]).await;
    let own = "help@shop.example";
    desk.inbox(settings(own, servers.imap, sink.port)).await;
    let mail = mails::plain(
        "anna@world.example",
        own,
        "Question",
        "q@world.example",
        "Open?",
    );
    servers.deliver(own, &mail).await;
    let (_, conversation) = desk.has_message("Open?").await;
    let more = "In-Reply-To: <q@world.example>\r\nReferences: <q@world.example>\r\n";
    let answer = written(
        "anna@world.example",
        "a@laptop.example",
        more,
        "From my laptop.",
    );
    servers.append(own, "Sent", &answer).await;
    let (message, same) = desk.has_message("From my laptop.").await;
    assert_eq!(same, conversation);
    assert_eq!(message["kind"], "outbound", "{message}");
    assert_eq!(message["delivery"]["state"], "sent", "{message}");
    let waits = desk
        .get(&format!("/api/v1/conversations/{conversation}"))
        .await;
    assert_eq!(waits["waiting"]["on"], "contact", "{waits}");
    // It went out once, by the other program; and what the desk sends is filed, and stays one message.
    assert!(sink.arrived().is_empty());
    let sent = desk.reply(&conversation, "From the desk.", &[]).await;
    desk.is_delivery(&conversation, &sent, "sent").await;
    until("a copy among what was sent", || async {
        let all = servers.folder(own, "Sent").await;
        (all.len() == 2).then_some(())
    })
    .await;
    let first = written(
        "berta@world.example",
        "b@laptop.example",
        "",
        "To somebody new.",
    );
    servers.append(own, "Sent", &first).await;
    let (message, other) = desk.has_message("To somebody new.").await;
    assert_ne!(other, conversation);
    assert_eq!(message["kind"], "outbound", "{message}");
    assert_eq!(desk.messages(&conversation).await.len(), 3);
    // Whoever answers it is in the conversation that it began.
    let more = "In-Reply-To: <b@laptop.example>\r\n";
    let thanks = mails::mail(
        "berta@world.example",
        own,
        "Re: Question",
        "t@x",
        more,
        "Thank you.",
    );
    servers.deliver(own, &thanks).await;
    assert_eq!(desk.has_message("Thank you.").await.1, other);
    assert_eq!(desk.conversations().await.len(), 2);
}

#[tokio::test]
async fn answers_find_their_conversation_by_what_the_desk_signed() {
    let sink = Sink::start().await;
    let servers = Servers::start().await;
    let desk = Desk::start(&[]).await;
    let own = "help@shop.example";
    let mut with = settings(own, servers.imap, sink.port);
    with["plus_addresses"] = json!(true);
    desk.inbox(with).await;
    let mail = mails::plain(
        "anna@world.example",
        own,
        "Question",
        "q@world.example",
        "Open?",
    );
    servers.deliver(own, &mail).await;
    let (_, conversation) = desk.has_message("Open?").await;
    desk.reply(&conversation, "Yes.", &[]).await;
    let answer = sink.mail_to("anna@world.example").await;
    let reply_to = header(&answer.raw, "Reply-To").unwrap();
    let address = reply_to
        .rsplit(['<', ' '])
        .next()
        .unwrap()
        .trim_end_matches('>');
    assert!(
        address.starts_with("help+c") && address.ends_with("@shop.example"),
        "{reply_to}"
    );
    // A program that leaves everything out that ties a mail to another: its address does.
    let bare = mails::plain(
        "anna@phone.example",
        address,
        "Hello",
        "n1@x",
        "By the address.",
    );
    servers.deliver(address, &bare).await;
    let (message, same) = desk.has_message("By the address.").await;
    assert_eq!(same, conversation, "{message}");
    assert_eq!(message["mail"]["why_here"]["rule"], "token", "{message}");
    let id = header(&answer.raw, "Message-ID").unwrap();
    let more = format!("In-Reply-To: {id}\r\n");
    let direct = mails::mail(
        "anna@world.example",
        own,
        "Re: Question",
        "n2@x",
        &more,
        "By the id.",
    );
    servers.deliver(own, &direct).await;
    let (message, same) = desk.has_message("By the id.").await;
    assert_eq!(same, conversation);
    assert_eq!(message["mail"]["why_here"]["rule"], "token", "{message}");
    // A forged one names nothing.
    let (local, _) = address.split_once('@').unwrap();
    let (start, last) = local.split_at(local.len() - 1);
    let forged = format!(
        "{start}{}@shop.example",
        if last == "a" { "b" } else { "a" }
    );
    let mail = mails::plain("eve@world.example", &forged, "Hello", "n3@x", "Let me in.");
    servers.deliver(own, &mail).await;
    assert_ne!(desk.has_message("Let me in.").await.1, conversation);
}
