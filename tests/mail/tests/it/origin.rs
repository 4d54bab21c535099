//! Where mails are from: found out by the desk, where no server that it trusts says it.

use plugboard_mail_tests::{
    desk::{Desk, settings},
    free_port, local, mails,
    names::Names,
    servers::Servers,
    signing::Signer,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

fn warned(message: &Value) -> Vec<String> {
    let all = message["mail"]["warnings"].as_array().unwrap();
    let kinds = all.iter().map(|it| it["kind"].as_str().unwrap().to_owned());
    kinds.filter(|it| it != "first_time_sender").collect()
}

/// Whether the desk believes that the contact of a conversation is who they say.
async fn is_verified(desk: &Desk, conversation: &str) -> bool {
    let conversation = desk
        .get(&format!("/api/v1/conversations/{conversation}"))
        .await;
    let contact = conversation["contact"]["id"].as_str().unwrap();
    let contact = desk.get(&format!("/api/v1/contacts/{contact}")).await;
    contact["verified"].as_bool().unwrap()
}

#[tokio::test]
async fn signed_mail_proves_its_sender_and_forged_mail_is_warned_of() {
    let signer = Signer::of("bank.example");
    let (name, key) = signer.record();
    let texts = [
        (name.as_str(), key.as_str()),
        ("_dmarc.bank.example", "v=DMARC1; p=reject"),
    ];
    let names = Names::start(&texts).await;
    let servers = Servers::start().await;
    let desk = Desk::start(&["--mail-dns", &names.address.to_string()]).await;
    let own = "help@shop.example";
    desk.inbox(settings(own, servers.imap, 1)).await;
    let mail = |subject: &str, id: &str, text: &str| {
        mails::plain("Li <li@bank.example>", own, subject, id, text)
    };
    let signed = signer.sign(&mail("Signed", "s@bank.example", "It is me."));
    servers.deliver(own, &signed).await;
    let (message, conversation) = desk.has_message("It is me.").await;
    assert_eq!(warned(&message), [""; 0], "{message}");
    assert!(is_verified(&desk, &conversation).await);
    let id = message["id"].as_str().unwrap();
    let details = desk.get(&format!("/api/v1/messages/{id}/mail")).await;
    let found = &details["authentication"];
    assert_eq!(
        (&found["dkim"], &found["dmarc"], &found["checked_by"]),
        (&json!("pass"), &json!("pass"), &json!("desk")),
        "{details}"
    );
    // Somebody else under the same name, and what was changed on the way.
    let forged = mail("Forged", "f@bank.example", "It is me, too.");
    servers.deliver(own, &forged).await;
    let (message, conversation) = desk.has_message("It is me, too.").await;
    assert_eq!(warned(&message), ["spoofed"], "{message}");
    assert!(!is_verified(&desk, &conversation).await);
    let signed = signer.sign(&mail("Before", "c@bank.example", "It was me."));
    let changed = String::from_utf8(signed)
        .unwrap()
        .replace("Subject: Before", "Subject: After");
    servers.deliver(own, changed.as_bytes()).await;
    let (message, _) = desk.has_message("It was me.").await;
    assert_eq!(warned(&message), ["spoofed"], "{message}");
    assert_eq!(desk.conversations().await.len(), 3);
}

#[tokio::test]
async fn mail_server_that_tells_where_mail_comes_from_lets_senders_be_checked() {
    let texts = [
        ("news.example", "v=spf1 ip4:192.0.2.0/28 -all"),
        ("_dmarc.news.example", "v=DMARC1; p=quarantine"),
    ];
    let names = Names::start(&texts).await;
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let dns = names.address.to_string();
    let desk = Desk::start(&["--lmtp", &listen, "--mail-dns", &dns]).await;
    desk.inbox(json!({ "address": "help@shop.example", "lmtp": true }))
        .await;
    for (from, text, warnings, verified) in [
        ("192.0.2.7", "From its server.", vec![], true),
        ("203.0.113.7", "From another.", vec!["spoofed"], false),
    ] {
        let id = format!("{from}@news.example");
        let mail = mails::plain("n@news.example", "help@shop.example", "News", &id, text);
        let stream = TcpStream::connect(local(port)).await.unwrap();
        let (read, mut write) = stream.into_split();
        let mut read = BufReader::new(read).lines();
        let mut dialogue = format!(
            "LHLO mx\r\nXFORWARD ADDR={from} HELO=mx.news.example\r\nMAIL FROM:<b@news.example>\r\n\
             RCPT TO:<help@shop.example>\r\nDATA\r\n"
        )
        .into_bytes();
        dialogue.extend_from_slice(&mail);
        dialogue.extend_from_slice(b".\r\nQUIT\r\n");
        write.write_all(&dialogue).await.unwrap();
        let mut said = Vec::new();
        while let Some(line) = read.next_line().await.unwrap() {
            said.push(line);
        }
        assert!(said.iter().any(|it| it == "250 2.0.0 taken"), "{said:?}");
        let (message, conversation) = desk.has_message(text).await;
        assert_eq!(warned(&message), warnings, "{message}");
        assert_eq!(is_verified(&desk, &conversation).await, verified, "{from}");
    }
}

#[tokio::test]
async fn mail_comes_in_when_no_name_server_answers() {
    let servers = Servers::start().await;
    let nobody = format!("127.0.0.1:{}", free_port());
    let desk = Desk::start(&["--mail-dns", &nobody]).await;
    let own = "help@shop.example";
    desk.inbox(settings(own, servers.imap, 1)).await;
    let signer = Signer::of("bank.example");
    for n in 0..20 {
        let text = format!("Number {n}.");
        let mail = mails::plain(
            "li@bank.example",
            own,
            "Hi",
            &format!("{n}@bank.example"),
            &text,
        );
        servers.deliver(own, &signer.sign(&mail)).await;
    }
    let (message, conversation) = desk.has_message("Number 19.").await;
    assert_eq!(warned(&message), [""; 0], "{message}");
    assert!(!is_verified(&desk, &conversation).await);
}

#[tokio::test]
async fn own_mail_servers_tell_in_a_mailbox_where_mail_came_from() {
    // The sender of the envelope, as Dovecot was told it.
    let texts = [
        ("example.org", "v=spf1 ip4:192.0.2.0/28 -all"),
        ("_dmarc.example.org", "v=DMARC1; p=reject"),
    ];
    let names = Names::start(&texts).await;
    let servers = Servers::start().await;
    let desk = Desk::start(&["--mail-dns", &names.address.to_string()]).await;
    let own = "help@shop.example";
    let mut with = settings(own, servers.imap, 1);
    with["authserv_id"] = json!("mx.shop.example, mx2.shop.example");
    desk.inbox(with).await;
    let forged = "Received: from x (x [192.0.2.7]) by mx.shop.example with ESMTP id 9; Tue, 06 Oct 2026 10:00:00 +0800\r\n";
    for (n, by, from, warnings, verified) in [
        (1, "mx.shop.example", "192.0.2.7", vec![], true),
        (2, "mx2.shop.example", "203.0.113.7", vec!["spoofed"], false),
        // Nobody named this one, so what is below it is not believed either.
        (3, "mx3.shop.example", "203.0.113.7", vec!["spoofed"], false),
    ] {
        let text = format!("By way {n}.");
        let mail = mails::plain(
            "n@example.org",
            own,
            "News",
            &format!("{n}@example.org"),
            &text,
        );
        let received = format!(
            "Received: from x (x [{from}])\r\n by {by} (Postfix) with ESMTPS id {n}; Tue, 06 Oct 2026 10:00:00 +0800\r\n{forged}"
        );
        let mail = [received.as_bytes(), &mail].concat();
        servers.deliver(own, &mail).await;
        let (message, conversation) = desk.has_message(&text).await;
        assert_eq!(warned(&message), warnings, "{n}: {message}");
        assert_eq!(is_verified(&desk, &conversation).await, verified, "{n}");
        let id = message["id"].as_str().unwrap();
        let details = desk.get(&format!("/api/v1/messages/{id}/mail")).await;
        let spf = ["pass", "fail", "none"][n - 1];
        assert_eq!(details["authentication"]["spf"], spf, "{details}");
    }
}
