//! A channel plugin is replaced under load: signed webhooks go on, 500 a second where the machine keeps up, while it is upgraded, rolled back, switched
//! off and on, and replaced by a version that falls over. Whatever the provider was told is there, once, and in order.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use plugboard_contract::{Client, Server, package};
use serde_json::{Value, json};

use crate::guests::{bundled, channel, guest, run, with_manifest, witness_contracts};

const KEY: [u8; 32] = [7; 32];
const PLUGIN: &str = "/api/v1/plugins/channel-webhook";

/// Customers who write at the same time, each one message after the other.
const CUSTOMERS: u64 = 50;

/// Between two messages of one customer, as long as the desk keeps up: all together are 500 a second.
const EVERY: Duration = Duration::from_millis(100);

/// Messages that must come through before the next change.
const BETWEEN: u64 = 300;

/// The provider: what it sends again until it is told that it was taken.
struct Provider {
    client: Client,
    path: String,
    stop: AtomicBool,
    taken: AtomicU64,
    refused: AtomicU64,
}

impl Provider {
    async fn push(&self, id: &str, body: &str) -> u16 {
        #[expect(
            clippy::disallowed_methods,
            reason = "a provider signs with its own clock"
        )]
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        let at = now.as_secs();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&KEY).unwrap();
        mac.update(format!("{id}.{at}.{body}").as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let request = self
            .client
            .request(reqwest::Method::POST, &self.path)
            .header("webhook-id", id)
            .header("webhook-timestamp", at.to_string())
            .header("webhook-signature", signature)
            .header("content-type", "application/json")
            .body(body.to_owned());
        request.send().await.unwrap().status().as_u16()
    }

    /// Sends a message until it is taken.
    async fn deliver(&self, id: &str, body: &str) {
        loop {
            match self.push(id, body).await {
                200..300 => {
                    self.taken.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                500.. => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                status => panic!("{id} was refused for good: {status}"),
            }
        }
    }

    /// A customer writes until it is enough; answers how many messages that were.
    async fn customer(self: Arc<Self>, customer: u64) -> u64 {
        let mut pace = tokio::time::interval(EVERY);
        pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut number = 0;
        while !self.stop.load(Ordering::Relaxed) {
            pace.tick().await;
            let id = format!("m-{customer}-{number}");
            let body = json!({ "type": "message", "data": { "id": id, "thread": format!("t-{customer}"),
                "sender": { "id": format!("c-{customer}"), "name": format!("Customer {customer}") },
                "sent_at": 1_790_000_000_000_u64 + number, "parts": [{ "text": number.to_string() }] } });
            let body = body.to_string();
            self.deliver(&id, &body).await;
            // Providers say some things twice.
            if number % 10 == 9 {
                self.deliver(&id, &body).await;
            }
            number += 1;
        }
        number
    }

    /// Waits until a count has grown by so much.
    async fn more(&self, count: &AtomicU64, by: u64, what: &str) {
        let until = count.load(Ordering::Relaxed) + by;
        for _ in 0..1_200 {
            if count.load(Ordering::Relaxed) >= until {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{what}: nothing moves");
    }

    async fn goes_on(&self, after: &str) {
        self.more(&self.taken, BETWEEN, after).await;
    }

    async fn is_refused(&self, after: &str) {
        self.more(&self.refused, CUSTOMERS, after).await;
    }
}

async fn switch(admin: &Client, what: &str) -> Value {
    let answer = admin.post(&format!("{PLUGIN}/{what}"), json!({})).await;
    answer.accepted(200).clone()
}

async fn upgrade(admin: &Client, version: Vec<u8>, number: &str) {
    let answer = admin.upload("/api/v1/plugins", version).await;
    let shown = answer.accepted(201);
    let runs = &shown["active"]["version"];
    assert_eq!(runs, number, "it asks for nothing new: {shown}");
}

/// The same plugin under another number, and one that falls over at every request.
fn versions() -> (Vec<u8>, Vec<u8>) {
    let (manifest, component) = bundled("channel-webhook");
    let numbered = |number: &str| {
        let changed =
            manifest.replacen("version = \"0.1.0\"", &format!("version = \"{number}\""), 1);
        assert_ne!(changed, manifest, "its version is 0.1.0");
        changed
    };
    let falling = numbered("0.3.0").replace(
        "\"plugboard:plugin/channel-webhook@0.1\"",
        &witness_contracts(),
    );
    (
        with_manifest(&component, &numbered("0.2.0")),
        with_manifest(&guest("witness"), &falling),
    )
}

/// Every change that an administrator can make, one after the other, each under load.
async fn change_everything(admin: &Client, provider: &Provider) {
    let (next, falling) = versions();
    provider.goes_on("as it began").await;
    upgrade(admin, next, "0.2.0").await;
    provider.goes_on("upgraded").await;
    switch(admin, "rollback").await;
    provider.goes_on("rolled back").await;
    switch(admin, "disable").await;
    provider.is_refused("switched off").await;
    switch(admin, "enable").await;
    provider.goes_on("switched on").await;
    upgrade(admin, falling, "0.3.0").await;
    provider.is_refused("a version that falls over").await;
    let shown = admin.get(PLUGIN).await;
    let errors = shown.accepted(200)["last_errors"].to_string();
    assert!(errors.contains("makes it fall over"), "{}", shown.body);
    switch(admin, "rollback").await;
    provider.goes_on("rolled back again").await;
    for _ in 0..5 {
        switch(admin, "disable").await;
        switch(admin, "enable").await;
    }
    provider.goes_on("switched off and on").await;
}

async fn texts(admin: &Client, conversation: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let path = format!("/api/v1/conversations/{conversation}/messages?limit=100");
    let mut page = admin.get(&path).await;
    loop {
        let all = page.items().iter().rev();
        texts.extend(all.map(|it| it["text"].as_str().unwrap_or_default().to_owned()));
        let Some(cursor) = page.body["next_cursor"].as_str() else {
            break;
        };
        page = admin.get(&format!("{path}&cursor={cursor}")).await;
    }
    texts.reverse();
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_doubled_or_turned_round_while_a_plugin_is_replaced_under_load() {
    let server = Server::start_on(
        tempfile::tempdir().unwrap(),
        &[("PLUGBOARD_RATE_LIMITS", "off")],
    )
    .await;
    let admin = server.administrator().await;
    run(&admin, "channel-webhook", package("channel-webhook")).await;
    let secret = format!("whsec_{}", STANDARD.encode(KEY));
    let settings = json!({ "url": "http://127.0.0.1:9/", "signing_secret": secret });
    let provider = Arc::new(Provider {
        client: server.nobody(),
        path: channel(&admin, "channel-webhook", settings).await,
        stop: AtomicBool::new(false),
        taken: AtomicU64::new(0),
        refused: AtomicU64::new(0),
    });
    let mut customers = tokio::task::JoinSet::new();
    for customer in 0..CUSTOMERS {
        let provider = provider.clone();
        customers.spawn(async move { (customer, provider.customer(customer).await) });
    }
    let began = tokio::time::Instant::now();
    change_everything(&admin, &provider).await;
    provider.stop.store(true, Ordering::Relaxed);
    let mut sent = std::collections::BTreeMap::new();
    while let Some(done) = customers.join_next().await {
        let (customer, messages) = done.unwrap();
        sent.insert(format!("Customer {customer}"), messages);
    }
    let (taken, refused) = (&provider.taken, &provider.refused);
    println!(
        "{taken:?} taken and {refused:?} refused in {:?}",
        began.elapsed()
    );

    let all = admin.get("/api/v1/conversations?limit=100").await;
    assert_eq!(
        all.items().len(),
        sent.len(),
        "one conversation for each customer"
    );
    for conversation in all.items() {
        let name = conversation["contact"]["name"].as_str().unwrap();
        let found = texts(&admin, conversation["id"].as_str().unwrap()).await;
        let wanted: Vec<String> = (0..sent[name]).map(|it| it.to_string()).collect();
        assert_eq!(found, wanted, "{name}");
    }
}
