//! An echo over the same upgrade and the same limits' function as our websockets, for conformance suites:
//!
//! ```sh
//! cargo run --release -p plugboard-http --example echo_socket -- 127.0.0.1:9001
//! wstest -m fuzzingclient -s fuzzingclient.json   # "url": "ws://127.0.0.1:9001"
//! ```

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    response::Response,
    routing::any,
    serve::ListenerExt,
};
use plugboard_http::socket_config;
use tokio::net::TcpListener;

/// The suites send messages of 16 MiB.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:9001".into());
    let listener = TcpListener::bind(&address).await?;
    println!("echo listens on {}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().fallback(any(upgrade))).await
}

async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
    socket_config(upgrade, MESSAGE_BYTES_MAX).on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(heard) = socket.recv().await {
        let answer = match heard {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => message,
            // The library answers pings and closes itself.
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_)) => continue,
            Err(error) => {
                let code = plugboard_http::close_code(&error).unwrap_or(1002);
                let reason = "".into();
                let _ = socket
                    .send(Message::Close(Some(CloseFrame { code, reason })))
                    .await;
                return;
            }
        };
        if socket.send(answer).await.is_err() {
            return;
        }
    }
}
