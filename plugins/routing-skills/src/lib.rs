//! Routes by skill, capacity and history: the agent who helped last time, then somebody with the skills and the language, the
//! least busy first. VIP customers go ahead and to agents of their own.
//!
//! `decide` is the whole policy: a function of the request and the settings.

mod pick;
mod say;
mod settings;

use plugboard_plugin_sdk::routing::{Candidate, Decision, Request, RoutingPolicy, Target};

use pick::best;
use say::Say;
pub use settings::{Nobody, Settings, Share, Urgency};

struct Skills;

impl RoutingPolicy for Skills {
    fn route(request: Request) -> Result<Decision, String> {
        let settings: Settings = plugboard_plugin_sdk::settings()?;
        Ok(decide(&settings, &request))
    }
}

plugboard_plugin_sdk::export!(Skills: routing);

/// Decides about one conversation.
pub fn decide(settings: &Settings, request: &Request) -> Decision {
    let conversation = &request.conversation;
    let say = Say::new(settings, conversation);
    let vip = settings
        .vip_tags
        .iter()
        .any(|tag| conversation.has_tag(tag));
    let mut decision = choose(settings, request, vip, &say);
    let urgency = settings.vip_priority as u8;
    if vip && conversation.priority < urgency {
        decision.priority = Some(urgency);
    }
    decision
}

fn choose(settings: &Settings, request: &Request, vip: bool, say: &Say) -> Decision {
    let required = &request.required_skills;
    let previous = request.previous_agent.as_deref();
    let known = vip || previous.is_some();
    let room = |c: &&Candidate| c.is_free() && has_room(settings, c, known);

    // Somebody who knows the customer beats everything else, as long as the skills that the inbox demands are there.
    if settings.returning_customers {
        let last = request
            .candidates
            .iter()
            .find(|c| Some(c.id.as_str()) == previous);
        if let Some(agent) = last.filter(room).filter(|c| c.has_skills(required)) {
            return Decision::new(Target::Agent(agent.id.clone()), say.returning());
        }
    }

    let mut able: Vec<&Candidate> = request.candidates.iter().filter(room).collect();
    let skilled: Vec<&Candidate> = able
        .iter()
        .copied()
        .filter(|c| c.has_skills(required))
        .collect();
    let mut reasons = Vec::new();
    if !skilled.is_empty() {
        able = skilled;
        if !required.is_empty() {
            reasons.push(say.skills(required));
        }
    } else if !able.is_empty() {
        // There is room, but not with the skills: that is for the team lead to decide.
        let on_shift = request
            .candidates
            .iter()
            .any(|c| c.online && c.in_scope && c.has_skills(required));
        if on_shift || settings.without_skill == Nobody::Wait {
            return Decision::new(Target::Wait, say.no_skill(required));
        }
        reasons.push(say.without_skill(required));
    }
    if able.is_empty() {
        return nobody_free(settings, request, say);
    }

    able = narrow(
        able,
        vip.then_some(settings.vip_skill.as_str()),
        &mut reasons,
        &say.vip(),
    );
    let language = settings
        .same_language
        .then(|| request.conversation.primary_language())
        .flatten();
    let spoken = say.language(language.as_deref().unwrap_or_default());
    able = narrow(able, language.as_deref(), &mut reasons, &spoken);
    let agent = best(&able, settings.share).expect("there was somebody before narrowing");
    reasons.push(say.share(agent));
    Decision::new(Target::Agent(agent.id.clone()), reasons.join(say.comma()))
}

/// Those with the skill, if there are any; else all of them.
fn narrow<'a>(
    able: Vec<&'a Candidate>,
    skill: Option<&str>,
    reasons: &mut Vec<String>,
    reason: &str,
) -> Vec<&'a Candidate> {
    let Some(skill) = skill.filter(|skill| !skill.is_empty()) else {
        return able;
    };
    let narrowed: Vec<&Candidate> = able
        .iter()
        .copied()
        .filter(|c| c.has_skills(&[skill]))
        .collect();
    if narrowed.is_empty() {
        return able;
    }
    reasons.push(reason.to_owned());
    narrowed
}

/// Places that are kept for customers who are known stay empty for the others.
fn has_room(settings: &Settings, candidate: &Candidate, known: bool) -> bool {
    known || candidate.load.saturating_add(settings.kept_places) < candidate.capacity
}

/// A customer who has waited too long is moved to the team that helps out, but is not passed around.
fn nobody_free(settings: &Settings, request: &Request, say: &Say) -> Decision {
    let wait = |reason: String| Decision::new(Target::Wait, reason);
    let staffed = request.candidates.iter().any(|c| c.online && c.in_scope);
    let waited_ms = request
        .conversation
        .waiting_since
        .map_or(0, |since| request.now.saturating_sub(since));
    let overdue = !staffed || waited_ms >= u64::from(settings.overflow_after_secs) * 1000;
    let helper = request.team(&settings.overflow_team);
    let here = request.conversation.team.as_deref();
    match helper.filter(|team| overdue && Some(team.id.as_str()) != here && team.online > 0) {
        Some(_) if request.hops >= settings.most_moves => wait(say.hops(request.hops)),
        Some(team) => Decision::new(Target::Team(team.id.clone()), say.overflow(&team.name)),
        None if staffed => wait(say.full()),
        None => wait(say.nobody_online()),
    }
}
