//! A page that is a telephone: what it presses and says, and what it hears.

use std::net::{Ipv4Addr, SocketAddr};

use axum::{
    body::Bytes,
    extract::ws::{Message, WebSocket},
};
use plugboard_phone_media::{
    FRAME,
    digits::{DIGIT_SAMPLES, Digit},
    g711::Law,
    outlet::Outlet,
    rtp::Packet,
    sdp::Described,
};
use serde::Deserialize;
use serde_json::json;
use tokio::{net::UdpSocket, sync::mpsc};

use super::exchange::{Ask, Joined, Told};

/// What a page was told and did not take yet.
const TELLS_MAX: usize = 64;

/// What a page wants.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Wish {
    Dial { number: String },
    Answer,
    HangUp,
    Key { key: char },
}

/// Carries the line of a page until it is closed.
pub(super) async fn carry(socket: WebSocket, number: String, asks: mpsc::Sender<Ask>) {
    // Of all addresses, since the desk may be told to speak from another one of this machine.
    let Ok(sound) = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await else {
        return;
    };
    let Ok(port) = sound.local_addr().map(|it| it.port()) else {
        return;
    };
    let heard_at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let (tells, told) = mpsc::channel(TELLS_MAX);
    let (seat, seated) = tokio::sync::oneshot::channel();
    let joined = Joined {
        number,
        heard_at,
        tells,
        seat,
    };
    if asks.send(Ask::Join(joined)).await.is_err() {
        return;
    }
    let Ok(phone) = seated.await else { return };
    let page = Page {
        phone,
        asks,
        sound,
        way: None,
        waiting: Vec::new(),
    };
    page.run(socket, told).await;
}

/// How the sound of a call goes.
struct Way {
    peer: SocketAddr,
    law: Law,
    digits: Option<u8>,
    outlet: Outlet,
}

struct Page {
    phone: u64,
    asks: mpsc::Sender<Ask>,
    sound: UdpSocket,
    /// While there is a call.
    way: Option<Way>,
    /// Datagrams of keys, the last first.
    waiting: Vec<Vec<u8>>,
}

impl Page {
    async fn run(mut self, mut socket: WebSocket, mut told: mpsc::Receiver<Told>) {
        let mut buffer = [0; 2_048];
        loop {
            tokio::select! {
                frame = socket.recv() => match frame {
                    Some(Ok(Message::Text(text))) => {
                        if let Ok(wish) = serde_json::from_str(&text) {
                            self.wishes(wish).await;
                        }
                    }
                    Some(Ok(Message::Binary(frame))) => self.says(&frame).await,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                },
                tell = told.recv() => {
                    let Some(tell) = tell else { break };
                    let told = self.told(tell);
                    if socket.send(Message::Text(told.to_string().into())).await.is_err() {
                        break;
                    }
                }
                read = self.sound.recv_from(&mut buffer) => {
                    let Ok((length, _)) = read else { continue };
                    if let Some(frame) = self.heard(&buffer[..length])
                        && socket.send(Message::Binary(frame)).await.is_err()
                    {
                        break;
                    }
                }
            }
        }
        let _ = self.asks.send(Ask::Leave(self.phone)).await;
    }

    async fn wishes(&mut self, wish: Wish) {
        let phone = self.phone;
        let ask = match wish {
            Wish::Dial { number } => Ask::Dial { phone, number },
            Wish::Answer => Ask::Answer(phone),
            Wish::HangUp => Ask::HangUp(phone),
            Wish::Key { key } => {
                self.press(key);
                return;
            }
        };
        let _ = self.asks.send(ask).await;
    }

    fn press(&mut self, key: char) {
        if let (Some(way), Some(digit)) = (&mut self.way, Digit::of(key))
            && let Some(payload_type) = way.digits
        {
            let mut said = way.outlet.digit(payload_type, digit, DIGIT_SAMPLES);
            said.reverse();
            said.append(&mut self.waiting);
            self.waiting = said;
        }
    }

    /// Its microphone: 20 ms in A-law.
    async fn says(&mut self, frame: &[u8]) {
        let Some(way) = &mut self.way else { return };
        if frame.len() != FRAME {
            return;
        }
        let datagram = match self.waiting.pop() {
            Some(datagram) => datagram,
            None if way.law == Law::A => way.outlet.frame(frame),
            None => way.outlet.frame(&Law::A.translate(frame, way.law)),
        };
        let _ = self.sound.send_to(&datagram, way.peer).await;
    }

    /// What comes back, in A-law.
    fn heard(&self, datagram: &[u8]) -> Option<Bytes> {
        self.way.as_ref()?;
        let packet = Packet::parse(datagram).ok()?;
        let law = Law::of(packet.payload_type)?;
        let frame = if law == Law::A {
            packet.payload.to_vec()
        } else {
            law.translate(packet.payload, Law::A)
        };
        Some(frame.into())
    }

    fn told(&mut self, tell: Told) -> serde_json::Value {
        match tell {
            Told::Ringing(described) => {
                if let Some(described) = described {
                    self.agree(&described);
                }
                json!({ "is": "ringing" })
            }
            Told::Called(from) => json!({ "is": "called", "from": from }),
            Told::Up(described) => {
                self.agree(&described);
                json!({ "is": "up" })
            }
            Told::Over(code) => {
                self.way = None;
                self.waiting.clear();
                json!({ "is": "over", "code": code })
            }
        }
    }

    fn agree(&mut self, described: &Described) {
        let (Some(peer), Some((law, payload_type))) =
            (described.address, described.laws.first().copied())
        else {
            return;
        };
        let digits = described.digits;
        if let Some(way) = &mut self.way {
            // The stream goes on as it was numbered.
            (way.peer, way.law, way.digits) = (peer, law, digits);
            way.outlet.speak(payload_type);
            return;
        }
        let draw = || getrandom::u32().unwrap_or_default();
        let sequence = u16::try_from(draw() & 0x7FFF).unwrap_or_default();
        self.way = Some(Way {
            peer,
            law,
            digits,
            outlet: Outlet::new(draw(), sequence, draw(), payload_type),
        });
    }
}
