//! What a conversation answers to a command: events, or a rejection. One file for each thing that is asked.

mod assign;
mod call;
mod cases;
mod clocks;
mod draft;
mod escalate;
mod fire;
mod labels;
mod marks;
mod merge;
mod post;
mod receive;
mod route;
mod schedule;
mod status;

pub use self::call::{
    CALL_TEXT, call_again, call_answered, call_broke_off, call_contact, showing_call,
};
pub use self::clocks::settle;
pub use self::escalate::{Escalated, escalate};
pub use self::merge::{absorb, check_absorb, check_release, release};
pub use self::receive::{
    AWAY_MESSAGE, Arrival, ELSEWHERE, GREETING, begin, begin_elsewhere, begin_outbound,
    receive_quietly, write_elsewhere,
};
pub use self::route::follow_decision;
pub use self::status::resolve_emptied;
use super::{Conversation, ConversationCommand, Status};
use crate::{
    Seq, Timestamp,
    actor::{Actor, Principal},
    desk::Desk,
    event::Event,
    ids::MessageId,
    rejection::Rejection,
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
        C::Receive { draft } => receive::receive(state, draft, context),
        C::Post {
            kind,
            draft,
            seen_seq,
        } => post::post(state, *kind, draft, *seen_seq, context),
        C::Schedule { draft, at } => schedule::schedule(state, draft, *at, context),
        C::CancelScheduled { message_id } => schedule::cancel_scheduled(state, *message_id),
        C::Assign { agent, team } => assign::assign(state, *agent, *team, context),
        C::AcceptOffer => assign::accept_offer(state, context),
        C::Route { agent, decision } => assign::route(state, *agent, *decision, context),
        C::ReturnToQueue { reason } => Ok(assign::return_to_queue(state, reason, context.now)),
        C::SetStatus(request) => status::set_status(state, request, context),
        C::Tag { add, remove } => labels::tag(state, add, remove),
        C::SetPriority(priority) => Ok(labels::set_priority(state, *priority)),
        C::SetStage(to) => Ok(labels::set_stage(state, *to)),
        C::Merge { into } => merge::merge(state, *into, context),
        C::Unmerge => merge::unmerge(state, context),
        C::MarkRead { seq } => marks::mark_read(state, *seq, context),
        C::ReportDelivery {
            message_id,
            now,
            next,
        } => Ok(marks::report_delivery(*message_id, now, next)),
        C::OpenCase { id, kind, summary } => cases::open(state, *id, kind, summary),
        C::CloseCase { id } => cases::close(state, *id),
        C::Fire(timer) => Ok(fire::fire(state, *timer, context)),
    }
}

fn survives_merge(command: &ConversationCommand) -> bool {
    use ConversationCommand as C;
    matches!(
        command,
        C::Unmerge | C::Fire(_) | C::ReportDelivery { .. } | C::MarkRead { .. }
    )
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
