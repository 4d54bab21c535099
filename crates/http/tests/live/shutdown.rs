//! The end: everybody is told to come back.

use serde_json::json;
use std::time::{Duration, Instant};

use crate::{
    client::{Client, serve},
    visitor::open,
};

#[tokio::test(flavor = "multi_thread")]
async fn stopping_tells_sockets_and_long_polls_to_come_back() {
    let desk = serve().await;
    let mut agent = Client::live(&desk, &desk.agent.token).await;
    let visitor = open(&desk, json!({})).await;
    let path = format!("/chat/v1/{}/ws?since=0", desk.inbox);
    let mut socket = Client::open(desk.address, &path, Some(&visitor.token), &[])
        .await
        .unwrap();
    socket.frame("caught_up").await;
    let path = format!("/chat/v1/{}/messages?wait_secs=25", desk.inbox);
    let poll = desk.get(&visitor, &path);
    let started = Instant::now();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        desk.app.stop_live().await;
    };
    let clients = async { (agent.closed().await, socket.closed().await) };
    let (poll, (), closed) = tokio::join!(poll, stop, clients);
    assert_eq!(poll.expect(200)["items"], json!([]));
    assert_eq!(closed, (Some(1012), Some(1012)));
    assert!(started.elapsed() < Duration::from_secs(5));
}
