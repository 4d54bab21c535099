//! A page of an escalation reaches its receiver: signed, with what the policy wanted said.

#![expect(
    clippy::unwrap_used,
    reason = "a receiver that cannot be set up has failed its test"
)]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use plugboard_domain::{
    Command, Envelope, Principal,
    channel::ChannelKind,
    command::{Receive, Sender, inbox_scope},
    contact::{Address, IdentityKind, Profile},
    desk::{Entity, Inbox, InboxPolicy, Private, Webhook},
    escalation::{EscalationAction, Trigger},
    ids::InboxId,
    message::MessageDraft,
};
use plugboard_engine::{
    Engine, EngineParts, EscalationAnswer, EscalationInput, EscalationPolicy, EscalationVerdict,
    PolicyError,
};
use plugboard_store_sqlite::{Options, SqliteStore};
use plugboard_webhooks::{Reach, SIGNING_SECRET, Webhooks};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Pages on everything that begins.
struct Pager;

#[async_trait::async_trait]
impl EscalationPolicy for Pager {
    fn listens_to(&self, trigger: Trigger) -> bool {
        trigger == Trigger::Created
    }

    async fn escalate(&self, _: &EscalationInput) -> Result<EscalationVerdict, PolicyError> {
        let answer = EscalationAnswer {
            actions: vec![
                EscalationAction::AddTags(vec!["late".into()]),
                EscalationAction::Page {
                    webhook: "ops".into(),
                    payload: serde_json::json!({ "say": "快来" }),
                },
            ],
            level: 3,
            ask_again: None,
            reason: "nobody is there".into(),
        };
        Ok(EscalationVerdict::live("rule:pager@1", answer))
    }
}

/// Takes one request and gives it back whole.
async fn receive_one(listener: TcpListener) -> String {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    loop {
        let mut part = [0; 4_096];
        let read = socket.read(&mut part).await.unwrap();
        request.extend_from_slice(&part[..read]);
        if read == 0 || request.trim_ascii_end().ends_with(b"}") {
            break;
        }
    }
    socket
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .await
        .unwrap();
    String::from_utf8(request).unwrap()
}

async fn does(engine: &Engine, command: Command) {
    let envelope = Envelope::new(Principal::System("test"), command);
    engine.execute(envelope).await.unwrap();
}

async fn says(engine: &Engine, inbox_id: InboxId) {
    let receive = Receive {
        inbox_id,
        from: Sender::Address {
            address: Address {
                kind: IdentityKind::Visitor,
                scope: inbox_scope(inbox_id),
                value: "visitor".into(),
            },
            verified: false,
            profile: Profile::default(),
        },
        draft: MessageDraft {
            id: engine.mint(),
            text: "hello".into(),
            attachments: vec![],
            client_id: None,
        },
        external_id: None,
        conversation_id: engine.mint(),
    };
    does(engine, Command::Receive(receive)).await;
}

#[tokio::test]
async fn a_page_says_what_the_policy_wanted_said() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let received = tokio::spawn(receive_one(listener));
    let store = SqliteStore::open(folder.path(), Options::default()).unwrap();
    let mut parts = EngineParts::new(Arc::new(store));
    parts.escalation = Arc::new(Pager);
    parts.couriers = vec![Arc::new(Webhooks::new(Reach::Anywhere).unwrap())];
    let engine = Engine::start(parts).await.unwrap();
    let created_at = engine.now();
    let webhook = Entity::Webhook(Webhook {
        id: engine.mint(),
        name: "ops".into(),
        url: format!("http://{address}/page"),
        events: ["none".to_owned()].into(),
        enabled: true,
        created_at,
    });
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
    let sealed = Private {
        secrets: BTreeMap::from([(SIGNING_SECRET.to_owned(), secret)]),
        ..Private::default()
    };
    let inbox_id = engine.mint();
    let inbox = Entity::Inbox(Inbox {
        id: inbox_id,
        name: "Site".into(),
        channel: ChannelKind::Webchat,
        shop_id: None,
        team_id: None,
        policy: InboxPolicy::default(),
        settings: serde_json::Map::new(),
        created_at,
    });
    for (entity, private) in [(webhook, sealed), (inbox, Private::default())] {
        does(&engine, Command::Save { entity, private }).await;
    }
    says(&engine, inbox_id).await;
    let request = tokio::time::timeout(Duration::from_secs(20), received);
    let request = request.await.unwrap().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /page "), "{head}");
    assert!(head.contains("webhook-signature: v1,"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["type"], "escalation.page");
    assert_eq!(body["data"]["payload"]["say"], "快来");
    assert_eq!(body["data"]["level"], 3);
    assert_eq!(body["data"]["reason"], "nobody is there");
    engine.stop().await;
}
