//! `POST /chat/v1/{inbox_id}/seen`: the visitor has seen messages; and receipts of visitors in general.

use axum::{extract::State, http::StatusCode};
use futures_util::future::join_all;
use plugboard_domain::{
    Envelope, Seq,
    conversation::ConversationCommand,
    message::{Delivery, MessageKind},
};
use plugboard_protocol::visitors::SeenRequest;
use plugboard_store::{MessageView, StoreError};
use tracing::debug;

use super::access::Visitor;
use crate::{
    ApiError, App,
    extract::{self, Json},
    responses::PublicErrors,
};

/// Messages read at once, and messages marked at most at once: somebody who comes back after a month is marked bit by bit.
const PAGE: usize = 200;

/// Pages looked through for messages that were not seen yet.
const PAGES_MAX: usize = 10;

/// Marks what was said to the visitor as read, up to a position.
#[utoipa::path(
    post,
    path = "/chat/v1/{inbox_id}/seen",
    tag = "visitors",
    security(("bearer" = [])),
    params(("inbox_id" = String, Path)),
    request_body = SeenRequest,
    responses((status = 204, description = "Marked"), PublicErrors)
)]
pub(super) async fn mark_visitor_messages_seen(
    State(app): State<App>,
    visitor: Visitor,
    Json(request): Json<SeenRequest>,
) -> Result<StatusCode, ApiError> {
    app.flood.read(visitor.contact)?;
    mark_seen(&app, &visitor, 0, extract::position(request.seq)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks outbound messages after `from`, up to `to`, as read.
pub(crate) async fn mark_seen(
    app: &App,
    visitor: &Visitor,
    from: Seq,
    to: Seq,
) -> Result<(), StoreError> {
    let mut after = from;
    for _ in 0..PAGES_MAX {
        let store = app.engine.store();
        let page = store
            .visitor_messages(visitor.inbox_id(), visitor.contact, after, PAGE)
            .await?;
        let (Some(last), full) = (page.last().map(|it| it.row.seq), page.len() == PAGE) else {
            return Ok(());
        };
        let seen = page.iter().filter(|it| it.row.seq <= to);
        report(app, visitor, seen, &Delivery::Read).await;
        if !full || last >= to {
            return Ok(());
        }
        after = last;
    }
    Ok(())
}

/// Reports that messages got further. What was reported before is skipped; what cannot be reported now will be the next
/// time.
pub(crate) async fn report(
    app: &App,
    visitor: &Visitor,
    messages: impl Iterator<Item = &MessageView>,
    next: &Delivery,
) {
    let reports = messages.filter_map(|view| {
        let row = &view.row;
        let now = row.delivery.clone()?;
        let news = row.kind == MessageKind::Outbound && now.advances_to(next);
        news.then(|| {
            let command = ConversationCommand::ReportDelivery {
                message_id: row.id,
                now,
                next: next.clone(),
            };
            let envelope = Envelope::new(visitor.principal(), (view.shown_in, command));
            app.engine.execute(envelope)
        })
    });
    for outcome in join_all(reports).await {
        if let Err(error) = outcome {
            debug!(%error, "a receipt was not taken");
        }
    }
}
