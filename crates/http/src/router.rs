//! The whole edge as one router.

use std::{sync::LazyLock, time::Duration};

use crate::api::Api;
use axum::{
    Router,
    body::Bytes,
    extract::DefaultBodyLimit,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use plugboard_protocol::Code;
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, timeout::RequestBodyTimeoutLayer};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::{
    ApiError, App, agents, assets, assistance, attachments, auth, backtests, calls, contacts,
    conversations, cti, drain, hooks, inboxes, journal, live, mail, mailboxes, me, middleware, ops,
    plugins, policies, responses, rules, search, sessions, setup, teams, visitors,
};

/// Largest JSON body: the longest message in bytes, escaped, with room.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A body that stands still for this long is given up.
const BODY_PAUSE_MAX: Duration = Duration::from_secs(30);

/// Everything that is served.
pub fn router(app: App) -> Router {
    let around = ServiceBuilder::new()
        .layer(axum::middleware::from_fn(middleware::observe))
        .layer(CatchPanicLayer::custom(middleware::panicked))
        .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE_MAX));
    routes()
        .into_router()
        .route("/api/v1/openapi.json", get(document))
        .merge(hooks::routes())
        .merge(cti::routes())
        .fallback(assets::fallback)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(axum::middleware::from_fn_with_state(
            app.clone(),
            visitors::guard,
        ))
        .layer(axum::middleware::from_fn(drain::drain))
        .layer(around)
        .with_state(app)
}

/// The document of the whole API, as `/api/v1/openapi.json` serves it.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes().describe(Document::openapi())
}

/// Made when somebody asks, and kept.
async fn document() -> impl IntoResponse {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
        let document = openapi().to_json();
        document.expect("the document is plain data").into()
    });
    (
        [(header::CONTENT_TYPE, "application/json")],
        DOCUMENT.clone(),
    )
}

async fn wrong_method() -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        Code::Invalid,
        "this path does not take that method",
    )
}

fn routes() -> Api {
    use crate::api::routes;
    Api::new()
        .merge(sessions::routes())
        .routes(routes!(me::me))
        .merge(agents::routes())
        .merge(teams::routes())
        .merge(inboxes::routes())
        .merge(conversations::routes())
        .merge(contacts::routes())
        .merge(calls::routes())
        .routes(routes!(search::search))
        .routes(routes!(journal::read_journal))
        .merge(attachments::routes())
        .merge(setup::routes())
        .merge(plugins::routes())
        .merge(policies::routes())
        .merge(rules::routes())
        .merge(backtests::routes())
        .merge(assistance::routes())
        .merge(mail::routes())
        .merge(mailboxes::routes())
        .merge(ops::routes())
        .merge(live::routes())
        .merge(visitors::routes())
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Plugboard",
        description = "A self-hosted customer-service inbox. Errors are `{\"error\": {\"code\", \"message\"}}`; lists are \
                       `{\"items\", \"next_cursor\"}`; times are RFC 3339 in UTC; ids are opaque.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    modifiers(&Common),
    security(("bearer" = []), ("cookie" = [])),
)]
struct Document;

/// What every operation shares.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components.schemas.extend(responses::error_schemas());
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let cookie = ApiKey::Cookie(ApiKeyValue::new(auth::COOKIE));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    }
}
