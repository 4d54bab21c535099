//! Tells the owner, and raises the priority, when a contact has waited too long.

use plugboard_plugin_sdk::{
    escalation::{Action, Answer, Audience, EscalationPolicy, Request},
    export, setting,
};

struct Plugin;

impl EscalationPolicy for Plugin {
    fn escalate(request: Request) -> Result<Answer, String> {
        let minutes = setting("minutes").and_then(|it| it.parse().ok()).unwrap_or(5_u64);
        let Some(since) = request.conversation.waiting_since else {
            return Ok(Answer::none(0, "nobody waits"));
        };
        let due = since + minutes * 60_000;
        if request.now < due {
            return Ok(Answer::none(0, "not yet").ask_again_ms(due - request.now));
        }
        if request.level > 0 {
            return Ok(Answer::none(request.level, "was told"));
        }
        let text = format!("A contact has waited {minutes} minutes");
        let mut answer = Answer::none(1, "waited too long");
        answer.actions = vec![
            Action::Notify((Audience::Owner, text)),
            Action::RaisePriority(2),
        ];
        Ok(answer)
    }
}

export!(Plugin: escalation);
