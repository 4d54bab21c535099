//! Broken and hostile input: a clear error, nothing lost, nothing leaked, nobody else disturbed.

use plugboard_contract::{Client, Server};
use reqwest::Method;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

async fn raw(
    client: &Client,
    method: Method,
    path: &str,
    content_type: &str,
    body: Vec<u8>,
) -> (u16, String) {
    let request = client
        .request(method, path)
        .header("content-type", content_type)
        .body(body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn bodies_that_do_not_fit_are_refused_in_words() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    for (content_type, body, status, code) in [
        ("application/json", b"{".to_vec(), 400, "invalid"),
        ("application/json", b"".to_vec(), 400, "invalid"),
        ("application/json", b"\xff\xfe".to_vec(), 400, "invalid"),
        ("application/json", b"null".to_vec(), 422, "invalid"),
        (
            "application/json",
            b"{\"name\": [[[]]]}".to_vec(),
            422,
            "invalid",
        ),
        ("text/plain", b"{\"name\":\"x\"}".to_vec(), 415, "invalid"),
        ("application/json", vec![b'['; 100_000], 400, "invalid"),
        (
            "application/json",
            format!("{{\"name\":\"{}\"}}", "x".repeat(3_000_000)).into_bytes(),
            413,
            "too_large",
        ),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(20)]).into_owned();
        let (got, text) = raw(&admin, Method::POST, "/api/v1/teams", content_type, body).await;
        assert_eq!(got, status, "{shown:?}: {text}");
        assert!(text.contains(&format!("\"{code}\"")), "{shown:?}: {text}");
    }
    admin.get("/api/v1/nowhere").await.refused(404, "not_found");
    admin.delete("/api/v1/me").await.refused(405, "invalid");
}

#[tokio::test]
async fn malformed_frames_are_answered_and_the_connection_stays() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let mut socket = admin.socket("/api/v1/ws").await;
    socket.next_of("hello").await;
    for frame in [
        "{",
        "null",
        "[]",
        "{\"type\":\"fly\"}",
        "{\"type\":\"subscribe\",\"since\":-1}",
        "{\"type\":\"subscribe\"}",
    ] {
        socket.send_raw(Message::text(frame)).await;
        let answer = socket.next().await.expect("the connection stays");
        assert_eq!(answer["type"], "error", "{frame}: {answer}");
    }
    assert!(socket.subscribe(0).await.len() > 1, "and still works");
    socket.send_raw(Message::text("x".repeat(2_000_000))).await;
    while let Some(frame) = socket.next().await {
        assert_ne!(frame["type"], "hello");
    }
    admin.get("/api/v1/me").await.accepted(200);
}

/// Ten thousand requests that a program made up: paths of the contract with bodies, queries, headers and tokens that fit
/// badly. The generator is seeded, so a failure can be repeated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_made_up_requests_do_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_on(directory, &[("PLUGBOARD_RATE_LIMITS", "off")]).await;
    let admin = server.administrator().await;
    let inbox = server.inbox(&admin, json!({})).await;
    let visitor = server.visitor(&inbox).await;
    let conversation = visitor.say(&inbox, "hello").await;
    let workers = (0..10_u64).map(|seed| {
        let (admin, visitor) = (admin.clone(), visitor.clone());
        let (inbox, conversation) = (inbox.clone(), conversation.clone());
        tokio::spawn(async move {
            let mut dice = Dice(seed * 7_919 + 1);
            for _ in 0..1_000 {
                let client = [&admin, &visitor][dice.below(2)].clone();
                let request = dice.request(&client, &inbox, &conversation);
                let told = format!("{request:?}");
                let answer = request
                    .send()
                    .await
                    .unwrap_or_else(|error| panic!("{told}: {error}"));
                let status = answer.status().as_u16();
                let text = answer.text().await.unwrap_or_default();
                assert!(status < 500, "{told} → {status} {text}");
                assert!(
                    !text.contains("panicked") && !text.contains("rusqlite"),
                    "{told} → {text}"
                );
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    assert_eq!(
        admin.conversation(&conversation).await["id"],
        json!(conversation)
    );
    server.nobody().get("/readyz").await.accepted(200);
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit as u64).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn text(&mut self) -> String {
        let pieces = [
            "a", "退", "\"", "\\", "\u{0}", "\n", "💥", "%", "' OR 1=1", "<script>", "../", "{}",
            "\u{202e}", "9",
        ];
        (0..self.below(12)).map(|_| self.pick(&pieces)).collect()
    }

    fn value(&mut self, depth: usize) -> serde_json::Value {
        match self.below(if depth > 3 { 6 } else { 8 }) {
            0 => json!(null),
            1 => json!(self.below(2) == 0),
            2 => json!(self.below(1_000_000)),
            3 => json!(-1),
            4 => json!(1e308),
            5 => json!(self.text()),
            6 => (0..self.below(4)).map(|_| self.value(depth + 1)).collect(),
            _ => {
                let names = [
                    "text",
                    "kind",
                    "client_id",
                    "seen_seq",
                    "agent_id",
                    "team_id",
                    "status",
                    "until",
                    "add",
                    "remove",
                    "into",
                    "name",
                    "email",
                    "password",
                    "role",
                    "channel",
                    "settings",
                    "attachments",
                    "state",
                    "field",
                    "seq",
                    "scopes",
                ];
                let fields = (0..self.below(5))
                    .map(|_| (self.pick(&names).to_owned(), self.value(depth + 1)));
                serde_json::Value::Object(fields.collect())
            }
        }
    }

    fn request(
        &mut self,
        client: &Client,
        inbox: &str,
        conversation: &str,
    ) -> reqwest::RequestBuilder {
        let nouns = [
            "/api/v1/conversations",
            "/api/v1/conversations/ID",
            "/api/v1/conversations/ID/messages",
            "/api/v1/conversations/ID/status",
            "/api/v1/conversations/ID/assignment",
            "/api/v1/conversations/ID/tags",
            "/api/v1/conversations/ID/read",
            "/api/v1/conversations/ID/drafts",
            "/api/v1/conversations/ID/decisions",
            "/api/v1/contacts",
            "/api/v1/contacts/ID",
            "/api/v1/search",
            "/api/v1/journal",
            "/api/v1/agents",
            "/api/v1/teams",
            "/api/v1/inboxes",
            "/api/v1/webhooks",
            "/api/v1/macros",
            "/api/v1/views",
            "/api/v1/sla_policies",
            "/api/v1/business_hours",
            "/api/v1/attachments",
            "/api/v1/outbox",
            "/chat/v1/INBOX/messages",
            "/chat/v1/INBOX/sessions",
            "/chat/v1/INBOX/seen",
            "/chat/v1/INBOX/config",
            "/api/v1/ws",
            "/",
            "/assets/../../etc/passwd",
        ];
        let path = self
            .pick(&nouns)
            .replace("INBOX", inbox)
            .replace("ID", self.pick(&[conversation, "nowhere", "%00", inbox]));
        let method = [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ][self.below(5)]
        .clone();
        // The inbox itself has to stay, or nothing else would be reached any more.
        let method = if path.contains("/inboxes") {
            Method::GET
        } else {
            method
        };
        let mut request = client.request(method, &path);
        for _ in 0..self.below(3) {
            let name = self.pick(&[
                "limit", "cursor", "since", "q", "status", "assignee", "before", "ids", "wait",
            ]);
            request = request.query(&[(name, self.text())]);
        }
        if self.below(4) == 0 {
            request = request.header(
                "x-forwarded-for",
                self.pick(&["127.0.0.1", "nonsense", "::1, 2"]),
            );
        }
        match self.below(3) {
            0 => request
                .header("content-type", "application/json")
                .body(self.text()),
            1 => request.json(&self.value(0)),
            _ => request,
        }
    }
}
