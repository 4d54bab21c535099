//! Who hears whom.

/// What somebody is in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The contact.
    Caller,
    /// Who talks for the desk.
    Agent,
    /// Whom the agent consults, or hands the call on to.
    Guest,
    /// A supervisor who hears and is not heard.
    Listen,
    /// A supervisor whom the agent hears.
    Whisper,
    /// A supervisor whom everybody hears.
    Barge,
}

/// How the call stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stand {
    /// All talk with each other.
    #[default]
    Talk,
    /// The caller hears music.
    Held,
    /// The caller hears music while the agent and the guest talk.
    Consulting,
}

impl Role {
    /// True when `self` hears `other`.
    pub fn hears(self, other: Self, stand: Stand) -> bool {
        let caller = self == Self::Caller || other == Self::Caller;
        if caller && stand != Stand::Talk {
            return matches!(
                (self, other),
                (Self::Listen | Self::Whisper | Self::Barge, Self::Caller)
            );
        }
        match (self, other) {
            (Self::Caller, it) => matches!(it, Self::Agent | Self::Guest | Self::Barge),
            (Self::Agent, it) => it != Self::Agent && it != Self::Listen,
            (Self::Guest, it) => matches!(it, Self::Caller | Self::Agent | Self::Barge),
            (_, it) => matches!(it, Self::Caller | Self::Agent | Self::Guest | Self::Barge),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, Stand};

    #[test]
    fn a_caller_on_hold_hears_nobody_and_is_heard_by_nobody_who_talks() {
        for stand in [Stand::Held, Stand::Consulting] {
            assert!(
                !Role::Caller.hears(Role::Agent, stand) && !Role::Agent.hears(Role::Caller, stand)
            );
            assert!(Role::Agent.hears(Role::Guest, stand) && Role::Guest.hears(Role::Agent, stand));
        }
    }

    #[test]
    fn who_listens_is_heard_by_nobody_and_who_whispers_by_the_agent_alone() {
        let talk = Stand::Talk;
        for role in [Role::Caller, Role::Agent, Role::Guest] {
            assert!(!role.hears(Role::Listen, talk));
            assert_eq!(role.hears(Role::Whisper, talk), role == Role::Agent);
            assert!(role.hears(Role::Barge, talk));
            assert!(Role::Listen.hears(role, talk));
        }
    }
}
