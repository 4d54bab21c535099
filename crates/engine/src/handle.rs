//! The handle that every edge holds.

use std::sync::Arc;

use arc_swap::ArcSwap;
use plugboard_channel::{Channels, Registry};
use plugboard_domain::{
    Command, Envelope, Principal, Rejection, Seq, Timestamp,
    access::Grants,
    call::CallCommand,
    command::DEPTH_MAX,
    desk::Desk,
    ids::{CallId, ContactId, ConversationId, MessageId, Mint},
    message::Delivery,
};
use plugboard_store::{OutboxFilter, SharedStore, StoreError};
use tokio::sync::{Notify, broadcast, mpsc, oneshot, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Builtin, Clock, Courier, EscalationPolicy, NoEscalation, RoutingPolicy, RoutingVerdict, calls,
    delivery::ChannelCourier, escalation, outbox, retention, routing, timers, writer,
};

/// Commands that may wait for the writer. At ten thousand a second this is under a second of work; beyond it the caller
/// is told to come back.
const QUEUE_MAX: usize = 8_192;

/// Words on typing that a listener may lag behind.
const TYPING_MAX: usize = 256;

/// Dead letters that are read at once.
const REDELIVER_PAGE: usize = 200;

/// What an engine is made of.
pub struct EngineParts {
    /// Where everything is kept.
    pub store: SharedStore,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub mint: Arc<dyn Mint>,
    /// Who chooses agents; [`Builtin`] when no plugin does.
    pub routing: Arc<dyn RoutingPolicy>,
    /// Who says what happens when something goes wrong; [`NoEscalation`] when no plugin does.
    pub escalation: Arc<dyn EscalationPolicy>,
    /// Who carries out outside work.
    pub couriers: Vec<Arc<dyn Courier>>,
    /// What inboxes can be set up for. Messages are carried by them unless a courier takes the job first.
    pub channels: Arc<dyn Channels>,
    /// How long events stay in the journal; for ever when unset.
    pub journal_kept: Option<std::time::Duration>,
}

/// A running desk. Cheap to clone; every edge holds one.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) store: SharedStore,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) mint: Arc<dyn Mint>,
    pub(crate) desk: ArcSwap<Desk>,
    pub(crate) head: watch::Receiver<Seq>,
    pub(crate) signals: writer::Signals,
    pub(crate) routing: Arc<dyn RoutingPolicy>,
    pub(crate) escalation: Arc<dyn EscalationPolicy>,
    /// Rung when another routing policy decides from now on.
    pub(crate) policies_changed: Notify,
    pub(crate) channels: Arc<dyn Channels>,
    pub(crate) typing: broadcast::Sender<ConversationId>,
    queue: mpsc::Sender<writer::Waiting>,
    /// Ends the workers, which send commands themselves; only then the writer.
    stop: CancellationToken,
    workers: TaskTracker,
    stop_writer: CancellationToken,
    writer: TaskTracker,
}

/// A command took effect, durably.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The position of its last event; for a command that changed nothing, the head at that time.
    pub seq: Seq,
    /// True when the same message had been stored before: nothing changed.
    pub repeated: bool,
    /// The conversation that it was about or began.
    pub conversation_id: Option<ConversationId>,
    /// The contact that it was about or made.
    pub contact_id: Option<ContactId>,
    /// The call that it was about or began.
    pub call_id: Option<CallId>,
    /// The message that it stored, now or before.
    pub message: Option<Posted>,
    /// True when a plugin's write took effect: what it expected was there.
    pub took: bool,
    /// The fate of an outbound message as it was stored now; of one stored before, the row knows.
    pub delivery: Option<Delivery>,
}

/// A stored message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Identifier.
    pub id: MessageId,
    /// Its position; 0 while it waits for its time to be sent.
    pub seq: Seq,
    /// When, or when it will be sent; the present for a repeated one that was sent, read the row for its own time.
    pub at: Timestamp,
}

/// A command did not take effect.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EngineError {
    /// It was refused; the caller can see why and act.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Too many commands wait; come back in a second.
    #[error("the desk is too busy")]
    Busy,
    /// The desk is shutting down.
    #[error("the desk is stopping")]
    Stopping,
    /// The database failed. Whether the change took effect is unknown only for `Unavailable`; repeating is safe with a
    /// `client_id`.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Loads the desk and starts the writer and the workers.
    pub async fn start(parts: EngineParts) -> Result<Self, StoreError> {
        let EngineParts {
            store,
            clock,
            mint,
            routing,
            escalation: policy,
            mut couriers,
            channels,
            journal_kept,
        } = parts;
        couriers.push(Arc::new(ChannelCourier::new(channels.clone())));
        let desk = Arc::new(store.load_desk().await?);
        let head = store.head().await?;
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let (publish_head, head_signal) = watch::channel(head);
        let stop = CancellationToken::new();
        let stop_writer = CancellationToken::new();
        let shared = Arc::new(Shared {
            store,
            clock,
            mint,
            desk: ArcSwap::new(desk),
            head: head_signal,
            signals: writer::Signals::default(),
            routing,
            escalation: policy,
            policies_changed: Notify::new(),
            channels,
            typing: broadcast::Sender::new(TYPING_MAX),
            queue,
            stop: stop.clone(),
            workers: TaskTracker::new(),
            stop_writer: stop_writer.clone(),
            writer: TaskTracker::new(),
        });
        let engine = Self { shared };
        engine.shared.writer.spawn(writer::run(
            engine.shared.clone(),
            waiting,
            publish_head,
            head,
            stop_writer,
        ));
        engine.spawn(timers::run(engine.clone(), stop.clone()));
        engine.spawn(calls::run(engine.clone(), stop.clone()));
        engine.spawn(outbox::run(engine.clone(), couriers, stop.clone()));
        engine.spawn(routing::run(engine.clone(), stop.clone()));
        if let Some(kept) = journal_kept {
            engine.spawn(retention::run(engine.clone(), kept, stop.clone()));
        }
        engine.spawn(escalation::run(engine.clone(), stop));
        Ok(engine)
    }

    /// Carries out a command. The answer comes when the change is durable.
    pub async fn execute(&self, envelope: Envelope) -> Result<Outcome, EngineError> {
        let (answer, answered) = oneshot::channel();
        self.shared
            .queue
            .try_send(writer::Waiting { envelope, answer })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => EngineError::Busy,
                mpsc::error::TrySendError::Closed(_) => EngineError::Stopping,
            })?;
        answered.await.map_err(|_| EngineError::Stopping)?
    }

    /// Ends the calls that were going on when this process was not there to carry them; how many those are. Whoever starts
    /// a server asks once, before anything can ring.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_lost_calls(&self) -> Result<usize, EngineError> {
        let mut lost = 0;
        for view in self.shared.store.live_calls().await? {
            if view.row.call.is_over() {
                continue;
            }
            let command = (view.row.call.id, CallCommand::Lose);
            self.execute(Envelope::new(Principal::System("start"), command))
                .await?;
            lost += 1;
        }
        Ok(lost)
    }

    /// The configuration as of the last commit.
    pub fn desk(&self) -> Arc<Desk> {
        self.shared.desk.load_full()
    }

    /// What a principal may do right now.
    pub fn grants(&self, principal: &Principal) -> Grants {
        Grants::of(principal, &self.shared.desk.load())
    }

    /// The newest position of the journal. It only says that there is news; read the store to learn what.
    pub fn head(&self) -> watch::Receiver<Seq> {
        self.shared.head.clone()
    }

    /// What inboxes can be set up for now.
    pub fn channels(&self) -> &Arc<dyn Channels> {
        &self.shared.channels
    }

    /// Conversations in which a contact types, as channels tell. Lossy: a slow listener misses some.
    pub fn typing(&self) -> broadcast::Receiver<ConversationId> {
        self.shared.typing.subscribe()
    }

    /// Carries out what a rule or plugin asks for because of an event. Consequences of consequences end after
    /// [`DEPTH_MAX`], so that two rules that answer each other come to rest.
    pub async fn react(
        &self,
        principal: Principal,
        to: Seq,
        command: impl Into<Command>,
    ) -> Result<Outcome, EngineError> {
        let depth = self.depth_of(to).await? + 1;
        self.execute(Envelope {
            principal,
            caused_by: Some(to),
            depth,
            command: command.into(),
        })
        .await
    }

    /// How many consequences deep an event is; no further than one beyond [`DEPTH_MAX`].
    async fn depth_of(&self, seq: Seq) -> Result<u8, StoreError> {
        let (mut depth, mut at) = (0, seq);
        while depth <= DEPTH_MAX && at > 0 {
            let found = self.shared.store.read_since(at - 1, 1).await?;
            let cause = found.first().filter(|it| it.seq == at);
            match cause.and_then(|it| it.caused_by) {
                Some(cause) => (depth, at) = (depth + 1, cause),
                None => break,
            }
        }
        Ok(depth)
    }

    /// Has everything tried again that was given up and that the filter lists; how many jobs that are.
    pub async fn redeliver_all(
        &self,
        principal: &Principal,
        filter: &OutboxFilter,
    ) -> Result<u64, EngineError> {
        let (mut after, mut count) = (None, 0);
        loop {
            let page = self
                .shared
                .store
                .outbox(filter.clone(), after, REDELIVER_PAGE)
                .await?;
            for entry in page.items {
                let command = Command::Redeliver { id: entry.id };
                match self
                    .execute(Envelope::new(principal.clone(), command))
                    .await
                {
                    Ok(_) => count += 1,
                    // Somebody else was faster.
                    Err(EngineError::Rejected(Rejection::Conflict(_))) => {}
                    Err(error) => return Err(error),
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(count),
            }
        }
    }

    /// The read side.
    pub fn store(&self) -> &SharedStore {
        &self.shared.store
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Waits.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// A fresh identifier.
    pub fn mint<T: From<uuid::Uuid>>(&self) -> T {
        T::from(self.shared.mint.uuid())
    }

    /// Why a conversation has no owner at this moment, or which agent it would get: asks the policy without acting.
    pub async fn explain(
        &self,
        id: ConversationId,
    ) -> Result<Option<(serde_json::Value, RoutingVerdict)>, StoreError> {
        routing::explain(self, id).await
    }

    /// The position of the journal at a time: the last event before it, found by halving.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn position_at(&self, at: Timestamp) -> Result<Seq, StoreError> {
        let (mut low, mut high) = (0, *self.head().borrow());
        while low < high {
            let middle = low + (high - low) / 2;
            let found = self.store().read_since(middle, 1).await?;
            match found.first() {
                Some(event) if event.at < at => low = event.seq,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// Another routing policy decides from now on: everything that waits is looked at again.
    pub fn policies_changed(&self) {
        self.shared.policies_changed.notify_one();
    }

    /// Ends the workers, then stops taking commands and finishes those that were taken. In this order, since what a worker is
    /// about when the signal comes still has to be written down.
    pub async fn stop(&self) {
        self.shared.stop.cancel();
        self.shared.workers.close();
        self.shared.workers.wait().await;
        self.shared.stop_writer.cancel();
        self.shared.writer.close();
        self.shared.writer.wait().await;
    }

    /// Cancelled when the engine stops; edges that follow the journal end with it.
    pub fn stopping(&self) -> CancellationToken {
        self.shared.stop.clone()
    }

    /// Works until the engine stops, which waits for it.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.shared.workers.spawn(task);
    }
}

impl EngineParts {
    /// The ordinary parts over a store: the machine's clock, the built-in routing, no couriers.
    pub fn new(store: SharedStore) -> Self {
        Self {
            store,
            clock: Arc::new(crate::SystemClock),
            mint: Arc::new(crate::SystemMint),
            routing: Arc::new(Builtin),
            escalation: Arc::new(NoEscalation),
            couriers: Vec::new(),
            channels: Arc::new(Registry::default()),
            journal_kept: None,
        }
    }
}
