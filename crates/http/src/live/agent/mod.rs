//! The agents' socket: `GET /api/v1/ws`.

mod connection;
mod phone;

use axum::{
    extract::{FromRequestParts, Request, State, WebSocketUpgrade},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use plugboard_domain::{Rejection, access::Permission};

use super::socket::{HEARD_BYTES_MAX, socket_config};
use crate::{
    ApiError, App,
    auth::{self, Authenticated},
    responses::ReadErrors,
    visitors::access,
};
use connection::Connection;

/// What a subprotocol that carries a token starts with.
pub(super) const BEARER: &str = "bearer.";

/// The live connection: a websocket. The token goes as subprotocol `bearer.TOKEN`, as cookie or as `Authorization`.
///
/// Frames in both directions are JSON texts: `ServerFrame` and `ClientFrame`.
#[utoipa::path(
    get,
    path = "/api/v1/ws",
    tag = "live",
    responses(
        (status = 101, description = "Switches to a websocket"),
        ReadErrors,
    )
)]
pub(super) async fn connect_agent(
    State(app): State<App>,
    request: Request,
) -> Result<Response, ApiError> {
    let (mut parts, _) = request.into_parts();
    let protocol = bearer(&parts.headers);
    let caller = if let Some((token, _)) = &protocol {
        auth::authenticate(&app, token).await?
    } else {
        let caller = Authenticated::from_request_parts(&mut parts, &app).await?;
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            // Browsers send cookies along whoever opens the socket.
            auth::check_origin(&app, &parts.headers)?;
        }
        caller
    };
    let token = match &protocol {
        Some((token, _)) => Some(token.as_str()),
        None => access::bearer(&parts.headers).or_else(|| auth::cookie(&parts.headers)),
    };
    let token_hash = auth::hash(token.unwrap_or_default());
    let mut upgrade = upgrade(&mut parts, &app).await?;
    if let Some((_, protocol)) = protocol {
        upgrade.set_selected_protocol(protocol);
    }
    let connection = Connection::new(app, caller, token_hash)
        .ok_or(Rejection::Forbidden(Permission::ConversationsRead))?;
    Ok(upgrade
        .on_upgrade(|socket| connection.run(socket))
        .into_response())
}

/// The upgrade that a websocket begins with; a plain request is told to be one.
pub(super) async fn upgrade(
    parts: &mut axum::http::request::Parts,
    app: &App,
) -> Result<WebSocketUpgrade, ApiError> {
    let upgrade = WebSocketUpgrade::from_request_parts(parts, app)
        .await
        .map_err(|_| ApiError::malformed("this is a websocket: connect with an upgrade request"))?;
    Ok(socket_config(upgrade, HEARD_BYTES_MAX))
}

/// The token among the subprotocols, and the subprotocol to answer with.
pub(super) fn bearer(headers: &HeaderMap) -> Option<(String, HeaderValue)> {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .find_map(|protocol| {
            let token = protocol.strip_prefix(BEARER)?;
            let answer = HeaderValue::from_str(protocol).ok()?;
            Some((token.to_owned(), answer))
        })
}
