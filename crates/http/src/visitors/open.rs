//! `POST /chat/v1/{inbox_id}/sessions`: opens the widget, or comes back to it.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use plugboard_channel_webchat::{IdentityMode, VisitorToken, identity};
use plugboard_domain::{
    Command, Envelope, Principal,
    access::Scope,
    command::{Identify, SignedIdentity},
    contact::Profile,
    ids::{ContactId, ConversationId},
};
use plugboard_protocol::visitors::{OpenVisitorSession, VisitorSession};

use super::access::{Site, Visitor, bearer, identity_needed};
use crate::{
    ApiError, App,
    extract::{ClientAddress, Json},
    responses::PublicErrors,
};

/// Opens a session, or resumes one with its `visitor_token` (in the body or as bearer token). A token that is not valid is
/// refused, never replaced in silence: the widget decides whether to begin anew.
#[utoipa::path(
    post,
    path = "/chat/v1/{inbox_id}/sessions",
    tag = "visitors",
    security(()),
    params(("inbox_id" = String, Path)),
    request_body = OpenVisitorSession,
    responses((status = 201, body = VisitorSession), PublicErrors)
)]
pub(super) async fn open_visitor_session(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    site: Site,
    headers: HeaderMap,
    Json(request): Json<OpenVisitorSession>,
) -> Result<(StatusCode, Json<VisitorSession>), ApiError> {
    let presented = request
        .visitor_token
        .as_deref()
        .or_else(|| bearer(&headers));
    let known = match presented {
        Some(token) => Some(Visitor::holder(&app, site.clone(), token).await?),
        None => None,
    };
    let signed = signed(&app, &site, request.identity_token.as_deref()).await?;
    let verified = signed.is_some() || known.as_ref().is_some_and(|known| known.verified);
    if site.settings.identity == IdentityMode::Enforce && !verified {
        return Err(identity_needed());
    }
    if known.is_none() {
        app.flood.session(address)?;
    }
    let typed = Profile {
        // What a signature says is not overwritten by what somebody types.
        name: request.name.filter(|_| !verified),
        email: request.email.filter(|_| !verified),
        locale: request.locale,
        ..Profile::default()
    };
    let token = known
        .as_ref()
        .map_or_else(VisitorToken::random, |known| known.token.clone());
    let contact = match known {
        Some(known) if signed.is_none() => {
            app.flood.read(known.contact)?;
            come_back(&app, &known, typed).await?;
            known.contact
        }
        _ => identify(&app, &site, &token, signed, typed).await?,
    };
    let conversation = ongoing(&app, &site, contact).await?;
    let session = VisitorSession {
        visitor_token: token.reveal().to_owned(),
        conversation_id: conversation.map(|id| id.to_string()),
        contact_id: contact.to_string(),
        verified,
    };
    Ok((StatusCode::CREATED, Json(session)))
}

/// Whom the shop's signature names, when the inbox looks at signatures.
async fn signed(
    app: &App,
    site: &Site,
    token: Option<&str>,
) -> Result<Option<SignedIdentity>, ApiError> {
    let Some(token) = token.filter(|_| site.settings.identity != IdentityMode::Off) else {
        return Ok(None);
    };
    let secret = site.identity_secret(app).await?;
    let claims = identity::verify(token, secret.as_bytes(), &site.inbox, app.engine.now())
        .map_err(|error| ApiError::unauthenticated(error.to_string()))?;
    Ok(Some(claims.into_identity(&site.inbox)))
}

/// Somebody who is known writes down what has changed, if anything has.
async fn come_back(app: &App, visitor: &Visitor, mut typed: Profile) -> Result<(), ApiError> {
    let Some(view) = app
        .engine
        .store()
        .contact(visitor.contact, Scope::default())
        .await?
    else {
        return Ok(());
    };
    for (typed, known) in [
        (&mut typed.name, &view.profile.name),
        (&mut typed.email, &view.profile.email),
        (&mut typed.locale, &view.profile.locale),
    ] {
        if typed == known {
            *typed = None;
        }
    }
    if typed == Profile::default() {
        return Ok(());
    }
    identify(app, &visitor.site, &visitor.token, None, typed)
        .await
        .map(drop)
}

async fn identify(
    app: &App,
    site: &Site,
    token: &VisitorToken,
    signed: Option<SignedIdentity>,
    profile: Profile,
) -> Result<ContactId, ApiError> {
    let inbox_id = site.inbox.id;
    let identify = Identify {
        inbox_id,
        visitor: token.address(inbox_id),
        signed,
        profile,
    };
    let envelope = Envelope::new(Principal::System("webchat"), Command::Identify(identify));
    let outcome = app.engine.execute(envelope).await?;
    app.visitors.forget(inbox_id, token);
    outcome
        .contact_id
        .ok_or_else(|| ApiError::unavailable("the visitor was not stored"))
}

/// The conversation that the visitor's next message would go into.
pub(super) async fn ongoing(
    app: &App,
    site: &Site,
    contact: ContactId,
) -> Result<Option<ConversationId>, ApiError> {
    let store = app.engine.store();
    let current = store.current_conversation(site.inbox.id, contact).await?;
    let now = app.engine.now();
    Ok(current
        .filter(|it| it.takes_reply(&site.inbox.policy, now))
        .map(|it| it.id))
}
