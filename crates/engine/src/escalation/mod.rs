//! Escalation: follows the journal, asks the policy about what it wants to hear of, and carries out its answers.
//!
//! How far it is, is stored. After a crash some happenings are asked about again; the conversation itself remembers up to
//! where answers were carried out, so each step happens once.

mod ask;
mod triggers;

use std::collections::HashMap;

use plugboard_domain::{
    Command, Envelope, Principal, Recorded, Seq, Timestamp, escalation::Trigger,
    ids::ConversationId,
};
use plugboard_store::StoreError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::error;

use self::triggers::Happening;
use crate::{Engine, EngineError};

/// The name of this reader of the journal.
const READER: &str = "escalation";

/// How the journal names escalation itself.
const PART: &str = "escalation";

/// Events read at once.
const READ_MAX: usize = 1_000;

/// Positions after which it is kept how far it is, even if nothing was asked: what a restart reads again at most.
const KEPT_EVERY: Seq = 1_000;

/// The longest time after which an event makes it kept how far it is: retention takes nothing that is not known to be read.
const KEPT_WITHIN: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Conversations asked about at once. Those of one conversation follow each other.
const CONCURRENT_MAX: usize = 16;

/// How long to wait after the store failed or the desk was too busy.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    let mut head = engine.head();
    let mut place: Option<Place> = None;
    tokio::select! {
        () = stop.cancelled() => return,
        () = engine.shared.escalation.ready() => {}
    }
    loop {
        head.borrow_and_update();
        let step = async {
            let at = match &mut place {
                Some(place) => place,
                None => place.insert(Place::find(&engine).await?),
            };
            while !stop.is_cancelled() && follow(&engine, at).await? {}
            Ok::<_, Again>(())
        };
        if let Err(Again(why)) = step.await {
            if stop.is_cancelled() {
                return;
            }
            error!(error = %why, "escalation: interrupted");
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            changed = head.changed() => if changed.is_err() { return },
        }
    }
}

/// It could not be done now, and is to be tried again.
#[derive(Debug)]
pub(super) struct Again(String);

impl From<StoreError> for Again {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

impl From<EngineError> for Again {
    fn from(error: EngineError) -> Self {
        Self(error.to_string())
    }
}

/// How far it is.
struct Place {
    position: Seq,
    kept: Seq,
    kept_at: Timestamp,
}

impl Place {
    /// Where it stood before. The first time, at the end of the journal when nobody listens, since nobody asked about the
    /// past; else at its beginning: the first life of a desk may have ended before this place was kept.
    async fn find(engine: &Engine) -> Result<Self, Again> {
        if let Some(position) = engine.store().cursor(READER).await? {
            let kept = position;
            return Ok(Self {
                position,
                kept,
                kept_at: engine.now(),
            });
        }
        let policy = &engine.shared.escalation;
        if Trigger::ALL.into_iter().any(|it| policy.listens_to(it)) {
            let (position, kept) = (0, 0);
            return Ok(Self {
                position,
                kept,
                kept_at: engine.now(),
            });
        }
        let position = engine.store().journal_head().await?;
        let mut place = Self {
            position,
            kept: 0,
            kept_at: engine.now(),
        };
        place.keep(engine).await?;
        Ok(place)
    }

    async fn keep(&mut self, engine: &Engine) -> Result<(), Again> {
        let command = Command::KeepCursor {
            name: READER.to_owned(),
            seq: self.position,
        };
        let envelope = Envelope::new(Principal::System(PART), command);
        engine.execute(envelope).await?;
        self.kept = self.position;
        self.kept_at = engine.now();
        Ok(())
    }
}

/// Reads one stretch and asks about it. False at the end of the journal.
async fn follow(engine: &Engine, place: &mut Place) -> Result<bool, Again> {
    let events = engine.store().read_since(place.position, READ_MAX).await?;
    let Some(last) = events.last() else {
        return Ok(false);
    };
    let reached = last.seq;
    let asked = ask_about(engine, &events).await?;
    place.position = reached;
    if asked
        || place.position >= place.kept + KEPT_EVERY
        || engine.now() >= place.kept_at + KEPT_WITHIN
    {
        place.keep(engine).await?;
    }
    Ok(true)
}

/// Asks about each happening that the policy listens to. True when there was one.
async fn ask_about(engine: &Engine, events: &[Recorded]) -> Result<bool, Again> {
    let mut by_conversation: HashMap<ConversationId, Vec<Happening>> = HashMap::new();
    let mut order = Vec::new();
    for recorded in events {
        let Some((id, happening)) = triggers::happening(recorded) else {
            continue;
        };
        if engine.shared.escalation.listens_to(happening.trigger) {
            let list = by_conversation.entry(id).or_default();
            if list.is_empty() {
                order.push(id);
            }
            list.push(happening);
        }
    }
    let any = !order.is_empty();
    let mut tasks: JoinSet<Result<(), Again>> = JoinSet::new();
    for id in order {
        let happenings = by_conversation.remove(&id).unwrap_or_default();
        if tasks.len() >= CONCURRENT_MAX
            && let Some(ended) = tasks.join_next().await
        {
            ended.map_err(|error| Again(error.to_string()))??;
        }
        let engine = engine.clone();
        tasks.spawn(async move {
            for happening in happenings {
                ask::ask(&engine, id, &happening).await?;
            }
            Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|error| Again(error.to_string()))??;
    }
    Ok(any)
}
