//! When people work.

use plugboard_domain::{
    Timestamp,
    desk::{BusinessHours, Entity, EntityKind},
};
use plugboard_protocol::admin::{self, SaveBusinessHours};
use uuid::Uuid;

use super::{Given, Noun, Words};
use crate::{ApiError, wire};

impl Noun for BusinessHours {
    type Shown = admin::BusinessHours;
    type Asked = SaveBusinessHours;

    const KIND: EntityKind = EntityKind::BusinessHours;
    const WORDS: Words = Words {
        tag: "set-up",
        plural: "business_hours",
        singular: "business_hours_entry",
        name: "timetable",
        list: "Every timetable, the oldest first.",
        create: "Makes a timetable.",
        replace: Some("Replaces a timetable."),
        remove: "Removes a timetable that nothing refers to.",
    };

    fn of(entity: &Entity) -> Option<&Self> {
        match entity {
            Entity::BusinessHours(it) => Some(it),
            _ => None,
        }
    }

    fn entity(self) -> Entity {
        Entity::BusinessHours(self)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn read(given: Given, asked: SaveBusinessHours) -> Result<Self, ApiError> {
        Ok(Self {
            id: given.id.into(),
            name: asked.name.trim().to_owned(),
            hours: wire::weekly_hours(asked)?,
            created_at: given.created_at,
        })
    }

    fn show(&self, _secret: Option<String>) -> admin::BusinessHours {
        wire::business_hours(self)
    }
}
