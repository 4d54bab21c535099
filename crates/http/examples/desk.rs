//! A desk of tests on a port, for trying things by hand: `cargo run -p plugboard-http --example desk -- 8099`.

use plugboard_http::HttpConfig;
use plugboard_test_kit::desk::{Caller, TestDesk};

#[tokio::main]
async fn main() {
    let port = std::env::args().nth(1).unwrap_or_else(|| "8099".into());
    let config = HttpConfig {
        rate_limits: false,
        ..HttpConfig::default()
    };
    let desk = TestDesk::start_with(config).await;
    let conversation = desk.receive("在吗 hello").await;
    let sessions = format!("/chat/v1/{}/sessions", desk.inbox);
    let visitor = desk
        .post(&Caller::nobody(), &sessions, serde_json::json!({}))
        .await;
    let seeds = serde_json::json!({
        "inbox": desk.inbox, "conversation": conversation, "token": desk.admin.token, "visitor_token": visitor.json()["visitor_token"],
        "lists": { "/api/v1/teams": desk.team, "/api/v1/agents": desk.agent.id, "/api/v1/inboxes": desk.inbox },
    });
    println!("{seeds}");
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}"))
        .await
        .expect("a port");
    let service = desk
        .router
        .clone()
        .into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, service).await.expect("it serves");
}
