//! Who has how much, as a pass goes on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use plugboard_domain::{
    Timestamp,
    call::Call,
    conversation::{Assignment, Conversation},
    desk::{Agent, Availability, Desk},
    ids::AgentId,
};
use plugboard_store::StoreError;

use crate::{Candidate, Engine, Queue, RoutingInput, TeamView, Work};

/// How far back it matters who had the last call: a shift.
const TALKED_WITHIN: std::time::Duration = std::time::Duration::from_hours(24);

/// Who has how much.
pub(super) struct Board {
    loads: BTreeMap<AgentId, u32>,
    last_routed: BTreeMap<AgentId, Timestamp>,
    /// When each agent last had a call.
    last_talked: BTreeMap<AgentId, Timestamp>,
    /// Who talks, is rung at or writes up: they get nothing else.
    busy: BTreeSet<AgentId>,
    calls: Vec<Call>,
    teams: Arc<[TeamView]>,
}

impl Board {
    pub(super) async fn read(engine: &Engine, desk: &Desk) -> Result<Self, StoreError> {
        let live = engine.store().live_calls().await?;
        let calls: Vec<Call> = live.into_iter().map(|it| it.row.call).collect();
        let last_talked = if calls.is_empty() {
            BTreeMap::new()
        } else {
            let since = engine.now() - TALKED_WITHIN;
            engine.store().last_talked(since).await?
        };
        let mut board = Self {
            busy: calls.iter().flat_map(Call::occupies).collect(),
            last_talked,
            calls,
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

    /// A call rings at an agent.
    pub(super) fn rings_at(&mut self, agent: AgentId, desk: &Desk) {
        self.busy.insert(agent);
        self.teams = self.teams(desk);
    }

    /// Calls for which an agent is to be found, the longest waiting first.
    pub(super) fn waiting_calls(&self) -> Vec<Call> {
        let waiting = self.calls.iter().filter(|it| it.wants_agent());
        let mut waiting: Vec<Call> = waiting.cloned().collect();
        waiting.sort_by_key(Call::turn);
        waiting
    }

    /// Room for one more conversation; none while somebody is in a call.
    fn room(&self, agent: &Agent) -> u32 {
        if self.busy.contains(&agent.id) {
            return 0;
        }
        agent.capacity.saturating_sub(self.load(agent.id))
    }

    fn load(&self, agent: AgentId) -> u32 {
        self.loads.get(&agent).copied().unwrap_or(0)
    }

    fn teams(&self, desk: &Desk) -> Arc<[TeamView]> {
        let views = desk.teams().map(|team| {
            let members = team.members.iter().filter_map(|id| desk.agent(*id));
            let online: Vec<_> = members.filter(|it| is_online(it)).collect();
            let free = |it: &&Agent| self.room(it);
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
        let free = |it: &Agent| is_online(it) && self.room(it) > 0;
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
            load: agent.capacity - self.room(agent).min(agent.capacity),
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

impl Board {
    /// What the policy is asked about a call: whoever gets it gets nothing else, so each takes one.
    pub(super) fn voice(
        &self,
        desk: &Desk,
        conversation: &Conversation,
        call: &Call,
        now: Timestamp,
    ) -> RoutingInput {
        let team = call.wanted_team().and_then(|id| desk.team(id));
        let agents: Vec<&Agent> = match team {
            Some(team) => {
                let members = team.members.iter();
                members.filter_map(|id| desk.agent(*id)).collect()
            }
            None => desk.agents().filter(|it| !it.disabled).collect(),
        };
        let covers = |agent: &Agent| {
            let team = team.map(|it| it.id);
            agent.scope.covers_parts(conversation.shop_id, team)
        };
        let candidates = agents.into_iter().map(|agent| Candidate {
            in_scope: covers(agent),
            capacity: 1,
            load: u32::from(self.busy.contains(&agent.id)),
            last_routed_at: self.last_talked.get(&agent.id).copied(),
            passed: call.passed.contains(&agent.id),
            ..Candidate::of(agent, conversation)
        });
        RoutingInput {
            work: Work {
                voice: true,
                team: call.wanted_team(),
                queued_since: call.times.queued_at.unwrap_or(call.times.started_at),
                ..Work::of(conversation, desk)
            },
            facts: None,
            candidates: candidates.collect(),
            queue: team.map(Queue::of),
            teams: self.teams.clone(),
            now,
        }
    }
}

fn is_online(agent: &Agent) -> bool {
    !agent.disabled && agent.availability == Availability::Online
}
