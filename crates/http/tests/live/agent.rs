//! The agents' socket.

use plugboard_http::{App, AppSetup, router};
use plugboard_test_kit::desk::{Caller, prune};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, Served, listen, seqs, serve};

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_heard_with_its_rows() {
    let desk = serve().await;
    let mut client = Client::live(&desk, &desk.supervisor.token).await;
    let id = desk.receive("你好,订单没有收到").await;

    let begun = client.event("conversation.created").await;
    assert_eq!(begun["conversation_id"], id);
    assert_eq!(begun["data"]["conversation"]["id"], id);
    assert_eq!(begun["data"]["conversation"]["contact"]["masked"], false);
    let said = client.event("message.created").await;
    assert_eq!(said["data"]["message"]["text"], "你好,订单没有收到");
    assert_eq!(said["data"]["waiting"]["on"], "agent");
    assert_eq!(said["actor"]["type"], "contact");
    assert!(said["seq"].as_u64() > begun["seq"].as_u64());

    let path = format!("/api/v1/conversations/{id}/messages");
    let note = json!({ "kind": "note", "text": "看一下物流" });
    desk.post(&desk.agent, &path, note).await.expect(201);
    let said = client.event("message.created").await;
    assert_eq!(said["data"]["message"]["kind"], "note");
    assert_eq!(said["data"]["message"]["author"]["name"], "agent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_resumes_after_any_gap_without_missing_or_repeating() {
    let desk = serve().await;
    for at in 0..20 {
        desk.receive(&format!("消息 {at}")).await;
    }
    let head = desk.head().await;
    let (mut whole, _) = Client::agent(&desk, &desk.admin.token).await;
    whole.subscribe(0).await;
    let all = seqs(&whole.until("caught_up").await);
    assert_eq!(*all.last().unwrap(), head);
    let everything: Vec<u64> = (1..=head).collect();
    // Everything but what is for one agent alone.
    assert!(all.len() > 60 && all.iter().all(|seq| everything.contains(seq)));
    assert!(all.is_sorted());

    for since in [head, head - 1, head / 2, 3, 1] {
        let (mut client, _) = Client::agent(&desk, &desk.admin.token).await;
        client.subscribe(since).await;
        let rest = seqs(&client.until("caught_up").await);
        let expected: Vec<u64> = all.iter().copied().filter(|seq| *seq > since).collect();
        assert_eq!(rest, expected, "since {since}");
    }
    // On the same connection, again.
    whole.subscribe(head - 2).await;
    let again = seqs(&whole.until("caught_up").await);
    assert_eq!(
        again,
        all.iter()
            .copied()
            .filter(|seq| *seq > head - 2)
            .collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_the_ring_comes_from_the_store() {
    let desk = serve().await;
    let id = desk.receive("first").await;
    let visitor = "one busy visitor";
    let inbox = desk.inbox.clone();
    let many = (0..2_500).map(|at| {
        let text = format!("message {at}");
        let (desk, inbox) = (&desk, &inbox);
        async move {
            desk.receive_from(
                inbox,
                visitor,
                plugboard_domain::contact::Profile::default(),
                &text,
            )
            .await
        }
    });
    futures_util::future::join_all(many).await;
    let head = desk.head().await;
    assert!(head > 2_500);

    // A second edge over the same engine: as after a restart, its ring holds the last two thousand events.
    let mut setup = plugboard_http::AppSetup::new(desk.engine.clone(), desk.app.blobs.clone());
    setup.config.rate_limits = false;
    let restarted = plugboard_http::router(plugboard_http::App::new(setup));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, restarted).await });
    let mut client = Client::open(address, "/api/v1/ws", Some(&desk.admin.token), &[])
        .await
        .unwrap();
    client.subscribe(0).await;
    let frames = client.until("caught_up").await;
    let seqs = seqs(&frames);
    assert_eq!(
        seqs,
        (1..=head)
            .filter(|seq| seqs.contains(seq))
            .collect::<Vec<_>>()
    );
    assert!(seqs.len() as u64 > head - 20, "{} of {head}", seqs.len());
    let first = frames
        .iter()
        .find(|frame| frame["kind"] == "message.created" && frame["conversation_id"] == id);
    assert_eq!(first.unwrap()["data"]["message"]["text"], "first");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_the_future_is_told_to_resync() {
    let desk = serve().await;
    let (mut client, head) = Client::agent(&desk, &desk.agent.token).await;
    client.subscribe(head + 1_000).await;
    let resync = client.hear().await;
    assert_eq!(resync, json!({ "type": "resync", "head": head }));
    // Silence until it subscribes again.
    desk.receive("meanwhile").await;
    assert_eq!(client.drain().await, Vec::<Value>::new());
    client.subscribe(head).await;
    assert!(!client.until("caught_up").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_in_without_a_token() {
    let desk = serve().await;
    for token in [None, Some("nonsense"), Some("")] {
        let refused = Client::open(desk.address, "/api/v1/ws", token, &[]).await;
        let refused = refused.err().unwrap();
        assert_eq!(refused.status, 401);
        assert_eq!(refused.body["error"]["code"], "unauthenticated");
    }
    let plain = desk.get(&desk.agent, "/api/v1/ws").await;
    plain.expect_error(400, "invalid");
    desk.get(&Caller::nobody(), "/api/v1/ws")
        .await
        .expect_error(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_opens_a_socket_for_our_own_pages_only() {
    let desk = serve().await;
    let cookie = format!("plugboard_session={}", desk.agent.token);
    let own = format!("http://{}", desk.address);
    let open = |origin: String| {
        let cookie = cookie.clone();
        let address = desk.address;
        async move {
            let headers = [("cookie", cookie.as_str()), ("origin", origin.as_str())];
            Client::open(address, "/api/v1/ws", None, &headers).await
        }
    };
    assert_eq!(open(own).await.unwrap().hear().await["type"], "hello");
    let refused = open("https://evil.example".to_owned()).await.err().unwrap();
    assert_eq!(refused.status, 403);
    let bearer = format!("Bearer {}", desk.agent.token);
    let mut script = Client::open(
        desk.address,
        "/api/v1/ws",
        None,
        &[("authorization", &bearer)],
    )
    .await
    .unwrap();
    assert_eq!(script.hear().await["type"], "hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered_and_the_connection_stays() {
    let desk = serve().await;
    let mut client = Client::live(&desk, &desk.agent.token).await;
    for nonsense in [
        "",
        "null",
        "[]",
        "{",
        "{\"type\":\"subscribe\"}",
        "{\"type\":\"subscribe\",\"since\":-1}",
        "{\"type\":\"subscribe\",\"since\":\"1\"}",
        "{\"type\":\"drop_tables\"}",
        "{\"type\":\"viewing\",\"conversation_id\":\"x\"}",
        "{\"type\":\"typing\"}",
        "{\"type\":\"seen\",\"seq\":1}",
    ] {
        client.send(Message::text(nonsense)).await;
        let answer = client.hear().await;
        assert_eq!(answer["type"], "error", "{nonsense}: {answer}");
    }
    desk.receive("still here").await;
    client.event("message.created").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_break_the_rules_close_the_connection() {
    let desk = serve().await;
    let mut client = Client::live(&desk, &desk.agent.token).await;
    client.send(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(client.closed().await, Some(1003));
    let mut client = Client::live(&desk, &desk.agent.token).await;
    client.send(Message::text("x".repeat(64 * 1024 + 1))).await;
    assert_eq!(client.closed().await, Some(1009));
    let mut client = Client::live(&desk, &desk.agent.token).await;
    for _ in 0..300 {
        client.say(json!({ "type": "ping" })).await;
    }
    assert_eq!(client.closed().await, Some(1008));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_closes_the_socket() {
    let desk = serve().await;
    let mut mine = Client::live(&desk, &desk.agent.token).await;
    let mut other = Client::live(&desk, &desk.supervisor.token).await;
    desk.delete(&desk.agent, "/api/v1/sessions/current")
        .await
        .expect(204);
    assert_eq!(mine.closed().await, Some(4401));
    assert_eq!(other.drain().await, Vec::<Value>::new());

    let path = format!("/api/v1/agents/{}", desk.supervisor.id);
    desk.patch(&desk.admin, &path, json!({ "disabled": true }))
        .await
        .expect(200);
    assert_eq!(other.closed().await, Some(4401));
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_and_drafts_are_for_their_agent_alone() {
    let desk = serve().await;
    let id = desk.receive("hello").await;
    let mut mine = Client::live(&desk, &desk.agent.token).await;
    let mut other = Client::live(&desk, &desk.admin.token).await;
    let path = format!("/api/v1/conversations/{id}/drafts");
    let draft = json!({ "kind": "reply", "text": "好的" });
    desk.put(&desk.agent, &path, draft).await.expect(200);
    let heard = mine.event("conversation.draft_changed").await;
    assert_eq!(heard["data"]["agent_id"], desk.agent.id);
    assert_eq!(other.drain().await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_delays_nobody() {
    use tokio::io::AsyncWriteExt;
    let desk = serve().await;
    let mut healthy = Client::live(&desk, &desk.supervisor.token).await;
    // A handshake and a subscription, and then not one byte is read.
    let mut stuck = tokio::net::TcpStream::connect(desk.address).await.unwrap();
    let request = format!(
        "GET /api/v1/ws HTTP/1.1\r\nhost: desk\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         authorization: Bearer {}\r\n\r\n",
        desk.admin.token
    );
    stuck.write_all(request.as_bytes()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    // A masked text frame: {"type":"subscribe","since":0}, masked with zeros.
    let subscribe = br#"{"type":"subscribe","since":0}"#;
    let mut frame = vec![
        0x81,
        0x80 | u8::try_from(subscribe.len()).unwrap(),
        0,
        0,
        0,
        0,
    ];
    frame.extend_from_slice(subscribe);
    stuck.write_all(&frame).await.unwrap();
    let long = "长".repeat(20_000);
    for _ in 0..60 {
        desk.receive(&long).await;
        let started = std::time::Instant::now();
        healthy.event("message.created").await;
        assert!(started.elapsed() < std::time::Duration::from_secs(2));
    }
}

/// An edge that starts on a journal that was pruned, as after a restart.
async fn started_again(served: &Served) -> std::net::SocketAddr {
    let setup = AppSetup::new(served.engine.clone(), served.app.blobs.clone());
    listen(router(App::new(setup))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_to_less_than_the_journal_has_is_told_to_resync() {
    let mut desk = serve().await;
    for text in ["one", "two", "three"] {
        desk.receive(text).await;
    }
    let head = *desk.engine.head().borrow();

    let horizon = prune(&desk.engine, 5).await as u64;
    assert_eq!(horizon, 5);
    desk.address = started_again(&desk).await;
    let (mut client, _) = Client::agent(&desk, &desk.admin.token).await;
    client.subscribe(horizon - 1).await;
    assert!(client.frame("resync").await["head"].as_u64().unwrap() >= head);
    client.subscribe(horizon).await;
    let seqs = seqs(&client.until("caught_up").await);
    // The administrator sees everything, so nothing is missing from here on.
    let expected = (horizon + 1..).take(seqs.len());
    assert_eq!(seqs, expected.collect::<Vec<_>>());
    assert!(seqs.last() >= Some(&head), "{seqs:?}");

    // Nothing is left at all: there is no past to come back to, and what comes is told.
    prune(&desk.engine, 10_000).await;
    desk.address = started_again(&desk).await;
    let (mut client, _) = Client::agent(&desk, &desk.admin.token).await;
    client.subscribe(head - 1).await;
    let head = client.frame("resync").await["head"].as_u64().unwrap();
    client.subscribe(head).await;
    client.until("caught_up").await;
    desk.receive("four").await;
    let seq = client.event("conversation.created").await["seq"]
        .as_u64()
        .unwrap();
    assert!(seq > head);
}
