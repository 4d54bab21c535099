//! Who calls: a session token or an API token, as bearer or as cookie.
//!
//! A token is looked up by its SHA-256. Sessions that were found are remembered for [`REMEMBERED`], and forgotten at once
//! when a session ends, an agent is shut out or a password changes in this process; so a revoked session stops working at
//! once. Whether the agent or the API token still exists is asked of the desk every time.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use plugboard_domain::{
    Command, Envelope, Principal, Timestamp,
    access::{Grants, Permission},
    ids::{AgentId, ApiTokenId, SessionId},
};
use plugboard_engine::{EngineError, Outcome};
use sha2::{Digest, Sha256};

use crate::{ApiError, App, extract::ClientAddress, wire::Viewer};

/// The name of the session cookie.
pub const COOKIE: &str = "plugboard_session";

/// What every API token starts with.
pub const API_TOKEN_PREFIX: &str = "pbt_";

/// How long a found token is trusted without asking the store: what another process revokes takes this long here.
const REMEMBERED: Duration = Duration::from_secs(2);

/// Remembered tokens. An entry takes about 120 bytes.
const REMEMBERED_MAX: usize = 10_000;

/// A caller whose token was found.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Who they are, with the limits of their token.
    pub principal: Principal,
    /// The agent that they are or act as.
    pub agent_id: AgentId,
    /// The session; `None` for an API token.
    pub session: Option<SessionId>,
}

impl Authenticated {
    /// What they may do right now.
    pub fn grants(&self, app: &App) -> Grants {
        app.engine.grants(&self.principal)
    }

    /// How things are shown to them.
    pub fn viewer(&self, app: &App) -> Viewer {
        Viewer::new(self.agent_id, &self.grants(app))
    }

    /// `Ok` when they hold the permission; for reads, since writes are checked where commands run.
    pub fn require(&self, app: &App, permission: Permission) -> Result<(), ApiError> {
        Ok(self.grants(app).require(permission)?)
    }

    /// Carries out a command in their name.
    pub async fn execute(
        &self,
        app: &App,
        command: impl Into<Command>,
    ) -> Result<Outcome, EngineError> {
        let envelope = Envelope::new(self.principal.clone(), command);
        app.engine.execute(envelope).await
    }
}

impl FromRequestParts<App> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let found = match presented(&parts.headers) {
            None => Err(ApiError::unauthenticated("sign in first")),
            Some(Presented::Bearer(token)) => authenticate(app, token).await,
            Some(Presented::Cookie(token)) => {
                if !parts.method.is_safe() {
                    check_origin(app, &parts.headers)?;
                }
                authenticate(app, token).await
            }
        };
        if found.is_err() {
            // Guessing tokens is limited by address; a valid token is limited by itself.
            let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, app).await;
            if let Some(address) = address {
                app.limits.address.take(&address)?;
            }
        }
        found
    }
}

/// Finds whose token it is; 401 when nobody's, 429 when it is used too often.
pub async fn authenticate(app: &App, token: &str) -> Result<Authenticated, ApiError> {
    let hash = hash(token);
    let known = match app.tokens.get(&hash) {
        Some(known) => known,
        None => look_up(app, token, hash).await?,
    };
    let found = resolve(app, known)?;
    app.limits.token.take(&hash)?;
    Ok(found)
}

/// True while the token that a long-lived connection began with would still be let in. Asks the store, since a session can
/// be ended by another process.
pub(crate) async fn still_valid(
    app: &App,
    caller: &Authenticated,
    token_hash: [u8; 32],
) -> Result<bool, ApiError> {
    let store = app.engine.store();
    let known = match caller.session {
        Some(_) => store
            .session(token_hash)
            .await?
            .map(|session| Known::Session {
                id: session.id,
                agent_id: session.agent_id,
                expires_at: session.expires_at,
            }),
        None => store.api_token(token_hash).await?.map(Known::ApiToken),
    };
    Ok(known.is_some_and(|known| resolve(app, known).is_ok()))
}

/// Refuses requests that another site's page made with our cookie: browsers always name the page's origin on unsafe
/// methods and websockets.
pub fn check_origin(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else {
        // No browser leaves it out here; programs with a cookie jar do.
        return match text(header::HeaderName::from_static("sec-fetch-site")) {
            None | Some("same-origin" | "none") => Ok(()),
            Some(_) => Err(ApiError::forbidden("the request comes from another site")),
        };
    };
    let own_host = text(header::HOST)
        .is_some_and(|host| origin.split_once("://").is_some_and(|(_, it)| it == host));
    let public = app.config.public_url.as_deref();
    if own_host || public.is_some_and(|url| url.trim_end_matches('/') == origin) {
        Ok(())
    } else {
        Err(ApiError::forbidden("the request comes from another site"))
    }
}

/// SHA-256 of a token, as stores keep it.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A fresh secret of 256 bits, as text for URLs.
pub fn fresh_token() -> Result<String, ApiError> {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|_| ApiError::unavailable("the system gives no randomness"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// The session token in the request's cookie.
pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE && !value.is_empty()).then_some(value))
}

enum Presented<'a> {
    Bearer(&'a str),
    Cookie(&'a str),
}

fn presented(headers: &HeaderMap) -> Option<Presented<'_>> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        // A header that makes no sense is not saved by a cookie.
        let text = value.to_str().unwrap_or_default();
        let token = match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => "",
        };
        return Some(Presented::Bearer(token));
    }
    cookie(headers).map(Presented::Cookie)
}

fn refused() -> ApiError {
    ApiError::unauthenticated("the token is not valid or has ended")
}

async fn look_up(app: &App, token: &str, hash: [u8; 32]) -> Result<Known, ApiError> {
    let generation = app.tokens.generation();
    let store = app.engine.store();
    let known = if token.starts_with(API_TOKEN_PREFIX) {
        store.api_token(hash).await?.map(Known::ApiToken)
    } else {
        store.session(hash).await?.map(|session| Known::Session {
            id: session.id,
            agent_id: session.agent_id,
            expires_at: session.expires_at,
        })
    };
    let known = known.ok_or_else(refused)?;
    app.tokens.remember(hash, known, generation);
    Ok(known)
}

/// Checks against the desk as it is now.
fn resolve(app: &App, known: Known) -> Result<Authenticated, ApiError> {
    let desk = app.engine.desk();
    let now = app.engine.now();
    let active = |id: AgentId| desk.agent(id).is_some_and(|agent| !agent.disabled);
    match known {
        Known::Session {
            id,
            agent_id,
            expires_at,
        } => {
            if now >= expires_at || !active(agent_id) {
                return Err(refused());
            }
            Ok(Authenticated {
                principal: Principal::Agent(agent_id),
                agent_id,
                session: Some(id),
            })
        }
        Known::ApiToken(id) => {
            let token = desk.api_token(id).ok_or_else(refused)?;
            let ended = token.expires_at.is_some_and(|at| now >= at);
            if ended || !active(token.agent_id) {
                return Err(refused());
            }
            Ok(Authenticated {
                principal: Principal::Token {
                    agent: token.agent_id,
                    token: id,
                    scopes: token.scopes.clone(),
                },
                agent_id: token.agent_id,
                session: None,
            })
        }
    }
}

#[derive(Clone, Copy)]
enum Known {
    Session {
        id: SessionId,
        agent_id: AgentId,
        expires_at: Timestamp,
    },
    ApiToken(ApiTokenId),
}

/// Tokens found lately.
#[derive(Default)]
pub struct Tokens {
    /// Leaf data: no await happens under this lock.
    known: Mutex<HashMap<[u8; 32], (Known, Instant)>>,
    /// Counts revocations, so that a lookup that began before one does not outlive it.
    generation: AtomicU64,
}

impl Tokens {
    /// Forgets everything: something was revoked. Revocations are rare, and looking tokens up again is cheap.
    pub fn revoke(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.generation.fetch_add(1, Ordering::SeqCst);
        known.clear();
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    fn get(&self, hash: &[u8; 32]) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(hash)
            .filter(|(_, found)| found.elapsed() < REMEMBERED)
            .map(|(known, _)| *known)
    }

    fn remember(&self, hash: [u8; 32], found: Known, generation: u64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if self.generation() != generation {
            return;
        }
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(hash, (found, Instant::now()));
    }
}
