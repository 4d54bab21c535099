//! Saved replies with actions.

use plugboard_domain::{
    Timestamp,
    desk::{Entity, EntityKind, Macro},
    ids::AgentId,
};
use plugboard_protocol::admin::{self, SaveMacro};
use uuid::Uuid;

use super::{Given, Noun, Words};
use crate::{ApiError, extract::optional_id, wire};

impl Noun for Macro {
    type Shown = admin::Macro;
    type Asked = SaveMacro;

    const KIND: EntityKind = EntityKind::Macro;
    const WORDS: Words = Words {
        tag: "set-up",
        plural: "macros",
        singular: "macro",
        name: "macro",
        list: "Shared ones and your own, the oldest first.",
        create: "Makes a macro.",
        replace: Some("Replaces a macro."),
        remove: "Removes a macro that nothing refers to.",
    };

    fn of(entity: &Entity) -> Option<&Self> {
        match entity {
            Entity::Macro(it) => Some(it),
            _ => None,
        }
    }

    fn entity(self) -> Entity {
        Entity::Macro(self)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn read(given: Given, asked: SaveMacro) -> Result<Self, ApiError> {
        let tags = asked.add_tags.iter().map(|tag| tag.trim().to_owned());
        Ok(Self {
            id: given.id.into(),
            name: asked.name.trim().to_owned(),
            owner: asked.personal.then_some(given.caller),
            text: asked.text,
            add_tags: tags.collect(),
            set_stage: asked.set_stage.map(wire::to_stage),
            set_priority: asked.set_priority.map(wire::to_priority),
            assign_team: optional_id("assign_team", asked.assign_team.as_deref())?,
            resolve_as: asked.resolve_as.filter(|it| !it.trim().is_empty()),
            created_at: given.created_at,
        })
    }

    fn show(&self, _secret: Option<String>) -> admin::Macro {
        wire::macro_(self)
    }

    fn owner(&self) -> Option<AgentId> {
        self.owner
    }
}
