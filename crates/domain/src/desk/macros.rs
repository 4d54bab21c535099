//! What a macro does to a conversation.

use std::collections::BTreeSet;

use super::Macro;
use crate::{
    conversation::{ConversationCommand, StatusRequest},
    ids::AgentId,
};

impl Macro {
    /// True when this agent, or with `None` a part of Plugboard, may use it: shared ones are everybody's.
    pub fn is_for(&self, agent: Option<AgentId>) -> bool {
        self.owner.is_none() || self.owner == agent
    }

    /// Its actions, in the order in which they are carried out. What moves a conversation comes late: it may take it out of
    /// sight of whoever applies the macro.
    pub fn actions(&self) -> Vec<ConversationCommand> {
        use ConversationCommand as C;
        let tag = (!self.add_tags.is_empty()).then(|| C::Tag {
            add: self.add_tags.clone(),
            remove: BTreeSet::new(),
        });
        let resolve = |disposition| {
            C::SetStatus(StatusRequest::Resolve {
                disposition: Some(disposition),
            })
        };
        let assign = |team| C::Assign {
            agent: None,
            team: Some(team),
        };
        [
            self.set_stage.map(|stage| C::SetStage(Some(stage))),
            self.set_priority.map(C::SetPriority),
            tag,
            self.assign_team.map(assign),
            self.resolve_as.clone().map(resolve),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
