//! The browser of an agent: it connects, says a tone, and keeps what it hears.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use plugboard_channel::phone::{LinkState, Telephony};
use plugboard_channel_phone::PhoneHost;
use plugboard_domain::ids::AgentId;
use plugboard_phone_media::{FRAME, g711::Law, tone::Tone};
use str0m::{
    Candidate, Event, Input, Output, Rtc,
    change::SdpAnswer,
    format::Codec,
    media::{Direction, Frequency, MediaKind, MediaTime, Mid},
    net::{Protocol, Receive},
};
use tokio::{net::UdpSocket, sync::watch, task::JoinHandle};

pub(crate) struct Browser {
    heard: Arc<Mutex<Vec<i16>>>,
    states: watch::Receiver<LinkState>,
    task: JoinHandle<()>,
}

impl Browser {
    pub(crate) async fn connect(host: &PhoneHost, agent: AgentId, hertz: f64) -> Self {
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
        let link = host.connect(agent, offer.to_sdp_string()).await.unwrap();
        let answer = SdpAnswer::from_sdp_string(&link.answer).unwrap();
        rtc.sdp_api().accept_answer(pending, answer).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(run(
            rtc,
            mid,
            socket,
            address,
            Tone::new(hertz, 8_000),
            heard.clone(),
        ));
        let mut browser = Self {
            heard,
            states: link.states,
            task,
        };
        let connected = browser.states.wait_for(|it| *it == LinkState::Connected);
        let connected = tokio::time::timeout(crate::PATIENCE, connected).await;
        connected.expect("never connected").unwrap();
        browser
    }

    /// What it hears from now on, for a second.
    pub(crate) async fn hears(&self) -> Vec<i16> {
        self.heard.lock().unwrap().clear();
        crate::until("a second of sound", || async {
            let heard = self.heard.lock().unwrap();
            (heard.len() >= 8_000).then(|| heard.clone())
        })
        .await
    }

    /// How much it has heard since it was asked last, in samples.
    pub(crate) fn count(&self) -> usize {
        std::mem::take(&mut *self.heard.lock().unwrap()).len()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(
    mut rtc: Rtc,
    mid: Mid,
    socket: UdpSocket,
    address: SocketAddr,
    mut tone: Tone,
    heard: Arc<Mutex<Vec<i16>>>,
) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let mut buffer = [0; 2_048];
    let (mut time, mut connected) = (0_u64, false);
    loop {
        loop {
            match rtc.poll_output().unwrap() {
                Output::Timeout(_) => break,
                Output::Transmit(sent) => {
                    let _ = socket.send_to(&sent.contents, sent.destination).await;
                }
                Output::Event(Event::Connected) => connected = true,
                Output::Event(Event::MediaData(data)) => {
                    let law = match data.params.spec().codec {
                        Codec::PCMU => Law::Mu,
                        _ => Law::A,
                    };
                    heard.lock().unwrap().extend(law.samples(&data.data));
                }
                Output::Event(_) => {}
            }
        }
        tokio::select! {
            read = socket.recv_from(&mut buffer) => {
                let Ok((length, source)) = read else { continue };
                let Ok(contents) = buffer[..length].try_into() else { continue };
                let receive = Receive { proto: Protocol::Udp, source, destination: address, contents };
                rtc.handle_input(Input::Receive(Instant::now(), receive)).unwrap();
            }
            _ = tick.tick() => {
                let now = Instant::now();
                rtc.handle_input(Input::Timeout(now)).unwrap();
                let speaks = rtc.writer(mid).and_then(|writer| {
                    let pt = writer.payload_params().find(|it| it.spec().codec == Codec::PCMA)?.pt();
                    Some((writer, pt))
                });
                if connected && let Some((writer, pt)) = speaks {
                    let frame: Vec<i16> = tone.by_ref().take(FRAME).collect();
                    let at = MediaTime::new(time, Frequency::EIGHT_KHZ);
                    time += FRAME as u64;
                    writer.write(pt, now, at, Law::A.payload(&frame)).unwrap();
                }
            }
        }
    }
}
