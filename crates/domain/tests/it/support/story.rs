//! Given what happened, when somebody acts, expect these events.

use plugboard_domain::{
    AgentId, MessageId, Principal, Seq,
    conversation::{ConversationCommand, StatusRequest},
    desk::Desk,
    message::MessageKind,
    timer::TimerKind,
};

use super::{BOSS, LI, WANG, World, at, desk, tell, world::visitor};

/// Somebody who acts.
pub(crate) struct Who(Principal);

pub(crate) fn contact() -> Who {
    Who(visitor())
}

pub(crate) fn li() -> Who {
    Who(Principal::Agent(LI))
}

pub(crate) fn wang() -> Who {
    Who(Principal::Agent(WANG))
}

pub(crate) fn boss() -> Who {
    Who(Principal::Agent(BOSS))
}

/// A part of Plugboard, or a plugin.
pub(crate) fn robot() -> Who {
    Who(Principal::System("robot"))
}

/// A timer that is due.
pub(crate) fn timer(kind: TimerKind) -> Step {
    Who(Principal::System("timer")).does(ConversationCommand::Fire(kind))
}

/// One act, at a time after the beginning of the story; by default right after the one before.
#[derive(Clone)]
pub(crate) struct Step {
    who: Principal,
    secs: Option<u64>,
    what: What,
}

#[derive(Clone)]
enum What {
    Receive,
    Write(MessageKind, Option<Seq>),
    Schedule(u64),
    Command(Box<ConversationCommand>),
}

impl Who {
    fn step(self, what: What) -> Step {
        let (who, secs) = (self.0, None);
        Step { who, secs, what }
    }

    pub(crate) fn writes(self) -> Step {
        self.step(What::Receive)
    }

    pub(crate) fn replies(self) -> Step {
        self.step(What::Write(MessageKind::Outbound, None))
    }

    pub(crate) fn replies_having_seen(self, seq: Seq) -> Step {
        self.step(What::Write(MessageKind::Outbound, Some(seq)))
    }

    pub(crate) fn notes(self) -> Step {
        self.step(What::Write(MessageKind::Note, None))
    }

    pub(crate) fn notes_having_seen(self, seq: Seq) -> Step {
        self.step(What::Write(MessageKind::Note, Some(seq)))
    }

    pub(crate) fn schedules(self, secs: u64) -> Step {
        self.step(What::Schedule(secs))
    }

    pub(crate) fn does(self, command: ConversationCommand) -> Step {
        self.step(What::Command(Box::new(command)))
    }

    pub(crate) fn snoozes(self, secs: u64) -> Step {
        let until = at(secs);
        self.does(ConversationCommand::SetStatus(StatusRequest::Snooze {
            until,
        }))
    }

    pub(crate) fn resolves(self, disposition: Option<&str>) -> Step {
        let disposition = disposition.map(ToOwned::to_owned);
        self.does(ConversationCommand::SetStatus(StatusRequest::Resolve {
            disposition,
        }))
    }

    pub(crate) fn opens(self) -> Step {
        self.does(ConversationCommand::SetStatus(StatusRequest::Open))
    }

    pub(crate) fn gives_it_to(self, agent: Option<AgentId>) -> Step {
        let team = Some(super::CARE);
        self.does(ConversationCommand::Assign { agent, team })
    }

    pub(crate) fn cancels(self, message_id: MessageId) -> Step {
        self.does(ConversationCommand::CancelScheduled { message_id })
    }
}

impl Step {
    pub(crate) fn at(mut self, secs: u64) -> Self {
        self.secs = Some(secs);
        self
    }

    pub(crate) fn run(
        self,
        world: &mut World,
        index: usize,
    ) -> Result<Vec<plugboard_domain::Event>, plugboard_domain::Rejection> {
        world.now = self.secs.map_or(world.now, at);
        let command = match self.what {
            What::Receive => ConversationCommand::Receive {
                draft: world.draft(),
            },
            What::Write(kind, seen_seq) => ConversationCommand::Post {
                kind,
                draft: world.draft(),
                seen_seq,
            },
            What::Schedule(secs) => ConversationCommand::Schedule {
                draft: world.draft(),
                at: at(secs),
            },
            What::Command(command) => *command,
        };
        world.execute(index, &self.who, &command)
    }
}

/// What the last act leads to in a conversation that the contact began and where `given` happened, as text.
pub(crate) fn outcome<const N: usize>(given: [Step; N], when: Step) -> String {
    outcome_in(desk(), given, when)
}

/// The same in another desk.
pub(crate) fn outcome_in<const N: usize>(desk: Desk, given: [Step; N], when: Step) -> String {
    let mut world = World::new(desk);
    world.begin();
    for step in given {
        step.run(&mut world, 0).expect("what is given can happen");
    }
    match when.run(&mut world, 0) {
        Ok(events) if events.is_empty() => "nothing".to_owned(),
        Ok(events) => tell(&events),
        Err(rejection) => format!("refused: {rejection}"),
    }
}
