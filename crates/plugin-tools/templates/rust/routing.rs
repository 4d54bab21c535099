//! The agent who helped last, else the least busy one who speaks the language.

use plugboard_plugin_sdk::{
    export,
    routing::{Candidate, Decision, Request, RoutingPolicy, Target},
    setting,
};

struct Plugin;

impl RoutingPolicy for Plugin {
    fn route(request: Request) -> Result<Decision, String> {
        let free: Vec<&Candidate> = request
            .candidates
            .iter()
            .filter(|it| it.is_free() && it.has_skills(&request.required_skills))
            .collect();
        let last = free.iter().find(|it| Some(&it.id) == request.previous_agent.as_ref());
        if let Some(last) = last
            && setting("prefer_last_agent").as_deref() != Some("false")
        {
            return Ok(to(last, "returning customer".to_owned()));
        }
        let language = request.conversation.primary_language();
        let speaks = |it: &Candidate| language.as_ref().is_some_and(|language| it.has_skills(&[language]));
        // Those who speak it first, then by load, then by name, so that the answer is always the same.
        let best = free.iter().min_by_key(|it| (!speaks(it), it.load * 1000 / it.capacity.max(1), &it.id));
        Ok(match best {
            Some(best) => to(best, format!("least busy ({}/{})", best.load, best.capacity)),
            None => Decision::new(Target::Wait, "nobody is free"),
        })
    }
}

fn to(agent: &Candidate, reason: String) -> Decision {
    Decision::new(Target::Agent(agent.id.clone()), reason)
}

export!(Plugin: routing);
