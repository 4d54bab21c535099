//! Whatever agents and visitors do, in whatever order: a visitor never sees a note, nor a word of anybody else's.

use plugboard_http::HttpConfig;
use plugboard_test_kit::desk::{Caller, TestDesk};
use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value, json};

use crate::{
    client::{Client, Served, serve_with},
    visitor::{open, read},
};

#[derive(Clone, Copy, Debug)]
enum Step {
    Says(usize),
    Note(usize),
    Reply(usize),
    Resolve(usize),
    Merge(usize, usize),
    Unmerge(usize),
    MergeContacts(usize, usize),
    ComesBack(usize),
}

const VISITORS: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    let who = 0..VISITORS;
    prop_oneof![
        4 => who.clone().prop_map(Step::Says),
        3 => who.clone().prop_map(Step::Note),
        3 => who.clone().prop_map(Step::Reply),
        1 => who.clone().prop_map(Step::Resolve),
        1 => (who.clone(), who.clone()).prop_map(|(a, b)| Step::Merge(a, b)),
        1 => who.clone().prop_map(Step::Unmerge),
        1 => (who.clone(), who.clone()).prop_map(|(a, b)| Step::MergeContacts(a, b)),
        1 => who.prop_map(Step::ComesBack),
    ]
}

struct Scene<'a> {
    desk: &'a Served,
    visitors: Vec<Caller>,
    sockets: Vec<Client>,
    conversations: Vec<Option<String>>,
}

impl Scene<'_> {
    async fn socket(desk: &Served, visitor: &Caller) -> Client {
        let path = format!("/chat/v1/{}/ws?since=0", desk.inbox);
        Client::open(desk.address, &path, Some(&visitor.token), &[])
            .await
            .unwrap()
    }

    /// Does a step; what the desk refuses (merging into itself, resolving nothing) is part of the game.
    async fn take(&mut self, at: usize, step: Step) {
        let desk: &TestDesk = self.desk;
        let of = |who: usize| self.conversations[who].clone();
        let ask = async |who: usize, what: &str, body: Value| {
            if let Some(id) = of(who) {
                let path = format!("/api/v1/conversations/{id}/{what}");
                let answer = desk.post(&desk.admin, &path, body).await;
                assert!(answer.status < 500, "{step:?}");
            }
        };
        match step {
            Step::Says(who) => {
                let path = format!("/chat/v1/{}/messages", desk.inbox);
                let body = json!({ "text": format!("visitor {who} says {at}") });
                let posted = desk
                    .post(&self.visitors[who], &path, body)
                    .await
                    .expect(201);
                self.conversations[who] = posted["conversation_id"].as_str().map(str::to_owned);
            }
            Step::Note(who) => {
                let body = json!({ "kind": "note", "text": format!("NOTE {at}") });
                ask(who, "messages", body).await;
            }
            Step::Reply(who) => {
                let body = json!({ "kind": "reply", "text": format!("reply {at}") });
                ask(who, "messages", body).await;
            }
            Step::Resolve(who) => ask(who, "status", json!({ "status": "resolved" })).await,
            Step::Merge(who, into) => ask(who, "merge", json!({ "into": of(into) })).await,
            Step::Unmerge(who) => ask(who, "unmerge", json!({})).await,
            Step::MergeContacts(who, into) => {
                let path = format!("/api/v1/contacts/{}/merge", self.visitors[who].id);
                let body = json!({ "into": self.visitors[into].id });
                assert!(desk.post(&desk.admin, &path, body).await.status < 500);
            }
            Step::ComesBack(who) => {
                self.sockets[who] = Self::socket(self.desk, &self.visitors[who]).await;
            }
        }
    }
}

async fn play(desk: &Served, steps: Vec<Step>) {
    let mut scene = Scene {
        desk,
        visitors: Vec::new(),
        sockets: Vec::new(),
        conversations: vec![None; VISITORS],
    };
    for _ in 0..VISITORS {
        let visitor = open(desk, json!({})).await;
        scene.sockets.push(Scene::socket(desk, &visitor).await);
        scene.visitors.push(visitor);
    }
    let mut contacts_merged = false;
    for (at, step) in steps.iter().enumerate() {
        contacts_merged |= matches!(step, Step::MergeContacts(..));
        scene.take(at, *step).await;
    }
    for (who, socket) in scene.sockets.iter_mut().enumerate() {
        let mut seen: Vec<Value> = socket
            .drain()
            .await
            .into_iter()
            .filter(|frame| frame["type"] == "event")
            .map(|frame| frame["data"]["message"].clone())
            .collect();
        let page = read(desk, &scene.visitors[who], "?limit=200").await;
        seen.extend(page["items"].as_array().unwrap().iter().cloned());
        for message in seen {
            let text = message["text"].as_str().unwrap();
            assert!(
                !text.contains("NOTE"),
                "visitor {who} saw {message} after {steps:?}"
            );
            assert_ne!(message["kind"], "note");
            // Once a person has said that two contacts are one, they are.
            let foreign =
                text.starts_with("visitor") && !text.starts_with(&format!("visitor {who}"));
            assert!(
                !foreign || contacts_merged,
                "visitor {who} saw {message} after {steps:?}"
            );
        }
    }
}

#[test]
fn notes_and_other_peoples_words_never_reach_a_visitor() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = HttpConfig {
        rate_limits: false,
        ..HttpConfig::default()
    };
    let desk = runtime.block_on(serve_with(config));
    let cases = Config {
        cases: 40,
        max_shrink_iters: 40,
        ..Config::default()
    };
    proptest!(cases, |(steps in prop::collection::vec(step(), 1..25))| {
        runtime.block_on(play(&desk, steps));
    });
}
