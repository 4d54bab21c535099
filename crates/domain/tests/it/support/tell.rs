//! Events as text, one line each, with names instead of ids and times since the beginning.

use plugboard_domain::{
    Actor, AgentId, Event, TeamId, Timestamp,
    conversation::{AssignedBy, Assignment, Status, Waiting},
    message::{Delivery, MessageFacts},
    sla::{ClockState, SlaClock},
};
use uuid::Uuid;

use super::{CARE, LI, NIGHT, WANG, start};

pub(crate) fn tell(events: &[Event]) -> String {
    let lines: Vec<_> = events.iter().map(line).collect();
    lines.join("\n")
}

fn line(event: &Event) -> String {
    match event {
        Event::ConversationCreated {
            team_id, priority, ..
        } => format!("begins for {}, {priority:?}", team(*team_id)),
        Event::MessageCreated { message, waiting } => {
            format!("{}; {}", written(message), waits(*waiting))
        }
        Event::DeliveryChanged {
            message_id,
            delivery,
        } => format!("{} is {}", name(message_id.0), fate(delivery)),
        Event::MessageScheduled { scheduled } => format!(
            "{} by {} waits until {}",
            name(scheduled.message_id.0),
            actor(&scheduled.author),
            moment(scheduled.at)
        ),
        Event::ScheduleCancelled { message_id, reason } => {
            format!("{} will not be sent ({reason})", name(message_id.0))
        }
        Event::StatusChanged {
            status: to,
            waiting,
            cause,
        } => format!("{}; {} ({cause})", status(to), waits(*waiting)),
        Event::Assigned {
            assignment, cause, ..
        } => format!("{} ({cause})", owner(assignment)),
        Event::Tagged { added, removed } => format!("tags +{added:?} -{removed:?}"),
        Event::PriorityChanged { priority } => format!("priority {priority:?}"),
        Event::StageChanged { stage } => format!("stage {stage:?}"),
        Event::Absorbed { other, with } => {
            format!("absorbs {}", group(other.0, with.iter().map(|it| it.0)))
        }
        Event::Released { other, with } => {
            format!("releases {}", group(other.0, with.iter().map(|it| it.0)))
        }
        Event::Read { agent_id, seq } => format!("{} has read up to {seq}", agent(*agent_id)),
        Event::SlaChanged { sla } => {
            let clocks: Vec<_> = sla.clocks.iter().map(clock).collect();
            format!("clocks: {}", clocks.join(", "))
        }
        Event::SlaWarned { target, due_at } => {
            format!("{target} is nearly due, {}", moment(*due_at))
        }
        Event::SlaBreached { target, due_at } => {
            format!("{target} is missed, was due {}", moment(*due_at))
        }
        other => format!("{} {}", other.kind(), other.data()),
    }
}

fn written(message: &MessageFacts) -> String {
    let kind = serde_json::to_value(message.kind).unwrap();
    let fate = message
        .delivery
        .as_ref()
        .map(|it| format!(", {}", fate(it)));
    format!(
        "{} {} by {}{}",
        name(message.id.0),
        kind.as_str().unwrap(),
        actor(&message.author),
        fate.unwrap_or_default()
    )
}

fn status(status: &Status) -> String {
    match status {
        Status::Open => "open".to_owned(),
        Status::Snoozed { until } => format!("snoozed until {}", moment(*until)),
        Status::Resolved {
            at,
            by,
            disposition,
        } => {
            let how = disposition.as_ref().map(|it| format!(" as {it:?}"));
            format!(
                "resolved at {} by {}{}",
                moment(*at),
                actor(by),
                how.unwrap_or_default()
            )
        }
        Status::Merged {
            into,
            at_seq,
            before,
        } => format!(
            "merged into {} at {at_seq}, was {}",
            name(into.0),
            self::status(before)
        ),
    }
}

fn waits(waiting: Waiting) -> String {
    match waiting {
        Waiting::Nobody => "nobody waits".to_owned(),
        Waiting::Agent { since } => format!("the contact waits since {}", moment(since)),
        Waiting::Contact { since } => format!("we wait since {}", moment(since)),
    }
}

fn owner(assignment: &Assignment) -> String {
    let passed = |passed: &std::collections::BTreeSet<AgentId>| {
        let names: Vec<_> = passed.iter().map(|it| agent(*it)).collect();
        if names.is_empty() {
            return String::new();
        }
        format!(", passed by {}", names.join(" and "))
    };
    match assignment {
        Assignment::Unassigned {
            team: queue,
            since,
            passed: by,
            ..
        } => format!(
            "queued for {} since {}{}",
            team(*queue),
            moment(*since),
            passed(by)
        ),
        Assignment::Offered {
            agent: to,
            team: queue,
            until,
            passed: by,
            ..
        } => format!(
            "offered to {} of {} until {}{}",
            agent(*to),
            team(*queue),
            moment(*until),
            passed(by)
        ),
        Assignment::Assigned {
            agent: to,
            team: queue,
            by,
            ..
        } => {
            let by = match by {
                AssignedBy::Hand => "by hand",
                AssignedBy::Router => "by routing",
            };
            format!("owned by {} of {} {by}", agent(*to), team(*queue))
        }
    }
}

fn clock(clock: &SlaClock) -> String {
    let state = match &clock.state {
        ClockState::Running {
            used_secs,
            warn_at,
            due_at,
            ..
        } => {
            let warn = warn_at.map(|at| format!(", warns {}", moment(at)));
            format!(
                "runs from {used_secs}s{}, due {}",
                warn.unwrap_or_default(),
                moment(*due_at)
            )
        }
        ClockState::Paused { used_secs } => format!("stands at {used_secs}s"),
        ClockState::Met { at } => format!("met {}", moment(*at)),
        ClockState::Breached { ended_at: None, .. } => "missed".to_owned(),
        ClockState::Breached {
            ended_at: Some(at), ..
        } => format!("missed, done {}", moment(*at)),
    };
    format!("{} {state}", clock.target)
}

fn fate(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Failed { reason, .. } => format!("failed: {reason}"),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Agent { id } => agent(*id),
        Actor::Contact { .. } => "contact".to_owned(),
        Actor::System { part } => part.clone(),
        Actor::Plugin { key } => key.clone(),
    }
}

fn agent(id: AgentId) -> String {
    match id {
        LI => "Li".to_owned(),
        WANG => "Wang".to_owned(),
        _ => "Boss".to_owned(),
    }
}

fn team(id: Option<TeamId>) -> String {
    match id {
        Some(CARE) => "care".to_owned(),
        Some(NIGHT) => "night".to_owned(),
        Some(other) => other.to_string(),
        None => "nobody".to_owned(),
    }
}

fn group(first: Uuid, with: impl Iterator<Item = Uuid>) -> String {
    let with: Vec<_> = with.map(name).collect();
    if with.is_empty() {
        return name(first);
    }
    format!("{} with {}", name(first), with.join(" and "))
}

/// Messages count from 1,000, conversations from 100.
fn name(id: Uuid) -> String {
    match id.as_u128() {
        n @ 1_000.. => format!("m{}", n - 1_000),
        n => format!("c{}", n - 100),
    }
}

/// A time as its distance from the beginning: `+1d2h3m4s`.
fn moment(at: Timestamp) -> String {
    let secs = at.as_second() - start().as_second();
    let sign = if secs < 0 { '-' } else { '+' };
    let secs = secs.unsigned_abs();
    let parts = [
        (secs / 86_400, 'd'),
        (secs / 3_600 % 24, 'h'),
        (secs / 60 % 60, 'm'),
        (secs % 60, 's'),
    ];
    let parts = parts.iter().filter(|(n, _)| *n > 0);
    let text = parts
        .map(|(n, unit)| format!("{n}{unit}"))
        .collect::<Vec<_>>()
        .concat();
    if text.is_empty() {
        return "now".to_owned();
    }
    format!("{sign}{text}")
}
