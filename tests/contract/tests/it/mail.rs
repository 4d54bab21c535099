//! Mail: what comes in, what goes out, and what agents and administrators do with it.

use plugboard_contract::{
    Client,
    mail::{HELP, Post, plain, wait},
};
use serde_json::{Value, json};

const EMMA: &str = "Emma Clark <emma@mail.example>";
/// One red pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// HTML with a picture of its own and one from elsewhere, a script, and a file.
fn rich() -> String {
    format!(
        "From: {EMMA}\nTo: Shop <{HELP}>\nCc: Tom <tom@mail.example>\nSubject: Broken lamp\nMessage-ID: <rich@mail.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=out\n\n--out\nContent-Type: multipart/related; boundary=in\n\n--in\nContent-Type: text/html; charset=utf-8\n\n<p>The lamp is <b>broken</b>.</p><img src=\"cid:lamp\"><img src=\"https://far.example/x.png\"><script>steal()</script>\n--in\nContent-Type: image/png; name=lamp.png\nContent-ID: <lamp>\nContent-Transfer-Encoding: base64\n\n{PNG}\n--in--\n--out\nContent-Type: text/csv; name=order.csv\nContent-Disposition: attachment; filename=order.csv\n\norder;item\n--out--\n"
    )
}

/// Emma has written; the conversation.
async fn written(post: &Post, id: &str) -> String {
    let source = plain(
        EMMA,
        "Broken lamp",
        id,
        "",
        &format!("The lamp {id} is broken."),
    );
    post.deliver(&source).await;
    let found = post.conversation_with(&format!("lamp {id}")).await;
    found["id"].as_str().unwrap().to_owned()
}

fn state(message: &Value) -> &str {
    message["mail"]["sending"]["state"].as_str().unwrap_or("")
}

#[tokio::test]
async fn a_mail_that_was_taken_is_a_message_with_everything_in_it() {
    let post = Post::open(0).await;
    assert!(post.deliver(&rich()).await.starts_with("250"));
    let conversation = post.conversation_with("The lamp is broken").await;
    assert_eq!(conversation["channel"], "email");
    assert_eq!(conversation["subject"], "Broken lamp");
    let [message] = &post.messages(conversation["id"].as_str().unwrap()).await[..] else {
        panic!("one message");
    };
    let (id, mail) = (message["id"].as_str().unwrap(), &message["mail"]);
    assert_eq!(
        mail["from"],
        json!({ "name": "Emma Clark", "address": "emma@mail.example" })
    );
    assert_eq!(mail["to"][0]["address"], HELP);
    assert_eq!(mail["cc"][0]["address"], "tom@mail.example");
    assert_eq!(
        (&mail["why_here"]["rule"], &mail["remote_images"]),
        (&json!("new"), &json!(1))
    );
    let names: Vec<_> = message["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["lamp.png", "order.csv"]);
    assert_eq!(
        mail["inline_attachments"],
        json!([message["attachments"][0]["id"]])
    );

    let html = post.admin.get(mail["html"].as_str().unwrap()).await;
    let policy = html.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("sandbox ")
            && policy.contains("default-src 'none'")
            && !policy.contains("allow-scripts"),
        "{policy}"
    );
    assert!(html.text.contains("<b>broken</b>"), "{}", html.text);
    assert!(
        !html.text.contains("steal") && !html.text.contains("https://far"),
        "{}",
        html.text
    );
    let picture = format!(
        "/api/v1/attachments/{}",
        message["attachments"][0]["id"].as_str().unwrap()
    );
    assert!(html.text.contains(&picture), "{}", html.text);
    assert_eq!(
        post.admin.get(&picture).await.headers["content-type"],
        "image/png"
    );
    let asked = post
        .admin
        .get(&format!("{}?images=remote", mail["html"].as_str().unwrap()))
        .await;
    assert!(
        asked.text.contains("/api/v1/mail-images?") && !asked.text.contains("src=\"https://far"),
        "{}",
        asked.text
    );
    let image = "/api/v1/mail-images?url=https%3A%2F%2Ffar.example%2Fx.png&signature=00";
    post.admin.get(image).await.refused(403, "forbidden");

    let source = post.admin.get(mail["raw"].as_str().unwrap()).await;
    assert_eq!(source.headers["content-type"], "message/rfc822");
    assert!(
        source
            .text
            .replace("\r\n", "\n")
            .contains(rich().trim_end()),
        "kept to the letter"
    );
    let details = post.admin.get(&format!("/api/v1/messages/{id}/mail")).await;
    let headers = details.accepted(200)["headers"].to_string();
    assert!(
        headers.contains("Message-ID") && headers.contains("tom@mail.example"),
        "{headers}"
    );
    assert!(details.body["size"].as_u64().unwrap() >= rich().len() as u64);

    let nobody = post.server.nobody();
    for path in ["mail", "mail/html", "mail/source"] {
        let path = format!("/api/v1/messages/{id}/{path}");
        nobody.get(&path).await.refused(401, "unauthenticated");
        post.admin
            .get(&path.replace(id, &post.inbox))
            .await
            .refused(404, "not_found");
    }
}

#[tokio::test]
async fn an_answer_goes_out_once_and_what_answers_it_comes_back_to_it() {
    let post = Post::open(0).await;
    post.deliver(&rich()).await;
    let conversation = post.conversation_with("The lamp is broken").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let proposed = post
        .admin
        .get(&format!("/api/v1/conversations/{conversation}/mail"))
        .await;
    assert_eq!(proposed.accepted(200)["subject"], "Re: Broken lamp");
    assert_eq!(proposed.body["to"][0]["address"], "emma@mail.example");
    assert_eq!(proposed.body["cc"][0]["address"], "tom@mail.example");
    for (mail, text) in [
        (
            json!({ "to": [{ "name": "", "address": "nonsense" }] }),
            "x",
        ),
        (json!({ "subject": "two\r\nlines" }), "x"),
        (json!({ "to": 7 }), "x"),
    ] {
        post.answer(&conversation, json!({ "text": text, "mail": mail }))
            .await
            .refused(422, "invalid");
    }
    let note = json!({ "kind": "note", "text": "x", "mail": {} });
    let path = format!("/api/v1/conversations/{conversation}/messages");
    post.admin.post(&path, note).await.refused(422, "invalid");

    let body = json!({ "text": "We are sorry.", "client_id": "one", "mail": { "html": "<p>We are <b>sorry</b>.<script>x()</script></p>" } });
    let first = post.answer(&conversation, body.clone()).await;
    assert_eq!(first.accepted(201)["mail"]["subject"], "Re: Broken lamp");
    let id = first.text_at("/id");
    let sent = post
        .newest(&conversation, "it is sent", |it| state(it) == "sent")
        .await;
    assert_eq!(sent["id"], id.as_str());
    let fates = sent["mail"]["sending"]["recipients"].as_array().unwrap();
    assert!(
        fates.len() == 2 && fates.iter().all(|it| it["state"] == "accepted"),
        "{fates:?}"
    );
    post.answer(&conversation, body).await.accepted(200);
    post.admin
        .post(&format!("/api/v1/messages/{id}/mail/undo"), json!({}))
        .await
        .refused(409, "conflict");
    let taken = post.sink.taken();
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(taken[0].to, ["emma@mail.example", "tom@mail.example"]);
    let source = taken[0].source.to_lowercase();
    assert!(
        source.contains("in-reply-to: <rich@mail.example>")
            && source.contains("subject: re: broken lamp"),
        "{source}"
    );

    let at = source.find("message-id: <").unwrap() + "message-id: <".len();
    let ours = taken[0].source[at..].split('>').next().unwrap();
    let answer = plain(
        EMMA,
        "Re: Broken lamp",
        "2",
        &format!("In-Reply-To: <{ours}>\n"),
        "Thank you!\n\nOn Sunday Shop wrote:\n> We are sorry.",
    );
    post.deliver(&answer).await;
    let came = post
        .newest(&conversation, "the answer comes", |it| {
            it["kind"] == "inbound"
        })
        .await;
    let rule = came["mail"]["why_here"]["rule"].as_str().unwrap();
    assert!(["token", "in_reply_to"].contains(&rule), "{rule}");
    assert_eq!(
        came["mail"]["why_here"]["message_id"],
        id.as_str(),
        "{}",
        came["mail"]
    );
    assert_eq!(
        came["mail"]["new_text"].as_str().unwrap().trim(),
        "Thank you!"
    );
    // The same bytes again are the same mail.
    post.deliver(&answer).await;
    written(&post, "later").await;
    assert_eq!(post.messages(&conversation).await.len(), 3);
}

#[tokio::test]
async fn a_mail_is_taken_back_until_it_leaves() {
    let post = Post::open(60).await;
    let conversation = written(&post, "1").await;
    let mail = json!({ "html": "<p><b>Too</b> early</p>", "bcc": [{ "name": "", "address": "boss@shop.example" }], "quote": false });
    let held = post
        .answer(&conversation, json!({ "text": "Too early", "mail": mail }))
        .await;
    assert_eq!(state(held.accepted(201)), "held");
    assert!(held.body["mail"]["sending"]["undo_until"].is_string());
    let undo = format!("/api/v1/messages/{}/mail/undo", held.text_at("/id"));
    let back = post.admin.post(&undo, json!({})).await;
    assert_eq!(back.accepted(200)["text"], "Too early");
    assert!(back.text_at("/mail/html").contains("<b>Too</b>"));
    assert_eq!(back.body["mail"]["bcc"][0]["address"], "boss@shop.example");
    assert_eq!(back.body["mail"]["quote"], false);
    let [_, message] = &post.messages(&conversation).await[..] else {
        panic!("it stays, as taken back");
    };
    assert_eq!(state(message), "taken_back");
    post.admin
        .post(&undo, json!({}))
        .await
        .refused(409, "conflict");
    assert!(post.sink.taken().is_empty());
}

#[tokio::test]
async fn each_fate_of_a_mail_is_told_and_a_failed_one_can_be_tried_again() {
    let post = Post::open(0).await;
    let conversation = written(&post, "1").await;
    let to = |address: &str| json!({ "text": address, "mail": { "to": [{ "name": "", "address": address }], "cc": [] } });
    let fate = |it: &Value| it["mail"]["sending"]["recipients"][0].clone();

    post.answer(&conversation, to("gone@mail.example"))
        .await
        .accepted(201);
    let failed = post
        .newest(&conversation, "it fails", |it| state(it) == "failed")
        .await;
    assert_eq!(
        (&fate(&failed)["state"], &fate(&failed)["status"]),
        (&json!("failed"), &json!("5.1.1"))
    );
    let retry = format!(
        "/api/v1/conversations/{conversation}/messages/{}/retry",
        failed["id"].as_str().unwrap()
    );
    assert!(post.admin.post(&retry, json!({})).await.status < 300);
    post.newest(&conversation, "it fails again", |it| state(it) == "failed")
        .await;

    post.answer(&conversation, to("lost@mail.example"))
        .await
        .accepted(201);
    let lost = post
        .newest(&conversation, "nobody knows", |it| state(it) == "uncertain")
        .await;
    assert!(lost["mail"]["sending"]["reason"].is_string(), "{lost}");

    post.answer(&conversation, to("busy@mail.example"))
        .await
        .accepted(201);
    let waits = post
        .newest(&conversation, "it waits", |it| state(it) == "deferred")
        .await;
    let sending = &waits["mail"]["sending"];
    assert!(
        sending["next_at"].is_string() && sending["attempts"].as_u64() >= Some(1),
        "{sending}"
    );
    assert_eq!(
        (&fate(&waits)["state"], &fate(&waits)["status"]),
        (&json!("delayed"), &json!("4.7.1"))
    );
    assert!(post.sink.taken().is_empty());
}

#[tokio::test]
async fn a_mail_in_the_wrong_place_is_split_off_and_moved_and_never_comes_back() {
    let post = Post::open(0).await;
    let first = written(&post, "1").await;
    let second = plain(
        EMMA,
        "Broken lamp",
        "2",
        "In-Reply-To: <1@mail.example>\n",
        "Another thing: the bill.",
    );
    post.deliver(&second).await;
    let message = post
        .newest(&first, "it joins", |it| {
            it["text"].as_str().unwrap().contains("the bill")
        })
        .await;
    let path = |message: &Value| {
        format!(
            "/api/v1/messages/{}/mail/move",
            message["id"].as_str().unwrap()
        )
    };
    let wu = post
        .server
        .agent(&post.admin, "Wu", "quality_inspector")
        .await;
    wu.post(&path(&message), json!({}))
        .await
        .refused(403, "forbidden");
    post.admin
        .post(&path(&message), json!({ "conversation_id": first }))
        .await
        .refused(422, "invalid");

    let own = post.admin.post(&path(&message), json!({})).await;
    let other = own.accepted(200)["id"].as_str().unwrap().to_owned();
    assert_ne!(other, first);
    let [_, left] = &post.messages(&first).await[..] else {
        panic!("a place where it was");
    };
    assert_eq!(
        (&left["text"], &left["mail"]["moved_to"]),
        (&json!(""), &json!(other))
    );
    let [moved] = &post.messages(&other).await[..] else {
        panic!("one mail");
    };
    assert!(moved["text"].as_str().unwrap().contains("the bill"));
    assert_eq!(moved["mail"]["why_here"]["rule"], "split");
    assert_eq!(
        moved["mail"]["why_here"]["agent_id"],
        post.admin.id.as_str()
    );
    // Gone from there is gone: it is moved from where it is.
    post.admin
        .post(&path(left), json!({}))
        .await
        .refused(409, "conflict");

    let back = post
        .admin
        .post(&path(moved), json!({ "conversation_id": first }))
        .await;
    assert_eq!(back.accepted(200)["id"], first.as_str());
    // Where nothing is left nobody waits for anything; and what is moved there opens it again, whatever an answer would do.
    let empty = post.admin.conversation(&other).await;
    assert_eq!(
        (&empty["status"], &empty["emptied"], &empty["waiting"]["on"]),
        (&json!("resolved"), &json!(true), &json!("nobody"))
    );
    assert_eq!(post.admin.conversation(&first).await["status"], "open");
    let newest = post
        .newest(&first, "it is back", |it| {
            it["mail"]["why_here"]["rule"] == "moved"
        })
        .await;
    assert!(newest["text"].as_str().unwrap().contains("the bill"));
    // What answers it follows it, and the same bytes again are known wherever it is.
    post.deliver(&second).await;
    let third = plain(
        EMMA,
        "Re: Broken lamp",
        "3",
        "In-Reply-To: <2@mail.example>\n",
        "And the box.",
    );
    post.deliver(&third).await;
    post.newest(&first, "its answer follows", |it| {
        it["text"].as_str().unwrap().contains("the box")
    })
    .await;
    let bills = post.messages(&first).await;
    assert_eq!(
        bills
            .iter()
            .filter(|it| it["text"].as_str().unwrap().contains("the bill"))
            .count(),
        1
    );
    let there = post
        .admin
        .post(&path(&newest), json!({ "conversation_id": other }))
        .await;
    assert_eq!(there.accepted(200)["id"], other.as_str());
    assert_eq!(
        (&there.body["status"], there.body.get("emptied")),
        (&json!("open"), None),
        "{there:?}"
    );
    assert_eq!(post.admin.conversation(&first).await["status"], "open");
}

#[tokio::test]
async fn mails_are_found_by_their_subject_where_they_are() {
    let post = Post::open(0).await;
    let chinese = "=?utf-8?B?6ICB5pWF55qE5Y+w54GvIOmAgOi0p+eUs+ivtw==?=";
    post.deliver(&plain(EMMA, "Zylinderkopf 4711", "1", "", "It leaks."))
        .await;
    post.deliver(&plain(EMMA, chinese, "2", "", "Please see above."))
        .await;
    let leaks = post.conversation_with("It leaks").await["id"].clone();
    let above = post.conversation_with("see above").await["id"].clone();
    let find = async |words: &str| {
        let found = post.admin.get(&format!("/api/v1/search?q={words}")).await;
        let ids = found.items().iter().map(|it| it["conversation_id"].clone());
        (ids.collect::<Vec<_>>(), found.body.to_string())
    };
    for (words, conversation) in [
        ("zylinderkopf", &leaks),
        ("4711", &leaks),
        ("zylinderkopf%20leaks", &leaks),
        ("%E9%80%80%E8%B4%A7", &above),
    ] {
        let (ids, said) = find(words).await;
        assert_eq!(ids, std::slice::from_ref(conversation), "{words}: {said}");
    }
    let said = find("4711").await.1;
    assert!(
        said.contains("\"4711\"") && said.contains(" It leaks."),
        "{said}"
    );
    let list = post.admin.get("/api/v1/conversations?q=4711").await;
    assert_eq!(list.items()[0]["id"], leaks);
    // What was moved away is found where it is now, and nowhere else.
    let all = post.messages(leaks.as_str().unwrap()).await;
    let path = format!(
        "/api/v1/messages/{}/mail/move",
        all[0]["id"].as_str().unwrap()
    );
    let moved = post
        .admin
        .post(&path, json!({ "conversation_id": above }))
        .await;
    moved.accepted(200);
    assert_eq!(find("zylinderkopf").await.0, [above]);
}

#[tokio::test]
async fn a_mail_for_later_keeps_what_was_composed_and_goes_at_its_time() {
    let post = Post::open(0).await;
    let conversation = written(&post, "1").await;
    let path = format!("/api/v1/conversations/{conversation}/scheduled");
    let waiting = async || post.admin.get(&path).await.items().clone();
    let mail = json!({ "html": "<p>A <b>new</b> lamp</p>", "cc": [{ "name": "Tom", "address": "tom@mail.example" }] });
    let late = json!({ "text": "A new lamp", "mail": mail, "send_at": "2030-01-01T00:00:00Z", "client_id": "late" });
    post.answer(&conversation, late.clone()).await.accepted(201);
    post.answer(&conversation, late).await.accepted(200);
    let [kept] = &waiting().await[..] else {
        panic!("one waits");
    };
    assert!(
        kept["at"].as_str().unwrap().starts_with("2030-01-01"),
        "{kept}"
    );
    assert_eq!(
        (&kept["text"], &kept["mail"]["cc"][0]["address"]),
        (&json!("A new lamp"), &json!("tom@mail.example"))
    );
    assert!(
        kept["mail"]["html"]
            .as_str()
            .unwrap()
            .contains("<b>new</b>"),
        "{kept}"
    );

    // The customer is faster: it is not sent, and not lost either.
    let faster = plain(
        EMMA,
        "Re: Broken lamp",
        "2",
        "In-Reply-To: <1@mail.example>\n",
        "It works again!",
    );
    post.deliver(&faster).await;
    post.newest(&conversation, "the customer writes", |it| {
        it["text"].as_str().unwrap().contains("works again")
    })
    .await;
    assert_eq!(
        post.admin.conversation(&conversation).await["scheduled"],
        json!([])
    );
    let [unsent] = &waiting().await[..] else {
        panic!("it is kept");
    };
    assert_eq!(
        (unsent.get("at"), &unsent["text"]),
        (None, &json!("A new lamp"))
    );
    let one = format!("{path}/{}", unsent["message_id"].as_str().unwrap());
    assert_eq!(post.admin.delete(&one).await.status, 204);
    assert!(waiting().await.is_empty());
    post.admin.delete(&one).await.refused(404, "not_found");
    assert!(post.sink.taken().is_empty());

    // And one whose time comes.
    let soon =
        json!({ "text": "A new lamp", "mail": mail, "send_at": shortly(), "client_id": "soon" });
    post.answer(&conversation, soon).await.accepted(201);
    let sent = post
        .newest(&conversation, "its time comes", |it| state(it) == "sent")
        .await;
    assert_eq!(sent["mail"]["cc"][0]["address"], "tom@mail.example");
    let html = post.admin.get(sent["mail"]["html"].as_str().unwrap()).await;
    assert!(html.text.contains("<b>new</b>"), "{}", html.text);
    let [taken] = &post.sink.taken()[..] else {
        panic!("one mail");
    };
    assert_eq!(taken.to, ["emma@mail.example", "tom@mail.example"]);
    assert!(waiting().await.is_empty());
}

/// Two seconds from now.
fn shortly() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "a client plans with its own clock"
    )]
    let now = jiff::Timestamp::now();
    (now + std::time::Duration::from_secs(2)).to_string()
}

#[tokio::test]
async fn an_agent_writes_first_and_once() {
    let post = Post::open(0).await;
    let start = json!({
        "inbox_id": post.inbox, "to": [{ "name": "New", "address": "new@mail.example" }], "subject": "Your lamp",
        "text": "It is on its way.", "html": "<p>It is on its <i>way</i>.</p>", "client_id": "one",
    });
    for (field, wrong) in [
        ("to", json!([])),
        ("subject", json!(" ")),
        ("inbox_id", json!("nowhere")),
    ] {
        let mut body = start.clone();
        body[field] = wrong;
        let refused = post.admin.post("/api/v1/mails", body).await;
        assert!((400..500).contains(&refused.status), "{refused:?}");
    }
    let begun = post.admin.post("/api/v1/mails", start.clone()).await;
    let id = begun.accepted(201)["conversation"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(begun.body["conversation"]["subject"], "Your lamp");
    let again = post.admin.post("/api/v1/mails", start).await;
    assert_eq!(again.accepted(200)["conversation"]["id"], id.as_str());
    post.newest(&id, "it is sent", |it| state(it) == "sent")
        .await;
    let taken = post.sink.taken();
    assert_eq!(
        (taken.len(), &taken[0].to),
        (1, &vec!["new@mail.example".to_owned()])
    );
}

#[tokio::test]
async fn trying_a_mailbox_says_what_is_wrong_and_its_secrets_are_never_shown() {
    let post = Post::open(0).await;
    let inbox = format!("/api/v1/inboxes/{}", post.inbox);
    let shown = post.admin.get(&inbox).await;
    assert_eq!(shown.accepted(200)["settings"]["address"], HELP);
    assert!(!shown.text.contains("hunter2secret"), "{shown:?}");
    let settings = |port: u16, host: &str| json!({ "address": HELP, "lmtp": true, "smtp": { "host": host, "port": port, "tls": "none" } });
    let test = async |client: &Client, settings: Value| {
        client
            .post("/api/v1/mailboxes/test", json!({ "settings": settings }))
            .await
    };
    let li = post.server.agent(&post.admin, "Li", "agent").await;
    test(&li, settings(post.sink.port, "127.0.0.1"))
        .await
        .refused(403, "forbidden");
    let works = test(&post.admin, settings(post.sink.port, "127.0.0.1")).await;
    assert_eq!(works.accepted(200)["ok"], true, "{works:?}");
    let sides: Vec<_> = works.body["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["side"].clone())
        .collect();
    assert!(
        sides.contains(&json!("lmtp")) && sides.contains(&json!("smtp")),
        "{sides:?}"
    );
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let refused = test(&post.admin, settings(closed, "127.0.0.1")).await;
    assert_eq!(refused.accepted(200)["ok"], false);
    let troubles: Vec<_> = refused.body["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it.get("trouble"))
        .collect();
    assert_eq!(troubles, [&json!("refused")]);
    // A password would travel where everybody reads it.
    let open = test(&post.admin, settings(25, "mail.example")).await;
    assert!(open.status == 422 || open.body["ok"] == false, "{open:?}");
}

#[tokio::test]
async fn the_health_of_a_mailbox_follows_what_happens_to_it() {
    let post = Post::open(0).await;
    let health = async || {
        let all = post.admin.get("/api/v1/mailboxes").await;
        let found = all
            .items()
            .iter()
            .find(|it| it["inbox_id"] == post.inbox.as_str())
            .cloned();
        found.expect("the mailbox")
    };
    written(&post, "1").await;
    let well = wait("mail came in", async || {
        Some(health().await).filter(|it| it["incoming"]["last_ok_at"].is_string())
    })
    .await;
    assert_eq!(
        (&well["incoming"]["state"], &well["queued"]),
        (&json!("ok"), &json!(0))
    );
    let li = post.server.agent(&post.admin, "Li", "agent").await;
    let seen = li.get("/api/v1/mailboxes").await;
    assert!(
        seen.status == 403 || !seen.text.contains("hunter2secret"),
        "{seen:?}"
    );
    post.server
        .nobody()
        .get("/api/v1/mailboxes")
        .await
        .refused(401, "unauthenticated");
    // Its server goes away.
    let settings = json!({ "address": HELP, "lmtp": true, "undo_seconds": 0, "smtp": { "host": "127.0.0.1", "port": 1, "tls": "none" } });
    let changed = post
        .admin
        .put(
            &format!("/api/v1/inboxes/{}", post.inbox),
            json!({ "name": "Help", "channel": "email", "settings": settings }),
        )
        .await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let conversation = post.conversation_with("lamp 1").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    post.answer(&conversation, json!({ "text": "Hello", "mail": {} }))
        .await
        .accepted(201);
    let ill = wait("sending is in trouble", async || {
        Some(health().await).filter(|it| it["outgoing"]["state"] != "ok")
    })
    .await;
    assert_eq!(
        (&ill["outgoing"]["trouble"], &ill["queued"]),
        (&json!("refused"), &json!(1))
    );
    let waits = post
        .newest(&conversation, "the mail waits", |it| {
            state(it) == "deferred"
        })
        .await;
    assert!(waits["mail"]["sending"]["next_at"].is_string());
}
