//! Tokens instead of passwords, against Dovecot and a provider on this machine.

use plugboard_mail_tests::{
    desk::{Desk, settings},
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
