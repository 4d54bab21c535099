//! Who has how much, as a pass goes on.

use std::{collections::BTreeMap, sync::Arc};

use plugboard_domain::{
    Timestamp,
    conversation::{Assignment, Conversation},
    desk::{Agent, Availability, Desk},
    ids::AgentId,
};
use plugboard_store::StoreError;

use crate::{Candidate, Engine, Queue, RoutingInput, TeamView, Work};

/// Who has how much.
pub(super) struct Board {
    loads: BTreeMap<AgentId, u32>,
    last_routed: BTreeMap<AgentId, Timestamp>,
    teams: Arc<[TeamView]>,
}

impl Board {
    pub(super) async fn read(engine: &Engine, desk: &Desk) -> Result<Self, StoreError> {
        let mut board = Self {
            loads: engine.store().loads().await?,
            last_routed: engine.store().last_routed().await?,
            teams: Arc::from([]),
        };
        board.teams = board.teams(desk);
        Ok(board)
    }

    /// An agent was given one more.
    pub(super) fn note(&mut self, agent: AgentId, at: Timestamp, desk: &Desk) {
        *self.loads.entry(agent).or_default() += 1;
        self.last_routed.insert(agent, at);
        self.teams = self.teams(desk);
    }

    fn load(&self, agent: AgentId) -> u32 {
        self.loads.get(&agent).copied().unwrap_or(0)
    }

    fn teams(&self, desk: &Desk) -> Arc<[TeamView]> {
        let views = desk.teams().map(|team| {
            let members = team.members.iter().filter_map(|id| desk.agent(*id));
            let online: Vec<_> = members.filter(|it| is_online(it)).collect();
            let free = |it: &&Agent| it.capacity.saturating_sub(self.load(it.id));
            TeamView {
                team: team.id,
                name: team.name.clone(),
                online: u32::try_from(online.len()).unwrap_or(u32::MAX),
                free: online.iter().map(free).fold(0, u32::saturating_add),
            }
        });
        views.collect()
    }

    /// True when anybody who might get it can take one more.
    pub(super) fn has_room(&self, desk: &Desk, conversation: &Conversation) -> bool {
        let free = |it: &Agent| is_online(it) && self.load(it.id) < it.capacity;
        match conversation.assignment.team().and_then(|id| desk.team(id)) {
            Some(team) => team
                .members
                .iter()
                .any(|id| desk.agent(*id).is_some_and(free)),
            None => desk.agents().any(free),
        }
    }

    /// What the policy is asked, without what only rows know; `None` for a conversation that waits for nobody.
    pub(super) fn input(
        &self,
        desk: &Desk,
        conversation: &Conversation,
        now: Timestamp,
    ) -> Option<RoutingInput> {
        let Assignment::Unassigned { team, passed, .. } = &conversation.assignment else {
            return None;
        };
        let team = team.and_then(|id| desk.team(id));
        let agents: Vec<&Agent> = match team {
            Some(team) => {
                let members = team.members.iter();
                members.filter_map(|id| desk.agent(*id)).collect()
            }
            None => desk.agents().filter(|it| !it.disabled).collect(),
        };
        let candidates = agents.into_iter().map(|agent| Candidate {
            load: self.load(agent.id),
            last_routed_at: self.last_routed.get(&agent.id).copied(),
            passed: passed.contains(&agent.id),
            ..Candidate::of(agent, conversation)
        });
        Some(RoutingInput {
            work: Work::of(conversation, desk),
            facts: None,
            candidates: candidates.collect(),
            queue: team.map(Queue::of),
            teams: self.teams.clone(),
            now,
        })
    }
}

fn is_online(agent: &Agent) -> bool {
    !agent.disabled && agent.availability == Availability::Online
}
