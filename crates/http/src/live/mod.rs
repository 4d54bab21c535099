//! Everything that happens without being asked: websockets of agents and visitors, presence, long polls.
//!
//! One task ([`feed`]) reads the journal for everybody, joins the rows that events speak of, and encodes each event once into
//! a ring; an agent's connection holds a position, waits for the signal that there is more, and copies what its agent may
//! see. A visitor's connection hears a bell and reads the store. So nothing is ever queued for a client: who is slow reads
//! later, and who is too slow is told to read everything again, without delaying anybody.
//!
//! | file | what |
//! | --- | --- |
//! | `feed`, `ring`, `encode`, `facts` | the journal, encoded once |
//! | `sight` | what an agent may see |
//! | `agent` | the agents' socket |
//! | `visitor` | the visitors' socket |
//! | `bells`, `presence`, `attendance` | what wakes visitors; who looks and types; who is there |
//! | `socket` | what every websocket has in common |

mod agent;
mod attendance;
mod bells;
mod encode;
mod facts;
mod feed;
mod presence;
mod ring;
mod sight;
mod socket;
mod visitor;

use std::{
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use plugboard_engine::Engine;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use bells::Bells;
use feed::Feed;
use presence::{ConnectionId, Presence};

use crate::api::{Api, routes};
pub use socket::{close_code, socket_config};

/// Connections that read the past from the store at the same time. More would only make the readers of the store queue up
/// before the requests of people.
const CATCHING_UP_MAX: usize = 4;

/// Connections that are sent what they missed at the same time. When thousands come back at once, the others wait here
/// instead of in front of the requests of people, who keep the other half of the processors.
fn resuming_max() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    (processors / 2).max(1)
}

/// The live part of the edge. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Live(Arc<Parts>);

struct Parts {
    feed: Arc<Feed>,
    bells: Arc<Bells>,
    presence: Presence,
    past: Semaphore,
    resuming: Semaphore,
    connections: AtomicU64,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Live {
    /// Starts following the journal. An agent without a connection for `offline_after` is set offline.
    pub(crate) fn start(engine: &Engine, offline_after: Duration) -> Self {
        let stop = engine.stopping().child_token();
        let head = *engine.head().borrow();
        let (feed, bells) = (Arc::new(Feed::before(head)), Arc::new(Bells::default()));
        let tasks = TaskTracker::new();
        let following = feed::run(engine.clone(), feed.clone(), bells.clone(), stop.clone());
        tasks.spawn(following);
        let (presence, keeping) =
            Presence::start(engine.clone(), bells.clone(), offline_after, stop.clone());
        tasks.spawn(keeping);
        tasks.spawn(presence::hear_channels(
            engine.clone(),
            presence.clone(),
            stop.clone(),
        ));
        Self(Arc::new(Parts {
            feed,
            bells,
            presence,
            past: Semaphore::new(CATCHING_UP_MAX),
            resuming: Semaphore::new(resuming_max()),
            connections: AtomicU64::new(0),
            stop,
            tasks,
        }))
    }

    /// Tells every client to come back later, and returns when they are gone.
    pub(crate) async fn stop(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Cancelled when clients are to go.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// What wakes visitors.
    pub(crate) fn bells(&self) -> &Arc<Bells> {
        &self.0.bells
    }

    /// Who looks and types.
    pub(crate) fn presence(&self) -> &Presence {
        &self.0.presence
    }

    /// A connection, for which [`Live::stop`] waits. It is boxed so that it is moved around as a pointer: each move of a
    /// future into another one keeps room for both, for as long as the connection lasts.
    fn tracked<F>(&self, connection: F) -> impl Future<Output = ()> + Send + use<F>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.0.tasks.track_future(Box::pin(connection))
    }

    fn connection_id(&self) -> ConnectionId {
        ConnectionId(self.0.connections.fetch_add(1, Ordering::Relaxed))
    }
}

/// The routes of this part.
pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(agent::connect_agent))
        .routes(routes!(visitor::connect_visitor))
}
