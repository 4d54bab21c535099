//! Both websockets: in order, without gaps, and only what one may see.

use plugboard_contract::Server;
use serde_json::json;

#[tokio::test]
async fn an_agent_hears_of_everything_in_order_and_resumes_without_a_gap() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server.inbox(&admin, json!({})).await;
    let mut socket = admin.socket("/api/v1/ws").await;
    let head = socket.next_of("hello").await["head"].as_u64().unwrap();
    assert!(socket.subscribe(head).await.is_empty());
    let visitor = server.visitor(&inbox).await;
    let id = visitor.say(&inbox, "hello 你好").await;
    let created = socket.event("conversation.created").await;
    assert_eq!(created["conversation_id"], json!(id));
    assert_eq!(created["data"]["conversation"]["id"], json!(id));
    let message = socket.event("message.created").await;
    assert_eq!(message["data"]["message"]["text"], "hello 你好");
    let seen = message["seq"].as_u64().unwrap();
    drop(socket);
    for nth in 0..5 {
        visitor.say(&inbox, &format!("while away {nth}")).await;
    }
    let mut socket = admin.socket("/api/v1/ws").await;
    socket.next_of("hello").await;
    let missed = socket.subscribe(seen).await;
    let seqs: Vec<_> = missed
        .iter()
        .map(|it| it["seq"].as_u64().unwrap())
        .collect();
    assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]), "{seqs:?}");
    let texts: Vec<_> = missed
        .iter()
        .filter_map(|it| it["data"]["message"]["text"].as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "while away 0",
            "while away 1",
            "while away 2",
            "while away 3",
            "while away 4"
        ]
    );
    admin.reply(&id, "an answer").await.accepted(201);
    assert_eq!(
        socket.event("message.created").await["data"]["message"]["text"],
        "an answer",
        "one's own too"
    );
}

#[tokio::test]
async fn a_position_from_the_future_is_told_to_read_again() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let mut socket = admin.socket("/api/v1/ws").await;
    let head = socket.next_of("hello").await["head"].clone();
    socket
        .send(json!({ "type": "subscribe", "since": 1_000_000 }))
        .await;
    assert_eq!(socket.next_of("resync").await["head"], head);
}

#[tokio::test]
async fn a_visitor_hears_answers_and_never_notes() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server.inbox(&admin, json!({})).await;
    let (visitor, other) = (server.visitor(&inbox).await, server.visitor(&inbox).await);
    let id = visitor.say(&inbox, "hello").await;
    let elsewhere = other.say(&inbox, "secret of another").await;
    let mut socket = visitor
        .socket(&format!("/chat/v1/{inbox}/ws?since=0"))
        .await;
    socket.next_of("hello").await;
    assert_eq!(
        socket.event("message.created").await["data"]["message"]["text"],
        "hello"
    );
    let note = json!({ "kind": "note", "text": "not for you", "client_id": "n" });
    admin
        .post(&format!("/api/v1/conversations/{id}/messages"), note)
        .await
        .accepted(201);
    admin.reply(&elsewhere, "for another").await.accepted(201);
    admin.reply(&id, "for you").await.accepted(201);
    let heard = socket.event("message.created").await;
    assert_eq!(heard["data"]["message"]["text"], "for you");
    assert!(
        !heard.to_string().contains("@"),
        "nothing about the agent but a name: {heard}"
    );
}

#[tokio::test]
async fn presence_and_typing_are_told_and_not_stored() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let li = server.agent(&admin, "Li", "agent").await;
    let inbox = server.inbox(&admin, json!({})).await;
    let visitor = server.visitor(&inbox).await;
    let id = visitor.say(&inbox, "hello").await;
    let mut sockets = Vec::new();
    for client in [&admin, &li] {
        let mut socket = client.socket("/api/v1/ws").await;
        let head = socket.next_of("hello").await["head"].as_u64().unwrap();
        socket.subscribe(head).await;
        sockets.push(socket);
    }
    let head = admin.get("/api/v1/journal?since=0&limit=1").await.body["head"].clone();
    sockets[1]
        .send(json!({ "type": "viewing", "conversation_id": id }))
        .await;
    let seen = sockets[0].next_of("ephemeral").await;
    assert_eq!(
        (seen["what"].as_str(), &seen["agents"]),
        (Some("viewing"), &json!([li.id]))
    );
    let mut widget = visitor
        .socket(&format!("/chat/v1/{inbox}/ws?since=1000000"))
        .await;
    widget.next_of("hello").await;
    widget.send(json!({ "type": "typing" })).await;
    let typing = loop {
        let frame = sockets[0].next_of("ephemeral").await;
        if frame["what"] == "typing" {
            break frame;
        }
    };
    assert_eq!(
        (
            typing["conversation_id"].as_str(),
            typing["contact"].as_bool()
        ),
        (Some(id.as_str()), Some(true))
    );
    assert_eq!(
        admin.get("/api/v1/journal?since=0&limit=1").await.body["head"],
        head,
        "nothing was stored"
    );
}

#[tokio::test]
async fn a_server_that_was_killed_goes_on_where_it_was() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server.inbox(&admin, json!({})).await;
    let visitor = server.visitor(&inbox).await;
    let id = visitor.say(&inbox, "before").await;
    let seq = admin.conversation(&id).await["seq"].as_u64().unwrap();
    let (agent_token, visitor_token) = (admin.token.clone(), visitor.token.clone());
    let server = Server::start_on(server.kill().await, &[]).await;
    let admin = plugboard_contract::Client {
        token: agent_token,
        id: admin.id,
        ..server.nobody()
    };
    let visitor = plugboard_contract::Client {
        token: visitor_token,
        id: visitor.id,
        ..server.nobody()
    };
    assert_eq!(visitor.say(&inbox, "after").await, id);
    let mut socket = admin.socket("/api/v1/ws").await;
    socket.next_of("hello").await;
    let missed = socket.subscribe(seq).await;
    let texts: Vec<_> = missed
        .iter()
        .filter_map(|it| it["data"]["message"]["text"].as_str())
        .collect();
    assert_eq!(texts, ["after"]);
}
