//! Routing by a rule.

use plugboard_plugin_sdk::routing::{Decision, Request, Target};
use starlark::values::{Heap, Value, list::AllocList, structs::AllocStruct};

use crate::{engine::Compiled, values};

/// Asks a rule who gets the conversation.
pub fn route(rule: &Compiled, request: &Request) -> Result<Decision, String> {
    rule.call(|heap| arguments(heap, request), read)
}

fn arguments<'v>(heap: Heap<'v>, request: &Request) -> [Value<'v>; 3] {
    let mut conv = values::conversation(heap, &request.conversation, request.now);
    let skills = AllocList(request.required_skills.iter().map(String::as_str));
    conv.push(("required_skills", heap.alloc(skills)));
    let previous = request.previous_agent.as_deref();
    conv.push((
        "previous_agent",
        previous.map_or(Value::new_none(), |id| heap.alloc(id)),
    ));
    conv.push(("hops", heap.alloc(u32::from(request.hops))));
    let teams = request.teams.iter().map(|team| {
        let fields: Vec<(&'static str, Value<'v>)> = vec![
            ("id", heap.alloc(team.id.as_str())),
            ("name", heap.alloc(team.name.as_str())),
            ("online", heap.alloc(team.online)),
            ("free", heap.alloc(team.free)),
        ];
        heap.alloc(AllocStruct(fields))
    });
    let teams: Vec<Value<'v>> = teams.collect();
    conv.push(("teams", heap.alloc(AllocList(teams))));
    let candidates: Vec<Value<'v>> = request
        .candidates
        .iter()
        .map(|it| values::candidate(heap, it))
        .collect();
    [
        heap.alloc(AllocStruct(conv)),
        heap.alloc(AllocList(candidates)),
        heap.alloc(request.now),
    ]
}

fn read<'v>(answer: Value<'v>, heap: Heap<'v>) -> Result<Decision, String> {
    if answer.is_none() {
        return Ok(Decision::next("the rule does not apply"));
    }
    let text = |name: &str| values::field(answer, name, heap).and_then(Value::unpack_str);
    let value = || text("value").unwrap_or_default().to_owned();
    let target = match text("kind") {
        Some("agent") => Target::Agent(value()),
        Some("team") => Target::Team(value()),
        Some("wait") => Target::Wait,
        Some("next") => Target::Next,
        _ => {
            return Err(format!(
                "route returned {answer}: use agent(), team(), queue(), wait() or None"
            ));
        }
    };
    let rest = |name: &str| values::field(answer, name, heap).unwrap_or(Value::new_none());
    let reason = text("reason")
        .filter(|reason| !reason.is_empty())
        .unwrap_or("the rule says so");
    let mut decision = Decision::new(target, reason);
    decision.priority = values::priority(rest("priority"))?;
    decision.add_tags = values::tags(rest("tags"))?;
    Ok(decision)
}
