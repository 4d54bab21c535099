//! Who calls: a page that may open the widget of this inbox, and a visitor by their token.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, header, request::Parts},
};
use plugboard_channel_webchat::{IdentityMode, VisitorToken, WebchatSettings};
use plugboard_domain::{
    Principal,
    channel::ChannelKind,
    desk::Inbox,
    ids::{ContactId, InboxId},
};
use tracing::error;

use crate::{ApiError, App};

/// How long a token that was found is trusted without asking the store.
const REMEMBERED: Duration = Duration::from_secs(10);

/// Remembered tokens; about 200 bytes each.
const REMEMBERED_MAX: usize = 50_000;

/// An inbox with a widget, as set up at this moment.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) inbox: Inbox,
    pub(crate) settings: WebchatSettings,
}

impl Site {
    /// The widget inbox with this id; 404 for anything else.
    pub(crate) fn find(app: &App, inbox_id: &str) -> Result<Self, ApiError> {
        let id: InboxId = inbox_id.parse().map_err(|_| ApiError::not_found("inbox"))?;
        let desk = app.engine.desk();
        let inbox = desk
            .inbox(id)
            .filter(|inbox| inbox.channel == ChannelKind::Webchat)
            .ok_or_else(|| ApiError::not_found("inbox"))?;
        // Settings are checked before they are saved, so this is a bug or a newer version's work.
        let settings = WebchatSettings::parse(&inbox.settings).map_err(|refused| {
            error!(inbox.id = %id, %refused, "the settings of inbox {id} make no sense");
            ApiError::unavailable("the inbox cannot be served now")
        })?;
        Ok(Self {
            inbox: inbox.clone(),
            settings,
        })
    }

    /// The secret with which the shop signs who its customers are.
    pub(crate) async fn identity_secret(&self, app: &App) -> Result<String, ApiError> {
        let reference = plugboard_domain::desk::Entity::Inbox(self.inbox.clone()).reference();
        let mut secrets = app.engine.store().secrets(reference).await?;
        Ok(secrets
            .remove(&*plugboard_channel_webchat::IDENTITY_SECRET.stored_as)
            .unwrap_or_default())
    }
}

impl FromRequestParts<App> for Site {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|_| ApiError::not_found("inbox"))?;
        let id = params.iter().find(|(name, _)| *name == "inbox_id");
        Self::find(app, id.map_or("", |(_, id)| id))
    }
}

/// A visitor whose token was found.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) site: Site,
    pub(crate) token: VisitorToken,
    pub(crate) contact: ContactId,
    /// True when a signature proved who they are.
    pub(crate) verified: bool,
    /// True when they are known to have a conversation that goes on.
    pub(crate) talks: bool,
}

impl Visitor {
    /// Finds whose token it is; 401 when nobody's, 403 when the inbox wants to know who they are and does not.
    pub(crate) async fn find(app: &App, site: Site, token: &str) -> Result<Self, ApiError> {
        let visitor = Self::holder(app, site, token).await?;
        if visitor.site.settings.identity == IdentityMode::Enforce && !visitor.verified {
            return Err(identity_needed());
        }
        Ok(visitor)
    }

    /// Finds whose token it is; 401 when nobody's.
    pub(crate) async fn holder(app: &App, site: Site, token: &str) -> Result<Self, ApiError> {
        let unknown = || ApiError::unauthenticated("the visitor token is not valid here");
        let token = VisitorToken::parse(token).ok_or_else(unknown)?;
        let key = (site.inbox.id, token.hash());
        let holder = if let Some(holder) = app.visitors.get(&key) {
            holder
        } else {
            let address = token.address(site.inbox.id);
            let identity = app.engine.store().identity(address).await?;
            let identity = identity.ok_or_else(unknown)?;
            let holder = Holder {
                contact: identity.contact_id,
                verified: identity.verified,
                talks: false,
            };
            app.visitors.remember(key, holder);
            holder
        };
        Ok(Self {
            site,
            token,
            contact: holder.contact,
            verified: holder.verified,
            talks: holder.talks,
        })
    }

    /// As whom they act.
    pub(crate) fn principal(&self) -> Principal {
        Principal::Contact(self.contact)
    }

    pub(crate) fn inbox_id(&self) -> InboxId {
        self.site.inbox.id
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let site = Site::from_request_parts(parts, app).await?;
        let token = bearer(&parts.headers)
            .ok_or_else(|| ApiError::unauthenticated("send the visitor token as bearer token"))?;
        Self::find(app, site, token).await
    }
}

/// The inbox serves only customers whom their shop has signed for.
pub(crate) fn identity_needed() -> ApiError {
    ApiError::forbidden("this inbox needs an identity_token that its shop has signed")
}

/// The token in the `Authorization` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

type Key = (InboxId, [u8; 32]);

/// Whose a token is.
#[derive(Clone, Copy, Debug)]
struct Holder {
    contact: ContactId,
    verified: bool,
    talks: bool,
}

/// Tokens found lately, by their hash.
#[derive(Default)]
pub(crate) struct Visitors {
    /// Leaf data: no await happens under this lock.
    known: Mutex<HashMap<Key, (Holder, Instant)>>,
}

impl Visitors {
    fn get(&self, key: &Key) -> Option<Holder> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(key)
            .filter(|(_, at)| at.elapsed() < REMEMBERED)
            .map(|(holder, _)| *holder)
    }

    fn remember(&self, key: Key, holder: Holder) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(key, (holder, Instant::now()));
    }

    /// Forgets whose a token is: it may change hands.
    pub(crate) fn forget(&self, inbox: InboxId, token: &VisitorToken) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&(inbox, token.hash()));
    }

    /// The visitor has a conversation that goes on.
    pub(crate) fn now_talks(&self, visitor: &Visitor) {
        if visitor.talks {
            return;
        }
        let holder = Holder {
            contact: visitor.contact,
            verified: visitor.verified,
            talks: true,
        };
        self.remember((visitor.inbox_id(), visitor.token.hash()), holder);
    }
}
