//! What crosses the boundary to plugins. A plugin of every world writes down everything it is given: without grants there is
//! no address, name or text in it, with them there is.

use std::{collections::BTreeSet, time::Duration};

use plugboard_contract::{Client, Server, uuid_like};
use serde_json::json;

use crate::guests::{channel, guest, run, with_manifest, witness_contracts};

const NAME: &str = "Wang Fang";
const EMAIL: &str = "wang.fang@example.com";
const PHONE: &str = "13800138000";
/// A word of what the customer wrote.
const TEXT: &str = "marmalade";
/// A word of what the agent answered.
const ANSWER: &str = "tangerine";
/// A word of what agents noted for each other.
const NOTE: &str = "grapefruit";

/// Everything that a plugin without grants must not see.
const PERSONAL: [&str; 6] = [NAME, EMAIL, PHONE, TEXT, ANSWER, NOTE];

/// What the desk asks of plugins that look at conversations.
const ASKED: [&str; 7] = [
    "routing.route",
    "escalation.escalate",
    "hooks.on-event",
    "panel.render",
    "panel.on-action",
    "assistant.suggest",
    "commerce.find-orders",
];

fn witness(version: &str, data: &[&str]) -> Vec<u8> {
    let data: Vec<String> = data
        .iter()
        .map(|it| format!("{{ field = \"{it}\", reason = \"test\" }}"))
        .collect();
    let manifest = format!(
        "schema = 1\nid = \"witness\"\nversion = \"{version}\"\nname = \"Witness\"\ncontracts = [{}]\n\
         [channel]\nkind = \"witness\"\n\
         [permissions]\ndata = [{}]\nevents = {{ subscribe = [\"*\"], reason = \"test\" }}\n",
        witness_contracts(),
        data.join(", ")
    );
    with_manifest(&guest("witness"), &manifest)
}

/// What the plugin wrote down so far, by function.
async fn given(admin: &Client) -> Vec<String> {
    let logs = admin.get("/api/v1/plugins/witness/logs").await;
    let lines = logs.accepted(200)["items"]
        .as_array()
        .expect("lines")
        .clone();
    let lines = lines
        .iter()
        .map(|it| it["message"].as_str().unwrap_or_default().to_owned());
    lines.collect()
}

/// What the plugin wrote down: lines that begin with the function.
#[derive(Default)]
struct Seen(BTreeSet<String>);

impl Seen {
    async fn look(&mut self, admin: &Client) {
        self.0.extend(given(admin).await);
    }

    /// Whether a function was given something that holds this.
    fn shows(&self, function: &str, what: &str) -> bool {
        let mut lines = self.0.iter().filter(|it| it.starts_with(function));
        lines.any(|it| it.contains(what))
    }

    /// Looks until each of these functions was given each of these.
    async fn until(&mut self, admin: &Client, functions: &[&str], what: &[&str]) {
        let mut missing = None;
        for _ in 0..1_200 {
            self.look(admin).await;
            let mut all = functions
                .iter()
                .flat_map(|function| what.iter().map(move |what| (*function, *what)));
            missing = all.find(|(function, what)| !self.shows(function, what));
            if missing.is_none() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{missing:?} was never seen: {:#?}", self.0);
    }
}

/// A customer with a name, an address and a phone writes, and an agent looks at everything that plugins show.
async fn talk(server: &Server, admin: &Client, inbox: &str) {
    let path = format!("/chat/v1/{inbox}/sessions");
    let session = server
        .nobody()
        .post(&path, json!({ "name": NAME, "email": EMAIL }))
        .await;
    let contact = session.accepted(201)["contact_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let visitor = Client {
        token: Some(session.text_at("/visitor_token")),
        ..server.nobody()
    };
    let details = json!({ "phone": format!("+86{PHONE}"), "note": NOTE });
    admin
        .patch(&format!("/api/v1/contacts/{contact}"), details)
        .await
        .accepted(200);
    let text = format!("{TEXT} for {NAME}, call {PHONE} or write to {EMAIL}");
    let conversation = visitor.say(inbox, &text).await;
    let path = format!("/api/v1/conversations/{conversation}");
    admin
        .reply(&conversation, &format!("{ANSWER} for {NAME}"))
        .await;
    let note = json!({ "kind": "note", "text": NOTE, "client_id": uuid_like() });
    admin.post(&format!("{path}/messages"), note).await;
    admin
        .get(&format!("{path}/panels?locale=en"))
        .await
        .accepted(200);
    let press = json!({ "action_id": "press", "args": {} });
    admin
        .post(&format!("{path}/panels/witness/actions"), press)
        .await
        .accepted(200);
    admin
        .get(&format!("{path}/suggestions"))
        .await
        .accepted(200);
    admin.get(&format!("{path}/orders")).await.accepted(200);
}

/// A customer of the plugin's own channel writes and is answered; waits until that is done or given up.
async fn answer_through_it(server: &Server, admin: &Client, webhook: &str, text: &str) {
    let before = admin
        .get("/api/v1/conversations?limit=100")
        .await
        .items()
        .len();
    let pushed = server
        .nobody()
        .request(reqwest::Method::POST, &format!("{webhook}/message"));
    let pushed = pushed
        .body(format!("+86{PHONE}{before}\n{text}"))
        .send()
        .await
        .unwrap();
    assert_eq!(pushed.status(), 200);
    let all = admin.get("/api/v1/conversations?limit=100").await;
    let new = all.items().iter().find(|it| {
        it["channel"] == "plugin:witness"
            && it["last_message"]["text"]
                .as_str()
                .is_some_and(|it| it.contains(text))
    });
    let id = new.unwrap_or_else(|| panic!("{}", all.body))["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let sent = admin
        .reply(&id, &format!("{ANSWER} through the plugin"))
        .await;
    sent.accepted(201);
    let message = sent.text_at("/id");
    let path = format!("/api/v1/conversations/{id}/messages");
    for _ in 0..1_200 {
        let messages = admin.get(&path).await;
        let state = messages.items().iter().find(|it| it["id"] == *message);
        let state = state
            .map(|it| it["delivery"].to_string())
            .unwrap_or_default();
        if !state.contains("pending") && !state.contains("queued") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it was neither sent nor refused");
}

#[tokio::test]
async fn a_plugin_of_any_world_sees_what_it_was_granted_and_nothing_else() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let plugin = "/api/v1/plugins/witness";
    run(&admin, "witness", witness("0.1.0", &[])).await;
    for policy in ["routing", "escalation"] {
        let live = json!({ "live": { "plugin": "witness" } });
        admin
            .put(&format!("/api/v1/policies/{policy}"), live)
            .await
            .accepted(200);
    }
    let inbox = server.inbox(&admin, json!({})).await;
    let webhook = &channel(&admin, "witness", json!({})).await;

    let mut seen = Seen::default();
    talk(&server, &admin, &inbox).await;
    seen.until(&admin, &ASKED, &[""]).await;
    answer_through_it(&server, &admin, webhook, TEXT).await;
    seen.look(&admin).await;
    for line in &seen.0 {
        for personal in PERSONAL {
            assert!(
                !line.contains(personal),
                "{personal:?} crossed the boundary: {line}"
            );
        }
    }
    assert!(
        !seen.shows("channel.send", ""),
        "it may not see what it should send"
    );

    // The same once more with grants: what was looked for above can be found.
    let fields = [
        "message.text",
        "contact.name",
        "contact.identity",
        "contact.attributes",
    ];
    admin
        .upload("/api/v1/plugins", witness("0.2.0", &fields))
        .await
        .accepted(201);
    admin
        .post(&format!("{plugin}/approve"), json!({}))
        .await
        .accepted(200);
    let mut seen = Seen::default();
    talk(&server, &admin, &inbox).await;
    seen.until(&admin, &["commerce.find-orders"], &[EMAIL])
        .await;
    let views = [
        "routing.route",
        "escalation.escalate",
        "hooks.on-event",
        "panel.render",
        "panel.on-action",
        "assistant.suggest",
    ];
    seen.until(&admin, &views, &[NAME, EMAIL, PHONE, TEXT])
        .await;
    seen.until(&admin, &["assistant.suggest"], &[ANSWER]).await;
    answer_through_it(&server, &admin, webhook, &format!("more {TEXT}")).await;
    seen.until(&admin, &["channel.send"], &[PHONE, ANSWER])
        .await;
    // What agents note for each other is granted to nobody.
    assert!(seen.0.iter().all(|it| !it.contains(NOTE)), "{:#?}", seen.0);
}
