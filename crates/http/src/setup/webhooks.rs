//! Endpoints that hear of events.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use plugboard_domain::{
    Timestamp,
    access::Permission,
    desk::{Entity, EntityKind, Private, Webhook},
};
use plugboard_protocol::admin::{self, SaveWebhook};
use uuid::Uuid;

use super::{Fresh, Given, Noun, Words};
use crate::{ApiError, wire};

/// The name of the signing secret among a webhook's private parts; `plugboard-webhooks` reads it.
const SIGNING_SECRET: &str = "signing";

impl Noun for Webhook {
    type Shown = admin::Webhook;
    type Asked = SaveWebhook;

    const KIND: EntityKind = EntityKind::Webhook;
    const WORDS: Words = Words {
        tag: "integrations",
        plural: "webhooks",
        singular: "webhook",
        name: "webhook",
        list: "Every webhook, the oldest first. Secrets are not shown again.",
        create: "Makes a webhook. Its signing secret is in the answer and never shown again.",
        replace: Some("Replaces a webhook; its secret stays."),
        remove: "Removes a webhook.",
    };
    const LISTED_BY: Option<Permission> = Some(Permission::IntegrationsManage);

    fn of(entity: &Entity) -> Option<&Self> {
        match entity {
            Entity::Webhook(it) => Some(it),
            _ => None,
        }
    }

    fn entity(self) -> Entity {
        Entity::Webhook(self)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn read(given: Given, asked: SaveWebhook) -> Result<Self, ApiError> {
        Ok(Self {
            id: given.id.into(),
            name: asked.name.trim().to_owned(),
            url: asked.url.trim().to_owned(),
            events: asked.events.into_iter().collect(),
            enabled: asked.enabled.unwrap_or(true),
            created_at: given.created_at,
        })
    }

    fn show(&self, secret: Option<String>) -> admin::Webhook {
        wire::webhook(self, secret)
    }

    fn fresh() -> Result<Fresh, ApiError> {
        let secret = fresh_secret()?;
        Ok(Fresh {
            private: Private {
                secrets: [(SIGNING_SECRET.to_owned(), secret.clone())].into(),
                ..Private::default()
            },
            secret: Some(secret),
        })
    }
}

/// As Standard Webhooks writes it: `whsec_` and 32 random bytes.
fn fresh_secret() -> Result<String, ApiError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|_| ApiError::unavailable("the system gives no randomness"))?;
    Ok(format!("whsec_{}", BASE64_STANDARD.encode(bytes)))
}
