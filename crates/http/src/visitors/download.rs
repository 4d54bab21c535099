//! `GET /chat/v1/{inbox_id}/attachments/{id}`: a file that the visitor may read.

use axum::{extract::State, http::HeaderMap, response::Response};
use plugboard_domain::ids::AttachmentId;

use super::access::Visitor;
use crate::{
    ApiError, App,
    attachments::serve,
    extract::{Path, known_id},
    responses::PublicErrors,
};

/// Messages read at once when looking for a file.
const PAGE: usize = 200;

/// Pages looked through for a file.
const PAGES_MAX: usize = 20;

/// The bytes of a file: of the visitor's own upload, or of a message that the visitor may read. That a note has it does not
/// count.
#[utoipa::path(
    get,
    path = "/chat/v1/{inbox_id}/attachments/{id}",
    tag = "visitors",
    security(("bearer" = [])),
    params(("inbox_id" = String, Path), ("id" = String, Path)),
    responses(
        (status = 200, description = "The file", body = [u8], content_type = "*/*"),
        (status = 304, description = "You have it already"),
        PublicErrors,
    )
)]
pub(super) async fn download_visitor_attachment(
    State(app): State<App>,
    visitor: Visitor,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    app.flood.read(visitor.contact)?;
    let unknown = || ApiError::not_found("attachment");
    let id: AttachmentId = known_id("attachment", &id)?;
    let found = app.engine.store().attachment(id).await?;
    let (file, _) = found.ok_or_else(unknown)?;
    let own = file.owner == visitor.principal().actor();
    if !own && !may_read(&app, &visitor, id).await? {
        return Err(unknown());
    }
    serve(&app, &file, &headers).await
}

async fn may_read(app: &App, visitor: &Visitor, id: AttachmentId) -> Result<bool, ApiError> {
    let mut after = 0;
    for _ in 0..PAGES_MAX {
        let store = app.engine.store();
        let page = store
            .visitor_messages(visitor.inbox_id(), visitor.contact, after, PAGE)
            .await?;
        if page.iter().any(|view| view.row.attachments.contains(&id)) {
            return Ok(true);
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = last.row.seq,
            _ => break,
        }
    }
    Ok(false)
}
