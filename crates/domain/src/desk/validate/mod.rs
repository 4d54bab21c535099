//! What a configured thing must be before it is saved, and what keeps it from going.

mod plugins;

use uuid::Uuid;

use super::{
    Agent, Desk, Entity, EntityKind, EntityRef, Inbox, MANAGERS_MAX, Macro, PolicyRef, Team,
    Webhook,
};
use crate::{
    access::Role,
    channel::ChannelKind,
    conversation::{LABEL_CHARS_MAX, TAGS_MAX},
    ids::{AgentId, TeamId},
    message::TEXT_CHARS_MAX,
    rejection::Rejection,
    text,
};

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 120;

/// Largest settings object of an inbox, as JSON text in bytes.
const SETTINGS_BYTES_MAX: usize = 65_536;

pub(super) fn entity(desk: &Desk, entity: &Entity) -> Result<(), Rejection> {
    match entity {
        Entity::Agent(it) => agent(desk, it),
        Entity::Team(it) => team(desk, it),
        Entity::Shop(it) => name(&it.name),
        Entity::Inbox(it) => inbox(desk, it),
        Entity::SlaPolicy(it) => {
            name(&it.name)?;
            // A year bounds the arithmetic; less than a second promises nothing.
            if it
                .targets
                .values()
                .any(|secs| !(1..=31_536_000).contains(secs))
            {
                return Err(Rejection::invalid("a target must be 1 second to 365 days"));
            }
            if it.targets.is_empty() {
                return Err(Rejection::invalid("a policy needs at least one target"));
            }
            Ok(())
        }
        Entity::BusinessHours(it) => name(&it.name).and_then(|()| it.hours.validate()),
        Entity::Macro(it) => macro_(desk, it),
        Entity::View(it) => {
            name(&it.name)?;
            known_agent(desk, it.owner)?;
            if it.filter.len() > 20 || it.filter.values().any(|value| value.chars().count() > 200) {
                return Err(Rejection::invalid(
                    "a view has at most 20 filters of 200 characters",
                ));
            }
            Ok(())
        }
        Entity::Webhook(it) => webhook(it),
        Entity::ApiToken(it) => {
            name(&it.name)?;
            if it.scopes.is_empty() {
                return Err(Rejection::invalid("a token needs at least one scope"));
            }
            known_agent(desk, Some(it.agent_id))
        }
        Entity::Plugin(it) => plugins::plugin(desk, it),
        Entity::Rule(it) => plugins::rule(desk, it),
        Entity::Policies(it) => plugins::policies(desk, it),
    }
}

pub(super) fn removal(desk: &Desk, reference: EntityRef) -> Result<(), Rejection> {
    if reference.kind == EntityKind::Agent {
        return Err(Rejection::conflict(
            "agents are disabled, not removed: history names them",
        ));
    }
    let by_name = match desk.get(reference) {
        Some(Entity::Plugin(it)) => Some(PolicyRef::Plugin(it.key.clone())),
        Some(Entity::Rule(it)) => Some(PolicyRef::Rule(it.name.clone())),
        _ => None,
    };
    let used = |user| {
        refers(user, reference).or_else(|| by_name.as_ref().and_then(|policy| names(user, policy)))
    };
    match desk.all().find_map(used) {
        Some(by) => Err(Rejection::conflict(format!("still used by {by:?}"))),
        None => Ok(()),
    }
}

/// The name of `user`, when it refers to the thing.
fn refers(user: &Entity, EntityRef { kind, id }: EntityRef) -> Option<&str> {
    let is = |it: Option<Uuid>| it == Some(id);
    let (name, named) = match (user, kind) {
        (Entity::Inbox(it), EntityKind::Team) => (&it.name, is(it.team_id.map(|it| it.0))),
        (Entity::Inbox(it), EntityKind::Shop) => (&it.name, is(it.shop_id.map(|it| it.0))),
        (Entity::Inbox(it), EntityKind::SlaPolicy) => {
            (&it.name, is(it.policy.sla_policy_id.map(|it| it.0)))
        }
        (Entity::Inbox(it), EntityKind::BusinessHours) => {
            (&it.name, is(it.policy.business_hours_id.map(|it| it.0)))
        }
        (Entity::Team(it), EntityKind::Team) => (&it.name, is(it.overflow.map(|to| to.team_id.0))),
        (Entity::Macro(it), EntityKind::Team) => (&it.name, is(it.assign_team.map(|it| it.0))),
        // An empty scope means everywhere, so what limits an agent must not vanish on its own.
        (Entity::Agent(it), EntityKind::Team) => (&it.name, it.scope.teams.contains(&id.into())),
        (Entity::Agent(it), EntityKind::Shop) => (&it.name, it.scope.shops.contains(&id.into())),
        _ => return None,
    };
    named.then_some(name)
}

/// The name of `user`, when it names the plugin or rule.
fn names<'a>(user: &'a Entity, policy: &PolicyRef) -> Option<&'a str> {
    match (user, policy) {
        (Entity::Inbox(it), PolicyRef::Plugin(key)) => {
            (it.channel == ChannelKind::Plugin(key.clone())).then_some(&*it.name)
        }
        (Entity::Policies(it), _) => {
            let mut named = it.routing.named().chain(it.escalation.named());
            named.any(|it| it == policy).then_some("policies")
        }
        _ => None,
    }
}

fn agent(desk: &Desk, agent: &Agent) -> Result<(), Rejection> {
    name(&agent.name)?;
    labels("skill", agent.skills.iter())?;
    // Five hundred open conversations are more than anybody can hold; the bound catches typing errors.
    if agent.capacity > 500 {
        return Err(Rejection::invalid("capacity must be at most 500"));
    }
    let runs_desk = |it: &Agent| it.role == Role::Administrator && !it.disabled;
    let others = || desk.agents().filter(|it| it.id != agent.id);
    if desk.agent(agent.id).is_some_and(runs_desk) && !runs_desk(agent) && !others().any(runs_desk)
    {
        return Err(Rejection::conflict("the last administrator must stay one"));
    }
    reports(desk, agent)?;
    for team in &agent.scope.teams {
        known_team(desk, Some(*team))?;
    }
    for shop in &agent.scope.shops {
        desk.shop(*shop)
            .ok_or_else(|| Rejection::invalid("scope names a shop that does not exist"))?;
    }
    Ok(())
}

/// The line upwards ends, without coming back to where it began.
fn reports(desk: &Desk, agent: &Agent) -> Result<(), Rejection> {
    known_agent(desk, agent.reports_to)?;
    let Some(manager) = agent.reports_to else {
        return Ok(());
    };
    let above = desk.managers(manager);
    if manager == agent.id || above.contains(&agent.id) {
        return Err(Rejection::invalid("nobody reports to themselves"));
    }
    if above.len() >= MANAGERS_MAX {
        return Err(Rejection::invalid(format!(
            "a reporting line has at most {MANAGERS_MAX} managers"
        )));
    }
    Ok(())
}

fn team(desk: &Desk, team: &Team) -> Result<(), Rejection> {
    name(&team.name)?;
    for member in &team.members {
        known_agent(desk, Some(*member))?;
    }
    if let Some(overflow) = team.overflow {
        known_team(desk, Some(overflow.team_id))?;
        if overflow.team_id == team.id {
            return Err(Rejection::invalid("a team cannot overflow into itself"));
        }
        if !(1..=604_800).contains(&overflow.after_secs) {
            return Err(Rejection::invalid(
                "overflow must come after 1 second to 7 days",
            ));
        }
    }
    Ok(())
}

fn inbox(desk: &Desk, inbox: &Inbox) -> Result<(), Rejection> {
    name(&inbox.name)?;
    known_team(desk, inbox.team_id)?;
    if inbox.shop_id.is_some_and(|id| desk.shop(id).is_none()) {
        return Err(Rejection::invalid("shop does not exist"));
    }
    let policy = &inbox.policy;
    if policy
        .business_hours_id
        .is_some_and(|id| desk.business_hours(id).is_none())
    {
        return Err(Rejection::invalid("business_hours_id does not exist"));
    }
    if policy
        .sla_policy_id
        .is_some_and(|id| desk.sla_policy(id).is_none())
    {
        return Err(Rejection::invalid("sla_policy_id does not exist"));
    }
    for (what, text) in [
        ("greeting", &policy.greeting),
        ("away_message", &policy.away_message),
    ] {
        if text
            .as_ref()
            .is_some_and(|text| text.trim().is_empty() || text.chars().count() > 2_000)
        {
            return Err(Rejection::invalid(format!(
                "{what} must be 1 to 2,000 characters"
            )));
        }
    }
    labels("skill", policy.required_skills.iter())?;
    if policy
        .offer_timeout_secs
        .is_some_and(|secs| !(1..=86_400).contains(&secs))
    {
        return Err(Rejection::invalid(
            "offer_timeout_secs must be 1 second to a day",
        ));
    }
    if policy
        .reopen_within_hours
        .is_some_and(|hours| hours > 87_600)
    {
        return Err(Rejection::invalid(
            "reopen_within_hours must be at most ten years",
        ));
    }
    let settings = serde_json::to_string(&inbox.settings)
        .map_err(|error| Rejection::invalid(error.to_string()))?;
    if settings.len() > SETTINGS_BYTES_MAX {
        return Err(Rejection::invalid("settings must be at most 64 KiB"));
    }
    Ok(())
}

fn macro_(desk: &Desk, macro_: &Macro) -> Result<(), Rejection> {
    name(&macro_.name)?;
    known_agent(desk, macro_.owner)?;
    known_team(desk, macro_.assign_team)?;
    labels("tag", macro_.add_tags.iter())?;
    labels("disposition", macro_.resolve_as.iter())?;
    if macro_.text.chars().count() > TEXT_CHARS_MAX {
        return Err(Rejection::invalid(format!(
            "text must be at most {TEXT_CHARS_MAX} characters"
        )));
    }
    Ok(())
}

fn webhook(webhook: &Webhook) -> Result<(), Rejection> {
    name(&webhook.name)?;
    let url = text::line("url", &webhook.url, 2_000)?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(Rejection::invalid(
            "url must start with https:// or http://",
        ));
    }
    labels("event", webhook.events.iter())
}

fn name(name: &str) -> Result<(), Rejection> {
    text::line("name", name, NAME_CHARS_MAX).map(|_| ())
}

fn labels<'a>(what: &str, labels: impl Iterator<Item = &'a String>) -> Result<(), Rejection> {
    let labels: Vec<_> = labels.collect();
    if labels.len() > TAGS_MAX {
        return Err(Rejection::invalid(format!("at most {TAGS_MAX} {what}s")));
    }
    for label in labels {
        text::line(what, label, LABEL_CHARS_MAX)?;
    }
    Ok(())
}

fn known_agent(desk: &Desk, id: Option<AgentId>) -> Result<(), Rejection> {
    match id {
        Some(id) if desk.agent(id).is_none() => Err(Rejection::invalid("agent does not exist")),
        _ => Ok(()),
    }
}

fn known_team(desk: &Desk, id: Option<TeamId>) -> Result<(), Rejection> {
    match id {
        Some(id) if desk.team(id).is_none() => Err(Rejection::invalid("team does not exist")),
        _ => Ok(()),
    }
}
