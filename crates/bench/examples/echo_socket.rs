//! Answers every websocket message with itself, on the websocket library and buffer sizes of the servers: the peer of
//! `tests/ws-conformance`.
//!
//! `echo_socket ADDRESS`. The message limit is the library's own (64 MiB) instead of the product's, since the suite sends messages of
//! 16 MiB to test the codec.

use axum::{
    Router,
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    response::Response,
    routing::get,
};

/// As in production.
const READ_BUFFER_BYTES: usize = 4096;

/// The suite's largest frame is 16 MiB, and so is the library's limit for one.
const FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or("127.0.0.1:9001".to_owned());
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("echo listens on {}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/", get(upgrade))).await?;
    Ok(())
}

async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_frame_size(FRAME_BYTES_MAX)
        .max_message_size(FRAME_BYTES_MAX)
        .on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let echoed = match message {
            Message::Text(_) | Message::Binary(_) => socket.send(message).await,
            // Pongs and the closing answer are the library's work.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Ok(()),
        };
        if echoed.is_err() {
            return;
        }
    }
}
