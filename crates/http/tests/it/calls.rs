//! Calls, as agents see and work them. The line is scripted: what it would report is asked of the engine.

use std::{ops::Range, sync::Arc};

use futures_util::{StreamExt, stream};
use plugboard_channel::phone::{BrowserLink, PhoneError, Sound, Telephony, TrunkCheck, TrunkStep};
use plugboard_domain::{
    Command, Envelope, Principal,
    call::{CallCommand, CallFact, Direction, EndCause, EndWord, EndedBy, LegKind, Ring},
    ids::{AgentId, CallId, InboxId},
};
use plugboard_test_kit::desk::{Caller, TestDesk, id};
use serde_json::{Value, json};

use crate::NOTHING;

/// Half a second of sound: the contact loud, the agent silent.
fn wav() -> Vec<u8> {
    let sound: Vec<u8> = (0..4_000).flat_map(|_| [0x00, 0xff]).collect();
    let mut file = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
    for part in [
        &16_u32.to_le_bytes()[..],
        &7_u16.to_le_bytes(),
        &2_u16.to_le_bytes(),
    ] {
        file.extend(part);
    }
    file.extend(8_000_u32.to_le_bytes());
    file.extend(16_000_u32.to_le_bytes());
    file.extend(2_u16.to_le_bytes());
    file.extend(8_u16.to_le_bytes());
    file.extend(b"data");
    file.extend(8_000_u32.to_le_bytes());
    file.extend(sound);
    file
}

/// Telephony that plays one file and takes any key.
pub(crate) struct OneFile;

#[async_trait::async_trait]
impl Telephony for OneFile {
    async fn connect(&self, _: AgentId, _: String) -> Result<BrowserLink, PhoneError> {
        Err(PhoneError::Unavailable)
    }

    fn leave(&self, _: AgentId) {}

    async fn digits(&self, _: CallId, _: &str) -> Result<(), PhoneError> {
        Ok(())
    }

    async fn sound(
        &self,
        _: CallId,
        _: &str,
        part: Option<Range<u64>>,
    ) -> Result<Sound, PhoneError> {
        let file = wav();
        let total = file.len() as u64;
        let part = part.unwrap_or(0..total);
        let (start, end) = (part.start.min(total), part.end.min(total));
        let [start, end] = [start, end].map(|it| usize::try_from(it).expect("as the test made it"));
        let bytes = file[start..end].to_vec().into();
        let stream = stream::iter([Ok(bytes)]).boxed();
        Ok(Sound { total, stream })
    }

    async fn announcement(&self, file: bytes::Bytes) -> Result<bytes::Bytes, PhoneError> {
        match file.strip_prefix(b"RIFF") {
            Some(_) => Ok("telephone sound".into()),
            None if file == "telephone sound" => Ok(file),
            None => Err(PhoneError::Unusable("this is no WAV file".into())),
        }
    }

    async fn try_trunk(&self, _: InboxId) -> Result<Vec<TrunkStep>, PhoneError> {
        let step = |check, ok| TrunkStep {
            check,
            ok,
            finding: "answers",
            values: [("code", "200".into())].into(),
            message: "as it was found".into(),
            took_ms: 7,
        };
        Ok(vec![
            step(TrunkCheck::Host, true),
            step(TrunkCheck::Answer, false),
        ])
    }

    fn troubles(&self) -> Vec<String> {
        Vec::new()
    }
}

struct Exchange {
    desk: TestDesk,
    inbox: String,
}

impl Exchange {
    async fn open(settings: Value) -> Self {
        let desk = TestDesk::start_set_up(|it| it.telephony = Some(Arc::new(OneFile))).await;
        let mut whole = json!({ "numbers": ["+8657112345678"], "trunk": {"kind": "peer", "host": "203.0.113.7"} });
        for (name, value) in settings.as_object().expect("as the test made it") {
            whole[name] = value.clone();
        }
        let asked = json!({ "name": "Hotline", "channel": "phone", "team_id": desk.team, "settings": whole });
        let made = desk
            .post(&desk.admin, "/api/v1/inboxes", asked)
            .await
            .expect(201);
        Self {
            inbox: id(&made),
            desk,
        }
    }

    async fn online(&self, who: &Caller) {
        let path = format!("/api/v1/agents/{}/availability", who.id);
        let online = json!({ "state": "online" });
        self.desk.post(who, &path, online).await.expect(200);
    }

    async fn ask(&self, command: impl Into<Command>) {
        let envelope = Envelope::new(Principal::System("phone"), command);
        self.desk
            .engine
            .execute(envelope)
            .await
            .expect("as the test made it");
    }

    async fn line(&self, id: &str, fact: CallFact) {
        let id: CallId = id.parse().expect("as the test made it");
        self.ask((id, CallCommand::Advance(fact))).await;
    }

    async fn waits(&self, from: &str) -> String {
        let engine = &self.desk.engine;
        let id: CallId = engine.mint();
        let ring = Ring {
            id,
            inbox_id: self.inbox.parse().expect("as the test made it"),
            provider: "sip".into(),
            provider_call_id: id.to_string(),
            direction: Direction::Inbound,
            from: from.into(),
            to: "+8657112345678".into(),
            name: Some("Li Lei".into()),
            conversation_id: engine.mint(),
            message_id: engine.mint(),
        };
        self.ask(Command::Ring(Box::new(ring))).await;
        let id = id.to_string();
        self.line(&id, CallFact::Queued { team_id: None }).await;
        id
    }

    async fn call(&self, id: &str) -> Value {
        self.get(&self.desk.agent, &format!("/api/v1/calls/{id}"))
            .await
    }

    async fn get(&self, who: &Caller, path: &str) -> Value {
        self.desk.get(who, path).await.expect(200)
    }

    /// The call once it rings at somebody.
    async fn rings(&self, id: &str) -> Value {
        for _ in 0..1_000 {
            let call = self.call(id).await;
            if !call["offered_to"].is_null() {
                return call;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("it never rang");
    }

    async fn act(&self, who: &Caller, id: &str, what: &str, body: Value) -> Value {
        let path = format!("/api/v1/calls/{id}/{what}");
        self.desk.post(who, &path, body).await.expect(200)
    }

    async fn talks(&self, from: &str) -> String {
        let id = self.waits(from).await;
        self.rings(&id).await;
        self.act(&self.desk.agent, &id, "accept", json!({})).await;
        id
    }

    async fn hangs_up(&self, id: &str) {
        let cause = EndCause::of(EndWord::Normal);
        let by = EndedBy::Caller;
        self.line(id, CallFact::Ended { by, cause }).await;
    }
}

#[tokio::test]
async fn a_call_is_taken_held_and_written_up_and_its_message_shows_it() {
    let codes = json!({"dispositions": [{"code": "refund", "label": "\u{9000}\u{6b3e}"}]});
    let exchange = Exchange::open(codes).await;
    let (desk, agent) = (&exchange.desk, &exchange.desk.agent);
    exchange.online(agent).await;
    let id = exchange.waits("13800138000").await;
    let ringing = exchange.rings(&id).await;
    assert_eq!(ringing["state"], "offering");
    assert_eq!(ringing["offered_to"], agent.id.as_str());
    assert_eq!(ringing["queue_position"], 1);
    assert_eq!(ringing["contact"]["name"], "Li Lei");
    assert_eq!(ringing["number"], "+86****8000");
    let path = format!("/api/v1/calls/{id}");
    let lead = exchange.get(&desk.supervisor, &path).await;
    assert_eq!(lead["number"], "+8613800138000");
    let other = format!("{path}/accept");
    desk.post(&desk.supervisor, &other, json!({}))
        .await
        .expect_error(409, "conflict");
    let taken = exchange.act(agent, &id, "accept", json!({})).await;
    assert_eq!(
        (&taken["state"], &taken["agent_id"]),
        (&json!("active"), &json!(agent.id))
    );
    exchange.act(agent, &id, "accept", json!({})).await;
    assert_eq!(
        exchange.act(agent, &id, "hold", json!({})).await["state"],
        "held"
    );
    let resumed = exchange.act(agent, &id, "resume", json!({})).await;
    assert_eq!(resumed["state"], "active");
    let digits = format!("{path}/digits");
    let press = |digits: &str| json!({ "digits": digits });
    desk.post(agent, &digits, press("12#")).await.expect(204);
    desk.post(agent, &digits, press("call"))
        .await
        .expect_error(422, "invalid");
    desk.post(&desk.supervisor, &digits, press("1"))
        .await
        .expect_error(409, "conflict");
    let wrap_up = json!({ "code": "refund", "note": "wants it back" });
    desk.post(agent, &format!("{path}/wrap-up"), wrap_up.clone())
        .await
        .expect_error(409, "conflict");
    let ended = exchange.act(agent, &id, "hang-up", json!({})).await;
    assert_eq!(
        (&ended["state"], &ended["ended_by"]),
        (&json!("wrapup"), &json!("agent"))
    );
    assert!(ended["wrapup_until"].is_string());
    let closed = exchange.act(agent, &id, "wrap-up", wrap_up).await;
    assert_eq!(closed["state"], "closed");
    assert_eq!(closed["disposition"]["note"], "wants it back");
    let conversation = closed["conversation_id"]
        .as_str()
        .expect("as the test made it");
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let thread = exchange.get(agent, &path).await;
    let message = &thread["items"][0];
    assert_eq!(message["kind"], "call");
    assert_eq!(message["id"], closed["message_id"]);
    assert_eq!(message["call"]["id"], id.as_str());
    assert_eq!(message["call"]["number"], "+86****8000");
}

#[tokio::test]
async fn lists_and_the_board_say_who_waits_and_who_talks() {
    let exchange = Exchange::open(json!({})).await;
    let (desk, agent) = (&exchange.desk, &exchange.desk.agent);
    exchange.online(agent).await;
    let talking = exchange.talks("13800138000").await;
    let waiting = exchange.waits("13800138001").await;
    let missed = exchange.waits("13800138002").await;
    let board = exchange.get(&desk.supervisor, "/api/v1/phone/board").await;
    assert_eq!(board["queues"][0]["waiting"], 2);
    assert_eq!(board["queues"][0]["active"], 1);
    let agents = board["agents"].as_array().expect("as the test made it");
    let mine = agents.iter().find(|it| it["agent_id"] == agent.id.as_str());
    assert_eq!(mine.expect("as the test made it")["state"], "talking");
    assert_eq!(
        mine.expect("as the test made it")["call_id"],
        talking.as_str()
    );
    assert_eq!(
        board["calls"]
            .as_array()
            .expect("as the test made it")
            .len(),
        3
    );
    assert_eq!(board["calls"][2]["queue_position"], 2);
    exchange.hangs_up(&missed).await;
    let ids = async |query: &str| -> Vec<String> {
        let list = exchange.get(agent, &format!("/api/v1/calls{query}")).await;
        list["items"]
            .as_array()
            .expect("as the test made it")
            .iter()
            .map(id)
            .collect()
    };
    assert_eq!(ids("?state=live").await, [waiting.clone(), talking.clone()]);
    assert_eq!(ids("?state=missed").await, std::slice::from_ref(&missed));
    assert_eq!(ids("?agent=me").await, std::slice::from_ref(&talking));
    assert_eq!(
        ids(&format!("?inbox={NOTHING}")).await,
        Vec::<String>::new()
    );
    let page = exchange.get(agent, "/api/v1/calls?limit=2").await;
    let rest = format!(
        "?limit=2&cursor={}",
        page["next_cursor"].as_str().expect("as the test made it")
    );
    assert_eq!(ids(&rest).await, [talking]);
    desk.get(agent, &format!("/api/v1/calls/{NOTHING}"))
        .await
        .expect_error(404, "not_found");
    desk.get(&Caller::nobody(), "/api/v1/calls")
        .await
        .expect_error(401, "unauthenticated");
}

#[tokio::test]
async fn a_recording_is_heard_on_the_record_whole_or_in_parts() {
    let exchange = Exchange::open(json!({"recording": {"policy": "always"}})).await;
    let (desk, agent) = (&exchange.desk, &exchange.desk.agent);
    exchange.online(agent).await;
    let id = exchange.talks("13800138000").await;
    let path = format!("/api/v1/calls/{id}/recording");
    desk.get(agent, &path).await.expect_error(404, "not_found");
    exchange.line(&id, CallFact::RecordingStarted).await;
    let paused = exchange
        .act(agent, &id, "recording", json!({ "paused": true }))
        .await;
    assert_eq!(paused["recording"]["state"], "paused");
    exchange.hangs_up(&id).await;
    let kept = CallFact::RecordingKept {
        blob: "ab".repeat(32),
        millis: 500,
        channels: 2,
    };
    exchange.line(&id, kept).await;
    assert_eq!(exchange.call(&id).await["recording"]["seconds"], 0.5);
    let whole = desk.get(agent, &path).await;
    assert_eq!((whole.status, whole.body.len()), (200, wav().len()));
    let part = async |range: &str| {
        let request = axum::http::Request::get(&path)
            .header("authorization", format!("Bearer {}", agent.token))
            .header("range", range)
            .body(axum::body::Body::empty());
        desk.send(request.expect("as the test made it")).await
    };
    let second = part("bytes=100-199").await;
    assert_eq!(
        (second.status, second.body.as_ref()),
        (206, &wav()[100..200])
    );
    let total = wav().len();
    assert_eq!(
        second.headers["content-range"],
        format!("bytes 100-199/{total}")
    );
    assert_eq!(part("bytes=99999-").await.status, 416);
    let shape = format!("/api/v1/calls/{id}/peaks");
    let shape = exchange.get(agent, &shape).await;
    assert_eq!(shape["seconds"], 0.5);
    assert_eq!(
        (&shape["peaks"][0][9], &shape["peaks"][1][9]),
        (&json!(255), &json!(0))
    );
    let heard = async |who: &Caller| {
        let journal = exchange.get(who, "/api/v1/journal?limit=1000").await;
        let items = journal["items"]
            .as_array()
            .expect("as the test made it")
            .clone();
        items
            .iter()
            .filter(|it| it["kind"] == "call.recording_read")
            .count()
    };
    assert_eq!(
        heard(&desk.supervisor).await,
        1,
        "a later part is the same hearing"
    );
    assert_eq!(heard(&desk.inspector).await, 0);
    let accesses = format!("{path}/accesses");
    let known = exchange.get(&desk.supervisor, &accesses).await;
    assert_eq!(known["items"][0]["agent_id"], agent.id.as_str());
    assert_eq!(known["items"][1], Value::Null);
    desk.get(agent, &accesses)
        .await
        .expect_error(403, "forbidden");
    let delete = format!("/api/v1/calls/{id}/delete-recording");
    let why = json!({ "reason": "card data" });
    desk.post(agent, &delete, why.clone())
        .await
        .expect_error(403, "forbidden");
    desk.post(&desk.supervisor, &delete, json!({ "reason": " " }))
        .await
        .expect_error(422, "invalid");
    let gone = desk.post(&desk.supervisor, &delete, why.clone()).await;
    let gone = gone.expect(200);
    assert_eq!(gone["recording"]["state"], "deleted");
    desk.get(agent, &path).await.expect_error(404, "not_found");
    desk.post(&desk.supervisor, &delete, why)
        .await
        .expect_error(404, "not_found");
    let conversation = gone["conversation_id"]
        .as_str()
        .expect("as the test made it");
    let thread = format!("/api/v1/conversations/{conversation}/messages");
    let thread = exchange.get(agent, &thread).await;
    let note = thread["items"].as_array().expect("as the test made it");
    let note = note.iter().find(|it| it["kind"] == "note");
    let said = note.expect("as the test made it")["text"].as_str();
    assert!(said.is_some_and(|it| it.ends_with("card data")), "{said:?}");
}

#[tokio::test]
async fn who_listens_leaves_and_who_hands_on_leaves_a_word() {
    let exchange = Exchange::open(json!({})).await;
    let (desk, agent) = (&exchange.desk, &exchange.desk.agent);
    exchange.online(agent).await;
    let id = exchange.talks("13800138000").await;
    let whisper = json!({ "mode": "whisper" });
    exchange.act(&desk.supervisor, &id, "listen", whisper).await;
    let leg_id = desk.engine.mint();
    let kind = LegKind::Listener;
    let agent_id = Some(desk.supervisor.id.parse().expect("as the test made it"));
    let joined = CallFact::LegJoined {
        leg_id,
        kind,
        agent_id,
    };
    exchange.line(&id, joined).await;
    let heard = exchange.call(&id).await;
    assert_eq!(heard["legs"][0]["mode"], "whisper");
    let left = exchange
        .act(&desk.supervisor, &id, "leave", json!({}))
        .await;
    assert_eq!(left["state"], "active");
    assert!(left["legs"][0]["left_at"].is_string());
    let path = format!("/api/v1/calls/{id}/leave");
    desk.post(agent, &path, json!({}))
        .await
        .expect_error(409, "conflict");
    let to = json!({ "kind": "blind", "team_id": desk.team, "note": "order 4711" });
    let handed = exchange.act(agent, &id, "transfer", to).await;
    assert_eq!(handed["transfer"]["note"], "order 4711");
    assert_eq!(handed["writing"][0]["agent_id"], agent.id.as_str());
    let standing = async || {
        let board = exchange.get(&desk.supervisor, "/api/v1/phone/board").await;
        let agents = board["agents"].as_array().expect("as the test made it");
        let mine = agents.iter().find(|it| it["agent_id"] == agent.id.as_str());
        mine.expect("as the test made it")["state"].clone()
    };
    assert_eq!(standing().await, "wrapup", "who handed it on writes it up");
    let written = exchange.act(agent, &id, "wrap-up", json!({})).await;
    assert_eq!(written["state"], "queued", "the caller waits on");
    assert_eq!(standing().await, "free");
    let missed = "/api/v1/calls?state=to_call";
    exchange.hangs_up(&id).await;
    let list = exchange.get(agent, missed).await;
    assert_eq!(
        list["items"][0]["id"],
        id.as_str(),
        "they gave up waiting for the next"
    );
    exchange.act(agent, &id, "wrap-up", json!({})).await;
    let list = exchange.get(agent, missed).await;
    assert_eq!(list["items"], json!([]), "done by hand");
}

#[tokio::test]
async fn only_those_who_lead_listen_and_nobody_dials_against_the_policy() {
    let exchange = Exchange::open(json!({})).await;
    let (desk, agent) = (&exchange.desk, &exchange.desk.agent);
    exchange.online(agent).await;
    let id = exchange.talks("13800138000").await;
    let listen = json!({ "mode": "whisper" });
    let path = format!("/api/v1/calls/{id}/listen");
    desk.post(agent, &path, listen.clone())
        .await
        .expect_error(403, "forbidden");
    exchange.act(&desk.supervisor, &id, "listen", listen).await;
    let transfer = format!("/api/v1/calls/{id}/transfer");
    for body in [
        json!({ "kind": "warm" }),
        json!({ "kind": "warm", "agent_id": agent.id, "team_id": desk.team }),
        json!({ "kind": "warm", "agent_id": agent.id }),
        json!({ "kind": "blind", "team_id": NOTHING }),
    ] {
        desk.post(agent, &transfer, body)
            .await
            .expect_error(422, "invalid");
    }
    let away = json!({ "kind": "blind", "agent_id": desk.supervisor.id });
    desk.post(agent, &transfer, away)
        .await
        .expect_error(409, "conflict");
    let dial = json!({ "inbox_id": exchange.inbox, "number": "13800138009" });
    desk.post(agent, "/api/v1/calls", dial.clone())
        .await
        .expect_error(409, "conflict");
    exchange.act(agent, &id, "hang-up", json!({})).await;
    desk.post(&desk.inspector, "/api/v1/calls", dial.clone())
        .await
        .expect_error(403, "forbidden");
    let abroad = json!({ "inbox_id": exchange.inbox, "number": "+18765552671" });
    let why = desk
        .post(agent, "/api/v1/calls", abroad)
        .await
        .expect_error(409, "conflict");
    assert!(why.contains("JM"), "{why}");
    let made = desk.post(agent, "/api/v1/calls", dial).await.expect(201);
    assert_eq!(made["direction"], "outbound");
    assert_eq!(made["state"], "new");
    assert_eq!(made["own_number"], "+8657112345678");
}

#[tokio::test]
async fn settings_that_do_not_fit_are_named_and_the_address_for_a_pbx_is_the_administrators() {
    let exchange = Exchange::open(json!({})).await;
    let desk = &exchange.desk;
    let bad = json!({ "name": "X", "channel": "phone", "settings": { "offer_seconds": 1 } });
    let why = desk
        .post(&desk.admin, "/api/v1/inboxes", bad)
        .await
        .expect_error(422, "invalid");
    assert!(why.contains("offer_seconds"), "{why}");
    let path = format!("/api/v1/inboxes/{}", exchange.inbox);
    let mine = exchange.get(&desk.admin, &path).await;
    let address = mine["cti_url"].as_str().expect("as the test made it");
    assert!(
        address.contains(&format!("/cti/v1/{}/", exchange.inbox)),
        "{address}"
    );
    let theirs = exchange.get(&desk.agent, &path).await;
    assert!(theirs["cti_url"].is_null());
    let anew = format!("{path}/cti-address");
    desk.post(&desk.agent, &anew, json!({}))
        .await
        .expect_error(403, "forbidden");
    let renewed = desk.post(&desk.admin, &anew, json!({})).await.expect(200);
    let second = renewed["cti_url"].as_str().expect("as the test made it");
    assert_ne!(second, address);
    let report =
        json!({ "event": "newCall", "direction": "in", "callId": "1", "from": "1", "to": "2" });
    let local = |address: &str| address[address.find("/cti/").expect("a path")..].to_owned();
    desk.post(&Caller::nobody(), &local(address), report.clone())
        .await
        .expect_error(404, "not_found");
    desk.post(&Caller::nobody(), &local(second), report.clone())
        .await
        .expect(200);
    // Whoever saves what they read before does not bring the old one back.
    let name = json!({ "name": "Hotline", "channel": "phone", "settings": { "cti_renewals": 0 } });
    desk.put(&desk.admin, &path, name).await.expect(200);
    desk.post(&Caller::nobody(), &local(address), report)
        .await
        .expect_error(404, "not_found");
}
