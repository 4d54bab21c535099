//! The ladder in time: who hears of a wait, and when.

use plugboard_plugin_sdk::escalation::{Action, Request};

use crate::{MANAGER, NOBODY, OWNER, SUPERVISOR, Settings, notify, text::Text};

/// A customer who waits.
pub(crate) struct Wait {
    since: u64,
    /// Nobody has answered in this conversation yet.
    pub(crate) first: bool,
    /// Seconds after which each rung is due, the owner's first; none: that rung is switched off.
    after_secs: [Option<u64>; 3],
    reached: u8,
}

impl Wait {
    /// The wait of a conversation; none when the customer has an answer, or the conversation is over or asleep.
    pub(crate) fn of(settings: &Settings, request: &Request) -> Option<Self> {
        let conversation = &request.conversation;
        let since = conversation
            .waiting_since
            .filter(|_| conversation.status == "open")?;
        let first = request.answered_at.is_none();
        let owner = if first {
            settings.opener_secs
        } else {
            settings.stall_secs
        };
        let rung = |secs: u64| (secs > 0).then_some(secs);
        // What was done in this wait counts; earlier waits are forgotten.
        let steps = request.history.iter().filter(|step| step.at >= since);
        let reached = steps.map(|step| step.level).max().unwrap_or(NOBODY);
        Some(Self {
            since,
            first,
            after_secs: [
                rung(owner),
                rung(settings.supervisor_secs),
                rung(settings.manager_secs),
            ],
            reached: reached.min(MANAGER),
        })
    }

    /// The highest rung that was climbed in this wait.
    pub(crate) fn reached(&self) -> u8 {
        self.reached
    }

    /// How long it lasts.
    pub(crate) fn secs(&self, now: u64) -> u64 {
        now.saturating_sub(self.since) / 1000
    }

    /// The highest rung that is due now.
    pub(crate) fn due(&self, now: u64) -> u8 {
        let due = self
            .rungs()
            .filter(|(_, at)| *at <= now)
            .map(|(rung, _)| rung);
        due.max().unwrap_or(NOBODY)
    }

    /// How long until the next rung above `level`.
    pub(crate) fn next(&self, level: u8, now: u64) -> Option<u64> {
        let later = self.rungs().filter(|(rung, _)| *rung > level);
        later.map(|(_, at)| at.saturating_sub(now).max(1)).min()
    }

    fn rungs(&self) -> impl Iterator<Item = (u8, u64)> {
        let rungs = (OWNER..=MANAGER).zip(self.after_secs);
        rungs.filter_map(|(rung, secs)| Some((rung, self.since + secs? * 1000)))
    }
}

/// What happens on a rung. Rungs that are switched off are climbed in silence.
pub(crate) fn climb(
    settings: &Settings,
    request: &Request,
    rung: u8,
    wait: &Wait,
    text: &Text,
) -> Vec<Action> {
    if wait.after_secs[usize::from(rung - 1)].is_none() && rung != SUPERVISOR {
        return Vec::new();
    }
    let message = text.please_answer(rung, wait.first, wait.secs(request.now));
    let mut actions = vec![notify(settings, request, rung, message)];
    match rung {
        SUPERVISOR => actions.push(Action::RaisePriority(2)),
        MANAGER => {
            actions.push(Action::RaisePriority(3));
            if !settings.manager_team.is_empty() {
                actions.push(Action::AssignTeam(settings.manager_team.clone()));
            }
        }
        _ => {}
    }
    actions
}
