//! The browsers of agents: one port for all of them, a connection for each agent that stays while they work. Answering a call
//! is then nothing but other sound on it.

mod driver;

use std::{io, net::SocketAddr};

use plugboard_channel::phone::{BrowserLink, LinkState, PhoneError};
use plugboard_domain::ids::AgentId;
use plugboard_phone_media::g711::Law;
use tokio::{
    net::UdpSocket,
    sync::{mpsc, oneshot, watch},
};
use tokio_util::sync::CancellationToken;

use crate::sound::In;

/// What browsers are told and was not done yet: a fifth of a second of a hundred calls.
const TELLS_MAX: usize = 2_048;

#[derive(Debug)]
pub(crate) enum Tell {
    /// A browser offers to connect.
    Offer {
        agent: AgentId,
        offer: String,
        answer: oneshot::Sender<Result<String, PhoneError>>,
        state: watch::Sender<LinkState>,
    },
    /// It leaves.
    Bye(AgentId),
    /// Its sound goes to a call from now on.
    Attach(AgentId, mpsc::Sender<In>),
    /// It does not any more, unless another call has them by now.
    Detach(AgentId, mpsc::Sender<In>),
    /// What an agent hears.
    Play(AgentId, Law, Vec<u8>),
}

/// The browsers of agents.
#[derive(Clone, Debug)]
pub struct Browsers {
    tells: mpsc::Sender<Tell>,
}

impl Browsers {
    /// Listens on a port; `told` is where browsers find it. Called within the runtime of sound.
    pub async fn open(
        listen: SocketAddr,
        told: std::net::IpAddr,
        stop: CancellationToken,
    ) -> io::Result<Self> {
        let socket = UdpSocket::bind(listen).await?;
        let told = SocketAddr::new(told, socket.local_addr()?.port());
        let (tells, taken) = mpsc::channel(TELLS_MAX);
        let driver = driver::Driver::new(socket, told);
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = driver.run(taken) => {}
            }
        });
        Ok(Self { tells })
    }

    /// Connects the browser of an agent; an earlier one of theirs is let go.
    pub async fn connect(&self, agent: AgentId, offer: String) -> Result<BrowserLink, PhoneError> {
        let (answer, answered) = oneshot::channel();
        let (state, states) = watch::channel(LinkState::Connecting);
        let tell = Tell::Offer {
            agent,
            offer,
            answer,
            state,
        };
        self.tells
            .send(tell)
            .await
            .map_err(|_| PhoneError::Unavailable)?;
        let answer = answered.await.map_err(|_| PhoneError::Unavailable)??;
        Ok(BrowserLink { answer, states })
    }

    /// Lets the browser of an agent go.
    pub fn leave(&self, agent: AgentId) {
        self.tell(Tell::Bye(agent));
    }

    pub(crate) fn attach(&self, agent: AgentId, to: mpsc::Sender<In>) {
        self.tell(Tell::Attach(agent, to));
    }

    pub(crate) fn detach(&self, agent: AgentId, from: mpsc::Sender<In>) {
        self.tell(Tell::Detach(agent, from));
    }

    pub(crate) fn play(&self, agent: AgentId, law: Law, payload: Vec<u8>) {
        self.tell(Tell::Play(agent, law, payload));
    }

    fn tell(&self, tell: Tell) {
        // What is too much is lost, as on the way to a browser.
        let _ = self.tells.try_send(tell);
    }
}
