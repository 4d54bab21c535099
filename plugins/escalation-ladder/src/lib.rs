//! Reminds, tells supervisors, tells managers: a ladder in time for customers who wait, and short ways for complaints and for
//! what is serious. Each rung happens once in a wait.
//!
//! | what | who hears |
//! | --- | --- |
//! | no opener after 3 seconds, no reply in a chat for 2 minutes | the owner |
//! | still none after 3 minutes, or a target was missed | the supervisor |
//! | still none after 10 minutes | the manager; the conversation becomes urgent |
//! | a complaint | owner and supervisor at once; tag, case |
//! | something serious: injury, fire, police, lawyers, the press | all of them and a webhook at once |

mod complaint;
mod rungs;
mod settings;
mod text;
mod words;

use plugboard_plugin_sdk::escalation::{
    Action, Answer, Audience, EscalationPolicy, Request, Trigger,
};

use rungs::Wait;
pub use settings::Settings;
use text::Text;

struct Ladder;

impl EscalationPolicy for Ladder {
    fn escalate(request: Request) -> Result<Answer, String> {
        let settings: Settings = plugboard_plugin_sdk::settings()?;
        Ok(decide(&settings, &request))
    }
}

plugboard_plugin_sdk::export!(Ladder: escalation);

/// Levels, as the desk shows them: how high up it is known.
pub const NOBODY: u8 = 0;
/// The owner was reminded.
pub const OWNER: u8 = 1;
/// The supervisor knows.
pub const SUPERVISOR: u8 = 2;
/// The manager knows.
pub const MANAGER: u8 = 3;

/// Decides about one thing that happened.
pub fn decide(settings: &Settings, request: &Request) -> Answer {
    let text = Text::new(settings, request);
    if let Some(answer) = complaint::decide(settings, request, &text) {
        return answer;
    }
    let Some(wait) = Wait::of(settings, request) else {
        // The customer has an answer: the next wait begins at the foot of the ladder.
        return Answer::none(NOBODY, text.answered());
    };
    let reached = wait.reached();
    let mut due = wait.due(request.now);
    let mut reason = text.waited(wait.secs(request.now));
    match request.trigger {
        // A target of the desk was missed, whatever the ladder's own times say.
        Trigger::Breached if settings.breach => {
            due = due.max(SUPERVISOR);
            reason = text.breached(request.detail.as_deref());
        }
        Trigger::Warned if settings.breach => {
            due = due.max(OWNER);
            reason = text.warned(request.detail.as_deref());
        }
        _ => {}
    }
    let mut answer = Answer::none(due.max(reached), reason);
    for rung in reached + 1..=due {
        answer
            .actions
            .extend(rungs::climb(settings, request, rung, &wait, &text));
    }
    answer.ask_again_ms = wait.next(answer.level, request.now);
    answer
}

/// Whom the conversation is brought before at a level: along the owner's reporting line, else the role that a team lead set.
pub(crate) fn audience(settings: &Settings, request: &Request, level: u8) -> Audience {
    let line = |nth: u8| request.managers.len() >= usize::from(nth);
    let owned = request.conversation.assignee.is_some();
    match level {
        OWNER if owned => Audience::Owner,
        OWNER => match &request.conversation.team {
            Some(team) => Audience::Team(team.clone()),
            None => Audience::Role(settings.supervisor_role.clone()),
        },
        SUPERVISOR if owned && line(1) => Audience::Manager(1),
        SUPERVISOR => Audience::Role(settings.supervisor_role.clone()),
        _ if owned && line(2) => Audience::Manager(2),
        _ => Audience::Role(settings.manager_role.clone()),
    }
}

pub(crate) fn notify(settings: &Settings, request: &Request, level: u8, text: String) -> Action {
    Action::Notify((audience(settings, request, level), text))
}
