//! The demo: whoever starts it talks to themselves across three channels.

use std::time::{Duration, Instant};

use plugboard_contract::{Client, Server};
use serde_json::{Value, json};

/// Compiling plugins in a debug build on a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(300);

const CUSTOMERS: [(&str, &str); 2] = [("telegram", "7001"), ("wecom", "wmDemoCustomer")];

/// Asks until there is an answer.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "{what}: not in {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The customers' side of the providers that the demo plays.
struct Phones {
    http: reqwest::Client,
    control: String,
}

async fn say(phones: &Phones, provider: &str, person: &str, text: &str) {
    let said = json!({ "person": person, "name": "Demo Customer", "text": text });
    let body = serde_json::to_vec(&said).unwrap();
    let sent = phones
        .http
        .post(format!("{}/{provider}/say", phones.control))
        .header("content-type", "application/json")
        .body(body);
    assert!(sent.send().await.unwrap().status().is_success());
}

/// The conversation whose last word is this.
async fn heard(admin: &Client, text: &str) -> String {
    until(text, async || {
        let all = admin.get("/api/v1/conversations?limit=20").await;
        all.items()
            .iter()
            .find(|it| it["last_message"]["text"] == text)
            .and_then(|it| it["id"].as_str().map(str::to_owned))
    })
    .await
}

async fn on_the_phone(phones: &Phones, provider: &str, person: &str, text: &str) {
    until(text, async || {
        let url = format!("{}/{provider}/lines?person={person}", phones.control);
        let lines = phones.http.get(url).send().await.ok()?.text().await.ok()?;
        let lines: Vec<Value> = serde_json::from_str(&lines).unwrap();
        lines.iter().any(|it| it["text"] == text).then_some(())
    })
    .await;
}

#[tokio::test]
async fn customers_of_three_channels_are_there_from_the_first_start_and_after_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let demo = [("PLUGBOARD_DEMO", "true")];
    let mut server = Server::start_on(directory, &demo).await;
    let mut admin = server.administrator().await;
    // A demo that already had an address keeps it; another desk may play on the usual one at the same time.
    let address = std::fs::read_to_string(server.directory.path().join("phones.address")).unwrap();
    let phones = Phones {
        http: admin.http.clone(),
        control: format!("http://{address}/control"),
    };
    until("the inboxes", async || {
        let all = admin.get("/api/v1/inboxes").await;
        let channels = all.items().iter().filter_map(|it| it["channel"].as_str());
        (channels.filter(|it| it.starts_with("plugin:")).count() == 2).then_some(())
    })
    .await;
    for life in ["first", "second"] {
        for (provider, person) in CUSTOMERS {
            let question = format!("{provider}, {life} life");
            say(&phones, provider, person, &question).await;
            let conversation = heard(&admin, &question).await;
            let answer = format!("to {question}");
            admin.reply(&conversation, &answer).await.accepted(201);
            on_the_phone(&phones, provider, person, &answer).await;
        }
        if life == "first" {
            server = Server::start_on(server.kill().await, &demo).await;
            admin = server.sign_in("root@example.com").await;
        }
    }
}
