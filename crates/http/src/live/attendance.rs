//! Which agents have a live connection, and what follows: who had one and lost it for long is set offline, and who comes back
//! gets the availability that they had chosen.
//!
//! What has to survive a restart is in the desk ([`plugboard_domain::desk::Attendance`]); the connections themselves and the
//! time since the last one closed are not, so after a start everybody who was there has the whole time to connect again.

use std::{collections::HashMap, time::Duration};

use futures_util::future::join_all;
use plugboard_domain::{Command, Envelope, Principal, desk::Agent, ids::AgentId};
use plugboard_engine::Engine;
use tokio::time::Instant;
use tracing::{info, warn};

/// How the journal names this part.
const PART: &str = "presence";

/// The connections of agents, counted.
pub(super) struct Attendance {
    engine: Engine,
    offline_after: Duration,
    /// Open connections; nobody is in here with none.
    open: HashMap<AgentId, u32>,
    /// Since when those who are to be missed have none.
    gone: HashMap<AgentId, Instant>,
}

impl Attendance {
    pub(super) fn new(engine: Engine, offline_after: Duration) -> Self {
        Self {
            engine,
            offline_after,
            open: HashMap::new(),
            gone: HashMap::new(),
        }
    }

    /// A connection opened.
    pub(super) fn came(&mut self, agent: AgentId) {
        *self.open.entry(agent).or_default() += 1;
        self.gone.remove(&agent);
    }

    /// A connection is gone.
    pub(super) fn left(&mut self, agent: AgentId) {
        match self.open.get_mut(&agent) {
            Some(open) if *open > 1 => *open -= 1,
            _ => drop(self.open.remove(&agent)),
        }
    }

    /// Compares who is connected with what the desk says of them, and has the desk changed where it differs. All of it is
    /// asked at once, so that a start with hundreds of agents is one commit.
    pub(super) async fn check(&mut self, now: Instant) {
        let desk = self.engine.desk();
        let due: Vec<_> = desk
            .agents()
            .filter_map(|agent| Some((agent, self.due(agent, now)?)))
            .collect();
        join_all(
            due.into_iter()
                .map(|(agent, command)| self.ask(agent, command)),
        )
        .await;
    }

    /// What the desk has to hear of an agent. Asks the desk's own rules, so that nothing is asked for nothing.
    fn due(&mut self, agent: &Agent, now: Instant) -> Option<Command> {
        let agent_id = agent.id;
        if self.open.contains_key(&agent_id) {
            return (!agent.seen().is_empty()).then_some(Command::NoteSeen { agent_id });
        }
        if agent.missed().is_empty() {
            self.gone.remove(&agent_id);
            return None;
        }
        let since = *self.gone.entry(agent_id).or_insert(now);
        (now >= since + self.offline_after).then_some(Command::NoteMissed { agent_id })
    }

    /// What fails is asked again with the next check.
    async fn ask(&self, agent: &Agent, command: Command) {
        let missed = matches!(command, Command::NoteMissed { .. });
        let envelope = Envelope::new(Principal::System(PART), command);
        match self.engine.execute(envelope).await {
            Ok(_) if missed => {
                info!(agent.id = %agent.id, "set agent {} offline: no connection for a while", agent.id);
            }
            Ok(_) => {}
            Err(error) => {
                warn!(agent.id = %agent.id, %error, "an agent's presence could not be noted");
            }
        }
    }
}
