//! `POST /api/v1/sessions`: an agent signs in.

use std::net::IpAddr;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use plugboard_domain::{Command, Envelope, Principal, SessionId, Timestamp, ids::AgentId, text};
use plugboard_protocol::{agents, time};

use crate::{
    ApiError, App, auth,
    extract::{ClientAddress, Json},
    responses::PublicErrors,
};

/// How long a session lasts.
const SESSION_DAYS: i64 = 30;

/// Signs in: answers with a token, and sets it as a cookie as well.
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "sessions", security(()),
    request_body = agents::SignIn,
    responses((status = 201, description = "Signed in", body = agents::Session), PublicErrors)
)]
pub(crate) async fn create_session(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Json(sign_in): Json<agents::SignIn>,
) -> Result<Response, ApiError> {
    if headers.contains_key(header::ORIGIN) {
        auth::check_origin(&app, &headers)?;
    }
    let agent_id = prove(&app, address, &sign_in).await?;
    let token = auth::fresh_token()?;
    let expires_at = start(&app, agent_id, &token).await?;
    let session = agents::Session {
        agent: crate::agents::shown(&app, agent_id, true).await?,
        expires_at: time(expires_at),
        token,
    };
    let cookie = cookie(&app, &session.token, SESSION_DAYS * 86_400);
    Ok((
        StatusCode::CREATED,
        [(header::SET_COOKIE, cookie)],
        Json(session),
    )
        .into_response())
}

/// The agent whose address and password these are. Every failure looks alike and takes equally long.
async fn prove(
    app: &App,
    address: Option<IpAddr>,
    sign_in: &agents::SignIn,
) -> Result<AgentId, ApiError> {
    let email = text::email(&sign_in.email).unwrap_or_default();
    let limits = &app.limits;
    if let Some(address) = &address {
        limits.sign_in_address.attempt(address)?;
    }
    limits.sign_in_email.attempt(&email)?;
    let credentials = app.engine.store().credentials(&email).await?;
    let (agent, hash) =
        credentials.map_or((None, None), |it| (Some(it.agent_id), it.password_hash));
    let proved = app.passwords.verify(&sign_in.password, hash).await?;
    let desk = app.engine.desk();
    let active = |id: &AgentId| desk.agent(*id).is_some_and(|agent| !agent.disabled);
    let agent = agent
        .filter(|id| proved && active(id))
        .ok_or_else(|| ApiError::unauthenticated("email or password is wrong"))?;
    limits.sign_in_email.forgive(&email);
    if let Some(address) = &address {
        limits.sign_in_address.forgive(address);
    }
    Ok(agent)
}

async fn start(app: &App, agent_id: AgentId, token: &str) -> Result<Timestamp, ApiError> {
    let expires_at =
        app.engine.now() + std::time::Duration::from_hours(24 * SESSION_DAYS.unsigned_abs());
    let command = Command::StartSession {
        id: app.engine.mint::<SessionId>(),
        agent_id,
        token_hash: auth::hash(token),
        expires_at,
    };
    app.engine
        .execute(Envelope::new(Principal::Agent(agent_id), command))
        .await?;
    Ok(expires_at)
}

/// The cookie that carries a session; `max_age_secs` 0 removes it.
pub(super) fn cookie(app: &App, token: &str, max_age_secs: i64) -> String {
    let secure = if app.config.secure_cookies() {
        "; Secure"
    } else {
        ""
    };
    format!(
        "{}={token}; Path=/; Max-Age={max_age_secs}; HttpOnly; SameSite=Lax{secure}",
        auth::COOKIE
    )
}
