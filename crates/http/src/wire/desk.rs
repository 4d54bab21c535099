//! What administrators set up.

use std::collections::BTreeMap;

use plugboard_domain::{
    channel::ChannelKind,
    desk::{self as domain, Desk},
    hours::{self, WeeklyHours},
    outbox::{self, Job, JobState},
};
use plugboard_protocol::{
    admin::{
        ApiToken, BusinessHours, ChannelCapabilities, Inbox, Macro, OutboxEntry, Period,
        ReplyWindow, SaveBusinessHours, SaveMacro, Shop, SlaPolicy, View, Webhook,
    },
    agents::{Agent, Overflow, Scope, Team},
    time,
};

use super::{
    assignment_method, availability, inbox_settings, permission_name, priority, role, sla_target,
    stage, to_sla_target,
};
use crate::ApiError;

fn ids<T: ToString>(ids: impl IntoIterator<Item = T>) -> Vec<String> {
    ids.into_iter().map(|id| id.to_string()).collect()
}

/// An agent; the address only for those who may see it.
pub fn agent(it: &domain::Agent, email: Option<&String>, desk: &Desk) -> Agent {
    Agent {
        id: it.id.to_string(),
        email: email.cloned(),
        name: it.name.clone(),
        role: role(it.role),
        skills: it.skills.iter().cloned().collect(),
        capacity: it.capacity,
        scope: Scope {
            shops: ids(&it.scope.shops),
            teams: ids(&it.scope.teams),
        },
        availability: availability(it.availability),
        availability_since: time(it.availability_since),
        team_ids: ids(desk
            .teams()
            .filter(|team| team.members.contains(&it.id))
            .map(|team| team.id)),
        disabled: it.disabled,
        locale: it.locale.clone(),
        reports_to: it.reports_to.map(|id| id.to_string()),
        created_at: time(it.created_at),
    }
}

/// A team.
pub fn team(it: &domain::Team) -> Team {
    Team {
        id: it.id.to_string(),
        name: it.name.clone(),
        member_ids: ids(&it.members),
        assignment: assignment_method(it.assignment),
        overflow: it.overflow.map(|to| Overflow {
            team_id: to.team_id.to_string(),
            after_secs: to.after_secs,
        }),
        created_at: time(it.created_at),
    }
}

/// A shop.
pub fn shop(it: &domain::Shop) -> Shop {
    Shop {
        id: it.id.to_string(),
        name: it.name.clone(),
        created_at: time(it.created_at),
    }
}

/// An inbox; `base` is where people reach the desk.
pub fn inbox(
    it: &domain::Inbox,
    base: &str,
    can: Option<plugboard_channel::Capabilities>,
) -> Inbox {
    let snippet = (it.channel == ChannelKind::Webchat).then(|| {
        format!(
            r#"<script src="{base}/widget/v1/loader.js" data-inbox="{}" async></script>"#,
            it.id
        )
    });
    let webhook_url =
        matches!(it.channel, ChannelKind::Plugin(_)).then(|| format!("{base}/hooks/{}", it.id));
    Inbox {
        id: it.id.to_string(),
        name: it.name.clone(),
        channel: it.channel.to_string(),
        shop: it.shop_id.map(|id| id.to_string()),
        team_id: it.team_id.map(|id| id.to_string()),
        settings: inbox_settings(it),
        snippet,
        webhook_url,
        cti_url: None,
        capabilities: can.map(capabilities),
        created_at: time(it.created_at),
    }
}

/// What a channel can do.
fn capabilities(can: plugboard_channel::Capabilities) -> ChannelCapabilities {
    use plugboard_channel::{MediaKind, Receipts};
    let media = |kind| match kind {
        MediaKind::Image => "image",
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
        MediaKind::File => "file",
    };
    let receipts = match can.receipts {
        Receipts::Sent => "sent",
        Receipts::Delivered => "delivered",
        Receipts::Read => "read",
    };
    ChannelCapabilities {
        text_chars_max: can.text_chars_max,
        media: can
            .media
            .into_iter()
            .map(|it| media(it).to_owned())
            .collect(),
        attachments_max: can.attachments_max,
        attachment_bytes_max: can.attachment_bytes_max,
        typing: can.typing,
        receipts: receipts.to_owned(),
        reply_window: can.reply_window.map(|window| ReplyWindow {
            hours: window.hours,
            sends: window.sends,
        }),
    }
}

/// An SLA policy.
pub fn sla_policy(it: &domain::SlaPolicy) -> SlaPolicy {
    let targets = it.targets.iter();
    SlaPolicy {
        id: it.id.to_string(),
        name: it.name.clone(),
        targets: targets
            .map(|(target, secs)| (sla_target(*target), *secs))
            .collect(),
        created_at: time(it.created_at),
    }
}

/// Targets of an SLA policy, in the domain.
pub fn targets(
    wire: BTreeMap<plugboard_protocol::conversations::SlaTarget, u64>,
) -> BTreeMap<plugboard_domain::sla::SlaTarget, u64> {
    wire.into_iter()
        .map(|(target, secs)| (to_sla_target(target), secs))
        .collect()
}

/// Business hours.
pub fn business_hours(it: &domain::BusinessHours) -> BusinessHours {
    let periods = |periods: &Vec<hours::Period>| -> Vec<Period> {
        let wire = |period: &hours::Period| Period {
            from: period.from,
            to: period.to,
        };
        periods.iter().map(wire).collect()
    };
    let hours = &it.hours;
    BusinessHours {
        id: it.id.to_string(),
        hours: SaveBusinessHours {
            name: it.name.clone(),
            time_zone: hours.time_zone.clone(),
            week: hours
                .week
                .iter()
                .map(|(day, it)| (day.to_string(), periods(it)))
                .collect(),
            holidays: ids(&hours.holidays),
            exceptions: hours
                .exceptions
                .iter()
                .map(|(date, it)| (date.to_string(), periods(it)))
                .collect(),
        },
        created_at: time(it.created_at),
    }
}

/// A timetable in the domain; 422 for what is no weekday or date.
pub fn weekly_hours(wire: SaveBusinessHours) -> Result<WeeklyHours, ApiError> {
    let date = |text: &String| {
        text.parse()
            .map_err(|_| ApiError::invalid(format!("{text:?} is not a date such as 2026-01-31")))
    };
    let periods = |periods: Vec<Period>| -> Vec<hours::Period> {
        let domain = |period: Period| hours::Period {
            from: period.from,
            to: period.to,
        };
        periods.into_iter().map(domain).collect()
    };
    let week = wire.week.into_iter().map(|(day, it)| {
        let number: u8 = day
            .parse()
            .map_err(|_| ApiError::invalid(format!("{day:?} is not a weekday, 1 to 7")))?;
        Ok((number, periods(it)))
    });
    let exceptions = wire
        .exceptions
        .into_iter()
        .map(|(day, it)| Ok((date(&day)?, periods(it))));
    Ok(WeeklyHours {
        time_zone: wire.time_zone,
        week: week.collect::<Result<_, ApiError>>()?,
        holidays: wire.holidays.iter().map(date).collect::<Result<_, _>>()?,
        exceptions: exceptions.collect::<Result<_, ApiError>>()?,
    })
}

/// A macro.
pub fn macro_(it: &domain::Macro) -> Macro {
    Macro {
        id: it.id.to_string(),
        content: SaveMacro {
            name: it.name.clone(),
            personal: it.owner.is_some(),
            text: it.text.clone(),
            add_tags: it.add_tags.iter().cloned().collect(),
            set_stage: it.set_stage.map(stage),
            set_priority: it.set_priority.map(priority),
            assign_team: it.assign_team.map(|id| id.to_string()),
            resolve_as: it.resolve_as.clone(),
        },
        owner: it.owner.map(|id| id.to_string()),
        created_at: time(it.created_at),
    }
}

/// A view.
pub fn view(it: &domain::View) -> View {
    View {
        id: it.id.to_string(),
        name: it.name.clone(),
        owner: it.owner.map(|id| id.to_string()),
        filter: it.filter.clone(),
        created_at: time(it.created_at),
    }
}

/// A webhook; the secret only when it is made.
pub fn webhook(it: &domain::Webhook, secret: Option<String>) -> Webhook {
    Webhook {
        id: it.id.to_string(),
        name: it.name.clone(),
        url: it.url.clone(),
        events: it.events.iter().cloned().collect(),
        enabled: it.enabled,
        secret,
        created_at: time(it.created_at),
    }
}

/// An API token; the token itself only when it is made.
pub fn api_token(it: &domain::ApiToken, token: Option<String>) -> ApiToken {
    ApiToken {
        id: it.id.to_string(),
        name: it.name.clone(),
        agent_id: it.agent_id.to_string(),
        scopes: it.scopes.iter().copied().map(permission_name).collect(),
        expires_at: it.expires_at.map(time),
        token,
        created_at: time(it.created_at),
    }
}

/// Outside work.
pub fn outbox_entry(it: &outbox::OutboxEntry) -> OutboxEntry {
    let (job, target_id) = match &it.job {
        Job::CallWebhook { webhook_id, .. } => ("call_webhook", webhook_id.to_string()),
        Job::Page { webhook_id, .. } => ("page", webhook_id.to_string()),
        Job::Deliver { inbox_id, .. } => ("deliver", inbox_id.to_string()),
        Job::PluginTimer { plugin, .. } => ("plugin_timer", plugin.clone()),
        Job::HookEvent { plugin, .. } => ("hook_event", plugin.clone()),
        Job::EraseFile { blob } => ("erase_file", blob.clone()),
        Job::Hook { inbox_id } => ("hook", inbox_id.to_string()),
    };
    let (state, next_at) = match it.state {
        JobState::Pending { next_at } => ("pending", Some(time(next_at))),
        JobState::Done { .. } => ("done", None),
        JobState::Dead { .. } => ("dead", None),
    };
    OutboxEntry {
        id: it.id.to_string(),
        job: job.to_owned(),
        target_id,
        state: state.to_owned(),
        attempts: it.attempts,
        last_error: it.last_error.clone(),
        next_at,
        created_at: time(it.created_at),
    }
}
