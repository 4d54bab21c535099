//! `GET /chat/v1/{inbox_id}/messages`: what the visitor may read; waits for news when asked to.

use std::time::Duration;

use axum::extract::State;
use plugboard_protocol::{
    Page,
    visitors::{VisitorMessage, VisitorMessagesQuery},
};
use plugboard_store::{Cursor, MessageView, Paged};

use super::{access::Visitor, message::visitor_message};
use crate::{
    ApiError, App,
    extract::{self, Json, Query},
    responses::PublicErrors,
};

/// Longest wait for a message, in seconds: proxies cut requests that last longer than thirty.
const WAIT_SECS_MAX: u32 = 25;

/// Messages after a position, oldest first; never notes.
#[utoipa::path(
    get,
    path = "/chat/v1/{inbox_id}/messages",
    tag = "visitors",
    security(("bearer" = [])),
    params(("inbox_id" = String, Path), VisitorMessagesQuery),
    responses((status = 200, body = Page<VisitorMessage>), PublicErrors)
)]
pub(super) async fn list_visitor_messages(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<VisitorMessagesQuery>,
) -> Result<Json<Page<VisitorMessage>>, ApiError> {
    app.flood.read(visitor.contact)?;
    let limit = extract::limit(query.limit)?;
    let wait_secs = query.wait_secs.unwrap_or(0);
    if wait_secs > WAIT_SECS_MAX {
        return Err(ApiError::invalid(format!(
            "wait_secs must be at most {WAIT_SECS_MAX}"
        )));
    }
    let after = match extract::cursor(query.cursor.as_deref())? {
        Some(cursor) => {
            u64::try_from(cursor.key).map_err(|_| ApiError::invalid("cursor is not one of ours"))?
        }
        None => extract::position(query.since.unwrap_or(0)),
    };
    let read = || read(&app, &visitor, after, limit);
    // Listening before reading: what is written in between rings.
    let listening = if wait_secs > 0 {
        let bells = app.live.bells();
        let bell = bells.listen(visitor.inbox_id(), visitor.contact);
        Some(bell.ok_or_else(|| ApiError::rate_limited(5))?)
    } else {
        None
    };
    let mut page = read().await?;
    if let Some(listening) = listening {
        let over = tokio::time::sleep(Duration::from_secs(wait_secs.into()));
        tokio::pin!(over);
        // A bell can be late: what it rang for may have been read already.
        while page.items.is_empty() {
            tokio::select! {
                () = &mut over => break,
                () = app.live.stopping().cancelled() => break,
                () = listening.rung() => page = read().await?,
            }
        }
    }
    let desk = app.engine.desk();
    Ok(Json(extract::page(page, |view| {
        visitor_message(&view, &desk)
    })))
}

async fn read(
    app: &App,
    visitor: &Visitor,
    after: u64,
    limit: usize,
) -> Result<Paged<MessageView>, ApiError> {
    let store = app.engine.store();
    let found = store
        .visitor_messages(visitor.inbox_id(), visitor.contact, after, limit + 1)
        .await?;
    Ok(Paged::cut(found, limit, |last| Cursor {
        key: i64::try_from(last.row.seq).unwrap_or(i64::MAX),
        id: last.row.id.to_string(),
    }))
}
