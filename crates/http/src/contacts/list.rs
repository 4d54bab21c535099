//! `GET /api/v1/contacts`.

use axum::extract::State;
use plugboard_protocol::{
    Page,
    contacts::{Contact, ContactQuery},
};

use super::readable;
use crate::{
    ApiError, App,
    auth::Authenticated,
    conversations::words,
    extract::{Json, Query, cursor, limit, page},
    responses::ReadErrors,
    wire,
};

/// Contacts, newest first; those that were merged into another are left out.
#[utoipa::path(
    get, path = "/api/v1/contacts", tag = "contacts", params(ContactQuery),
    responses((status = 200, description = "Contacts", body = Page<Contact>), ReadErrors)
)]
pub(crate) async fn list_contacts(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<ContactQuery>,
) -> Result<Json<Page<Contact>>, ApiError> {
    readable(&app, &caller)?;
    let words = words("q", query.q.as_deref())?;
    let (limit, after) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let scope = caller.grants(&app).scope().clone();
    let store = app.engine.store();
    let found = store.contacts(words, scope, after, limit).await?;
    let viewer = caller.viewer(&app);
    Ok(Json(page(found, |view| wire::contact(&view, viewer))))
}
