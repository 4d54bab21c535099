//! The built-in policy: skills, availability and capacity decide who can; load or turn decides who does.

use plugboard_domain::{
    decision::RoutingTarget,
    desk::{AssignmentMethod, Availability},
};

use super::{
    BUILTIN, Candidate, PolicyError, RoutingAnswer, RoutingInput, RoutingPolicy, RoutingVerdict,
};

/// The policy that is always there, and that answers when another one fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct Builtin;

#[async_trait::async_trait]
impl RoutingPolicy for Builtin {
    async fn route(&self, input: &RoutingInput) -> Result<RoutingVerdict, PolicyError> {
        Ok(RoutingVerdict::live(BUILTIN, choose(input)))
    }
}

/// The built-in choice, as a pure function: the end of every chain of policies.
pub fn choose(input: &RoutingInput) -> RoutingAnswer {
    let wait = |reason| RoutingAnswer::new(RoutingTarget::Wait, reason);
    let (method, name) = match &input.queue {
        // Whoever is on the line cannot wait to be found.
        Some(queue) if input.work.voice => (AssignmentMethod::RoundRobin, queue.name.as_str()),
        None if input.work.voice => (AssignmentMethod::RoundRobin, EVERYBODY),
        Some(queue) if queue.method == AssignmentMethod::Manual => {
            return wait(format!("team {} takes work by hand", queue.name));
        }
        Some(queue) => (queue.method, queue.name.as_str()),
        None => {
            return wait(
                "it is in no team's queue: its inbox has no team, so nobody is chosen for it"
                    .to_owned(),
            );
        }
    };
    let able: Vec<&Candidate> = input
        .candidates
        .iter()
        .filter(|it| obstacle(it, input).is_none())
        .collect();
    // Somebody who let it lapse is asked again only when nobody else can take it.
    let fresh: Vec<&Candidate> = able.iter().copied().filter(|it| !it.passed).collect();
    // A telephone does not ring again where it was let ring.
    let pool = if fresh.is_empty() && !input.work.voice {
        able
    } else {
        fresh
    };
    let theirs = |it: &&&Candidate| input.work.voice && Some(it.agent) == input.work.assignee;
    let owner = pool.iter().find(theirs);
    let chosen = owner.or_else(|| match method {
        AssignmentMethod::RoundRobin => pool.iter().min_by_key(|it| (it.last_routed_at, it.agent)),
        AssignmentMethod::LeastLoaded | AssignmentMethod::Manual => pool.iter().min_by_key(|it| {
            (
                std::cmp::Reverse(it.capacity - it.load),
                it.last_routed_at,
                it.agent,
            )
        }),
    });
    let Some(chosen) = chosen else {
        return wait(why_nobody(input, name));
    };
    let how = match method {
        _ if owner.is_some() => "has the conversation",
        AssignmentMethod::RoundRobin if input.work.voice => "longest without a call",
        AssignmentMethod::RoundRobin => "longest without a new conversation",
        AssignmentMethod::LeastLoaded | AssignmentMethod::Manual => "most free capacity",
    };
    let reason = format!(
        "{} of team {}: {how} ({} of {} in use) among {} who can take it",
        chosen.name,
        name,
        chosen.load,
        chosen.capacity,
        pool.len()
    );
    RoutingAnswer::new(RoutingTarget::Agent(chosen.agent), reason)
}

/// What keeps an agent from taking it, if anything does.
fn obstacle(candidate: &Candidate, input: &RoutingInput) -> Option<String> {
    let missing: Vec<&str> = input
        .work
        .required_skills
        .difference(&candidate.skills)
        .map(String::as_str)
        .collect();
    if candidate.availability != Availability::Online {
        let state = if candidate.availability == Availability::Away {
            "away"
        } else {
            "offline"
        };
        Some(format!("{} is {state}", candidate.name))
    } else if !missing.is_empty() {
        Some(format!("{} lacks {}", candidate.name, missing.join(", ")))
    } else if !candidate.in_scope {
        Some(format!("{} does not work for this shop", candidate.name))
    } else if candidate.load >= candidate.capacity {
        Some(format!(
            "{} is full ({} of {})",
            candidate.name, candidate.load, candidate.capacity
        ))
    } else {
        None
    }
}

/// Who is asked about a call of an inbox without a team.
const EVERYBODY: &str = "everybody";

/// Names at most this many agents; a reason is read, not searched.
const NAMED_MAX: usize = 10;

fn why_nobody(input: &RoutingInput, name: &str) -> String {
    if input.candidates.is_empty() {
        return format!("team {name} has no members");
    }
    let obstacles: Vec<String> = input
        .candidates
        .iter()
        .filter_map(|it| {
            let let_ring = || it.passed.then(|| format!("{} let it ring", it.name));
            obstacle(it, input).or_else(let_ring)
        })
        .take(NAMED_MAX)
        .collect();
    format!("waits for team {name}: {}", obstacles.join("; "))
}
