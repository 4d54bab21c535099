//! The browser of an agent: it connects, says something, and keeps what it hears.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use plugboard_phone_media::{FRAME, g711::Law};
use str0m::{
    Candidate, Event, Input, Output, Rtc,
    change::{SdpAnswer, SdpPendingOffer},
    format::Codec,
    media::{Direction, Frequency, MediaKind, MediaTime, Mid},
    net::{Protocol, Receive},
};
use tokio::{net::UdpSocket, sync::watch, task::JoinHandle};

use crate::sound::{Ear, Mouth, Says};

/// A browser that has described itself and waits for the answer.
pub struct Prepared {
    /// What is to be carried to the server.
    pub offer: String,
    pending: SdpPendingOffer,
    task: Task,
}

/// A browser. Dropped, it is gone without a word, as a page that is closed.
pub struct Browser {
    ear: Ear,
    /// Whose its stamps are.
    pub voice: u32,
    connected: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

struct Task {
    rtc: Rtc,
    mid: Mid,
    socket: UdpSocket,
    address: SocketAddr,
    mouth: Mouth,
    ear: Ear,
    time: u64,
}

impl Browser {
    /// One that describes itself.
    pub async fn prepare(says: Says) -> Prepared {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let mut rtc = Rtc::builder()
            .clear_codecs()
            .enable_pcmu(true, false)
            .enable_pcma(true, false)
            .build(Instant::now());
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        let mut changes = rtc.sdp_api();
        let mid = changes.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        let (offer, pending) = changes.apply().unwrap();
        let task = Task {
            rtc,
            mid,
            socket,
            address,
            mouth: Mouth::new(says),
            ear: Ear::new(says),
            time: 0,
        };
        Prepared {
            offer: offer.to_sdp_string(),
            pending,
            task,
        }
    }

    /// What it hears.
    pub fn ear(&self) -> &Ear {
        &self.ear
    }

    /// What it hears from now on, for a second.
    pub async fn hears(&self) -> Vec<i16> {
        self.ear.hears().await
    }

    /// How much it has heard since it was asked last, in samples.
    pub fn count(&self) -> usize {
        self.ear.count()
    }

    /// Waits until it is connected.
    pub async fn is_connected(&self) {
        let mut connected = self.connected.clone();
        let waited = tokio::time::timeout(crate::PATIENCE, connected.wait_for(|it| *it)).await;
        waited.expect("a browser never connected").unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Prepared {
    /// Connects, as the server answered.
    pub fn connect(mut self, answer: &str) -> Browser {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        let changes = self.task.rtc.sdp_api();
        changes.accept_answer(self.pending, answer).unwrap();
        let (says, connected) = watch::channel(false);
        let ear = self.task.ear.clone();
        Browser {
            ear,
            voice: self.task.mouth.voice,
            connected,
            task: tokio::spawn(self.task.run(says)),
        }
    }
}

impl Task {
    async fn run(mut self, connected: watch::Sender<bool>) {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        let mut buffer = [0; 2_048];
        loop {
            self.poll(&connected).await;
            tokio::select! {
                read = self.socket.recv_from(&mut buffer) => {
                    let Ok((length, source)) = read else { continue };
                    let Ok(contents) = buffer[..length].try_into() else { continue };
                    let destination = self.address;
                    let receive = Receive { proto: Protocol::Udp, source, destination, contents };
                    self.rtc.handle_input(Input::Receive(Instant::now(), receive)).unwrap();
                }
                _ = tick.tick() => {
                    self.rtc.handle_input(Input::Timeout(Instant::now())).unwrap();
                    if *connected.borrow() {
                        self.say();
                    }
                }
            }
        }
    }

    async fn poll(&mut self, connected: &watch::Sender<bool>) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return,
                Output::Transmit(sent) => {
                    let _ = self.socket.send_to(&sent.contents, sent.destination).await;
                }
                Output::Event(Event::Connected) => {
                    connected.send_replace(true);
                }
                Output::Event(Event::MediaData(data)) => {
                    let law = match data.params.spec().codec {
                        Codec::PCMU => Law::Mu,
                        _ => Law::A,
                    };
                    self.ear.hear(law, &data.data);
                }
                Output::Event(_) => {}
            }
        }
    }

    fn say(&mut self) {
        let Some(writer) = self.rtc.writer(self.mid) else {
            return;
        };
        let takes = writer
            .payload_params()
            .find(|it| it.spec().codec == Codec::PCMA)
            .map(str0m::format::PayloadParams::pt);
        let at = MediaTime::new(self.time, Frequency::EIGHT_KHZ);
        self.time += FRAME as u64;
        let (Some(pt), Some(frame)) = (takes, self.mouth.frame(Law::A)) else {
            return;
        };
        writer.write(pt, Instant::now(), at, frame).unwrap();
        // It leaves now, and not when time moves on next.
        self.rtc
            .handle_input(Input::Timeout(Instant::now()))
            .unwrap();
    }
}
