//! A customer writes, is answered in their own mailbox, and answers in the same conversation.

use plugboard_mail_tests::{
    desk::{Desk, settings},
    mails::{self, header, readable},
    servers::Servers,
    sink::Sink,
    until,
};

async fn round_trip(subject: &str, question: &str, answer: &str, thanks: &str) {
    let sink = Sink::start().await;
    let servers = Servers::start_with("", Some(sink.port)).await;
    let smtp = servers.smtp.unwrap();
    let desk = Desk::start(&[]).await;
    desk.inbox(settings("help@shop.example", servers.imap, smtp))
        .await;
    let customer = "zhang@customer.example";
    let mail = mails::with_files(
        customer,
        "help@shop.example",
        subject,
        "first@customer.example",
        question,
    );
    servers.deliver("help@shop.example", &mail).await;

    let (message, conversation) = desk.has_message(question).await;
    let files = message["attachments"].as_array().unwrap();
    assert_eq!(files.len(), 2, "{message}");
    let picture = desk
        .bytes(&format!(
            "/api/v1/attachments/{}",
            files[0]["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(picture, mails::PNG);

    let file = desk.upload("invoice.txt", b"two teapots").await;
    let sent = desk.reply(&conversation, answer, &[file]).await;
    desk.is_delivery(&conversation, &sent, "sent").await;
    let raw = until("the answer in the customer's mailbox", || async {
        servers.folder(customer, "INBOX").await.into_iter().next()
    })
    .await;
    assert!(readable(&raw).contains(answer), "{raw}");
    assert!(
        readable(&raw).contains(question),
        "what is answered is quoted: {raw}"
    );
    assert!(readable(&raw).contains("two teapots"));
    assert_eq!(
        header(&raw, "In-Reply-To").as_deref(),
        Some("<first@customer.example>")
    );
    assert!(header(&raw, "Subject").unwrap().starts_with("Re: ") || !subject.is_ascii());
    let id = header(&raw, "Message-ID").unwrap();
    assert!(id.ends_with("@shop.example>"), "{id}");
    // The mailbox has a copy of what was sent.
    let copy = until("a copy among what was sent", || async {
        servers
            .folder("help@shop.example", "Sent")
            .await
            .into_iter()
            .next()
    })
    .await;
    assert_eq!(header(&copy, "Message-ID").as_ref(), Some(&id));

    let more = format!("In-Reply-To: {id}\r\nReferences: <first@customer.example> {id}\r\n");
    let mail = mails::mail(
        customer,
        "help@shop.example",
        subject,
        "second@customer.example",
        &more,
        thanks,
    );
    servers.deliver("help@shop.example", &mail).await;
    let (_, same) = desk.has_message(thanks).await;
    assert_eq!(same, conversation);
    assert_eq!(desk.conversations().await.len(), 1);
}

#[tokio::test]
async fn in_english() {
    round_trip(
        "Order 1024",
        "Where is my order?",
        "It is on its way.",
        "Thank you!",
    )
    .await;
}

#[tokio::test]
async fn in_chinese() {
    round_trip(
        "\u{8ba2}\u{5355}1024",
        "\u{6211}\u{7684}\u{8ba2}\u{5355}\u{5728}\u{54ea}\u{91cc}\u{ff1f}",
        "\u{5df2}\u{7ecf}\u{53d1}\u{8d27}\u{4e86}\u{3002}",
        "\u{8c22}\u{8c22}\u{ff01}",
    )
    .await;
}

#[tokio::test]
async fn genuine_bounce_marks_the_mail_failed() {
    let sink = Sink::start().await;
    let servers = Servers::start_with("", Some(sink.port)).await;
    let desk = Desk::start(&[]).await;
    desk.inbox(settings(
        "help@shop.example",
        servers.imap,
        servers.smtp.unwrap(),
    ))
    .await;
    let mail = mails::plain(
        "bounce@elsewhere.example",
        "help@shop.example",
        "Hi",
        "b@x",
        "Are you there?",
    );
    servers.deliver("help@shop.example", &mail).await;
    let (_, conversation) = desk.has_message("Are you there?").await;
    let sent = desk.reply(&conversation, "Yes.", &[]).await;
    let failed = desk.is_delivery(&conversation, &sent, "failed").await;
    assert!(
        failed["delivery"]["reason"]
            .as_str()
            .unwrap()
            .contains("5.1.1"),
        "{failed}"
    );
    assert_eq!(
        desk.conversations().await.len(),
        1,
        "the report is no conversation"
    );
}
