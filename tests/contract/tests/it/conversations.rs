//! Conversations, messages, contacts, search, journal, files.

use plugboard_contract::{Client, Server};
use serde_json::{Value, json};

async fn desk() -> (Server, Client, String) {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server.inbox(&admin, json!({})).await;
    (server, admin, inbox)
}

fn path(id: &str, what: &str) -> String {
    format!("/api/v1/conversations/{id}/{what}")
}

#[tokio::test]
async fn a_reply_is_written_once_however_often_it_is_sent() {
    let (server, admin, inbox) = desk().await;
    let id = server.visitor(&inbox).await.say(&inbox, "hello").await;
    let body = json!({ "kind": "reply", "text": "hi there", "client_id": "one" });
    let first = admin.post(&path(&id, "messages"), body.clone()).await;
    assert_eq!(first.accepted(201)["kind"], "outbound");
    let again = admin.post(&path(&id, "messages"), body).await;
    assert_eq!(again.accepted(200), &first.body);
    let note = admin
        .post(
            &path(&id, "messages"),
            json!({ "kind": "note", "text": "between us", "client_id": "two" }),
        )
        .await;
    assert_eq!(note.accepted(201)["kind"], "note");
    let listed = admin.get(&path(&id, "messages")).await;
    let kinds: Vec<_> = listed
        .items()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["inbound", "outbound", "note"], "oldest first");
    for body in [
        json!({ "kind": "reply", "text": "  ", "client_id": "x" }),
        json!({ "kind": "shout", "text": "x", "client_id": "x" }),
        json!({ "kind": "reply", "text": "x".repeat(60_000), "client_id": "x" }),
        json!({ "kind": "reply", "text": 7, "client_id": "x" }),
    ] {
        admin
            .post(&path(&id, "messages"), body)
            .await
            .refused(422, "invalid");
    }
    admin
        .post(
            &path("nowhere", "messages"),
            json!({ "kind": "reply", "text": "x", "client_id": "x" }),
        )
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn a_stale_view_is_told_what_it_has_not_seen() {
    let (server, admin, inbox) = desk().await;
    let visitor = server.visitor(&inbox).await;
    let id = visitor.say(&inbox, "hello").await;
    let seen = admin.conversation(&id).await["seq"].as_u64().unwrap();
    visitor.say(&inbox, "are you there?").await;
    let body = json!({ "kind": "reply", "text": "yes", "client_id": "one", "seen_seq": seen });
    let refused = admin.post(&path(&id, "messages"), body).await;
    refused.refused(409, "conflict");
    assert!(refused.text.contains("are you there?"), "{refused:?}");
    let seen = admin.conversation(&id).await["seq"].clone();
    let body = json!({ "kind": "reply", "text": "yes", "client_id": "two", "seen_seq": seen });
    admin.post(&path(&id, "messages"), body).await.accepted(201);
}

#[tokio::test]
async fn the_list_is_filtered_ordered_and_paged_without_gaps() {
    let (server, admin, inbox) = desk().await;
    let li = server.agent(&admin, "Li", "agent").await;
    let mut ids = Vec::new();
    for nth in 0..7 {
        ids.push(
            server
                .visitor(&inbox)
                .await
                .say(&inbox, &format!("question {nth}"))
                .await,
        );
    }
    admin
        .post(&path(&ids[0], "assignment"), json!({ "agent_id": li.id }))
        .await
        .accepted(200);
    admin
        .post(
            &path(&ids[1], "tags"),
            json!({ "add": ["退款", "vip"], "remove": [] }),
        )
        .await
        .accepted(200);
    admin
        .post(
            &path(&ids[2], "status"),
            json!({ "status": "resolved", "disposition": "solved" }),
        )
        .await
        .accepted(200);
    admin.reply(&ids[3], "answer").await.accepted(201);
    let list = async |query: &str| -> Vec<String> {
        let answer = admin.get(&format!("/api/v1/conversations?{query}")).await;
        answer.accepted(200);
        answer
            .items()
            .iter()
            .map(|it| it["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(list(&format!("assignee={}", li.id)).await, [ids[0].clone()]);
    assert_eq!(list("assignee=none").await.len(), 6);
    assert_eq!(list("assignee=me").await.len(), 0);
    assert_eq!(list("tag=%E9%80%80%E6%AC%BE").await, [ids[1].clone()]);
    assert_eq!(list("status=resolved").await, [ids[2].clone()]);
    assert_eq!(list("needs_reply=true").await.len(), 5);
    assert_eq!(list(&format!("inbox={inbox}&status=open")).await.len(), 6);
    assert_eq!(list("q=question").await.len(), 7);
    assert_eq!(list("").await[0], ids[3], "newest activity first");
    let mut walked = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = admin
            .get(&format!("/api/v1/conversations?limit=3{cursor}"))
            .await;
        walked.extend(
            answer
                .items()
                .iter()
                .map(|it| it["id"].as_str().unwrap().to_owned()),
        );
        if walked.len() == 3 {
            // A write between pages moves a conversation to the top; no other is shown twice or left out.
            server.visitor(&inbox).await.say(&inbox, "just now").await;
        }
        match answer.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let unique: std::collections::BTreeSet<_> = walked.iter().collect();
    assert_eq!((walked.len(), unique.len()), (7, 7));
    for query in [
        "status=closed",
        "limit=0",
        "limit=100000",
        "limit=x",
        "cursor=nonsense",
        "needs_reply=maybe",
    ] {
        admin
            .get(&format!("/api/v1/conversations?{query}"))
            .await
            .refused(422, "invalid");
    }
}

#[tokio::test]
async fn status_assignment_tags_and_reading_change_and_repeat() {
    let (server, admin, inbox) = desk().await;
    let li = server.agent(&admin, "Li", "agent").await;
    let visitor = server.visitor(&inbox).await;
    let id = visitor.say(&inbox, "hello").await;
    admin
        .post(&path(&id, "status"), json!({ "status": "snoozed" }))
        .await
        .refused(422, "invalid");
    admin
        .post(
            &path(&id, "status"),
            json!({ "status": "snoozed", "until": "2020-01-01T00:00:00Z" }),
        )
        .await
        .refused(422, "invalid");
    let until = "2031-01-01T00:00:00Z";
    let snoozed = admin
        .post(
            &path(&id, "status"),
            json!({ "status": "snoozed", "until": until }),
        )
        .await;
    assert_eq!(snoozed.accepted(200)["status"], "snoozed");
    visitor.say(&inbox, "are you there?").await;
    assert_eq!(
        admin.conversation(&id).await["status"],
        "open",
        "the contact wakes it"
    );
    let assigned = admin
        .post(&path(&id, "assignment"), json!({ "agent_id": li.id }))
        .await;
    assert_eq!(
        assigned.accepted(200)["assignment"]["agent_id"],
        json!(li.id)
    );
    let cleared = admin
        .post(
            &path(&id, "assignment"),
            json!({ "agent_id": null, "team_id": null }),
        )
        .await;
    assert!(cleared.accepted(200)["assignment"]["agent_id"].is_null());
    admin
        .post(
            &path(&id, "assignment"),
            json!({ "agent_id": admin.id.replace('0', "1") }),
        )
        .await
        .refused(422, "invalid");
    let tags = admin
        .post(
            &path(&id, "tags"),
            json!({ "add": ["b", "a"], "remove": ["c"] }),
        )
        .await;
    assert_eq!(tags.accepted(200)["tags"], json!(["a", "b"]));
    let seq = admin.conversation(&id).await["seq"].clone();
    admin
        .post(&path(&id, "read"), json!({ "seq": seq }))
        .await
        .accepted(200);
    assert_eq!(admin.conversation(&id).await["unread"], false);
    assert_eq!(
        li.conversation(&id).await["unread"],
        true,
        "reading is one's own"
    );
    let resolved = admin
        .post(
            &path(&id, "status"),
            json!({ "status": "resolved", "disposition": "solved" }),
        )
        .await;
    assert_eq!(resolved.accepted(200)["disposition"], "solved");
}

#[tokio::test]
async fn conversations_merge_and_come_apart() {
    let (server, admin, inbox) = desk().await;
    let (one, two) = (server.visitor(&inbox).await, server.visitor(&inbox).await);
    let (first, second) = (
        one.say(&inbox, "from one").await,
        two.say(&inbox, "secret of two").await,
    );
    admin
        .post(&path(&first, "merge"), json!({ "into": first }))
        .await
        .refused(422, "invalid");
    admin
        .post(&path(&first, "merge"), json!({ "into": second }))
        .await
        .accepted(200);
    assert_eq!(admin.conversation(&first).await["status"], "merged");
    assert_eq!(admin.get(&path(&second, "messages")).await.items().len(), 2);
    admin.reply(&second, "to both").await.accepted(201);
    let seen = one.get(&format!("/chat/v1/{inbox}/messages?since=0")).await;
    let texts: Vec<_> = seen
        .items()
        .iter()
        .map(|it| it["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        ["from one", "to both"],
        "never what somebody else wrote"
    );
    admin
        .post(&path(&first, "unmerge"), json!({}))
        .await
        .accepted(200);
    assert_eq!(admin.conversation(&first).await["status"], "open");
}

#[tokio::test]
async fn addresses_are_masked_revealed_and_that_is_journalled() {
    let (server, admin, inbox) = desk().await;
    let li = server.agent(&admin, "Li", "agent").await;
    let inspector = server.agent(&admin, "Zhao", "quality_inspector").await;
    let session = server
        .nobody()
        .post(
            &format!("/chat/v1/{inbox}/sessions"),
            json!({ "name": "林悦", "email": "lin.yue@example.com" }),
        )
        .await;
    let mut visitor = server.nobody();
    visitor.token = Some(session.text_at("/visitor_token"));
    let id = visitor.say(&inbox, "hello").await;
    let contact = admin.conversation(&id).await["contact"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let masked = li.get(&format!("/api/v1/contacts/{contact}")).await;
    assert_eq!(masked.accepted(200)["masked"], true);
    assert!(
        !masked.text.contains("lin.yue@example.com"),
        "{}",
        masked.text
    );
    assert!(!li.get("/api/v1/contacts").await.text.contains("lin.yue@"));
    assert!(
        !li.get("/api/v1/search?q=lin.yue@example.com")
            .await
            .text
            .contains("lin.yue@")
    );
    let full = admin.get(&format!("/api/v1/contacts/{contact}")).await;
    assert_eq!(full.accepted(200)["email"], "lin.yue@example.com");
    let reveal = format!("/api/v1/contacts/{contact}/reveal");
    let revealed = li.post(&reveal, json!({ "field": "email" })).await;
    assert_eq!(revealed.accepted(200)["value"], "lin.yue@example.com");
    inspector
        .post(&reveal, json!({ "field": "email" }))
        .await
        .refused(403, "forbidden");
    li.post(&reveal, json!({ "field": "soul" }))
        .await
        .refused(422, "invalid");
    let journal = admin.get("/api/v1/journal?since=0&limit=1000").await;
    let by_li = journal
        .items()
        .iter()
        .filter(|it| it["kind"] == "contact.revealed" && it["actor"]["id"] == json!(li.id))
        .count();
    assert_eq!(by_li, 1);
    assert!(
        !journal.text.contains("lin.yue")
            && !journal.text.contains("林悦")
            && !journal.text.contains("hello")
    );
}

#[tokio::test]
async fn contacts_merge_and_come_apart() {
    let (server, admin, inbox) = desk().await;
    let (one, two) = (server.visitor(&inbox).await, server.visitor(&inbox).await);
    let first = one.say(&inbox, "from one").await;
    two.say(&inbox, "from two").await;
    admin
        .post(
            &format!("/api/v1/contacts/{}/merge", one.id),
            json!({ "into": two.id }),
        )
        .await
        .accepted(200);
    assert_eq!(
        admin.conversation(&first).await["contact"]["id"],
        json!(two.id)
    );
    let theirs = admin
        .get(&format!("/api/v1/conversations?contact={}", two.id))
        .await;
    assert_eq!(theirs.items().len(), 2);
    admin
        .post(&format!("/api/v1/contacts/{}/unmerge", one.id), json!({}))
        .await
        .accepted(200);
    assert_eq!(
        admin.conversation(&first).await["contact"]["id"],
        json!(one.id)
    );
    admin
        .post(&format!("/api/v1/contacts/{}/unmerge", one.id), json!({}))
        .await
        .refused(409, "conflict");
}

#[tokio::test]
async fn search_finds_two_chinese_characters_and_latin_words_at_once() {
    let (server, admin, inbox) = desk().await;
    let wanted = server
        .visitor(&inbox)
        .await
        .say(&inbox, "昨天买的杯子碎了,我要退款")
        .await;
    server
        .visitor(&inbox)
        .await
        .say(&inbox, "请问什么时候发货")
        .await;
    let latin = server
        .visitor(&inbox)
        .await
        .say(&inbox, "My order TB20261122 never arrived")
        .await;
    let found = async |q: &str| -> Vec<String> {
        let answer = admin
            .request(reqwest::Method::GET, "/api/v1/search")
            .query(&[("q", q)])
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.unwrap();
        let items = body["items"].as_array().unwrap().clone();
        if !items.is_empty() {
            let marked = items[0]["highlights"]
                .as_array()
                .unwrap()
                .iter()
                .any(|it| it["hit"] == true);
            assert!(marked, "nothing is marked: {:?}", items[0]);
        }
        items
            .iter()
            .filter_map(|it| it["conversation_id"].as_str().map(str::to_owned))
            .collect()
    };
    for q in ["退款", "要退款", "杯子", "碎了"] {
        assert_eq!(found(q).await, std::slice::from_ref(&wanted), "{q}");
    }
    for q in ["arrived", "ORDER never", "tb20261122", "arri"] {
        assert_eq!(found(q).await, std::slice::from_ref(&latin), "{q}");
    }
    assert!(found("不存在的词").await.is_empty());
    assert!(found("\"' OR 1=1 --").await.is_empty());
    admin.get("/api/v1/search").await.refused(422, "invalid");
}

#[tokio::test]
async fn the_journal_is_dense_and_pages() {
    let (server, admin, inbox) = desk().await;
    for nth in 0..5 {
        server
            .visitor(&inbox)
            .await
            .say(&inbox, &format!("{nth}"))
            .await;
    }
    let mut since = 0;
    let mut seqs = Vec::new();
    loop {
        let page = admin
            .get(&format!("/api/v1/journal?since={since}&limit=4"))
            .await;
        let items = page.items();
        if items.is_empty() {
            assert_eq!(page.body["head"], json!(since));
            break;
        }
        assert!(items.len() <= 4);
        seqs.extend(items.iter().map(|it| it["seq"].as_u64().unwrap()));
        since = *seqs.last().unwrap();
    }
    assert_eq!(seqs, (1..=since).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_and_only_to_those_who_may() {
    let (server, admin, inbox) = desk().await;
    let png = [&b"\x89PNG\r\n\x1a\n"[..], &[0; 64]].concat();
    let form = reqwest::multipart::Form::new().part(
        "file",
        reqwest::multipart::Part::bytes(png.clone()).file_name("../../杯子.png"),
    );
    let answer = admin
        .request(reqwest::Method::POST, "/api/v1/attachments")
        .multipart(form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    let file: Value = answer.json().await.unwrap();
    assert_eq!(
        (file["content_type"].as_str(), file["is_image"].as_bool()),
        (Some("image/png"), Some(true))
    );
    assert!(!file["name"].as_str().unwrap().contains('/'), "{file}");
    let visitor = server.visitor(&inbox).await;
    let id = visitor.say(&inbox, "hello").await;
    let body =
        json!({ "kind": "reply", "text": "", "client_id": "file", "attachments": [file["id"]] });
    let sent = admin.post(&path(&id, "messages"), body).await;
    assert_eq!(sent.accepted(201)["attachments"][0]["id"], file["id"]);
    let download = format!("/api/v1/attachments/{}", file["id"].as_str().unwrap());
    let answer = admin
        .request(reqwest::Method::GET, &download)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.bytes().await.unwrap(), png);
    server
        .nobody()
        .get(&download)
        .await
        .refused(401, "unauthenticated");
    let theirs = format!(
        "/chat/v1/{inbox}/attachments/{}",
        file["id"].as_str().unwrap()
    );
    assert_eq!(
        visitor
            .request(reqwest::Method::GET, &theirs)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    server
        .visitor(&inbox)
        .await
        .get(&theirs)
        .await
        .refused(404, "not_found");
    let li = server.agent(&admin, "Li", "agent").await;
    let stolen =
        json!({ "kind": "reply", "text": "x", "client_id": "stolen", "attachments": [file["id"]] });
    li.post(&path(&id, "messages"), stolen)
        .await
        .refused(422, "invalid");
}

#[tokio::test]
async fn routing_says_why() {
    let (server, admin, _) = desk().await;
    let li = server.agent(&admin, "Li", "agent").await;
    let team = admin
        .post("/api/v1/teams", json!({ "name": "Sales" }))
        .await
        .text_at("/id");
    admin
        .post(
            &format!("/api/v1/teams/{team}/members"),
            json!({ "agent_id": li.id }),
        )
        .await;
    let body = json!({ "name": "Shop", "channel": "webchat", "team_id": team });
    let inbox = admin.post("/api/v1/inboxes", body).await.text_at("/id");
    let id = server.visitor(&inbox).await.say(&inbox, "hello").await;
    let why = admin.get(&path(&id, "decisions")).await;
    assert!(
        why.items()[0]["reason"]
            .as_str()
            .unwrap()
            .contains("Li is offline"),
        "{why:?}"
    );
    li.post(
        &format!("/api/v1/agents/{}/availability", li.id),
        json!({ "state": "online" }),
    )
    .await
    .accepted(200);
    let started = std::time::Instant::now();
    while admin.conversation(&id).await["assignment"]["agent_id"] != json!(li.id) {
        assert!(
            started.elapsed() < plugboard_contract::PATIENCE,
            "never assigned"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let why = admin.get(&path(&id, "decisions")).await;
    let decision = &why.items()[0];
    assert_eq!(
        (decision["policy"].as_str(), decision["version"].as_str()),
        (Some("routing"), Some("builtin@1"))
    );
    assert!(
        decision["inputs"]["candidates"].is_array() && decision["duration_us"].is_u64(),
        "{decision}"
    );
}
