//! A websocket client that speaks in JSON and fails with what it saw.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use plugboard_http::HttpConfig;
use plugboard_test_kit::desk::TestDesk;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};

/// A healthy desk answers in milliseconds; a machine that builds something else meanwhile does not.
const PATIENCE: Duration = Duration::from_secs(10);

/// A desk that listens.
pub(crate) struct Served {
    pub(crate) desk: TestDesk,
    pub(crate) address: SocketAddr,
}

impl std::ops::Deref for Served {
    type Target = TestDesk;

    fn deref(&self) -> &TestDesk {
        &self.desk
    }
}

/// A desk that listens, with the ordinary limits.
pub(crate) async fn serve() -> Served {
    serve_with(HttpConfig::default()).await
}

pub(crate) async fn serve_with(config: HttpConfig) -> Served {
    let desk = TestDesk::start_with(config).await;
    let address = listen(desk.router.clone()).await;
    Served { desk, address }
}

/// Listens for an edge.
pub(crate) async fn listen(router: axum::Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// A client's end of a websocket.
pub(crate) struct Client(WebSocketStream<TcpStream>);

/// Why a socket was not opened: the status and the body.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Client {
    /// Opens a socket with a token as subprotocol and these headers.
    pub(crate) async fn open(
        address: SocketAddr,
        path: &str,
        token: Option<&str>,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Refused> {
        let mut request = format!("ws://{address}{path}")
            .into_client_request()
            .unwrap();
        if let Some(token) = token {
            let protocol = HeaderValue::from_str(&format!("bearer.{token}")).unwrap();
            request
                .headers_mut()
                .insert("sec-websocket-protocol", protocol);
        }
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).unwrap();
            request.headers_mut().insert(*name, value);
        }
        let stream = TcpStream::connect(address).await.unwrap();
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, answer)) => {
                let echoed = answer.headers().get("sec-websocket-protocol");
                let asked = token.map(|token| format!("bearer.{token}"));
                assert_eq!(echoed.map(|it| it.to_str().unwrap().to_owned()), asked);
                Ok(Self(socket))
            }
            Err(Error::Http(answer)) => Err(Refused {
                status: answer.status().as_u16(),
                body: serde_json::from_slice(answer.body().as_deref().unwrap_or_default())
                    .unwrap_or(Value::Null),
            }),
            Err(error) => panic!("no socket: {error}"),
        }
    }

    /// An agent's socket, after `hello`; gives the head as well.
    pub(crate) async fn agent(served: &Served, token: &str) -> (Self, u64) {
        let mut client = Self::open(served.address, "/api/v1/ws", Some(token), &[])
            .await
            .unwrap();
        let hello = client.hear().await;
        assert_eq!(hello["type"], "hello", "{hello}");
        (client, hello["head"].as_u64().unwrap())
    }

    /// An agent's socket that has everything up to now.
    pub(crate) async fn live(served: &Served, token: &str) -> Self {
        let (mut client, head) = Self::agent(served, token).await;
        client.subscribe(head).await;
        assert_eq!(client.until("caught_up").await, Vec::<Value>::new());
        client
    }

    pub(crate) async fn say(&mut self, frame: Value) {
        self.send(Message::text(frame.to_string())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    pub(crate) async fn subscribe(&mut self, since: u64) {
        self.say(json!({ "type": "subscribe", "since": since }))
            .await;
    }

    /// The next frame.
    #[track_caller]
    pub(crate) fn hear(&mut self) -> impl Future<Output = Value> {
        let from = std::panic::Location::caller();
        async move {
            loop {
                let heard = tokio::time::timeout(PATIENCE, self.0.next()).await;
                match heard.unwrap_or_else(|_| panic!("nothing was heard at {from}")) {
                    Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    other => panic!("{other:?} was heard at {from}"),
                }
            }
        }
    }

    /// The next event of this kind.
    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.hear().await;
            if frame["type"] == "event" && frame["kind"] == kind {
                return frame;
            }
        }
    }

    /// The next frame of this type, whatever comes before it.
    pub(crate) async fn frame(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.hear().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// Everything before the next frame of this type.
    pub(crate) async fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut before = Vec::new();
        loop {
            let frame = self.hear().await;
            if frame["type"] == kind {
                return before;
            }
            before.push(frame);
        }
    }

    /// Everything that is said before an answer to a ping.
    pub(crate) async fn drain(&mut self) -> Vec<Value> {
        self.say(json!({ "type": "ping" })).await;
        self.until("pong").await
    }

    /// The code with which the server closes.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next()).await.unwrap() {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}

/// Positions of events.
pub(crate) fn seqs(frames: &[Value]) -> Vec<u64> {
    frames
        .iter()
        .filter(|frame| frame["type"] == "event")
        .map(|frame| frame["seq"].as_u64().unwrap())
        .collect()
}

/// Kinds of events about a conversation.
pub(crate) fn kinds<'a>(frames: &'a [Value], conversation: &str) -> Vec<&'a str> {
    frames
        .iter()
        .filter(|frame| frame["conversation_id"] == conversation)
        .map(|frame| frame["kind"].as_str().unwrap())
        .collect()
}
