//! Mail servers over TLS, with certificates of an authority of this test.

use plugboard_mail_tests::{
    desk::{Desk, settings},
    free_port,
    issuer::Issuer,
    mails,
    servers::{PASSWORD, Servers},
    sink::Sink,
    tls::{Authority, Certificate},
};
use serde_json::{Value, json};

use crate::{oauth, trouble::trial};

/// Ports with TLS from the first byte, for reading and for sending.
struct Ports {
    imaps: u16,
    /// The mail server's door for its own people: it offers STARTTLS.
    submission: u16,
    submissions: u16,
}

/// Dovecot with a certificate, which takes mail to send as well and hands it over to the sink.
async fn servers(certificate: &Certificate, sink: u16, more: &str) -> (Servers, Ports) {
    let ports = Ports {
        imaps: free_port(),
        submission: free_port(),
        submissions: free_port(),
    };
    let config = format!(
        "protocols = imap lmtp submission\nssl = yes\nssl_cert = <{}\nssl_key = <{}\n\
         service imap-login {{\n  inet_listener imaps {{\n    port = {}\n    ssl = yes\n  }}\n}}\n\
         service submission-login {{\n  chroot =\n  inet_listener submission {{\n    port = {}\n  }}\n  \
         inet_listener submissions {{\n    port = {}\n    ssl = yes\n  }}\n}}\n\
         submission_relay_host = 127.0.0.1\nsubmission_relay_port = {sink}\nhostname = mx.shop.example\n{more}",
        certificate.chain.display(),
        certificate.key.display(),
        ports.imaps,
        ports.submission,
        ports.submissions,
    );
    (Servers::start_with(&config, None).await, ports)
}

/// Settings with TLS: from the first byte, or after a command.
fn private(servers: &Servers, ports: &Ports, starttls: bool) -> Value {
    let mut with = settings("help@shop.example", servers.imap, ports.submission);
    let tls = if starttls { "starttls" } else { "tls" };
    if !starttls {
        with["imap"]["port"] = json!(ports.imaps);
        with["smtp"]["port"] = json!(ports.submissions);
    }
    with["imap"]["tls"] = json!(tls);
    with["smtp"]["tls"] = json!(tls);
    with["smtp"]["user"] = json!("help@shop.example");
    with["smtp_password"] = json!(PASSWORD);
    with
}

#[tokio::test]
async fn mail_comes_and_goes_over_tls_and_starttls() {
    let authority = Authority::new();
    let sink = Sink::start().await;
    let certificate = authority.certify("IP:127.0.0.1");
    let (servers, ports) = servers(&certificate, sink.port, "").await;
    for starttls in [false, true] {
        let desk = Desk::start(&["--mail-ca", &authority.file()]).await;
        let with = private(&servers, &ports, starttls);
        let steps = trial(&desk, with.clone()).await;
        assert!(steps.iter().all(|it| it.2.is_none()), "{steps:?}");
        desk.inbox(with).await;
        let customer = format!("anna{}@world.example", u8::from(starttls));
        let question = format!("Private {starttls}?");
        let id = format!("{starttls}@world.example");
        let mail = mails::plain(&customer, "help@shop.example", "Q", &id, &question);
        servers.deliver("help@shop.example", &mail).await;
        let (_, conversation) = desk.has_message(&question).await;
        let sent = desk.reply(&conversation, "Yes.", &[]).await;
        desk.is_delivery(&conversation, &sent, "sent").await;
        sink.mail_to(&customer).await;
    }
}

#[tokio::test]
async fn test_of_a_connection_says_what_is_wrong_with_certificates_and_passwords() {
    let authority = Authority::new();
    let sink = Sink::start().await;
    let certificate = authority.certify("DNS:mail.elsewhere.example");
    let (servers, ports) = servers(&certificate, sink.port, "").await;
    let believes = Desk::start(&["--mail-ca", &authority.file()]).await;
    let doubts = Desk::start(&[]).await;
    for starttls in [false, true] {
        let with = private(&servers, &ports, starttls);
        // Of another host, and of nobody that the machine believes.
        for desk in [&believes, &doubts] {
            let steps = trial(desk, with.clone()).await;
            let wrong: Vec<_> = steps.iter().filter(|it| it.2.is_some()).collect();
            let expect = |side: &str| {
                (
                    side.to_owned(),
                    "tls".to_owned(),
                    Some("certificate".to_owned()),
                )
            };
            assert_eq!(wrong, [&expect("imap"), &expect("smtp")], "{steps:?}");
        }
    }
    let good = authority.certify("IP:127.0.0.1");
    // A server that makes whoever guesses wait makes this test wait as well.
    let hasty = "auth_failure_delay = 0\nservice anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}\n";
    let (servers, ports) = self::servers(&good, sink.port, hasty).await;
    let mut with = private(&servers, &ports, true);
    with["imap_password"] = json!("wrong");
    with["smtp_password"] = json!("wrong");
    let steps = trial(&believes, with).await;
    let wrong: Vec<_> = steps.iter().filter_map(|it| it.2.as_deref()).collect();
    assert_eq!(wrong, ["wrong_password", "wrong_password"], "{steps:?}");
    // TLS where none is spoken.
    let mut with = private(&servers, &ports, false);
    with["imap"]["port"] = json!(servers.imap);
    let steps = trial(&believes, with).await;
    let wrong: Vec<_> = steps.iter().filter_map(|it| it.2.as_deref()).collect();
    assert_eq!(wrong, ["wrong_protocol"], "{steps:?}");
}

#[tokio::test]
async fn mail_is_sent_with_tokens_that_are_renewed_when_they_end() {
    let authority = Authority::new();
    let issuer = Issuer::start(3_600).await;
    let sink = Sink::start().await;
    let certificate = authority.certify("IP:127.0.0.1");
    let more = oauth::passdb(&issuer);
    let (servers, ports) = servers(&certificate, sink.port, &more).await;
    let desk = Desk::start(&["--mail-ca", &authority.file()]).await;
    let mut with = private(&servers, &ports, true);
    oauth::with_tokens(&mut with, &issuer);
    desk.inbox(with).await;
    let ask = async |n: u32| {
        let customer = format!("p{n}@world.example");
        let text = format!("Question {n}?");
        let id = format!("{n}@world.example");
        let mail = mails::plain(&customer, "help@shop.example", "Q", &id, &text);
        servers.deliver("help@shop.example", &mail).await;
        let (_, conversation) = desk.has_message(&text).await;
        (customer, conversation)
    };
    let (customer, conversation) = ask(1).await;
    desk.reply(&conversation, "By token.", &[]).await;
    sink.mail_to(&customer).await;
    assert_eq!(issuer.given(), 1, "one token for reading and sending");
    // The provider ends what it gave, in the middle of a session: the next one is asked for once.
    issuer.end_all();
    let (customer, conversation) = ask(2).await;
    let sent = desk.reply(&conversation, "By another.", &[]).await;
    desk.is_delivery(&conversation, &sent, "sent").await;
    sink.mail_to(&customer).await;
    assert_eq!(issuer.given(), 2, "one more");
    assert_eq!(sink.arrived().len(), 2);
}
