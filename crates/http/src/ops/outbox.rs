//! `GET /api/v1/outbox`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::{
    Page,
    admin::{OutboxEntry, OutboxQuery, OutboxState},
};
use plugboard_store::OutboxFilter;

use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Query, cursor, limit, page},
    responses::ReadErrors,
    wire,
};

/// Work outside the desk, newest first: what was given up, unless `state` says otherwise.
#[utoipa::path(
    get, path = "/api/v1/outbox", tag = "integrations", params(OutboxQuery),
    responses((status = 200, description = "Work", body = Page<OutboxEntry>), ReadErrors)
)]
pub(crate) async fn list_outbox(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<OutboxQuery>,
) -> Result<Json<Page<OutboxEntry>>, ApiError> {
    caller.require(&app, Permission::IntegrationsManage)?;
    let filter = match query.state.unwrap_or(OutboxState::Dead) {
        OutboxState::Pending => OutboxFilter::Pending,
        OutboxState::Dead => OutboxFilter::Dead,
        OutboxState::All => OutboxFilter::All,
    };
    let (limit, after) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let found = app.engine.store().outbox(filter, after, limit).await?;
    Ok(Json(page(found, |entry| wire::outbox_entry(&entry))))
}
