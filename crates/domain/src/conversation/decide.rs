//! What a conversation answers to a command: events, or a rejection.

use std::collections::BTreeSet;

use super::{
    AssignedBy, Assignment, Conversation, ConversationCommand, LABEL_CHARS_MAX, NewConversation,
    SCHEDULED_MAX, Sla, Status, StatusRequest, TAGS_MAX, Waiting,
};
use crate::{
    Seq, Timestamp,
    actor::{Actor, Principal},
    channel::ChannelKind,
    desk::{Availability, Desk, Inbox},
    event::Event,
    ids::{AgentId, ConversationId, MessageId, TeamId},
    message::{
        ATTACHMENTS_MAX, Delivery, MessageDraft, MessageFacts, MessageKind, Scheduled,
        TEXT_CHARS_MAX,
    },
    rejection::Rejection,
    sla::{SlaClock, SlaTarget},
    text,
    timer::TimerKind,
};

/// How far ahead a snooze or a scheduled reply may be: five years.
const AHEAD_MAX: std::time::Duration = std::time::Duration::from_hours(5 * 365 * 24);

/// What a decision may look at besides the conversation itself.
pub struct Context<'a> {
    /// The configuration.
    pub desk: &'a Desk,
    /// Who asks; permission was checked before.
    pub principal: &'a Principal,
    /// The time.
    pub now: Timestamp,
    /// The position that the next event will get.
    pub next_seq: Seq,
    /// An identifier for a message that Plugboard writes itself.
    pub spare_id: MessageId,
}

impl Context<'_> {
    fn actor(&self) -> Actor {
        self.principal.actor()
    }
}

/// Answers a command to a conversation that exists.
pub fn decide(
    state: &Conversation,
    command: &ConversationCommand,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    use ConversationCommand as C;
    if let (Status::Merged { .. }, false) = (&state.status, survives_merge(command)) {
        return Err(Rejection::conflict(
            "the conversation was merged into another",
        ));
    }
    match command {
        C::Receive { draft } => receive(state, draft, context),
        C::Post {
            kind,
            draft,
            seen_seq,
        } => post(state, *kind, draft, *seen_seq, context),
        C::Schedule { draft, at } => schedule(state, draft, *at, context),
        C::CancelScheduled { message_id } => cancel_scheduled(state, *message_id),
        C::Assign { agent, team } => assign(state, *agent, *team, context),
        C::AcceptOffer => accept_offer(state, context),
        C::Route { agent, decision } => route(state, *agent, *decision, context),
        C::ReturnToQueue { reason } => Ok(return_to_queue(state, reason, context.now)),
        C::SetStatus(request) => set_status(state, request, context),
        C::Tag { add, remove } => tag(state, add, remove),
        C::SetPriority(priority) if *priority == state.priority => Ok(vec![]),
        C::SetPriority(priority) => Ok(vec![Event::PriorityChanged {
            priority: *priority,
        }]),
        C::SetStage(to) if *to == state.stage => Ok(vec![]),
        C::SetStage(to) => Ok(vec![Event::StageChanged { stage: *to }]),
        C::Merge { into } => merge(state, *into, context),
        C::Unmerge => unmerge(state),
        C::MarkRead { seq } => mark_read(state, *seq, context),
        C::ReportDelivery {
            message_id,
            now,
            next,
        } => Ok(if now.advances_to(next) {
            vec![Event::DeliveryChanged {
                message_id: *message_id,
                delivery: next.clone(),
            }]
        } else {
            vec![]
        }),
        C::Fire(timer) => fire(state, *timer, context),
    }
}

/// Begins a conversation with the contact's first message.
pub fn begin(
    new: &NewConversation,
    draft: &MessageDraft,
    inbox: &Inbox,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    check_draft(draft)?;
    let policy = &inbox.policy;
    let hours = context.desk.timetable(inbox);
    let mut events = vec![Event::ConversationCreated {
        inbox_id: inbox.id,
        channel: inbox.channel.clone(),
        shop_id: inbox.shop_id,
        contact_id: new.contact_id,
        identity_id: new.identity_id,
        team_id: inbox.team_id,
        priority: policy.priority.unwrap_or_default(),
        stage: policy.stage,
    }];
    let waiting = Waiting::Agent { since: context.now };
    events.push(inbound(
        draft,
        Actor::Contact { id: new.contact_id },
        waiting,
    ));
    let open = hours.is_open(context.now);
    let opener = if open {
        &policy.greeting
    } else {
        &policy.away_message
    };
    if opener.is_some() {
        events.push(Event::MessageCreated {
            message: MessageFacts {
                id: context.spare_id,
                kind: MessageKind::Outbound,
                author: Actor::system(if open { GREETING } else { AWAY_MESSAGE }),
                attachments: vec![],
                client_id: None,
                delivery: Some(first_delivery(&inbox.channel)),
            },
            waiting,
        });
    }
    if let Some(policy) = policy
        .sla_policy_id
        .and_then(|id| context.desk.sla_policy(id))
    {
        let clocks = [SlaTarget::FirstResponse, SlaTarget::Resolution]
            .into_iter()
            .filter_map(|target| Some((target, *policy.targets.get(&target)?)))
            .map(|(target, secs)| SlaClock::start(target, secs, context.now, &hours))
            .collect::<Vec<_>>();
        events.push(Event::SlaChanged {
            sla: Sla {
                policy_id: policy.id,
                clocks,
            },
        });
    }
    Ok(events)
}

/// The part of Plugboard that writes the first answer within hours; its text is the inbox's `greeting`.
pub const GREETING: &str = "greeting";

/// The part of Plugboard that writes the first answer outside hours; its text is the inbox's `away_message`.
pub const AWAY_MESSAGE: &str = "away_message";

fn survives_merge(command: &ConversationCommand) -> bool {
    use ConversationCommand as C;
    matches!(
        command,
        C::Unmerge | C::Fire(_) | C::ReportDelivery { .. } | C::MarkRead { .. }
    )
}

fn receive(
    state: &Conversation,
    draft: &MessageDraft,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    check_draft(draft)?;
    let since = match state.waiting {
        Waiting::Agent { since } => since,
        Waiting::Nobody | Waiting::Contact { .. } => context.now,
    };
    let waiting = Waiting::Agent { since };
    let mut events = Vec::new();
    if state.status != Status::Open {
        events.push(Event::StatusChanged {
            status: Status::Open,
            waiting,
            cause: "contact_wrote".into(),
        });
    }
    events.push(inbound(draft, context.actor(), waiting));
    for scheduled in &state.scheduled {
        let message_id = scheduled.message_id;
        events.push(Event::ScheduleCancelled {
            message_id,
            reason: "contact_wrote".into(),
        });
    }
    let router_owner_left = match &state.assignment {
        Assignment::Assigned {
            agent,
            by: AssignedBy::Router,
            ..
        } => context
            .desk
            .agent(*agent)
            .is_none_or(|agent| agent.disabled || agent.availability == Availability::Offline),
        _ => false,
    };
    if router_owner_left {
        events.extend(return_to_queue(state, "agent_offline", context.now));
    }
    clocks(state, context, &mut events, |clocks, limits, now, hours| {
        let answered = state.first_response_at.is_some();
        if answered
            && !matches!(state.waiting, Waiting::Agent { .. })
            && let Some(secs) = limits(SlaTarget::NextResponse)
        {
            clocks.retain(|clock| clock.target != SlaTarget::NextResponse);
            clocks.push(SlaClock::start(SlaTarget::NextResponse, secs, now, hours));
        }
        if let Some(resolution) = find(clocks, SlaTarget::Resolution) {
            if matches!(state.status, Status::Resolved { .. }) {
                // What was resolved and comes back is measured anew.
                *resolution =
                    SlaClock::start(SlaTarget::Resolution, resolution.limit_secs, now, hours);
            } else {
                resolution.resume(now, hours);
            }
        }
    });
    Ok(events)
}

fn post(
    state: &Conversation,
    kind: MessageKind,
    draft: &MessageDraft,
    seen_seq: Option<Seq>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    check_draft(draft)?;
    let author = context.actor();
    if kind == MessageKind::Inbound {
        return Err(Rejection::invalid("an agent writes replies and notes"));
    }
    if let (MessageKind::Outbound, Some(seen), Some(last)) = (kind, seen_seq, &state.last_written)
        && last.newest_not_by(&author) > seen
    {
        return Err(Rejection::Unseen { since: seen });
    }
    let mut events = Vec::new();
    let reply = kind == MessageKind::Outbound;
    if reply
        && matches!(state.assignment, Assignment::Offered { agent, .. } if Some(agent) == author.agent_id())
    {
        events.extend(accept_offer(state, context)?);
    }
    events.push(outgoing(state, kind, draft, author, context.now));
    if reply {
        answered(state, context, &mut events);
    }
    Ok(events)
}

fn schedule(
    state: &Conversation,
    draft: &MessageDraft,
    at: Timestamp,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    check_draft(draft)?;
    check_ahead("the time to send", at, context.now)?;
    if state.scheduled.len() >= SCHEDULED_MAX {
        return Err(Rejection::invalid(format!(
            "at most {SCHEDULED_MAX} scheduled replies"
        )));
    }
    Ok(vec![Event::MessageScheduled {
        scheduled: Scheduled {
            message_id: draft.id,
            at,
            author: context.actor(),
        },
    }])
}

fn cancel_scheduled(state: &Conversation, message_id: MessageId) -> Result<Vec<Event>, Rejection> {
    if state.scheduled.iter().any(|it| it.message_id == message_id) {
        Ok(vec![Event::ScheduleCancelled {
            message_id,
            reason: "asked".into(),
        }])
    } else {
        Err(Rejection::NotFound("scheduled reply"))
    }
}

fn assign(
    state: &Conversation,
    agent: Option<AgentId>,
    team: Option<TeamId>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if let Some(id) = agent {
        let agent = context
            .desk
            .agent(id)
            .ok_or_else(|| Rejection::invalid("agent does not exist"))?;
        if agent.disabled {
            return Err(Rejection::invalid("agent is disabled"));
        }
    }
    if team.is_some_and(|id| context.desk.team(id).is_none()) {
        return Err(Rejection::invalid("team does not exist"));
    }
    let since = context.now;
    let assignment = match agent {
        Some(agent) => Assignment::Assigned {
            agent,
            team,
            since,
            by: AssignedBy::Hand,
        },
        None => Assignment::Unassigned {
            team,
            since,
            passed: BTreeSet::new(),
        },
    };
    let same = state.assignment.agent() == agent
        && state.assignment.team() == team
        && !matches!(state.assignment, Assignment::Offered { .. });
    Ok(if same {
        vec![]
    } else {
        vec![assigned(assignment, "asked")]
    })
}

fn accept_offer(state: &Conversation, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    match &state.assignment {
        Assignment::Offered { agent, team, .. } if Some(*agent) == context.actor().agent_id() => {
            let (agent, team, since) = (*agent, *team, context.now);
            Ok(vec![assigned(
                Assignment::Assigned {
                    agent,
                    team,
                    since,
                    by: AssignedBy::Router,
                },
                "accepted",
            )])
        }
        Assignment::Assigned { agent, .. } if Some(*agent) == context.actor().agent_id() => {
            Ok(vec![])
        }
        _ => Err(Rejection::conflict(
            "the conversation is not offered to you any more",
        )),
    }
}

fn route(
    state: &Conversation,
    agent: AgentId,
    decision_id: crate::ids::DecisionId,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let Assignment::Unassigned { team, passed, .. } = &state.assignment else {
        return Err(Rejection::conflict("somebody owns it already"));
    };
    if state.status != Status::Open {
        return Err(Rejection::conflict("it is not open any more"));
    }
    let chosen = context
        .desk
        .agent(agent)
        .filter(|it| !it.disabled && it.availability == Availability::Online);
    if chosen.is_none() {
        return Err(Rejection::conflict("the agent is not online any more"));
    }
    let inbox = context.desk.inbox(state.inbox_id);
    let (team, since) = (*team, context.now);
    let assignment = match inbox.and_then(|it| it.policy.offer_timeout_secs) {
        Some(secs) => Assignment::Offered {
            agent,
            team,
            since,
            until: since + std::time::Duration::from_secs(secs),
            passed: passed.clone(),
        },
        None => Assignment::Assigned {
            agent,
            team,
            since,
            by: AssignedBy::Router,
        },
    };
    Ok(vec![Event::Assigned {
        assignment,
        cause: "routed".into(),
        decision_id: Some(decision_id),
    }])
}

fn return_to_queue(state: &Conversation, reason: &str, now: Timestamp) -> Vec<Event> {
    let Some(agent) = state.assignment.agent() else {
        return vec![];
    };
    let mut passed = state.assignment.passed();
    passed.insert(agent);
    let assignment = Assignment::Unassigned {
        team: state.assignment.team(),
        since: now,
        passed,
    };
    vec![assigned(assignment, reason)]
}

fn set_status(
    state: &Conversation,
    request: &StatusRequest,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let mut events = Vec::new();
    match request {
        StatusRequest::Open if state.status == Status::Open => return Ok(vec![]),
        StatusRequest::Open => {
            let status = Status::Open;
            events.push(Event::StatusChanged {
                status,
                waiting: state.waiting,
                cause: "asked".into(),
            });
            let reopened = matches!(state.status, Status::Resolved { .. });
            let contact_waits = matches!(state.waiting, Waiting::Agent { .. });
            clocks(state, context, &mut events, |clocks, _, now, hours| {
                if let Some(clock) = find(clocks, SlaTarget::Resolution) {
                    if reopened {
                        *clock =
                            SlaClock::start(SlaTarget::Resolution, clock.limit_secs, now, hours);
                    } else if contact_waits {
                        clock.resume(now, hours);
                    }
                }
            });
        }
        StatusRequest::Snooze { until } => {
            check_ahead("until", *until, context.now)?;
            if matches!(state.status, Status::Resolved { .. }) {
                return Err(Rejection::conflict(
                    "the conversation is resolved: open it first",
                ));
            }
            let status = Status::Snoozed { until: *until };
            events.push(Event::StatusChanged {
                status,
                waiting: state.waiting,
                cause: "asked".into(),
            });
            clocks(state, context, &mut events, |clocks, _, now, hours| {
                if let Some(clock) = find(clocks, SlaTarget::Resolution) {
                    clock.pause(now, hours);
                }
            });
        }
        StatusRequest::Resolve { disposition } => {
            let disposition =
                text::optional_line("disposition", disposition.as_deref(), LABEL_CHARS_MAX)?;
            let inbox = context.desk.inbox(state.inbox_id);
            if disposition.is_none() && inbox.is_some_and(|it| it.policy.require_disposition) {
                return Err(Rejection::invalid("this inbox asks for a disposition"));
            }
            if let Status::Resolved {
                disposition: before,
                ..
            } = &state.status
                && *before == disposition
            {
                return Ok(vec![]);
            }
            let status = Status::Resolved {
                at: context.now,
                by: context.actor(),
                disposition,
            };
            events.push(Event::StatusChanged {
                status,
                waiting: Waiting::Nobody,
                cause: "asked".into(),
            });
            clocks(state, context, &mut events, |clocks, _, now, _| {
                for clock in clocks {
                    clock.stop(now);
                }
            });
        }
    }
    Ok(events)
}

fn tag(
    state: &Conversation,
    add: &BTreeSet<String>,
    remove: &BTreeSet<String>,
) -> Result<Vec<Event>, Rejection> {
    let add = add
        .iter()
        .map(|tag| text::line("tag", tag, LABEL_CHARS_MAX))
        .collect::<Result<BTreeSet<_>, _>>()?;
    let remove = remove
        .iter()
        .map(|tag| tag.trim().to_owned())
        .collect::<BTreeSet<_>>();
    if let Some(both) = add.intersection(&remove).next() {
        return Err(Rejection::invalid(format!(
            "tag {both:?} is both added and removed"
        )));
    }
    let added: BTreeSet<_> = add.difference(&state.tags).cloned().collect();
    let removed: BTreeSet<_> = remove.intersection(&state.tags).cloned().collect();
    if state.tags.len() + added.len() - removed.len() > TAGS_MAX {
        return Err(Rejection::invalid(format!("at most {TAGS_MAX} tags")));
    }
    Ok(if added.is_empty() && removed.is_empty() {
        vec![]
    } else {
        vec![Event::Tagged { added, removed }]
    })
}

fn merge(
    state: &Conversation,
    into: ConversationId,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if into == state.id {
        return Err(Rejection::invalid(
            "a conversation cannot be merged into itself",
        ));
    }
    let mut events: Vec<_> = state
        .scheduled
        .iter()
        .map(|it| Event::ScheduleCancelled {
            message_id: it.message_id,
            reason: "merged".into(),
        })
        .collect();
    let before = Box::new(state.status.clone());
    events.push(Event::StatusChanged {
        status: Status::Merged {
            into,
            at_seq: context.next_seq,
            before,
        },
        waiting: state.waiting,
        cause: "merged".into(),
    });
    clocks(state, context, &mut events, |clocks, _, now, hours| {
        for clock in clocks {
            clock.pause(now, hours);
        }
    });
    Ok(events)
}

fn unmerge(state: &Conversation) -> Result<Vec<Event>, Rejection> {
    let Status::Merged { before, .. } = &state.status else {
        return Err(Rejection::conflict("the conversation is not merged"));
    };
    let status = (**before).clone();
    Ok(vec![Event::StatusChanged {
        status,
        waiting: state.waiting,
        cause: "unmerged".into(),
    }])
}

fn mark_read(
    state: &Conversation,
    seq: Seq,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let agent_id = context
        .actor()
        .agent_id()
        .ok_or_else(|| Rejection::invalid("only agents mark as read"))?;
    // Nobody has read the future; a larger number means "everything so far".
    let seq = seq.min(state.seq);
    Ok(vec![Event::Read { agent_id, seq }])
}

fn fire(
    state: &Conversation,
    timer: TimerKind,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    // The reason is gone when the timer is no longer one of those that the state asks for.
    let due = state
        .timers(context.desk)
        .into_iter()
        .any(|it| it.kind == timer && it.due_at <= context.now);
    if !due {
        return Ok(vec![]);
    }
    let mut events = Vec::new();
    match timer {
        TimerKind::Wake => {
            let cause = "snooze_ended".to_owned();
            events.push(Event::StatusChanged {
                status: Status::Open,
                waiting: state.waiting,
                cause,
            });
            if matches!(state.waiting, Waiting::Agent { .. }) {
                clocks(state, context, &mut events, |clocks, _, now, hours| {
                    if let Some(clock) = find(clocks, SlaTarget::Resolution) {
                        clock.resume(now, hours);
                    }
                });
            }
        }
        TimerKind::OfferLapse => {
            events.extend(return_to_queue(state, "offer_lapsed", context.now));
        }
        TimerKind::Overflow => {
            let overflow = state
                .assignment
                .team()
                .and_then(|id| context.desk.team(id))
                .and_then(|it| it.overflow);
            if let Some(overflow) = overflow {
                let team = Some(overflow.team_id);
                let assignment = Assignment::Unassigned {
                    team,
                    since: context.now,
                    passed: BTreeSet::new(),
                };
                events.push(assigned(assignment, "overflow"));
            }
        }
        TimerKind::SlaWarning(target) | TimerKind::SlaBreach(target) => {
            let warning = matches!(timer, TimerKind::SlaWarning(_));
            events.extend(measure(state, target, warning, context.now));
        }
        TimerKind::Send(message_id) => {
            let author = state
                .scheduled
                .iter()
                .find(|it| it.message_id == message_id)
                .map(|it| it.author.clone());
            if let Some(author) = author {
                let draft = MessageDraft {
                    id: message_id,
                    text: String::new(),
                    attachments: vec![],
                    client_id: None,
                };
                events.push(outgoing(
                    state,
                    MessageKind::Outbound,
                    &draft,
                    author,
                    context.now,
                ));
                answered(state, context, &mut events);
            }
        }
    }
    Ok(events)
}

fn measure(state: &Conversation, target: SlaTarget, warning: bool, now: Timestamp) -> Vec<Event> {
    let Some(mut sla) = state.sla.clone() else {
        return vec![];
    };
    let Some(clock) = find(&mut sla.clocks, target) else {
        return vec![];
    };
    let crate::sla::ClockState::Running { due_at, .. } = clock.state else {
        return vec![];
    };
    if warning && clock.warn(now) {
        vec![
            Event::SlaChanged { sla },
            Event::SlaWarned { target, due_at },
        ]
    } else if !warning && clock.breach(now) {
        vec![
            Event::SlaChanged { sla },
            Event::SlaBreached { target, due_at },
        ]
    } else {
        vec![]
    }
}

/// An agent answered: response clocks stop, and the resolution clock stands still while we wait for the contact.
fn answered(state: &Conversation, context: &Context<'_>, events: &mut Vec<Event>) {
    clocks(state, context, events, |clocks, _, now, hours| {
        for clock in clocks {
            match clock.target {
                SlaTarget::FirstResponse | SlaTarget::NextResponse => clock.stop(now),
                SlaTarget::Resolution => clock.pause(now, hours),
            }
        }
    });
}

/// Changes the clocks, and says so in an event when that made a difference. A clock that is found overdue on the way
/// is reported as breached, since its timer will find nothing left to do.
fn clocks(
    state: &Conversation,
    context: &Context<'_>,
    events: &mut Vec<Event>,
    change: impl FnOnce(
        &mut Vec<SlaClock>,
        &dyn Fn(SlaTarget) -> Option<u64>,
        Timestamp,
        &crate::hours::Timetable,
    ),
) {
    let Some(before) = &state.sla else { return };
    let Some(inbox) = context.desk.inbox(state.inbox_id) else {
        return;
    };
    let hours = context.desk.timetable(inbox);
    let limits = |target| {
        context
            .desk
            .sla_policy(before.policy_id)?
            .targets
            .get(&target)
            .copied()
    };
    let mut sla = before.clone();
    for clock in &mut sla.clocks {
        if let crate::sla::ClockState::Running { due_at, .. } = clock.state
            && clock.breach(context.now)
        {
            events.push(Event::SlaBreached {
                target: clock.target,
                due_at,
            });
        }
    }
    change(&mut sla.clocks, &limits, context.now, &hours);
    if sla != *before {
        events.push(Event::SlaChanged { sla });
    }
}

fn find(clocks: &mut [SlaClock], target: SlaTarget) -> Option<&mut SlaClock> {
    clocks.iter_mut().find(|clock| clock.target == target)
}

fn inbound(draft: &MessageDraft, author: Actor, waiting: Waiting) -> Event {
    Event::MessageCreated {
        message: MessageFacts {
            id: draft.id,
            kind: MessageKind::Inbound,
            author,
            attachments: draft.attachments.clone(),
            client_id: draft.client_id.clone(),
            delivery: None,
        },
        waiting,
    }
}

fn outgoing(
    state: &Conversation,
    kind: MessageKind,
    draft: &MessageDraft,
    author: Actor,
    now: Timestamp,
) -> Event {
    let reply = kind == MessageKind::Outbound;
    let waiting = if reply && !matches!(state.status, Status::Resolved { .. }) {
        Waiting::Contact { since: now }
    } else {
        state.waiting
    };
    Event::MessageCreated {
        message: MessageFacts {
            id: draft.id,
            kind,
            author,
            attachments: draft.attachments.clone(),
            client_id: draft.client_id.clone(),
            delivery: reply.then(|| first_delivery(&state.channel)),
        },
        waiting,
    }
}

/// The widget reads the journal itself, so what is committed is sent; other channels go through the outbox.
fn first_delivery(channel: &ChannelKind) -> Delivery {
    match channel {
        ChannelKind::Webchat => Delivery::Sent,
        ChannelKind::Email | ChannelKind::Phone | ChannelKind::Plugin(_) => Delivery::Queued,
    }
}

fn assigned(assignment: Assignment, cause: &str) -> Event {
    Event::Assigned {
        assignment,
        cause: cause.to_owned(),
        decision_id: None,
    }
}

fn check_draft(draft: &MessageDraft) -> Result<(), Rejection> {
    if draft.text.trim().is_empty() && draft.attachments.is_empty() {
        return Err(Rejection::invalid(
            "a message needs a text or an attachment",
        ));
    }
    if draft.text.chars().count() > TEXT_CHARS_MAX {
        return Err(Rejection::invalid(format!(
            "text must be at most {TEXT_CHARS_MAX} characters"
        )));
    }
    if draft.text.contains('\0') {
        return Err(Rejection::invalid("text must not contain NUL"));
    }
    if draft.attachments.len() > ATTACHMENTS_MAX {
        return Err(Rejection::invalid(format!(
            "at most {ATTACHMENTS_MAX} attachments"
        )));
    }
    if draft
        .client_id
        .as_ref()
        .is_some_and(|id| id.is_empty() || id.chars().count() > 200)
    {
        return Err(Rejection::invalid("client_id must be 1 to 200 characters"));
    }
    Ok(())
}

fn check_ahead(what: &str, at: Timestamp, now: Timestamp) -> Result<(), Rejection> {
    if at <= now {
        return Err(Rejection::invalid(format!("{what} must be in the future")));
    }
    if at > now + AHEAD_MAX {
        return Err(Rejection::invalid(format!(
            "{what} must be within five years"
        )));
    }
    Ok(())
}
