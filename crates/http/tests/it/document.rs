//! The OpenAPI document: served, whole, and the same as the code.

use plugboard_test_kit::desk::{Caller, TestDesk};
use serde_json::Value;

/// Operations of the contract, by method and path.
const CONTRACT: &[(&str, &str)] = &[
    ("post", "/api/v1/sessions"),
    ("get", "/api/v1/me"),
    ("post", "/api/v1/agents"),
    ("get", "/api/v1/agents"),
    ("post", "/api/v1/agents/{id}/availability"),
    ("post", "/api/v1/teams"),
    ("post", "/api/v1/teams/{id}/members"),
    ("post", "/api/v1/inboxes"),
    ("get", "/api/v1/inboxes"),
    ("get", "/api/v1/conversations"),
    ("get", "/api/v1/conversations/{id}"),
    ("get", "/api/v1/conversations/{id}/messages"),
    ("post", "/api/v1/conversations/{id}/messages"),
    ("post", "/api/v1/conversations/{id}/assignment"),
    ("post", "/api/v1/conversations/{id}/status"),
    ("post", "/api/v1/conversations/{id}/tags"),
    ("post", "/api/v1/conversations/{id}/merge"),
    ("post", "/api/v1/conversations/{id}/read"),
    ("get", "/api/v1/contacts"),
    ("get", "/api/v1/contacts/{id}"),
    ("post", "/api/v1/contacts/{id}/merge"),
    ("post", "/api/v1/contacts/{id}/unmerge"),
    ("post", "/api/v1/contacts/{id}/reveal"),
    ("get", "/api/v1/search"),
    ("get", "/api/v1/journal"),
    ("get", "/api/v1/conversations/{id}/decisions"),
    ("post", "/api/v1/attachments"),
    ("get", "/api/v1/attachments/{id}"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
];

#[tokio::test]
async fn it_is_served_to_anybody_and_has_the_whole_contract() {
    let desk = TestDesk::start().await;
    let document = desk
        .get(&Caller::nobody(), "/api/v1/openapi.json")
        .await
        .expect(200);
    for (method, path) in CONTRACT {
        assert!(
            document["paths"][path][method].is_object(),
            "{method} {path}"
        );
    }
    let mut ids: Vec<&str> = operations(&document)
        .map(|it| it["operationId"].as_str().expect("an id"))
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "operation ids must be unique");
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_operation_says_how_it_fails() {
    let desk = TestDesk::start().await;
    let document = desk
        .get(&Caller::nobody(), "/api/v1/openapi.json")
        .await
        .expect(200);
    let mut references = Vec::new();
    collect(&document, &mut references);
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a local reference");
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
    for operation in operations(&document) {
        let id = operation["operationId"].as_str().expect("an id");
        if ["healthz", "readyz", "metrics"].contains(&id) {
            continue;
        }
        assert!(
            operation["responses"]["503"].is_object(),
            "{id} does not say 503"
        );
    }
}

fn operations(document: &Value) -> impl Iterator<Item = &Value> {
    let paths = document["paths"].as_object().expect("paths").values();
    paths
        .flat_map(|path| path.as_object().expect("operations").values())
        .filter(|it| it["operationId"].is_string())
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                references.push(reference);
            }
            fields.values().for_each(|it| collect(it, references));
        }
        Value::Array(items) => items.iter().for_each(|it| collect(it, references)),
        _ => {}
    }
}
