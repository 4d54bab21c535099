//! Traits of policies. They are pure: the answer depends on the request and the settings alone.

/// Who gets a conversation.
#[cfg(any(feature = "routing", not(target_arch = "wasm32")))]
pub mod routing {
    pub use crate::bindings::routing::exports::plugboard::plugin::routing::{
        Candidate, Decision, Guest, Request, Target, TeamView,
    };

    /// Decides who gets a conversation.
    pub trait RoutingPolicy {
        /// Decides. After an error the built-in policy does, and the trace says so.
        fn route(request: Request) -> Result<Decision, String>;
    }

    impl<T: RoutingPolicy> Guest for T {
        fn route(request: Request) -> Result<Decision, String> {
            T::route(request)
        }
    }

    impl Decision {
        /// A target and the sentence that people read under "why".
        pub fn new(target: Target, reason: impl Into<String>) -> Self {
            Self {
                target,
                priority: None,
                add_tags: Vec::new(),
                reason: reason.into(),
            }
        }

        /// Leaves it to the next policy of the chain.
        pub fn next(reason: impl Into<String>) -> Self {
            Self::new(Target::Next, reason)
        }
    }

    impl Candidate {
        /// Online, in scope, not full, and did not pass this conversation on.
        pub fn is_free(&self) -> bool {
            self.online && self.in_scope && !self.passed && self.load < self.capacity
        }

        /// Whether the agent has all of the skills; case does not count.
        pub fn has_skills<S: AsRef<str>>(&self, skills: &[S]) -> bool {
            let has = |wanted: &S| {
                self.skills
                    .iter()
                    .any(|skill| skill.eq_ignore_ascii_case(wanted.as_ref()))
            };
            skills.iter().all(has)
        }
    }

    impl Request {
        /// The team of this id or name; case does not count.
        pub fn team(&self, name: &str) -> Option<&TeamView> {
            let fits = |team: &&TeamView| team.id == name || team.name.eq_ignore_ascii_case(name);
            self.teams.iter().find(fits)
        }
    }
}

/// What happens when nobody answers.
#[cfg(any(feature = "escalation", not(target_arch = "wasm32")))]
pub mod escalation {
    pub use crate::bindings::escalation::exports::plugboard::plugin::escalation::{
        Action, Answer, Audience, Guest, Request, Step, Trigger,
    };

    /// Decides whom a conversation is brought before, and when to look again.
    pub trait EscalationPolicy {
        /// Decides. The host carries an answer out exactly once.
        fn escalate(request: Request) -> Result<Answer, String>;
    }

    impl<T: EscalationPolicy> Guest for T {
        fn escalate(request: Request) -> Result<Answer, String> {
            T::escalate(request)
        }
    }

    impl Answer {
        /// Nothing to do at this level.
        pub fn none(level: u8, reason: impl Into<String>) -> Self {
            Self {
                actions: Vec::new(),
                level,
                ask_again_ms: None,
                reason: reason.into(),
            }
        }

        /// The same, and asks again after so many milliseconds.
        #[must_use]
        pub fn ask_again_ms(mut self, milliseconds: u64) -> Self {
            self.ask_again_ms = Some(milliseconds);
            self
        }
    }
}

/// Plugins that run what people write.
#[cfg(any(feature = "script", not(target_arch = "wasm32")))]
pub mod script {
    pub use crate::bindings::script::exports::plugboard::plugin::script::{Guest, Kind, Problem};

    /// Checks rules before they are saved.
    pub trait ScriptEngine {
        /// Compiles without running; `Ok` holds warnings.
        fn check(kind: Kind, source: &str) -> Result<Vec<Problem>, Vec<Problem>>;
    }

    impl<T: ScriptEngine> Guest for T {
        fn check(kind: Kind, source: String) -> Result<Vec<Problem>, Vec<Problem>> {
            T::check(kind, &source)
        }
    }
}
