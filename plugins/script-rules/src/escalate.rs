//! Escalation by a rule.

use plugboard_plugin_sdk::escalation::{Action, Answer, Audience, Request};
use starlark::values::{Heap, Value, list::ListRef, structs::AllocStruct, tuple::TupleRef};

use crate::{engine::Compiled, values, words::number};

/// Most actions of one answer.
const ACTIONS_MAX: usize = 10;

/// Asks a rule what happens now.
pub fn escalate(rule: &Compiled, request: &Request) -> Result<Answer, String> {
    rule.call(
        |heap| {
            let conv = values::conversation(heap, &request.conversation, request.now);
            let event = values::event(heap, request);
            [
                heap.alloc(AllocStruct(conv)),
                event,
                heap.alloc(request.now),
            ]
        },
        |answer, heap| read(answer, heap, request.level),
    )
}

fn read<'v>(returned: Value<'v>, heap: Heap<'v>, level: u8) -> Result<Answer, String> {
    let mut answer = Answer::none(level, "");
    let items: Vec<Value<'v>> = if returned.is_none() {
        Vec::new()
    } else if let Some(list) = ListRef::from_value(returned) {
        list.iter().collect()
    } else if let Some(tuple) = TupleRef::from_value(returned) {
        tuple.iter().collect()
    } else {
        vec![returned]
    };
    for item in items.into_iter().filter(|item| !item.is_none()) {
        take(item, heap, &mut answer)?;
    }
    if answer.actions.len() > ACTIONS_MAX {
        return Err(format!("escalate returned more than {ACTIONS_MAX} actions"));
    }
    if answer.reason.is_empty() {
        let nothing = answer.actions.is_empty();
        let words = if nothing {
            "the rule has nothing to do"
        } else {
            "the rule says so"
        };
        words.clone_into(&mut answer.reason);
    }
    Ok(answer)
}

fn take<'v>(item: Value<'v>, heap: Heap<'v>, answer: &mut Answer) -> Result<(), String> {
    let field = |name: &str| values::field(item, name, heap).unwrap_or(Value::new_none());
    let Some(kind) = field("kind").unpack_str() else {
        return Err(format!(
            "escalate returned {item}: use notify(), raise_priority(), ask_again() ..."
        ));
    };
    let (first, second) = (field("value"), field("second"));
    let text = |value: Value<'v>| {
        let text = value.unpack_str().map(str::to_owned);
        text.ok_or_else(|| format!("{kind}() takes a text, not {value}"))
    };
    let action = match kind {
        "notify" => Action::Notify((audience(&text(first)?)?, text(second)?)),
        "raise_priority" => {
            let priority = values::priority(first)?.ok_or("raise_priority() takes a priority")?;
            Action::RaisePriority(priority)
        }
        "assign_agent" => Action::AssignAgent(match first.unpack_str() {
            Some(id) => id.to_owned(),
            None => text(values::field(first, "id", heap).unwrap_or(first))?,
        }),
        "assign_team" => Action::AssignTeam(text(first)?),
        "add_tags" => Action::AddTags(values::tags(first)?),
        "page" => {
            let payload = if second.is_none() {
                "{}".to_owned()
            } else {
                json(second)?
            };
            Action::Page((text(first)?, payload))
        }
        "open_case" => Action::OpenCase((text(first)?, text(second)?)),
        "ask_again" => {
            let secs = number(first).and_then(|secs| u64::try_from(secs).ok());
            let secs = secs.ok_or_else(|| format!("ask_again() takes seconds, not {first}"))?;
            answer.ask_again_ms = Some(secs.saturating_mul(1000));
            return Ok(());
        }
        "set_level" => {
            let level = first
                .unpack_i32()
                .and_then(|level| u8::try_from(level).ok());
            answer.level =
                level.ok_or_else(|| format!("set_level() takes 0 to 255, not {first}"))?;
            return Ok(());
        }
        "because" => {
            answer.reason = text(first)?;
            return Ok(());
        }
        _ => return Err(format!("{kind} is what route returns, not escalate")),
    };
    answer.actions.push(action);
    Ok(())
}

fn json(value: Value) -> Result<String, String> {
    value
        .to_json()
        .map_err(|_| "page() takes what JSON can hold".to_owned())
}

fn audience(who: &str) -> Result<Audience, String> {
    let (kind, rest) = who.split_once(':').unwrap_or((who, ""));
    match (kind, rest) {
        ("owner", "") => Ok(Audience::Owner),
        ("manager", "") => Ok(Audience::Manager(1)),
        ("manager", nth) => {
            let nth = nth.parse().ok().filter(|nth| *nth > 0);
            nth.map(Audience::Manager)
                .ok_or_else(|| format!("{who}: managers count from 1"))
        }
        ("agent", id) if !id.is_empty() => Ok(Audience::Agent(id.to_owned())),
        ("team", name) if !name.is_empty() => Ok(Audience::Team(name.to_owned())),
        ("role", name) if !name.is_empty() => Ok(Audience::Role(name.to_owned())),
        _ => Err(format!(
            "{who:?} is nobody: owner, manager, manager:2, role:NAME, team:NAME, agent:ID"
        )),
    }
}
