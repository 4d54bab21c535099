//! A page that is a telephone, and a telephone that is the desk.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use plugboard_phone_media::{
    FRAME, RATE,
    g711::Law,
    tone::{Tone, share},
};
use plugboard_phone_peers::{Call, PATIENCE, Says, Telephone};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use super::{Carrier, Desk};

const CALLER: f64 = 440.0;
const DESK: f64 = 660.0;

/// What a page does, without its sound card.
struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    tone: Tone,
}

impl Page {
    async fn open(address: SocketAddr, number: &str) -> Self {
        let url = format!("ws://{address}/telephone/line?number={number}");
        let (socket, _) = connect_async(url).await.unwrap();
        let tone = Tone::new(CALLER, 8_000);
        Self { socket, tone }
    }

    async fn wish(&mut self, wish: Value) {
        let wish = Message::Text(wish.to_string().into());
        self.socket.send(wish).await.unwrap();
    }

    async fn say(&mut self) {
        let samples: Vec<i16> = self.tone.by_ref().take(FRAME).collect();
        let frame = Message::Binary(Law::A.payload(&samples).into());
        self.socket.send(frame).await.unwrap();
    }

    /// What it is told next; while it waits it talks.
    async fn told(&mut self, what: &str) -> Value {
        let waiting = async {
            loop {
                tokio::select! {
                    frame = self.socket.next() => {
                        if let Message::Text(text) = frame.unwrap().unwrap() {
                            let told: Value = serde_json::from_str(&text).unwrap();
                            if told["is"] == what {
                                return told;
                            }
                        }
                    }
                    () = tokio::time::sleep(Duration::from_millis(20)) => self.say().await,
                }
            }
        };
        let told = tokio::time::timeout(PATIENCE, waiting).await;
        told.unwrap_or_else(|_| panic!("never: {what}"))
    }

    /// Talks for so many frames, and listens meanwhile.
    async fn talk(&mut self, frames: usize) -> Vec<i16> {
        let mut heard = Vec::new();
        for _ in 0..frames {
            self.say().await;
            let pause = tokio::time::sleep(Duration::from_millis(20));
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    frame = self.socket.next() => {
                        if let Message::Binary(frame) = frame.unwrap().unwrap() {
                            heard.extend(Law::A.samples(&frame));
                        }
                    }
                }
            }
        }
        heard
    }
}

/// A carrier whose desk is at this port, and where its pages are.
async fn carrier(desk: Option<u16>) -> (Carrier, SocketAddr) {
    let at = SocketAddr::from(([127, 0, 0, 1], 0));
    let desk: Desk = Arc::new(move || desk.map(|port| SocketAddr::from(([127, 0, 0, 1], port))));
    let carrier = Carrier::start(at, "0571 8899 0011", desk).await.unwrap();
    let listener = TcpListener::bind(at).await.unwrap();
    let pages = listener.local_addr().unwrap();
    let router = carrier.clone().router();
    tokio::spawn(axum::serve(listener, router).into_future());
    (carrier, pages)
}

fn is_tone(samples: &[i16], hertz: f64) -> bool {
    let end = samples.len().saturating_sub(RATE as usize / 2);
    share(&samples[end..], hertz) > 0.9
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_calls_the_desk_both_talk_and_keys_arrive() {
    let desk = Telephone::wait(DESK).await;
    let (_carrier, pages) = carrier(Some(desk.port)).await;
    let mut page = Page::open(pages, "138%200013%208000").await;
    page.wish(json!({ "do": "dial", "number": "0571 8899 0011" }))
        .await;
    page.told("up").await;
    let heard = page.talk(50).await;
    assert!(is_tone(&heard, DESK));
    for key in ['4', '2', '#'] {
        page.wish(json!({ "do": "key", "key": key })).await;
    }
    page.talk(60).await;
    assert_eq!(desk.pressed(), "42#");
    desk.ear().count();
    let (_, heard) = tokio::join!(page.talk(80), desk.hears());
    assert!(is_tone(&heard, CALLER));
    page.wish(json!({ "do": "hang_up" })).await;
    page.told("over").await;
    desk.is_over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_calls_the_number_of_a_page_and_of_nobody_else() {
    let (carrier, pages) = carrier(None).await;
    let mut page = Page::open(pages, "138%200013%208000").await;
    page.wish(json!({ "do": "dial", "number": "1" })).await;
    assert_eq!(page.told("over").await["code"], 480, "no desk is there");
    let mut call = Call::new(carrier.address(), Says::Tone(DESK));
    call.number = "+8613800138000".to_owned();
    let rings = Telephone::dial(call.clone()).await;
    assert_eq!(page.told("called").await["from"], call.from);
    let second = Telephone::dial(call.clone()).await;
    assert_eq!(second.is_over().await, Some(486), "they are called already");
    page.wish(json!({ "do": "answer" })).await;
    rings.is_up().await;
    assert!(is_tone(&page.talk(60).await, DESK));
    rings.hang_up().await;
    page.told("over").await;
    call.number = "+8613900000000".to_owned();
    assert_eq!(Telephone::dial(call).await.is_over().await, Some(480));
}

#[tokio::test]
async fn a_page_of_somebody_else_cannot_call_from_here() {
    let (_carrier, pages) = carrier(None).await;
    let url = format!("ws://{pages}/telephone/line?number=1");
    let mut request = url.into_client_request().unwrap();
    let origin = "http://elsewhere.example".parse().unwrap();
    request.headers_mut().insert("origin", origin);
    assert!(connect_async(request).await.is_err());
}
