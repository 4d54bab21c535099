//! Examples in other languages, and the question that every policy is asked.

use std::sync::Arc;

use anyhow::Result;
use plugboard_plugin_runtime::{
    Manifest,
    types::{Candidate, ContactView, ConversationView, Identity, RouteRequest, TeamView},
};

use plugboard_bench::guests::root;

/// An example in another language, when its own tools have built it.
pub(super) fn example(name: &str) -> Result<Option<(Manifest, Arc<[u8]>)>> {
    let folder = root().join("plugins/examples").join(name);
    let manifest = std::fs::read_to_string(folder.join("plugin.toml"))?;
    let manifest = Manifest::parse(&manifest)?;
    match std::fs::read(folder.join(&manifest.component)) {
        Ok(component) => Ok(Some((manifest, component.into()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A text of 200 characters, 10 attributes, 20 candidates with 3 skills each.
pub(super) fn question(text: &str) -> Arc<RouteRequest> {
    let candidates = (0..20).map(|number| Candidate {
        id: format!("0190aaaa-0000-7000-8000-0000000000{number:02}"),
        skills: vec![
            "en".to_owned(),
            "returns".to_owned(),
            format!("skill-{number}"),
        ],
        load: 5 + (number * 7) % 11,
        capacity: 20,
        online: true,
        in_scope: true,
        last_routed_at: Some(1_700_000_000_000 + u64::from(number)),
        passed: false,
    });
    Arc::new(RouteRequest {
        conversation: conversation(text),
        required_skills: vec!["returns".to_owned()],
        candidates: candidates.collect(),
        teams: vec![TeamView {
            id: "0190bbbb-0000-7000-8000-000000000001".to_owned(),
            name: "Aftersale".to_owned(),
            online: 20,
            free: 20,
        }],
        previous_agent: None,
        hops: 0,
        now: 1_700_000_100_000,
    })
}

fn conversation(text: &str) -> ConversationView {
    let attributes = (0..10).map(|it| (format!("attribute-{it}"), format!("value {it}")));
    ConversationView {
        id: "0190cccc-0000-7000-8000-000000000001".to_owned(),
        channel: "webchat".to_owned(),
        account: "0190dddd-0000-7000-8000-000000000001".to_owned(),
        shop: Some("shop".to_owned()),
        stage: None,
        status: "open".to_owned(),
        subject: None,
        last_text: text.to_owned(),
        language: Some("en".to_owned()),
        opened_at: 1_700_000_000_000,
        waiting_since: Some(1_700_000_050_000),
        priority: 1,
        tags: vec!["returns".to_owned()],
        team: Some("0190bbbb-0000-7000-8000-000000000001".to_owned()),
        assignee: None,
        message_count: 3,
        contact: ContactView {
            id: "0190eeee-0000-7000-8000-000000000001".to_owned(),
            display_name: Some("A customer".to_owned()),
            language: Some("en".to_owned()),
            identities: vec![Identity {
                scheme: "email".to_owned(),
                scope: String::new(),
                value: "someone@example.com".to_owned(),
                display_name: None,
                verified: true,
            }],
            attributes: attributes.collect(),
            tags: Vec::new(),
        },
        extras: Vec::new(),
    }
}
