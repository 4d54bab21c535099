//! Mail over the API: what comes in is shown safely, what goes out says to whom, and can be taken back.

#![expect(clippy::unwrap_used, reason = "a step that fails shall say where")]

use std::{collections::BTreeMap, sync::Arc};

use axum::{Router, http::header, routing::get};
use bytes::Bytes;
use plugboard_channel::{Capabilities, Channel, MediaKind, Outbound, Receipt, Receipts};
use plugboard_domain::{
    Actor, Command, Envelope, Principal, Rejection,
    channel::ChannelKind,
    command::{Sender, StoredFile},
    contact::{Address, IdentityKind, Profile},
    desk::{Entity, Inbox, InboxPolicy, Private},
    ids::{ConversationId, InboxId, MessageId},
    mail::{Mail, MailAddress, MailPlace, Stir, TakeMail},
    message::MessageDraft,
};
use plugboard_egress::Reach;
use plugboard_http::HttpConfig;
use plugboard_test_kit::desk::{Caller, TestDesk, id};
use serde_json::{Map, Value, json};

/// A mailbox whose mail goes nowhere.
struct Mails;

#[async_trait::async_trait]
impl Channel for Mails {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Email
    }

    fn capabilities(&self, _: &Inbox) -> Capabilities {
        Capabilities {
            text_chars_max: 50_000,
            media: [MediaKind::Image, MediaKind::File].into(),
            attachments_max: 20,
            attachment_bytes_max: 25_000_000,
            typing: false,
            receipts: Receipts::Sent,
            reply_window: None,
        }
    }

    fn validate_settings(
        &self,
        _: &Map<String, Value>,
        _: &BTreeMap<String, String>,
    ) -> Result<(), Rejection> {
        Ok(())
    }

    async fn deliver(&self, _: &Inbox, _: &Outbound) -> Receipt {
        Receipt::Sent { external_id: None }
    }
}

struct Post {
    desk: TestDesk,
    inbox: InboxId,
}

const LOGO: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

fn who(name: &str, address: &str) -> MailAddress {
    MailAddress {
        name: Some(name.to_owned()).filter(|it| !it.is_empty()),
        address: address.into(),
    }
}

impl Post {
    async fn open() -> Self {
        let config = HttpConfig {
            pictures: Reach::Anywhere,
            ..HttpConfig::default()
        };
        let desk = TestDesk::start_with(config).await;
        desk.channels.put(Arc::new(Mails));
        let inbox: InboxId = desk.engine.mint();
        let Value::Object(settings) = json!({
            "address": "help@shop.example", "from_name": "Shop", "signature": "<p>The Shop</p>", "undo_seconds": 60,
        }) else {
            unreachable!("it is an object");
        };
        let entity = Entity::Inbox(Inbox {
            id: inbox,
            name: "Mail".into(),
            channel: ChannelKind::Email,
            shop_id: None,
            team_id: Some(desk.team.parse().unwrap()),
            policy: InboxPolicy::default(),
            settings,
            created_at: desk.engine.now(),
        });
        let private = Private::default();
        run(&desk, Command::Save { entity, private }).await;
        Self { desk, inbox }
    }

    /// A mail from Emma, with HTML that would do harm, a picture of its own and one that is elsewhere.
    async fn receive(&self, picture: &str) -> (String, String) {
        let desk = &self.desk;
        let html = format!(
            "<p onclick=\"steal()\">Hello <b>you</b></p><script>steal()</script><img src=\"cid:lamp@x\">\
             <img src=\"{picture}\"><blockquote type=\"cite\">On Monday Shop wrote:<br>&gt; old</blockquote>"
        );
        let raw = format!(
            "From: Emma Clark <emma.clark@mail.example>\r\nTo: Shop <help@shop.example>\r\nCc: Tom <tom@mail.example>\r\n\
             Subject: Broken lamp\r\nMessage-ID: <1@mail.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n\
             --b\r\nContent-Type: image/png; name=lamp.png\r\nContent-ID: <lamp@x>\r\nContent-Transfer-Encoding: 8bit\r\n\r\nPNG\r\n--b--\r\n"
        );
        let blobs = &desk.app.blobs;
        let stored = blobs.put(Bytes::from(raw)).await.unwrap();
        let cleaned = blobs
            .put(Bytes::from_static(b"<p>Hello</p>"))
            .await
            .unwrap();
        let file = blobs.put(Bytes::from_static(LOGO)).await.unwrap();
        let lamp = desk.engine.mint();
        let message: MessageId = desk.engine.mint();
        let mut mail = Mail::new(message, self.inbox);
        mail.rfc_id = Some("1@mail.example".into());
        mail.subject = Some("Broken lamp".into());
        mail.from = Some(who("Emma Clark", "emma.clark@mail.example"));
        mail.to = vec![who("Shop", "help@shop.example")];
        mail.cc = vec![who("Tom", "tom@mail.example")];
        mail.raw = Some(stored.digest.to_string());
        mail.html = Some(cleaned.digest.to_string());
        mail.inline = vec![lamp];
        mail.remote_images = 1;
        mail.why_here = Some("new".into());
        mail.warnings = vec!["reply_to_differs:emma@other.example".into()];
        let take = TakeMail {
            inbox_id: self.inbox,
            from: Sender::Address {
                address: Address {
                    kind: IdentityKind::Email,
                    scope: String::new(),
                    value: "emma.clark@mail.example".into(),
                },
                verified: true,
                profile: Profile::default(),
            },
            draft: MessageDraft {
                id: message,
                text: "Hello you\n\nOn Monday, Shop <help@shop.example> wrote:\n> old".into(),
                attachments: vec![],
                client_id: None,
            },
            files: vec![StoredFile {
                id: lamp,
                owner: Actor::system("mail"),
                sha256: file.digest.to_string(),
                name: "lamp.png".into(),
                content_type: "image/png".into(),
                size: file.size,
            }],
            mail,
            fingerprint: message.to_string(),
            place: MailPlace::New,
            conversation_id: desk.engine.mint::<ConversationId>(),
            stir: Stir::Live,
            report: None,
            own: false,
            mark: None,
        };
        let conversation = run(desk, Command::TakeMail(Box::new(take))).await;
        (conversation.unwrap(), message.to_string())
    }

    async fn newest(&self, caller: &Caller, conversation: &str) -> Value {
        let path = format!("/api/v1/conversations/{conversation}/messages");
        let page = self.desk.get(caller, &path).await.expect(200);
        page["items"].as_array().unwrap().last().unwrap().clone()
    }
}

async fn run(desk: &TestDesk, command: Command) -> Option<String> {
    let envelope = Envelope::new(Principal::System("test"), command);
    let outcome = desk.engine.execute(envelope).await.unwrap();
    outcome.conversation_id.map(|it| it.to_string())
}

/// Something that is asked for pictures; whatever else is asked of it fails the test.
async fn pictures() -> String {
    let logo = || async { ([(header::CONTENT_TYPE, "text/html")], LOGO) };
    let page = || async { "<script>1</script>" };
    let app = Router::new()
        .route("/logo.png", get(logo))
        .route("/page.png", get(page));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

#[tokio::test]
async fn a_mail_is_shown_with_its_people_masked_as_the_reader_may_see_them() {
    let post = Post::open().await;
    let (conversation, _) = post.receive("https://far.example/x.png").await;
    let whole = post.newest(&post.desk.supervisor, &conversation).await;
    let mail = &whole["mail"];
    assert_eq!(mail["subject"], "Broken lamp");
    assert_eq!(mail["from"]["address"], "emma.clark@mail.example");
    assert_eq!(mail["to"][0]["address"], "help@shop.example");
    assert_eq!(mail["new_text"], "Hello you");
    assert_eq!(mail["why_here"]["rule"], "new");
    assert_eq!(mail["remote_images"], 1);
    assert_eq!(mail["warnings"][0]["kind"], "reply_to_differs");
    assert_eq!(mail["warnings"][0]["detail"], "emma@other.example");
    assert_eq!(
        mail["inline_attachments"],
        json!([whole["attachments"][0]["id"]])
    );
    assert_eq!(mail.get("sending"), None);
    let masked = post.newest(&post.desk.agent, &conversation).await;
    let mail = &masked["mail"];
    assert_eq!(mail["from"]["name"], "Emma Clark");
    let text = mail.to_string();
    assert!(!text.contains("emma.clark@"), "{text}");
    assert!(!text.contains("emma@other"), "{text}");
    assert_eq!(
        mail["to"][0]["address"], "help@shop.example",
        "the desk's own address is no secret"
    );
}

#[tokio::test]
async fn html_comes_clean_under_a_policy_that_fetches_nothing() {
    let post = Post::open().await;
    let far = pictures().await;
    let (_, message) = post.receive(&format!("{far}/logo.png")).await;
    let path = format!("/api/v1/messages/{message}/mail/html");
    let answer = post.desk.get(&post.desk.agent, &path).await;
    assert_eq!(answer.status, 200);
    let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    let policy = header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.starts_with("sandbox ") && !policy.contains("allow-scripts"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    let page = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(page.contains("Hello <b>you</b>"), "{page}");
    for harm in ["<script", "onclick", "steal", &far] {
        assert!(!page.contains(harm), "{harm} in {page}");
    }
    assert!(page.contains("src=\"/api/v1/attachments/"), "{page}");
    assert!(page.contains("old"));
    let new = post
        .desk
        .get(&post.desk.agent, &format!("{path}?part=new"))
        .await;
    assert!(!String::from_utf8_lossy(&new.body).contains("old"));
    // With pictures: only through the desk, and only what it signed.
    let with = post
        .desk
        .get(&post.desk.agent, &format!("{path}?images=remote"))
        .await;
    let page = String::from_utf8(with.body.to_vec()).unwrap();
    let (_, rest) = page.split_once("src=\"/api/v1/mail-images").unwrap();
    let (query, _) = rest.split_once('"').unwrap();
    let address = format!("/api/v1/mail-images{}", query.replace("&amp;", "&"));
    let picture = post.desk.get(&post.desk.agent, &address).await;
    assert_eq!(picture.status, 200);
    assert_eq!(
        picture.headers["content-type"], "image/png",
        "its bytes say what it is, not its server"
    );
    assert_eq!(picture.body, LOGO);
    let other = address.replace("logo", "page");
    post.desk
        .get(&post.desk.agent, &other)
        .await
        .expect_error(403, "forbidden");
    post.desk
        .get(&Caller::nobody(), &address)
        .await
        .expect_error(401, "unauthenticated");
}

#[tokio::test]
async fn what_is_no_picture_does_not_come_through_the_desk() {
    let post = Post::open().await;
    let far = pictures().await;
    let (_, message) = post.receive(&format!("{far}/page.png")).await;
    let path = format!("/api/v1/messages/{message}/mail/html?images=remote");
    let page = post.desk.get(&post.desk.agent, &path).await;
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    let (_, rest) = page.split_once("src=\"/api/v1/mail-images").unwrap();
    let (query, _) = rest.split_once('"').unwrap();
    let address = format!("/api/v1/mail-images{}", query.replace("&amp;", "&"));
    post.desk
        .get(&post.desk.agent, &address)
        .await
        .expect_error(404, "not_found");
}

#[tokio::test]
async fn source_and_headers_are_for_those_who_may_see_addresses() {
    let post = Post::open().await;
    let (_, message) = post.receive("https://far.example/x.png").await;
    let desk = &post.desk;
    let source = format!("/api/v1/messages/{message}/mail/source");
    desk.get(&desk.agent, &source)
        .await
        .expect_error(403, "forbidden");
    let saved = desk.get(&desk.supervisor, &source).await;
    assert_eq!(saved.status, 200);
    assert_eq!(saved.headers["content-type"], "message/rfc822");
    assert!(saved.body.starts_with(b"From: Emma Clark"));
    let seen = desk
        .get(&desk.supervisor, &format!("{source}?view=true"))
        .await;
    assert_eq!(seen.headers["content-type"], "text/plain; charset=utf-8");
    let details = format!("/api/v1/messages/{message}/mail");
    let whole = desk.get(&desk.supervisor, &details).await.expect(200);
    let names = |it: &Value| it["headers"].to_string();
    assert!(names(&whole).contains("emma.clark@mail.example"));
    assert_eq!(whole["authentication"]["dmarc"], "none");
    let masked = desk.get(&desk.agent, &details).await.expect(200);
    assert!(!names(&masked).contains("emma.clark"));
    assert!(names(&masked).contains("Broken lamp"));
    let unknown = format!("/api/v1/messages/{}/mail", desk.engine.mint::<MessageId>());
    desk.get(&desk.agent, &unknown)
        .await
        .expect_error(404, "not_found");
}

#[tokio::test]
async fn an_answer_goes_to_everybody_who_takes_part_and_can_be_taken_back() {
    let post = Post::open().await;
    let desk = &post.desk;
    let (conversation, _) = post.receive("https://far.example/x.png").await;
    let path = format!("/api/v1/conversations/{conversation}/mail");
    let proposal = desk.get(&desk.agent, &path).await.expect(200);
    assert_eq!(proposal["subject"], "Re: Broken lamp");
    assert_eq!(proposal["from"]["address"], "help@shop.example");
    assert_eq!(proposal["undo_seconds"], 60);
    assert_eq!(proposal["signature"], "<p>The Shop</p>");
    let masked = proposal["to"][0].clone();
    assert_ne!(masked["address"], "emma.clark@mail.example");
    // What is shown masked is understood when it comes back.
    let reply = json!({
        "kind": "reply", "text": "We are sorry", "client_id": "r1",
        "mail": { "to": [masked], "bcc": [{ "address": "boss@shop.example" }],
                  "html": "<div>We are <b onclick=x>sorry</b><script>x</script></div>" },
    });
    let messages = format!("/api/v1/conversations/{conversation}/messages");
    let sent = desk
        .post(&desk.agent, &messages, reply.clone())
        .await
        .expect(201);
    assert_eq!(sent["mail"]["sending"]["state"], "held");
    assert_eq!(sent["mail"]["subject"], "Re: Broken lamp");
    let whole = post.newest(&desk.supervisor, &conversation).await;
    let people = |role: &str| whole["mail"][role][0]["address"].clone();
    assert_eq!(people("to"), "emma.clark@mail.example");
    assert_eq!(people("cc"), "tom@mail.example");
    assert_eq!(people("bcc"), "boss@shop.example");
    let again = desk.post(&desk.agent, &messages, reply).await.expect(200);
    assert_eq!(id(&again), id(&sent));
    let html = format!("/api/v1/messages/{}/mail/html", id(&sent));
    let page = desk.get(&desk.agent, &html).await;
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(page.contains("<b>sorry</b>"), "{page}");
    assert!(
        !page.contains("script") && !page.contains("onclick"),
        "{page}"
    );
    let undo = format!("/api/v1/messages/{}/mail/undo", id(&sent));
    desk.post(&desk.inspector, &undo, json!({}))
        .await
        .expect_error(403, "forbidden");
    let taken = desk.post(&desk.agent, &undo, json!({})).await.expect(200);
    assert_eq!(taken["text"], "We are sorry");
    assert_eq!(taken["mail"]["html"], "<div>We are <b>sorry</b></div>");
    desk.post(&desk.agent, &undo, json!({}))
        .await
        .expect_error(409, "conflict");
    let newest = post.newest(&desk.agent, &conversation).await;
    assert_eq!(newest["mail"]["sending"]["state"], "taken_back");
}

#[tokio::test]
async fn an_address_that_is_guessed_from_its_mask_is_refused() {
    let post = Post::open().await;
    let desk = &post.desk;
    let (conversation, _) = post.receive("https://far.example/x.png").await;
    let reply = json!({ "kind": "reply", "text": "x", "mail": { "to": [{ "address": "z***@other.example" }] } });
    let messages = format!("/api/v1/conversations/{conversation}/messages");
    let why = desk
        .post(&desk.agent, &messages, reply)
        .await
        .expect_error(422, "invalid");
    assert!(why.contains("z***@other.example"), "{why}");
    let note = json!({ "kind": "note", "text": "x", "mail": {} });
    desk.post(&desk.agent, &messages, note)
        .await
        .expect_error(422, "invalid");
    let later = json!({ "kind": "reply", "text": "x", "send_at": "yesterday", "mail": {} });
    desk.post(&desk.agent, &messages, later)
        .await
        .expect_error(422, "invalid");
}

#[tokio::test]
async fn an_agent_writes_to_somebody_first_and_once() {
    let post = Post::open().await;
    let desk = &post.desk;
    let mail = json!({
        "inbox_id": post.inbox.to_string(), "to": [{ "name": "Li Na", "address": "li.na@mail.example" }],
        "subject": "Your order", "text": "It left today.", "client_id": "n1",
    });
    let begun = desk
        .post(&desk.supervisor, "/api/v1/mails", mail.clone())
        .await
        .expect(201);
    assert_eq!(begun["conversation"]["channel"], "email");
    assert_eq!(begun["message"]["mail"]["subject"], "Your order");
    assert_eq!(
        begun["message"]["mail"]["to"][0]["address"],
        "li.na@mail.example"
    );
    let again = desk
        .post(&desk.supervisor, "/api/v1/mails", mail.clone())
        .await
        .expect(200);
    assert_eq!(id(&again["message"]), id(&begun["message"]));
    desk.post(&desk.inspector, "/api/v1/mails", mail.clone())
        .await
        .expect_error(403, "forbidden");
    let mut nobody = mail;
    nobody["to"] = json!([]);
    nobody["client_id"] = json!("n2");
    desk.post(&desk.supervisor, "/api/v1/mails", nobody)
        .await
        .expect_error(422, "invalid");
}

#[tokio::test]
async fn a_mail_that_is_in_the_wrong_place_is_split_off_and_moved_back() {
    let post = Post::open().await;
    let desk = &post.desk;
    let (first, message) = post.receive("https://far.example/x.png").await;
    let path = |message: &str| format!("/api/v1/messages/{message}/mail/move");
    desk.post(&desk.inspector, &path(&message), json!({}))
        .await
        .expect_error(403, "forbidden");
    let split = desk
        .post(&desk.agent, &path(&message), json!({}))
        .await
        .expect(200);
    assert_ne!(id(&split), first);
    assert_eq!(split["status"], "open");
    let there = post.newest(&desk.supervisor, &id(&split)).await;
    assert_eq!(there["mail"]["why_here"]["rule"], "split");
    assert_eq!(there["mail"]["why_here"]["agent_id"], desk.agent.id);
    assert_eq!(there["mail"]["from"]["address"], "emma.clark@mail.example");
    assert_eq!(
        there["mail"]["inline_attachments"],
        json!([there["attachments"][0]["id"]])
    );
    let here = post.newest(&desk.supervisor, &first).await;
    assert_eq!(here["id"], message.as_str());
    assert_eq!(here["text"], "");
    assert_eq!(here["mail"]["moved_to"], id(&split).as_str());
    desk.post(&desk.agent, &path(&message), json!({}))
        .await
        .expect_error(409, "conflict");
    let back = json!({ "conversation_id": first });
    let moved = desk
        .post(&desk.agent, &path(&id(&there)), back)
        .await
        .expect(200);
    assert_eq!(id(&moved), first);
    let again = post.newest(&desk.supervisor, &first).await;
    assert_eq!(again["mail"]["why_here"]["rule"], "moved");
    assert!(again["text"].as_str().unwrap().starts_with("Hello you"));
}

#[tokio::test]
async fn a_desk_without_mailboxes_says_so() {
    let post = Post::open().await;
    let desk = &post.desk;
    let none = desk.get(&desk.agent, "/api/v1/mailboxes").await.expect(200);
    assert_eq!(none["items"], json!([]));
    desk.get(&desk.agent, "/api/v1/mailboxes/providers")
        .await
        .expect_error(403, "forbidden");
    let known = desk
        .get(&desk.admin, "/api/v1/mailboxes/providers")
        .await
        .expect(200);
    assert!(known["items"].to_string().contains("gmail"));
    let settings = json!({ "settings": { "address": "a@b.example" } });
    desk.post(&desk.agent, "/api/v1/mailboxes/test", settings.clone())
        .await
        .expect_error(403, "forbidden");
    desk.post(&desk.admin, "/api/v1/mailboxes/test", settings)
        .await
        .expect_error(503, "unavailable");
    desk.get(&desk.admin, "/api/v1/mailboxes/oauth/return?state=x&code=y")
        .await
        .expect_error(404, "not_found");
}
