//! A mail that was read wrongly is read again from its source.

use plugboard_mail_tests::{
    desk::{Desk, settings},
    mails,
    servers::Servers,
    until,
};
use serde_json::{Value, json};

/// заказы (orders) in Windows-1251, and in words of a header that claim to be GB 18030, where these are three letters as well.
const ORDERS: [u8; 6] = [0xe7, 0xe0, 0xea, 0xe0, 0xe7, 0xfb];
const ORDERS_WORD: &str = "=?gb18030?B?5+Dq4Of7?=";

/// Says GB 18030, could be, and is not.
fn mislabelled(to: &str) -> Vec<u8> {
    let mut raw = format!(
        "From: {ORDERS_WORD} <chen@customer.example>\r\nTo: {to}\r\nSubject: {ORDERS_WORD} 7\r\nMessage-ID: <wrong@customer.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/html; charset=gb18030\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>marker "
    )
    .into_bytes();
    raw.extend_from_slice(&ORDERS);
    raw.extend_from_slice(
        format!(
            "</p>\r\n--b\r\nContent-Type: text/plain; name=\"{ORDERS_WORD}.txt\"\r\n\
             Content-Disposition: attachment; filename=\"{ORDERS_WORD}.txt\"\r\n\r\nfile\r\n--b--\r\n"
        )
        .as_bytes(),
    );
    raw
}

async fn finds(desk: &Desk, words: &str) -> bool {
    let found = desk.get(&format!("/api/v1/search?q={words}")).await;
    !found["items"].as_array().unwrap().is_empty()
}

#[tokio::test]
async fn a_mail_in_the_wrong_characters_is_read_in_those_that_a_person_names() {
    let servers = Servers::start().await;
    let desk = Desk::start(&[]).await;
    let inbox = desk
        .inbox(settings("help@shop.example", servers.imap, 1))
        .await;
    let mails = [
        mislabelled("help@shop.example"),
        mails::plain(
            "li@customer.example",
            "help@shop.example",
            "Right",
            "right@customer.example",
            "as it should be",
        ),
    ];
    servers.deliver_all(&["help@shop.example"], &mails).await;
    desk.has_conversations(2).await;
    let (wrong, conversation) = desk.has_message("marker").await;
    assert!(
        !wrong["text"].as_str().unwrap().contains("заказы"),
        "{wrong}"
    );
    let path = format!(
        "/api/v1/messages/{}/mail/read-again",
        wrong["id"].as_str().unwrap()
    );
    let (status, refused) = desk.try_post(&path, json!({ "charset": "klingon" })).await;
    assert_eq!(status, 422, "{refused}");

    let read = desk.post(&path, json!({ "charset": "windows-1251" })).await;
    let is_right = |it: &Value| {
        assert_eq!(it["text"], "marker заказы");
        assert_eq!(it["mail"]["subject"], "заказы 7");
        assert_eq!(it["mail"]["from"]["name"], "заказы");
        assert_eq!(it["attachments"][0]["name"], "заказы.txt");
        assert_eq!(it["author"]["name"], "заказы");
        assert!(it["edited_at"].is_null(), "nobody changed it: {it}");
    };
    is_right(&read);
    is_right(&desk.messages(&conversation).await[0]);
    let html = read["mail"]["html"].as_str().unwrap();
    let html = String::from_utf8(desk.bytes(html).await).unwrap();
    assert!(html.contains("заказы"), "{html}");
    until("what it says now is found", || async {
        finds(&desk, "заказы").await.then_some(())
    })
    .await;
    let details = path.replace("/read-again", "");
    assert_eq!(desk.get(&details).await["charset"], "windows-1251");

    // All of the mailbox are read again: what a person said stays, and what was right is as it was.
    let all = format!("/api/v1/mailboxes/{inbox}/read-again");
    let done = desk.post(&all, json!({})).await;
    assert_eq!(done, json!({ "read": 2, "changed": 0, "next": null }));
    is_right(&desk.messages(&conversation).await[0]);
    // Found out again, it is what it was.
    let again = desk.post(&path, json!({})).await;
    assert_eq!(again["text"], wrong["text"]);
    assert_eq!(again["mail"]["subject"], wrong["mail"]["subject"]);
}
