//! Response targets.

use plugboard_domain::{
    Timestamp,
    desk::{Entity, EntityKind, SlaPolicy},
};
use plugboard_protocol::admin::{self, SaveSlaPolicy};
use uuid::Uuid;

use super::{Given, Noun, Words};
use crate::{ApiError, wire};

impl Noun for SlaPolicy {
    type Shown = admin::SlaPolicy;
    type Asked = SaveSlaPolicy;

    const KIND: EntityKind = EntityKind::SlaPolicy;
    const WORDS: Words = Words {
        tag: "set-up",
        plural: "sla_policies",
        singular: "sla_policy",
        name: "SLA policy",
        list: "Every SLA policy, the oldest first.",
        create: "Makes an SLA policy.",
        replace: Some("Replaces an SLA policy."),
        remove: "Removes an SLA policy that nothing refers to.",
    };

    fn of(entity: &Entity) -> Option<&Self> {
        match entity {
            Entity::SlaPolicy(it) => Some(it),
            _ => None,
        }
    }

    fn entity(self) -> Entity {
        Entity::SlaPolicy(self)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn read(given: Given, asked: SaveSlaPolicy) -> Result<Self, ApiError> {
        Ok(Self {
            id: given.id.into(),
            name: asked.name.trim().to_owned(),
            targets: wire::targets(asked.targets),
            created_at: given.created_at,
        })
    }

    fn show(&self, _secret: Option<String>) -> admin::SlaPolicy {
        wire::sla_policy(self)
    }
}
