//! Stores and brands.

use plugboard_domain::{
    Timestamp,
    desk::{Entity, EntityKind, Shop},
};
use plugboard_protocol::admin::{self, SaveShop};
use uuid::Uuid;

use super::{Given, Noun, Words};
use crate::{ApiError, wire};

impl Noun for Shop {
    type Shown = admin::Shop;
    type Asked = SaveShop;

    const KIND: EntityKind = EntityKind::Shop;
    const WORDS: Words = Words {
        tag: "set-up",
        plural: "shops",
        singular: "shop",
        name: "shop",
        list: "Every shop, the oldest first.",
        create: "Makes a shop.",
        replace: Some("Replaces a shop."),
        remove: "Removes a shop that nothing refers to.",
    };

    fn of(entity: &Entity) -> Option<&Self> {
        match entity {
            Entity::Shop(it) => Some(it),
            _ => None,
        }
    }

    fn entity(self) -> Entity {
        Entity::Shop(self)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn read(given: Given, asked: SaveShop) -> Result<Self, ApiError> {
        Ok(Self {
            id: given.id.into(),
            name: asked.name.trim().to_owned(),
            created_at: given.created_at,
        })
    }

    fn show(&self, _secret: Option<String>) -> admin::Shop {
        wire::shop(self)
    }
}
