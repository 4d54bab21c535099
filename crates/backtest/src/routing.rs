//! Routing on virtual time: conversations arrive as they did, agents come and go as they did, each takes as long as it took.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
    sync::Arc,
};

use plugboard_domain::{
    Timestamp,
    conversation::Assignment,
    decision::{DecisionMode, HOPS_MAX, Pins, RoutingTarget},
    desk::{Agent, Availability, Desk, Team},
    ids::{AgentId, TeamId},
};
use plugboard_engine::{Candidate, Queue, RoutingInput, TeamView, Work, WorkFacts};
use plugboard_protocol::extensions::Difference;

use crate::{Past, PastConversation, Replayed, Run, load::presumed, totals};

/// Conversations between two words on how far it is.
const PROGRESS_EVERY: usize = 500;

/// How long a conversation lasts when none was ever resolved: ten minutes.
const HANDLED_SECS: u64 = 600;

/// Waiting conversations that are asked about again when somebody becomes free. With more, the first of each queue stand for
/// those behind them.
const ASKED_MAX: usize = 50;

/// What happens on virtual time, in the order in which it happens at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    /// Somebody is done with a conversation.
    Done(AgentId),
    /// Somebody comes or goes: the place of the shift.
    Shift(usize),
    /// A conversation arrives: its place.
    Arrival(usize),
}

/// What became of a conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fate {
    /// Who got it.
    pub(crate) owner: Option<AgentId>,
    /// The queue that it waits in at last.
    pub(crate) team: Option<TeamId>,
    /// Seconds until somebody got it.
    pub(crate) waited_secs: Option<u64>,
    /// Why.
    pub(crate) why: String,
    /// The policy failed at least once.
    pub(crate) failed: bool,
}

struct Play<'a> {
    desk: &'a Desk,
    past: &'a Past,
    policy: &'a dyn Replayed,
    there: BTreeMap<AgentId, Availability>,
    loads: BTreeMap<AgentId, u32>,
    last_routed: BTreeMap<AgentId, Timestamp>,
    happenings: BinaryHeap<Reverse<(Timestamp, Happening)>>,
    waiting: VecDeque<usize>,
    hops: Vec<u8>,
    teams: Vec<Option<TeamId>>,
    fates: Vec<Fate>,
    usual_secs: u64,
}

/// Plays the past with another policy.
pub async fn routing(
    desk: &Desk,
    past: &Past,
    policy: &dyn Replayed,
    progress: impl Fn(u64, u64),
) -> Run {
    let mut play = Play::new(desk, past, policy);
    let of = past.conversations.len();
    let mut arrived = 0;
    while let Some(Reverse((at, happening))) = play.happenings.pop() {
        match happening {
            Happening::Done(agent) => {
                if let Some(load) = play.loads.get_mut(&agent) {
                    *load = load.saturating_sub(1);
                }
                play.ask_waiting(at).await;
            }
            Happening::Shift(nth) => {
                let shift = past.shifts[nth];
                play.there.insert(shift.agent, shift.availability);
                if shift.availability == Availability::Online {
                    play.ask_waiting(at).await;
                }
            }
            Happening::Arrival(place) => {
                arrived += 1;
                if arrived % PROGRESS_EVERY == 0 {
                    progress(arrived as u64, of as u64);
                    // Others have work, too.
                    tokio_yield().await;
                }
                if !play.place(place, at).await {
                    play.wait(place);
                }
            }
        }
    }
    let fates = play.fates;
    let items = past
        .conversations
        .iter()
        .zip(&fates)
        .map(|(it, fate)| difference(desk, it, fate))
        .collect();
    Run {
        totals: totals::routing(past, &fates),
        items,
    }
}

/// Gives way once, whatever runs this.
async fn tokio_yield() {
    let mut first = true;
    std::future::poll_fn(|context| {
        if std::mem::take(&mut first) {
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(())
        }
    })
    .await;
}

impl<'a> Play<'a> {
    fn new(desk: &'a Desk, past: &'a Past, policy: &'a dyn Replayed) -> Self {
        let mut happenings = BinaryHeap::new();
        for (place, it) in past.conversations.iter().enumerate() {
            happenings.push(Reverse((it.began.created_at, Happening::Arrival(place))));
        }
        for (nth, it) in past.shifts.iter().enumerate() {
            happenings.push(Reverse((it.at, Happening::Shift(nth))));
        }
        let there = desk.agents().map(|it| (it.id, presumed(past, it.id)));
        let mut handled: Vec<u64> = past
            .conversations
            .iter()
            .filter_map(|it| it.handled_secs)
            .collect();
        handled.sort_unstable();
        let count = past.conversations.len();
        Self {
            desk,
            past,
            policy,
            there: there.collect(),
            loads: BTreeMap::new(),
            last_routed: BTreeMap::new(),
            happenings,
            waiting: VecDeque::new(),
            hops: vec![0; count],
            teams: past
                .conversations
                .iter()
                .map(|it| it.began.assignment.team())
                .collect(),
            fates: vec![Fate::default(); count],
            usual_secs: handled
                .get(handled.len() / 2)
                .copied()
                .unwrap_or(HANDLED_SECS),
        }
    }

    /// Urgent ones first, then those that wait longest.
    fn wait(&mut self, place: usize) {
        let rank = |place: usize| {
            let it = &self.past.conversations[place].began;
            (Reverse(it.priority), it.created_at, place)
        };
        let at = self
            .waiting
            .binary_search_by_key(&rank(place), |it| rank(*it))
            .unwrap_or_else(|at| at);
        self.waiting.insert(at, place);
    }

    /// Somebody can take more: asks again, in the order of the queue.
    async fn ask_waiting(&mut self, at: Timestamp) {
        let some: Vec<usize> = self.waiting.iter().copied().take(ASKED_MAX).collect();
        for place in some {
            if !self.somebody_is_free() {
                return;
            }
            if self.place(place, at).await {
                self.waiting.retain(|it| *it != place);
            }
        }
    }

    fn somebody_is_free(&self) -> bool {
        self.desk.agents().any(|it| {
            !it.disabled
                && self.there.get(&it.id) == Some(&Availability::Online)
                && self.load(it.id) < it.capacity
        })
    }

    fn load(&self, agent: AgentId) -> u32 {
        self.loads.get(&agent).copied().unwrap_or_default()
    }

    /// Asks the policy until it decides or leaves it waiting. True when somebody got it.
    async fn place(&mut self, place: usize, at: Timestamp) -> bool {
        loop {
            let input = self.input(place, at);
            let verdict = self.policy.route(&input).await;
            let fate = &mut self.fates[place];
            fate.failed |= verdict.mode == DecisionMode::Fallback;
            fate.why = verdict.answer.reason;
            match verdict.answer.target {
                RoutingTarget::Wait => return false,
                RoutingTarget::Team(team) => {
                    let moves = self.teams[place] != Some(team) && self.hops[place] < HOPS_MAX;
                    self.teams[place] = Some(team);
                    fate.team = Some(team);
                    if !moves {
                        return false;
                    }
                    self.hops[place] += 1;
                }
                RoutingTarget::Agent(agent) => return self.give(place, agent, at),
            }
        }
    }

    fn give(&mut self, place: usize, agent: AgentId, at: Timestamp) -> bool {
        let there = self.there.get(&agent) == Some(&Availability::Online);
        let known = self.desk.agent(agent);
        // The engine refuses this, too.
        if !there || known.is_none_or(|it| it.disabled) {
            return false;
        }
        let it = &self.past.conversations[place];
        let secs = at.as_second() - it.began.created_at.as_second();
        let fate = &mut self.fates[place];
        fate.owner = Some(agent);
        fate.waited_secs = u64::try_from(secs).ok();
        *self.loads.entry(agent).or_default() += 1;
        self.last_routed.insert(agent, at);
        let handled = it.handled_secs.unwrap_or(self.usual_secs);
        let done = at + std::time::Duration::from_secs(handled);
        self.happenings
            .push(Reverse((done, Happening::Done(agent))));
        true
    }

    fn input(&self, place: usize, at: Timestamp) -> RoutingInput {
        let it = &self.past.conversations[place];
        let queue = self.teams[place].and_then(|id| self.desk.team(id));
        let mut conversation = it.began.clone();
        conversation.assignment = Assignment::Unassigned {
            team: self.teams[place],
            since: it.began.created_at,
            passed: std::collections::BTreeSet::new(),
            overflowed: std::collections::BTreeSet::new(),
        };
        let members: Vec<&Agent> = match queue {
            Some(team) => team
                .members
                .iter()
                .filter_map(|id| self.desk.agent(*id))
                .collect(),
            None => self.desk.agents().collect(),
        };
        RoutingInput {
            work: Work::of(&conversation, self.desk),
            facts: Some(self.facts(place)),
            queue: queue.map(Queue::of),
            candidates: members
                .into_iter()
                .map(|agent| Candidate {
                    availability: self.presence(agent),
                    load: self.load(agent.id),
                    last_routed_at: self.last_routed.get(&agent.id).copied(),
                    ..Candidate::of(agent, &conversation)
                })
                .collect(),
            teams: self.team_views(),
            now: at,
        }
    }

    fn presence(&self, agent: &Agent) -> Availability {
        if agent.disabled {
            return Availability::Offline;
        }
        let there = self.there.get(&agent.id).copied();
        there.unwrap_or(Availability::Offline)
    }

    fn team_views(&self) -> Arc<[TeamView]> {
        self.desk.teams().map(|team| self.team_view(team)).collect()
    }

    fn team_view(&self, team: &Team) -> TeamView {
        let online = team
            .members
            .iter()
            .filter_map(|id| self.desk.agent(*id))
            .filter(|it| self.presence(it) == Availability::Online);
        let (online, free) = online.fold((0, 0), |(online, free), it| {
            (
                online + 1,
                free + it.capacity.saturating_sub(self.load(it.id)),
            )
        });
        TeamView {
            team: team.id,
            name: team.name.clone(),
            online,
            free,
        }
    }

    fn facts(&self, place: usize) -> WorkFacts {
        let it = &self.past.conversations[place];
        WorkFacts {
            text: it.text.clone(),
            contact: it.contact.clone(),
            previous_agent: None,
            answered_at: None,
            opened_at: it.began.created_at,
            waiting_since: Some(it.began.created_at),
            message_count: 1,
            hops: self.hops[place],
            pins: Pins::default(),
        }
    }
}

fn difference(desk: &Desk, it: &PastConversation, fate: &Fate) -> Difference {
    let agent = |id: AgentId| {
        desk.agent(id)
            .map_or_else(|| id.to_string(), |it| it.name.clone())
    };
    let was = it
        .owned
        .map_or_else(|| "waits".to_owned(), |(id, _)| agent(id));
    let would_be = match (fate.owner, fate.team.and_then(|id| desk.team(id))) {
        (Some(id), _) => agent(id),
        (None, Some(team)) => format!("waits for {}", team.name),
        (None, None) => "waits".to_owned(),
    };
    let waited = it
        .owned
        .and_then(|(_, at)| u64::try_from(at.as_second() - it.began.created_at.as_second()).ok());
    Difference {
        conversation_id: it.began.id.to_string(),
        changed: it.owned.map(|(id, _)| id) != fate.owner,
        was,
        would_be,
        why: fate.why.clone(),
        waited_secs: waited,
        would_wait_secs: fate.waited_secs,
    }
}
