//! Tokens instead of passwords, against Dovecot and a provider on this machine.

use plugboard_mail_tests::{
    desk::{Desk, settings},
    expiring::Expiring,
    issuer::Issuer,
    mails,
    servers::Servers,
    until,
};
use serde_json::{Value, json};

/// Dovecot asks the provider whether a token is good.
async fn servers(issuer: &Issuer) -> Servers {
    Servers::start_with(&passdb(issuer), None).await
}

/// How Dovecot asks.
pub(crate) fn passdb(issuer: &Issuer) -> String {
    let ask = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    let config = format!(
        "introspection_mode = post\nintrospection_url = http://127.0.0.1:{}/introspect\nusername_attribute = username\n\
         active_attribute = active\nactive_value = true\n",
        issuer.port
    );
    std::fs::write(&ask, config).unwrap();
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&ask, permissions).unwrap();
    let path = ask.keep().unwrap();
    format!(
        "auth_mechanisms = plain login xoauth2\npassdb {{\n  driver = oauth2\n  mechanisms = xoauth2\n  args = {}\n}}\n",
        path.display()
    )
}

fn read_with_tokens(servers: &Servers, issuer: &Issuer) -> Value {
    let mut with = settings("help@shop.example", servers.imap, 1);
    with_tokens(&mut with, issuer);
    with
}

/// Settings of a mailbox that is signed in to with tokens of this provider.
pub(crate) fn with_tokens(with: &mut Value, issuer: &Issuer) {
    with["auth"] = json!("oauth");
    with["oauth"] = json!({
        "token_url": format!("http://127.0.0.1:{}/token", issuer.port),
        "client_id": "plugboard",
        "scope": "mail"
    });
    with["oauth_refresh_token"] = json!("leave");
}

#[tokio::test]
async fn mailbox_is_read_with_tokens_that_are_asked_for_once() {
    let issuer = Issuer::start(3_600).await;
    let servers = servers(&issuer).await;
    let desk = Desk::start(&[]).await;
    let mut with = read_with_tokens(&servers, &issuer);
    // Three connections at once need a token: one asks.
    with["imap"]["folders"] = json!(["INBOX", "Sent", "Drafts"]);
    servers.doveadm(&["mailbox", "create", "-u", "help@shop.example", "Drafts"]);
    desk.inbox(with).await;
    let mail = mails::plain(
        "p@world.example",
        "help@shop.example",
        "Hi",
        "h@x",
        "By token.",
    );
    servers.deliver("help@shop.example", &mail).await;
    desk.has_message("By token.").await;
    assert_eq!(issuer.given(), 1);
}

#[tokio::test]
async fn leave_that_was_taken_back_is_an_alarm_that_says_so() {
    let issuer = Issuer::start(3_600).await;
    issuer.withdraw();
    let servers = servers(&issuer).await;
    let desk = Desk::start(&[]).await;
    let inbox = desk.inbox(read_with_tokens(&servers, &issuer)).await;
    until("an alarm", || async {
        let ready = desk.get("/readyz").await.to_string();
        (ready.contains(&inbox) && ready.contains("LeaveNeeded")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn token_that_ends_within_a_connection_is_missed_at_the_next_one_only() {
    let issuer = Issuer::start(3_600).await;
    let servers = servers(&issuer).await;
    let desk = Desk::start(&["--mail-retry-max", "1"]).await;
    let mut with = read_with_tokens(&servers, &issuer);
    with["imap"]["read_sent"] = json!(false);
    desk.inbox(with).await;
    let own = "help@shop.example";
    let arrives = async |n: u32| {
        let text = format!("Number {n}.");
        let mail = mails::plain("p@world.example", own, "Hi", &format!("{n}@x"), &text);
        servers.deliver(own, &mail).await;
        desk.has_message(&text).await;
    };
    arrives(1).await;
    issuer.end_all();
    // Dovecot looks at a token once.
    arrives(2).await;
    assert_eq!(issuer.given(), 1);
    servers.kill_imap();
    arrives(3).await;
    assert_eq!(issuer.given(), 2, "one more, at once");
    assert_eq!(desk.inbound().await.len(), 3);
}

#[tokio::test]
async fn session_that_refuses_everything_once_its_token_ended_costs_no_mail() {
    const COUNT: usize = 230;
    let issuer = Issuer::start(3_600).await;
    let own = "help@shop.example";
    let all = (0..COUNT).map(|n| {
        let text = format!("Number {n} of many.");
        mails::plain("p@world.example", own, "Hi", &format!("{n}@x"), &text)
    });
    // No mail would survive being counted as one that cannot be read each time.
    let server = Expiring::start(&issuer, all.collect(), 40).await;
    let desk = Desk::start(&["--mail-retry-max", "1"]).await;
    let mut with = settings(own, server.port, 1);
    with_tokens(&mut with, &issuer);
    with["imap"]["read_sent"] = json!(false);
    with["backfill_days"] = json!(3);
    desk.inbox(with).await;
    desk.has_conversations(1).await;
    until("all mails", || async {
        (desk.inbound().await.len() >= COUNT).then_some(())
    })
    .await;
    let mut texts = desk.inbound().await;
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), COUNT);
    assert!(texts.iter().all(|it| it.ends_with("of many.")), "{texts:?}");
    let mailboxes = desk.get("/api/v1/mailboxes").await;
    assert_eq!(mailboxes["items"][0]["quarantined"], 0, "{mailboxes}");
    assert!(
        server.refused() > 0 && issuer.given() >= 5,
        "no token ended"
    );
}
