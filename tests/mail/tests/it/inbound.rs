//! Mail comes in, once, whatever happens on the way.

use std::{collections::BTreeMap, time::Duration};

use plugboard_mail_tests::{
    PATIENCE,
    desk::{Desk, settings},
    free_port, mails,
    names::Names,
    servers::{Servers, lmtp},
    signing::Signer,
    toxic::Toxic,
    until, until_within,
};
use serde_json::json;

/// Mails of the long test, in three mailboxes together; set to 5,000 for the bar.
fn many() -> usize {
    std::env::var("PLUGBOARD_MAIL_MANY").map_or(240, |it| it.parse().unwrap())
}

fn numbered(to: &str, n: usize) -> Vec<u8> {
    let from = format!("c{}@customer.example", n % 40);
    mails::plain(
        &from,
        to,
        &format!("No {n}"),
        &format!("{n}@customer.example"),
        &format!("mail {to} {n} end"),
    )
}

/// How long so many mails may take while everything breaks.
fn patience() -> Duration {
    PATIENCE * u32::try_from(many() / 500 + 1).unwrap()
}

/// The desk has each of these once, and nothing else.
async fn has_exactly(desk: &Desk, wanted: &[String]) {
    let count = wanted.len();
    until_within(patience(), &format!("{count} mails"), || async {
        (desk.conversations().await.len() >= count).then_some(())
    })
    .await;
    let mut found: BTreeMap<String, u32> = BTreeMap::new();
    for text in desk.inbound().await {
        *found.entry(text).or_default() += 1;
    }
    let doubled: Vec<_> = found.iter().filter(|it| *it.1 > 1).collect();
    assert!(doubled.is_empty(), "doubled: {doubled:?}");
    let lost: Vec<_> = wanted
        .iter()
        .filter(|it| !found.contains_key(*it))
        .collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert_eq!(found.len(), count);
}

/// The server numbers its mails otherwise from now on.
fn renumber(servers: &Servers, address: &str) {
    for name in ["uidlist", "index", "index.log", "index.cache"] {
        let name = format!("dovecot.{name}").replace(".uidlist", "-uidlist");
        let _ = std::fs::remove_file(servers.maildir(address).join(name));
    }
    servers.kill_imap();
}

#[tokio::test]
async fn no_mail_is_lost_or_doubled_while_everything_breaks() {
    let servers = Servers::start().await;
    let toxic = Toxic::before(servers.imap).await;
    let mut desk = Desk::start(&["--mail-silence", "2", "--mail-retry-max", "1"]).await;
    let boxes = ["a@shop.example", "b@shop.example", "c@shop.example"];
    for address in boxes {
        desk.inbox(settings(address, toxic.port, 1)).await;
    }
    // What is listed of a large mailbox alone is more than what a small one holds.
    toxic.cut_within(if many() > 1_000 { 150_000 } else { 60_000 });
    let parts = if many() > 1_000 { 10 } else { 5 };
    let each = many() / boxes.len();
    let mut wanted = Vec::new();
    let (mut kills, mut crashes, mut renumbered) = (0, 0, 0);
    for part in 0..parts {
        for address in boxes {
            let of = (part * each / parts)..((part + 1) * each / parts);
            let mails: Vec<_> = of.clone().map(|n| numbered(address, n)).collect();
            wanted.extend(of.map(|n| format!("mail {address} {n} end")));
            servers.deliver_all(&[address], &mails).await;
        }
        match part % 5 {
            0 => {
                servers.kill_imap();
                kills += 1;
            }
            1 => {
                desk.crash().await;
                crashes += 1;
            }
            2 => toxic.stall(2),
            3 => {
                renumber(&servers, boxes[part % boxes.len()]);
                renumbered += 1;
            }
            _ => {}
        }
        let so_far = wanted.len() / 2;
        until_within(patience(), "half of them", || async {
            (desk.conversations().await.len() >= so_far).then_some(())
        })
        .await;
    }
    assert!(toxic.cuts() > 0, "nothing was cut");
    println!(
        "{} mails: {} cuts, {kills} kills of the server's processes, {crashes} of ours, {renumbered} times other numbers",
        wanted.len(),
        toxic.cuts()
    );
    toxic.cut_within(0);
    has_exactly(&desk, &wanted).await;
    // The server numbers its mails otherwise, and somebody tidies the mailbox up.
    for address in boxes {
        renumber(&servers, address);
    }
    servers.doveadm(&["expunge", "-u", boxes[0], "mailbox", "INBOX", "1:10"]);
    for address in boxes {
        servers.deliver(address, &numbered(address, 90_000)).await;
        wanted.push(format!("mail {address} 90000 end"));
    }
    has_exactly(&desk, &wanted).await;
}

#[tokio::test]
async fn new_mail_is_told_at_once_and_slow_networks_are_waited_for() {
    let servers = Servers::start().await;
    let toxic = Toxic::before(servers.imap).await;
    let desk = Desk::start(&[]).await;
    desk.inbox(settings("help@shop.example", toxic.port, 1))
        .await;
    toxic.slow_every(20);
    servers
        .deliver("help@shop.example", &numbered("help@shop.example", 1))
        .await;
    desk.has_message("mail help@shop.example 1 end").await;
    toxic.slow_every(0);
    // The safety poll is every five minutes, so only IDLE can be this fast.
    servers
        .deliver("help@shop.example", &numbered("help@shop.example", 2))
        .await;
    desk.has_message("mail help@shop.example 2 end").await;
}

#[tokio::test]
async fn mail_before_the_inbox_stays_out_unless_it_is_wanted() {
    let servers = Servers::start().await;
    servers
        .deliver("old@shop.example", &numbered("old@shop.example", 1))
        .await;
    servers
        .deliver("new@shop.example", &numbered("new@shop.example", 1))
        .await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let desk = Desk::start(&[]).await;
    let mut wanted = settings("old@shop.example", servers.imap, 1);
    wanted["backfill_days"] = json!(30);
    wanted["auto_reply"] = json!("We got it.");
    desk.inbox(wanted).await;
    desk.inbox(settings("new@shop.example", servers.imap, 1))
        .await;
    let (_, id) = desk.has_message("mail old@shop.example 1 end").await;
    let all = desk.messages(&id).await;
    assert_eq!(all.len(), 1, "nothing answers what is old: {all:?}");
    let conversation = desk.get(&format!("/api/v1/conversations/{id}")).await;
    assert_eq!(conversation["status"], "resolved", "{conversation}");
    servers
        .deliver("new@shop.example", &numbered("new@shop.example", 2))
        .await;
    desk.has_message("mail new@shop.example 2 end").await;
    assert_eq!(desk.inbound().await.len(), 2);
}

#[tokio::test]
async fn poison_is_set_aside_where_somebody_sees_it() {
    let servers = Servers::start().await;
    for n in 1..=3 {
        servers
            .deliver("help@shop.example", &numbered("help@shop.example", n))
            .await;
    }
    // The second cannot be read any more: its server says no, each time.
    let new = servers.maildir("help@shop.example").join("new");
    let mut files: Vec<_> = std::fs::read_dir(&new)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    files.sort();
    let nobody = std::os::unix::fs::PermissionsExt::from_mode(0o000);
    std::fs::set_permissions(&files[1], nobody).unwrap();
    let desk = Desk::start(&["--mail-retry-max", "1"]).await;
    let mut wanted = settings("help@shop.example", servers.imap, 1);
    wanted["backfill_days"] = json!(3);
    desk.inbox(wanted).await;
    desk.has_message("mail help@shop.example 1 end").await;
    desk.has_message("mail help@shop.example 3 end").await;
    servers
        .deliver("help@shop.example", &numbered("help@shop.example", 4))
        .await;
    desk.has_message("mail help@shop.example 4 end").await;
    // Somebody sees it, once, and the source of what there is can be looked at.
    desk.has_message("could not be read").await;
    servers
        .deliver("help@shop.example", &numbered("help@shop.example", 5))
        .await;
    desk.has_message("mail help@shop.example 5 end").await;
    let all = desk.inbound().await;
    assert_eq!(all.len(), 5, "{all:?}");
    assert_eq!(
        all.iter()
            .filter(|it| it.contains("could not be read"))
            .count(),
        1
    );
    let mailboxes = desk.get("/api/v1/mailboxes").await;
    assert_eq!(mailboxes["items"][0]["quarantined"], 1, "{mailboxes}");
}

#[tokio::test]
async fn mail_server_hands_over_what_is_durable_then() {
    let port = free_port();
    let mut desk = Desk::start(&["--lmtp", &format!("127.0.0.1:{port}")]).await;
    desk.inbox(json!({ "address": "help@shop.example", "lmtp": true }))
        .await;
    let to = ["help+tag@shop.example", "nobody@shop.example"];
    let mail = numbered("help@shop.example", 1);
    let said = lmtp(port, &to, &[mail.clone(), mail]).await;
    let codes: Vec<_> = said.iter().map(|it| &it[..3]).collect();
    assert_eq!(codes, ["550", "250", "550", "250"]);
    // What was acknowledged survives.
    desk.crash().await;
    has_exactly(&desk, &["mail help@shop.example 1 end".to_owned()]).await;
    let broken: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"\xff\xfe\x00 no mail at all".to_vec(),
        vec![b'x'; 200_000],
    ];
    for said in lmtp(port, &["help@shop.example"], &broken).await {
        assert!(said.starts_with("250"), "{said}");
    }
    desk.has_conversations(3).await;
}

#[tokio::test]
async fn mail_to_two_inboxes_is_a_conversation_in_each() {
    let servers = Servers::start().await;
    let desk = Desk::start(&[]).await;
    for address in ["a@shop.example", "b@shop.example"] {
        desk.inbox(settings(address, servers.imap, 1)).await;
    }
    let mail = mails::plain(
        "c@customer.example",
        "a@shop.example, b@shop.example",
        "Both",
        "both@x",
        "to both",
    );
    servers
        .deliver_all(&["a@shop.example", "b@shop.example"], &[mail])
        .await;
    assert_eq!(desk.has_conversations(2).await.len(), 2);
}

#[tokio::test]
async fn what_was_moved_away_or_merged_never_comes_back_from_its_mailbox() {
    let servers = Servers::start().await;
    let mut desk = Desk::start(&["--mail-retry-max", "1"]).await;
    let own = "help@shop.example";
    desk.inbox(settings(own, servers.imap, 1)).await;
    for (n, subject) in [(1, "Lamp"), (2, "Chair"), (3, "Table")] {
        let id = format!("{n}@x");
        let text = format!("About {subject}.");
        let mail = mails::plain("anna@world.example", own, subject, &id, &text);
        servers.deliver(own, &mail).await;
    }
    let (_, lamp) = desk.has_message("About Lamp.").await;
    let (chair, was_chair) = desk.has_message("About Chair.").await;
    let (_, table) = desk.has_message("About Table.").await;
    let moved = desk
        .post(
            &format!(
                "/api/v1/messages/{}/mail/move",
                chair["id"].as_str().unwrap()
            ),
            json!({ "conversation_id": lamp }),
        )
        .await;
    assert_eq!(moved["id"], lamp.as_str());
    // Nothing is left there, and nobody has to close it.
    let empty = desk
        .get(&format!("/api/v1/conversations/{was_chair}"))
        .await;
    assert_eq!(
        (&empty["status"], &empty["emptied"]),
        (&json!("resolved"), &json!(true)),
        "{empty}"
    );
    desk.post(
        &format!("/api/v1/conversations/{table}/merge"),
        json!({ "into": lamp }),
    )
    .await;
    // The server numbers them otherwise, the process dies, and another folder has copies of all.
    renumber(&servers, own);
    desk.crash().await;
    for n in [4, 5] {
        let (id, text) = (format!("{n}@x"), format!("Number {n}."));
        let mail = mails::plain("anna@world.example", own, "More", &id, &text);
        servers.deliver(own, &mail).await;
        desk.has_message(&text).await;
        renumber(&servers, own);
    }
    let mut texts = desk.inbound().await;
    texts.retain(|it| !it.is_empty());
    texts.sort_unstable();
    let expect = [
        "About Chair.",
        "About Lamp.",
        "About Table.",
        "Number 4.",
        "Number 5.",
    ];
    assert_eq!(texts, expect);
}

#[tokio::test]
async fn folder_that_a_mail_was_found_in_is_told() {
    let servers = Servers::start().await;
    let desk = Desk::start(&[]).await;
    let own = "help@shop.example";
    let aftersale = "\u{552e}\u{540e}";
    servers.doveadm(&["mailbox", "create", "-u", own, aftersale]);
    let mut with = settings(own, servers.imap, 1);
    with["imap"]["folders"] = json!(["INBOX", aftersale]);
    desk.inbox(with).await;
    servers
        .deliver(
            own,
            &mails::plain("a@world.example", own, "Hi", "1@x", "In the inbox."),
        )
        .await;
    desk.has_message("In the inbox.").await;
    let filed = mails::plain("a@world.example", own, "Hi", "2@x", "Filed by a rule.");
    servers.append(own, "&VS5UDg-", &filed).await;
    for (text, folder) in [("In the inbox.", "INBOX"), ("Filed by a rule.", aftersale)] {
        let (message, _) = desk.has_message(text).await;
        let id = message["id"].as_str().unwrap();
        let details = desk.get(&format!("/api/v1/messages/{id}/mail")).await;
        assert_eq!(details["folder"], folder, "{details}");
    }
}

/// A mail with a large file.
fn large(bytes: usize) -> Vec<u8> {
    let mut mail = b"From: big@customer.example\r\nTo: help@shop.example\r\nSubject: Large\r\nMessage-ID: <large@x>\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
        The film.\r\n--b\r\nContent-Type: video/mp4\r\nContent-Disposition: attachment; filename=film.mp4\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n".to_vec();
    while mail.len() < bytes {
        mail.extend_from_slice(&[b'Q'; 76]);
        mail.extend_from_slice(b"\r\n");
    }
    mail.extend_from_slice(b"--b--\r\n");
    mail
}

/// A mail of very many parts.
fn of_parts(count: usize) -> Vec<u8> {
    let mut mail = b"From: parts@customer.example\r\nTo: help@shop.example\r\nSubject: Parts\r\nMessage-ID: <parts@x>\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nMany parts.\r\n".to_vec();
    for n in 0..count {
        mail.extend_from_slice(
            format!("--b\r\nContent-Type: application/x-n\r\n\r\npart {n}\r\n").as_bytes(),
        );
    }
    mail.extend_from_slice(b"--b--\r\n");
    mail
}

#[tokio::test]
async fn enormous_mail_takes_bounded_memory_and_holds_up_no_other_mailbox() {
    const SIZE: usize = 50_000_000;
    let servers = Servers::start().await;
    let desk = Desk::start(&[]).await;
    for address in ["help@shop.example", "other@shop.example"] {
        desk.inbox(settings(address, servers.imap, 1)).await;
    }
    servers
        .deliver("other@shop.example", &numbered("other@shop.example", 0))
        .await;
    desk.has_message("mail other@shop.example 0 end").await;
    let (before, _) = desk.memory();
    servers
        .deliver("help@shop.example", &of_parts(20_000))
        .await;
    desk.has_message("Many parts.").await;
    servers.deliver("help@shop.example", &large(SIZE)).await;
    servers
        .deliver("other@shop.example", &numbered("other@shop.example", 1))
        .await;
    desk.has_message("mail other@shop.example 1 end").await;
    let (message, _) = desk.has_message("The film.").await;
    assert_eq!(message["attachments"][0]["name"], "film.mp4", "{message}");
    let (_, most) = desk.memory();
    let grown = most - before;
    println!("a mail of {SIZE} bytes: the process grew by {grown} bytes at most");
    assert!(
        grown <= 4 * SIZE as u64,
        "{grown} bytes for a mail of {SIZE}"
    );
}

/// Senders that mails are from in the measurement: each of a domain of its own, with a key and a policy.
const SENDERS: usize = 200;

/// Not a test: how fast mail comes in, with origins checked and without. `cargo test ... -- --ignored --nocapture rate`, with a
/// release build in `PLUGBOARD_BIN`.
#[tokio::test]
#[ignore = "measures; the bar is for a release build on an idle machine"]
async fn rate_of_ingest() {
    const COUNT: usize = 2_000;
    let servers = Servers::start().await;
    let text = "a line of a mail that is twenty kilobytes long. ".repeat(310);
    let signers: Vec<_> = (0..SENDERS)
        .map(|n| Signer::of(&format!("customer{n}.example")))
        .collect();
    let mut records = Vec::new();
    for (n, signer) in signers.iter().enumerate() {
        records.push(signer.record());
        let policy = (
            format!("_dmarc.customer{n}.example"),
            "v=DMARC1; p=reject".to_owned(),
        );
        records.push(policy);
    }
    let records: Vec<_> = records
        .iter()
        .map(|it| (it.0.as_str(), it.1.as_str()))
        .collect();
    let names = Names::start(&records).await;
    for (how, dns) in [
        ("checked", names.address.to_string()),
        ("not checked", "off".into()),
    ] {
        let own = format!("{}@shop.example", how.replace(' ', "-"));
        let mails: Vec<_> = (0..COUNT)
            .map(|n| {
                let of = n % SENDERS;
                let from = format!("c{n}@customer{of}.example");
                let id = format!("{n}@customer{of}.example");
                let text = format!("{n} {text}");
                signers[of].sign(&mails::plain(&from, &own, &format!("No {n}"), &id, &text))
            })
            .collect();
        servers.deliver_all(&[&own], &mails).await;
        let desk = Desk::start(&["--mail-dns", &dns]).await;
        let mut with = settings(&own, servers.imap, 1);
        with["backfill_days"] = json!(3);
        let started = std::time::Instant::now();
        desk.inbox(with).await;
        until("all mails", || async {
            let mailboxes = desk.get("/api/v1/mailboxes").await;
            let folder = &mailboxes["items"][0]["folders"][0];
            (folder["behind"] == 0 && !folder["last_mail_at"].is_null()).then_some(())
        })
        .await;
        let took = started.elapsed();
        let all = desk.conversations().await;
        assert_eq!(all.len(), COUNT);
        let contact = all[0]["contact"]["id"].as_str().unwrap();
        let contact = desk.get(&format!("/api/v1/contacts/{contact}")).await;
        assert_eq!(contact["verified"], json!(dns != "off"), "{contact}");
        println!(
            "{COUNT} mails of {} bytes from {SENDERS} domains, origins {how}, in {took:?}: {:.0} a second",
            mails[0].len(),
            COUNT as f64 / took.as_secs_f64()
        );
    }
}
