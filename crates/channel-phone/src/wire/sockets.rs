//! The task that owns the stack and its sockets.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use plugboard_sip::{Chance, Event, Here, Millis, Output, Place, Stack, Transport};
use tokio::{
    net::{TcpListener, UdpSocket},
    sync::mpsc,
    time::{Instant, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use super::{Ask, Buckets, Known, Rate, streams::Streams};

/// How often what is due is looked for: repetitions begin at half a second.
const TICK: Duration = Duration::from_millis(50);

/// Calls that one address of a range may begin: more than people do, and less than a flood is. A call that is changed counts as one.
const FLOOD: Rate = Rate {
    per_second: 10.0,
    burst: 50.0,
};

/// Bytes of a datagram.
const DATAGRAM_MAX: usize = 65_535;

pub(super) struct Sockets {
    udp: UdpSocket,
    tcp: TcpListener,
    known: Arc<ArcSwap<Known>>,
    events: mpsc::Sender<Event>,
}

impl Sockets {
    pub(super) async fn bind(
        listen: SocketAddr,
        known: Arc<ArcSwap<Known>>,
        events: mpsc::Sender<Event>,
    ) -> io::Result<Self> {
        let udp = UdpSocket::bind(listen).await?;
        // The same port for both, also when the system chose it.
        let tcp = TcpListener::bind(udp.local_addr()?).await?;
        Ok(Self {
            udp,
            tcp,
            known,
            events,
        })
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.udp.local_addr()
    }

    pub(super) async fn run(
        self,
        here: Here,
        mut asked: mpsc::Receiver<Ask>,
        stop: CancellationToken,
    ) {
        info!(port = here.port, "listening for trunks (SIP)");
        let begun = Instant::now();
        let mut stack = Stack::new(here, chance());
        let mut streams = Streams::new(stop.clone());
        let mut guard = Buckets::new(FLOOD);
        let mut buffer = vec![0; DATAGRAM_MAX];
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let now = || since(begun);
            tokio::select! {
                () = stop.cancelled() => {
                    // Those who are in a call are told that it ends.
                    while let Ok(ask) = asked.try_recv() {
                        answer(&mut stack, now(), ask);
                    }
                    self.flush(&mut stack, &mut streams).await;
                    return;
                }
                read = self.udp.recv_from(&mut buffer) => {
                    // An error is about a datagram that could not be delivered, and not about the next one.
                    let Ok((length, address)) = read else { continue };
                    if !self.known.load().knows(address.ip()) {
                        dropped("unknown");
                        continue;
                    }
                    let place = Place { transport: Transport::Udp, address };
                    self.take(&mut stack, &mut guard, now(), place, &buffer[..length]);
                }
                accepted = self.tcp.accept() => {
                    let Ok((stream, address)) = accepted else { continue };
                    if self.known.load().knows(address.ip()) {
                        streams.take(stream, address);
                    }
                }
                Some((address, message)) = streams.heard() => {
                    let place = Place { transport: Transport::Tcp, address };
                    self.take(&mut stack, &mut guard, now(), place, &message);
                }
                ask = asked.recv() => match ask {
                    Some(ask) => answer(&mut stack, now(), ask),
                    None => return,
                },
                _ = tick.tick() => stack.tick(now()),
            }
            if !self.flush(&mut stack, &mut streams).await {
                return;
            }
        }
    }

    /// Reads a message of somebody who is known. Whoever begins too many calls is not heard for a while, before anything is kept of
    /// it; what they do in calls that are there is.
    fn take(
        &self,
        stack: &mut Stack,
        guard: &mut Buckets<IpAddr>,
        now: Millis,
        place: Place,
        message: &[u8],
    ) {
        let source = place.address.ip();
        if self.known.load().trusts(source) {
            stack.receive_trusted(now, place, message);
        } else if message.starts_with(b"INVITE ") && !guard.take(source, Instant::now().into_std())
        {
            dropped("flood");
        } else {
            stack.receive(now, place, message);
        }
    }

    /// Does all that the stack wants done; false when nobody hears what happens any more.
    async fn flush(&self, stack: &mut Stack, streams: &mut Streams) -> bool {
        while let Some(output) = stack.poll() {
            match output {
                Output::Send { place, bytes } => match place.transport {
                    Transport::Udp => {
                        if let Err(error) = self.udp.send_to(&bytes, place.address).await {
                            debug!(%error, "phone: a datagram could not be sent");
                        }
                    }
                    Transport::Tcp => streams.send(place.address, bytes),
                },
                Output::Event(event) => {
                    if self.events.send(event).await.is_err() {
                        return false;
                    }
                }
            }
        }
        true
    }
}

fn dropped(why: &'static str) {
    metrics::counter!("plugboard_phone_dropped_total", "why" => why).increment(1);
}

fn since(begun: Instant) -> Millis {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Numbers that nobody guesses.
fn chance() -> Chance {
    Box::new(|| getrandom::u64().expect("the system gives random bytes, or nothing here is safe"))
}

fn answer(stack: &mut Stack, now: Millis, ask: Ask) {
    match ask {
        Ask::Ring(line) => stack.ring(now, line),
        Ask::Answer(line, description) => stack.answer(now, line, &description),
        Ask::Refuse(line, code) => stack.refuse(now, line, code),
        Ask::Agree(line, description) => stack.agree(now, line, &description),
        Ask::Disagree(line, code) => stack.disagree(now, line, code),
        Ask::HangUp(line, cause) => stack.hang_up(now, line, cause),
        Ask::Dial(dial, line) => {
            let id = stack.dial(now, *dial);
            if line.send(id).is_err() {
                stack.hang_up(now, id, None);
            }
        }
        Ask::Register(registration) => stack.register(now, *registration),
        Ask::Probe(probe, place, to) => stack.probe(now, probe, place, &to),
        Ask::Unregister(registration) => stack.unregister(now, registration),
    }
}
