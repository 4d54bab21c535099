//! Which timers a conversation needs, as a function of its state.

use super::{Assignment, Conversation, Status};
use crate::{
    desk::Desk,
    sla::ClockState,
    timer::{Timer, TimerKind},
};

impl Conversation {
    /// The timers that this state needs. The desk tells of overflow rules.
    pub fn timers(&self, desk: &Desk) -> Vec<Timer> {
        let mut timers = Vec::new();
        let mut set = |kind, due_at| timers.push(Timer { kind, due_at });
        if let Status::Merged { .. } = self.status {
            return timers;
        }
        if let Status::Snoozed { until } = self.status {
            set(TimerKind::Wake, until);
        }
        match &self.assignment {
            Assignment::Offered { until, .. } => set(TimerKind::OfferLapse, *until),
            Assignment::Unassigned {
                team: Some(team),
                since,
                overflowed,
                ..
            } if self.status == Status::Open => {
                // Two teams that overflow into each other would pass it to and fro for ever.
                let overflow = desk.team(*team).and_then(|team| team.overflow);
                if let Some(overflow) = overflow.filter(|it| !overflowed.contains(&it.team_id)) {
                    set(
                        TimerKind::Overflow,
                        *since + std::time::Duration::from_secs(overflow.after_secs),
                    );
                }
            }
            _ => {}
        }
        for clock in self.sla.iter().flat_map(|sla| &sla.clocks) {
            if let ClockState::Running {
                warn_at, due_at, ..
            } = clock.state
            {
                if let Some(warn_at) = warn_at {
                    set(TimerKind::SlaWarning(clock.target), warn_at);
                }
                set(TimerKind::SlaBreach(clock.target), due_at);
            }
        }
        if let (Some(at), Status::Open | Status::Snoozed { .. }) =
            (self.escalation.ask_at, &self.status)
        {
            set(TimerKind::Escalation, at);
        }
        for scheduled in &self.scheduled {
            set(TimerKind::Send(scheduled.message_id), scheduled.at);
        }
        timers
    }
}
