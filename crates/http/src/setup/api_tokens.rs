//! Keys for scripts.

use std::collections::BTreeSet;

use plugboard_domain::{
    Timestamp,
    access::Permission,
    desk::{ApiToken, Entity, EntityKind, Private},
};
use plugboard_protocol::admin::{self, CreateApiToken};
use uuid::Uuid;

use super::{Fresh, Given, Noun, Words};
use crate::{
    ApiError,
    auth::{API_TOKEN_PREFIX, fresh_token, hash},
    extract::time,
    wire,
};

impl Noun for ApiToken {
    type Shown = admin::ApiToken;
    type Asked = CreateApiToken;

    const KIND: EntityKind = EntityKind::ApiToken;
    const WORDS: Words = Words {
        tag: "integrations",
        plural: "api_tokens",
        singular: "api_token",
        name: "API token",
        list: "Every API token, the oldest first, without the tokens themselves.",
        create: "Makes an API token that acts as you. The token is in the answer and never shown again.",
        replace: None,
        remove: "Removes an API token: it works no more.",
    };
    const LISTED_BY: Option<Permission> = Some(Permission::IntegrationsManage);

    fn of(entity: &Entity) -> Option<&Self> {
        match entity {
            Entity::ApiToken(it) => Some(it),
            _ => None,
        }
    }

    fn entity(self) -> Entity {
        Entity::ApiToken(self)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn read(given: Given, asked: CreateApiToken) -> Result<Self, ApiError> {
        let scope = |name: &String| {
            wire::permission(name)
                .ok_or_else(|| ApiError::invalid(format!("scopes: {name:?} is not a permission")))
        };
        let scopes: BTreeSet<_> = asked.scopes.iter().map(scope).collect::<Result<_, _>>()?;
        let expires_at = asked
            .expires_at
            .as_deref()
            .map(|at| time("expires_at", at))
            .transpose()?;
        if expires_at.is_some_and(|at| at <= given.created_at) {
            return Err(ApiError::invalid("expires_at must be in the future"));
        }
        Ok(Self {
            id: given.id.into(),
            name: asked.name.trim().to_owned(),
            agent_id: given.caller,
            scopes: scopes.into_iter().collect(),
            expires_at,
            created_at: given.created_at,
        })
    }

    fn show(&self, secret: Option<String>) -> admin::ApiToken {
        wire::api_token(self, secret)
    }

    fn fresh() -> Result<Fresh, ApiError> {
        let token = format!("{API_TOKEN_PREFIX}{}", fresh_token()?);
        Ok(Fresh {
            private: Private {
                token_hash: Some(hash(&token)),
                ..Private::default()
            },
            secret: Some(token),
        })
    }
}
