//! The built-in policy: skills, availability and capacity decide who can; load or turn decides who does.

use plugboard_domain::{
    decision::RoutingTarget,
    desk::{AssignmentMethod, Availability},
};

use super::{
    BUILTIN, Candidate, PolicyError, Queue, RoutingAnswer, RoutingInput, RoutingPolicy,
    RoutingVerdict,
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
    let Some(queue) = &input.queue else {
        return wait(
            "it is in no team's queue: its inbox has no team, so nobody is chosen for it"
                .to_owned(),
        );
    };
    if queue.method == AssignmentMethod::Manual {
        return wait(format!("team {} takes work by hand", queue.name));
    }
    let able: Vec<&Candidate> = input
        .candidates
        .iter()
        .filter(|it| obstacle(it, input).is_none())
        .collect();
    // Somebody who let it lapse is asked again only when nobody else can take it.
    let fresh: Vec<&Candidate> = able.iter().copied().filter(|it| !it.passed).collect();
    let pool = if fresh.is_empty() { able } else { fresh };
    let chosen = match queue.method {
        AssignmentMethod::RoundRobin => pool.iter().min_by_key(|it| (it.last_routed_at, it.agent)),
        AssignmentMethod::LeastLoaded | AssignmentMethod::Manual => pool.iter().min_by_key(|it| {
            (
                std::cmp::Reverse(it.capacity - it.load),
                it.last_routed_at,
                it.agent,
            )
        }),
    };
    let Some(chosen) = chosen else {
        return wait(why_nobody(input, queue));
    };
    let how = match queue.method {
        AssignmentMethod::RoundRobin => "longest without a new conversation",
        AssignmentMethod::LeastLoaded | AssignmentMethod::Manual => "most free capacity",
    };
    let reason = format!(
        "{} of team {}: {how} ({} of {} in use) among {} who can take it",
        chosen.name,
        queue.name,
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

/// Names at most this many agents; a reason is read, not searched.
const NAMED_MAX: usize = 10;

fn why_nobody(input: &RoutingInput, queue: &Queue) -> String {
    if input.candidates.is_empty() {
        return format!("team {} has no members", queue.name);
    }
    let obstacles: Vec<String> = input
        .candidates
        .iter()
        .filter_map(|it| obstacle(it, input))
        .take(NAMED_MAX)
        .collect();
    format!("waits for team {}: {}", queue.name, obstacles.join("; "))
}
