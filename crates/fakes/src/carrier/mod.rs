//! A telephone company on loopback: pages that are telephones, and a trunk between them and the desk.
//!
//! The desk's side is real: calls go over SIP and RTP, as those of any carrier that is known by its address. A page carries what its
//! microphone hears over a websocket, as A-law frames of 20 ms, and plays what comes back.
//!
//! What is absent: everything that a carrier does for money. Nobody signs in, and numbers belong to whoever says so first.

mod exchange;
mod page;
#[cfg(test)]
mod tests;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Query, State, WebSocketUpgrade},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, HOST, ORIGIN},
    },
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use tokio::{net::UdpSocket, sync::mpsc};

use exchange::{Ask, Exchange};

/// What the pages ask for and was not done yet.
const ASKS_MAX: usize = 256;

/// Where its page is.
pub const PAGE: &str = "telephone";

/// Longest number that is taken.
const NUMBER_MAX: usize = 32;

/// Where the desk hears trunks, when it does.
pub type Desk = Arc<dyn Fn() -> Option<SocketAddr> + Send + Sync>;

/// The telephone company.
#[derive(Clone)]
pub struct Carrier {
    address: SocketAddr,
    hotline: String,
    asks: mpsc::Sender<Ask>,
}

impl Carrier {
    /// Works from now on, until nobody has it any more: hears the desk at an address (UDP), and calls it where it says. `hotline` is
    /// the number that pages propose.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(address: SocketAddr, hotline: &str, desk: Desk) -> std::io::Result<Self> {
        let socket = UdpSocket::bind(address).await?;
        let address = socket.local_addr()?;
        let (asks, asked) = mpsc::channel(ASKS_MAX);
        tokio::spawn(Exchange::new(socket, address, desk).run(asked));
        Ok(Self {
            address,
            hotline: hotline.to_owned(),
            asks,
        })
    }

    /// Where the desk reaches it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its pages, under `/telephone/`.
    pub fn router(self) -> Router {
        Router::new()
            .route("/telephone", get(telephone))
            .route("/telephone/", get(telephone))
            .route("/telephone/sound.js", get(sound))
            .route("/telephone/line", get(line))
            .with_state(self)
    }
}

async fn telephone(State(carrier): State<Carrier>) -> Html<String> {
    Html(include_str!("telephone.html").replace("{{hotline}}", &carrier.hotline))
}

async fn sound() -> Response {
    let script = include_str!("sound.js");
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], script).into_response()
}

#[derive(Deserialize)]
struct Whose {
    number: String,
}

async fn line(
    State(carrier): State<Carrier>,
    Query(whose): Query<Whose>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !is_own_page(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let number: String = whose.number.chars().take(NUMBER_MAX).collect();
    upgrade.on_upgrade(move |socket| page::carry(socket, number, carrier.asks))
}

/// Pages of others that are open in the same browser cannot call from here.
fn is_own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|it| it.to_str().ok());
    let from = text(ORIGIN).map(|it| it.trim_start_matches("http://"));
    from.is_none() || from == text(HOST)
}
