//! What is wrong with a mailbox is said in words that help.

use plugboard_mail_tests::{
    desk::{Desk, settings},
    free_port, mails,
    servers::Servers,
    sink::Sink,
    until,
};
use serde_json::{Value, json};

pub(crate) async fn trial(desk: &Desk, settings: Value) -> Vec<(String, String, Option<String>)> {
    let report = desk
        .post("/api/v1/mailboxes/test", json!({ "settings": settings }))
        .await;
    let steps = report["steps"].as_array().unwrap().clone();
    let text = |it: &Value| it.as_str().map(str::to_owned);
    steps
        .iter()
        .map(|it| {
            (
                text(&it["side"]).unwrap(),
                text(&it["step"]).unwrap(),
                text(&it["trouble"]),
            )
        })
        .collect()
}

#[tokio::test]
async fn test_of_a_connection_says_what_is_wrong() {
    let sink = Sink::start().await;
    let servers = Servers::start().await;
    let desk = Desk::start(&[]).await;
    let good = settings("help@shop.example", servers.imap, sink.port);
    let steps = trial(&desk, good.clone()).await;
    assert!(steps.iter().all(|it| it.2.is_none()), "{steps:?}");
    let with = |change: &dyn Fn(&mut Value)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed
    };
    for (settings, trouble) in [
        (
            with(&|it| it["imap_password"] = json!("wrong")),
            "wrong_password",
        ),
        (
            with(&|it| it["imap"]["folders"] = json!(["Nowhere"])),
            "no_folder",
        ),
        (
            with(&|it| it["imap"]["port"] = json!(free_port())),
            "refused",
        ),
        (
            with(&|it| it["imap"]["host"] = json!("no-such-host.invalid")),
            "unknown_host",
        ),
        (
            with(&|it| it["imap"]["port"] = json!(servers.lmtp)),
            "wrong_protocol",
        ),
        (
            with(&|it| it["imap"]["tls"] = json!("starttls")),
            "no_encryption",
        ),
    ] {
        let steps = trial(&desk, settings).await;
        let found: Vec<_> = steps.iter().filter_map(|it| it.2.clone()).collect();
        assert_eq!(found, [trouble], "{steps:?}");
    }
}

#[tokio::test]
async fn test_of_a_connection_names_the_server_that_checks_where_mails_are_from() {
    let sink = Sink::start().await;
    let servers = Servers::start().await;
    let desk = Desk::start(&[]).await;
    let good = settings("help@shop.example", servers.imap, sink.port);
    let origin = async || {
        let report = desk
            .post("/api/v1/mailboxes/test", json!({ "settings": good }))
            .await;
        let steps = report["steps"].as_array().unwrap().clone();
        let found = steps.into_iter().find(|it| it["step"] == "origin");
        found.map(|it| it["detail"].as_str().unwrap().to_owned())
    };
    assert_eq!(origin().await, None);
    let signed = "Authentication-Results: mx.shop.example; spf=pass smtp.mailfrom=a.example\r\n";
    for n in 0..3 {
        let (subject, id) = (format!("No {n}"), format!("{n}@a.example"));
        let mail = mails::mail(
            "li@a.example",
            "help@shop.example",
            &subject,
            &id,
            signed,
            "x",
        );
        servers.deliver("help@shop.example", &mail).await;
    }
    assert_eq!(origin().await.as_deref(), Some("mx.shop.example"));
}

#[tokio::test]
async fn mailbox_that_stops_is_an_alarm() {
    let servers = Servers::start().await;
    let desk = Desk::start(&[]).await;
    let mut with = settings("help@shop.example", servers.imap, 1);
    with["imap_password"] = json!("wrong");
    let inbox = desk.inbox(with).await;
    let ready = until("an alarm", || async {
        let ready = desk.get("/readyz").await;
        ready.to_string().contains(&inbox).then_some(ready)
    })
    .await;
    assert!(ready.to_string().contains("WrongPassword"), "{ready}");
}
