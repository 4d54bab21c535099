//! Saved list filters.

use plugboard_domain::{
    Timestamp,
    desk::{Entity, EntityKind, View},
    ids::AgentId,
};
use plugboard_protocol::admin::{self, SaveView};
use uuid::Uuid;

use super::{Given, Noun, Words};
use crate::{ApiError, wire};

impl Noun for View {
    type Shown = admin::View;
    type Asked = SaveView;

    const KIND: EntityKind = EntityKind::View;
    const WORDS: Words = Words {
        tag: "set-up",
        plural: "views",
        singular: "view",
        name: "view",
        list: "Shared ones and your own, the oldest first.",
        create: "Makes a view.",
        replace: Some("Replaces a view."),
        remove: "Removes a view that nothing refers to.",
    };

    fn of(entity: &Entity) -> Option<&Self> {
        match entity {
            Entity::View(it) => Some(it),
            _ => None,
        }
    }

    fn entity(self) -> Entity {
        Entity::View(self)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn read(given: Given, asked: SaveView) -> Result<Self, ApiError> {
        Ok(Self {
            id: given.id.into(),
            name: asked.name.trim().to_owned(),
            owner: asked.personal.then_some(given.caller),
            filter: asked.filter,
            created_at: given.created_at,
        })
    }

    fn show(&self, _secret: Option<String>) -> admin::View {
        wire::view(self)
    }

    fn owner(&self) -> Option<AgentId> {
        self.owner
    }
}
