//! A whole desk in a directory that goes away: the real store, engine and router, asked without a socket.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Method, Request, header},
};
use plugboard_blob::Blobs;
use plugboard_channel::{Channel, Registry};
use plugboard_channel_webchat::Webchat;
use plugboard_domain::{
    Command, Envelope, Principal,
    access::Role,
    command::{Receive, Sender},
    contact::{Address, IdentityKind, Profile},
    desk::{Agent, Attendance, Availability, Entity, Private},
    ids::{AgentId, ConversationId, InboxId, SessionId},
    message::MessageDraft,
};
use plugboard_engine::{Engine, EngineParts};
use plugboard_http::{App, AppSetup, HttpConfig, auth, passwords, router};
use plugboard_store_sqlite::{Options, SqliteStore};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::phone_inbox::PhoneInbox;

/// The password of every agent that [`TestDesk::agent`] makes.
pub const PASSWORD: &str = "correct horse";

/// Largest answer of a test.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A running desk with one signed-in agent of each role, a team, a shop, and a chat inbox.
pub struct TestDesk {
    /// The engine, for what has no operation.
    pub engine: Engine,
    /// The edge's state.
    pub app: App,
    /// The edge.
    pub router: Router,
    /// May do everything.
    pub admin: Caller,
    /// Leads.
    pub supervisor: Caller,
    /// Works conversations.
    pub agent: Caller,
    /// Reads only.
    pub inspector: Caller,
    /// The team of `agent`.
    pub team: String,
    /// The chat inbox, in that team's queue.
    pub inbox: String,
    /// What inboxes can be set up for; tests add to it.
    pub channels: Arc<Registry>,
    _dir: tempfile::TempDir,
}

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The agent's id.
    pub id: String,
    /// The session's token; empty for nobody.
    pub token: String,
}

/// What the desk answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The bytes of the body.
    pub body: Bytes,
}

impl Caller {
    /// Nobody.
    pub fn nobody() -> Self {
        Self {
            id: String::new(),
            token: String::new(),
        }
    }

    /// Somebody with this token.
    pub fn with_token(token: &str) -> Self {
        Self {
            id: String::new(),
            token: token.to_owned(),
        }
    }
}

impl Answer {
    /// The body as JSON; panics when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {:?}", self.body))
    }

    /// The body as JSON, after checking the status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// The message of an error, after checking status and code.
    #[track_caller]
    pub fn expect_error(&self, status: u16, code: &str) -> String {
        let body = self.expect(status);
        assert_eq!(body["error"]["code"], code, "{body}");
        body["error"]["message"]
            .as_str()
            .expect("a message")
            .to_owned()
    }
}

/// Takes the oldest events away, at most `limit` of them, as retention does long after; answers how many. What follows
/// the journal is told to have read it all: it keeps its place seldom.
pub async fn prune(engine: &Engine, limit: usize) -> usize {
    const READER: &str = "escalation";
    let store = engine.store();
    while store.cursor(READER).await.expect("read").is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    let head = *engine.head().borrow();
    let command = Command::KeepCursor {
        name: READER.to_owned(),
        seq: head,
    };
    let envelope = Envelope::new(Principal::System(READER), command);
    engine.execute(envelope).await.expect("kept");
    let tomorrow = engine.now() + std::time::Duration::from_secs(86_400);
    store.prune_journal(tomorrow, limit).await.expect("pruned")
}

impl TestDesk {
    /// Starts a desk with the ordinary limits.
    pub async fn start() -> Self {
        Self::start_with(HttpConfig::default()).await
    }

    /// Starts a desk with these settings.
    pub async fn start_with(config: HttpConfig) -> Self {
        Self::start_set_up(|setup| setup.config = config).await
    }

    /// Starts a desk whose edge is set up otherwise.
    pub async fn start_set_up(change: impl FnOnce(&mut AppSetup)) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let store = SqliteStore::open(dir.path(), Options::default()).expect("a store");
        let channels = Arc::new(Registry::new([
            Arc::new(Webchat) as Arc<dyn Channel>,
            Arc::new(PhoneInbox),
        ]));
        let mut parts = EngineParts::new(Arc::new(store));
        parts.channels = channels.clone();
        let engine = Engine::start(parts).await.expect("an engine");
        let blobs = Blobs::in_directory(&dir.path().join("files")).expect("a blob store");
        let mut setup = AppSetup::new(engine.clone(), blobs);
        change(&mut setup);
        let app = App::new(setup);
        let mut desk = Self {
            router: router(app.clone()),
            app,
            admin: make_agent(&engine, "admin", Role::Administrator).await,
            supervisor: make_agent(&engine, "supervisor", Role::Supervisor).await,
            agent: make_agent(&engine, "agent", Role::Agent).await,
            inspector: make_agent(&engine, "inspector", Role::QualityInspector).await,
            engine,
            team: String::new(),
            inbox: String::new(),
            channels,
            _dir: dir,
        };
        desk.set_up().await;
        desk
    }

    async fn set_up(&mut self) {
        let admin = self.admin.clone();
        let team = json!({ "name": "售后", "member_ids": [self.agent.id], "assignment": "manual" });
        let team = self.post(&admin, "/api/v1/teams", team).await.expect(201);
        self.team = id(&team);
        let inbox = json!({ "name": "官网", "channel": "webchat", "shop": "云杉茶铺", "team_id": self.team });
        let inbox = self
            .post(&admin, "/api/v1/inboxes", inbox)
            .await
            .expect(201);
        self.inbox = id(&inbox);
    }

    /// One more agent, signed in; the sign-in address is `NAME@desk.test`.
    pub async fn agent(&self, name: &str, role: Role) -> Caller {
        make_agent(&self.engine, name, role).await
    }

    /// Somebody new writes; the id of their conversation.
    pub async fn receive(&self, text: &str) -> String {
        self.receive_from(
            &self.inbox,
            &uuid_text(&self.engine),
            Profile::default(),
            text,
        )
        .await
    }

    /// The browser `visitor` writes into an inbox; the id of the conversation.
    pub async fn receive_from(
        &self,
        inbox: &str,
        visitor: &str,
        profile: Profile,
        text: &str,
    ) -> String {
        let inbox_id: InboxId = inbox.parse().expect("an inbox id");
        let address = Address {
            kind: IdentityKind::Visitor,
            scope: plugboard_domain::command::inbox_scope(inbox_id),
            value: visitor.to_owned(),
        };
        let receive = Receive {
            inbox_id,
            from: Sender::Address {
                address,
                verified: false,
                profile,
            },
            draft: MessageDraft {
                id: self.engine.mint(),
                text: text.to_owned(),
                attachments: vec![],
                client_id: None,
            },
            external_id: None,
            conversation_id: self.engine.mint::<ConversationId>(),
        };
        let envelope = Envelope::new(Principal::System("test"), Command::Receive(receive));
        let outcome = self.engine.execute(envelope).await.expect("it is received");
        outcome.conversation_id.expect("a conversation").to_string()
    }

    /// Reads.
    pub async fn get(&self, caller: &Caller, path: &str) -> Answer {
        self.call(Method::GET, caller, path, None).await
    }

    /// Posts.
    pub async fn post(&self, caller: &Caller, path: &str, body: Value) -> Answer {
        self.call(Method::POST, caller, path, Some(body)).await
    }

    /// Puts.
    pub async fn put(&self, caller: &Caller, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, caller, path, Some(body)).await
    }

    /// Patches.
    pub async fn patch(&self, caller: &Caller, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, caller, path, Some(body)).await
    }

    /// Deletes.
    pub async fn delete(&self, caller: &Caller, path: &str) -> Answer {
        self.call(Method::DELETE, caller, path, None).await
    }

    /// Asks anything of the JSON API.
    pub async fn call(
        &self,
        method: Method,
        caller: &Caller,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !caller.token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", caller.token));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).expect("a request")).await
    }

    /// Asks anything at all.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("a router never fails");
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: to_bytes(body, ANSWER_BYTES_MAX).await.expect("a body"),
        }
    }

    /// The newest position of the journal.
    pub async fn head(&self) -> u64 {
        self.engine.store().journal_head().await.expect("a head")
    }
}

/// The `id` of what was answered.
#[track_caller]
pub fn id(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}

async fn make_agent(engine: &Engine, name: &str, role: Role) -> Caller {
    let id: AgentId = engine.mint();
    let now = engine.now();
    let agent = Agent {
        id,
        name: name.to_owned(),
        role,
        skills: std::collections::BTreeSet::new(),
        capacity: 5,
        scope: plugboard_domain::access::Scope::default(),
        availability: Availability::Offline,
        availability_since: now,
        attendance: Attendance::Unseen,
        disabled: false,
        locale: None,
        reports_to: None,
        created_at: now,
    };
    let private = Private {
        email: Some(format!("{name}@desk.test")),
        password_hash: Some(password_hash()),
        ..Private::default()
    };
    let entity = Entity::Agent(agent);
    let save = Envelope::new(Principal::System("test"), Command::Save { entity, private });
    engine.execute(save).await.expect("an agent");
    let token = auth::fresh_token().expect("a token");
    let start = Command::StartSession {
        id: engine.mint::<SessionId>(),
        agent_id: id,
        token_hash: auth::hash(&token),
        expires_at: now + std::time::Duration::from_hours(1),
    };
    let start = Envelope::new(Principal::Agent(id), start);
    engine.execute(start).await.expect("a session");
    Caller {
        id: id.to_string(),
        token,
    }
}

/// The hash of [`PASSWORD`], made once: hashing is dear on purpose.
fn password_hash() -> String {
    static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    HASH.get_or_init(|| passwords::hash(PASSWORD).expect("it hashes"))
        .clone()
}

fn uuid_text(engine: &Engine) -> String {
    engine.mint::<ConversationId>().to_string()
}
