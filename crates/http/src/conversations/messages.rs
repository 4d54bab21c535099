//! `GET /api/v1/conversations/{id}/messages`: the thread.

use axum::extract::State;
use plugboard_domain::{Seq, ids::ConversationId, ids::MessageId};
use plugboard_protocol::{
    Page,
    messages::{Message, MessagesQuery},
};
use plugboard_store::Stretch;

use super::visible;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, Query, limit, position},
    mail,
    responses::ReadErrors,
};

/// What a cursor that goes forwards starts with; one that goes into history is a plain position.
const FORWARDS: &str = "after:";

/// Messages of a conversation, oldest to newest within a page. The first page is the newest one, and `next_cursor` goes on
/// into history; with `after`, pages go forwards from there.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/messages", tag = "conversations",
    params(("id" = String, Path), MessagesQuery),
    responses((status = 200, description = "Messages", body = Page<Message>), ReadErrors)
)]
pub(crate) async fn list_messages(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Query(query): Query<MessagesQuery>,
) -> Result<Json<Page<Message>>, ApiError> {
    let limit = limit(query.limit)?;
    let id = visible(&app, &caller, &id).await?.conversation.id;
    let stretch = stretch(&app, id, &query).await?;
    let found = app.engine.store().messages(id, stretch, limit + 1).await?;
    let all = mail::shown(&app.engine, &found, caller.viewer(&app)).await?;
    Ok(Json(cut(all, limit, stretch)))
}

async fn stretch(
    app: &App,
    id: ConversationId,
    query: &MessagesQuery,
) -> Result<Stretch, ApiError> {
    let given = [
        query.before.is_some(),
        query.after.is_some(),
        query.cursor.is_some(),
    ];
    if given.into_iter().filter(|it| *it).count() > 1 {
        return Err(ApiError::invalid("give one of before, after and cursor"));
    }
    if let Some(after) = query.after {
        return Ok(Stretch::After(position(after)));
    }
    if let Some(before) = &query.before {
        return before_message(app, id, before).await.map(Stretch::Before);
    }
    let Some(cursor) = &query.cursor else {
        return Ok(Stretch::Newest);
    };
    let refused = |_| ApiError::invalid("cursor is not one of ours");
    match cursor.strip_prefix(FORWARDS) {
        Some(after) => after
            .parse()
            .map(|seq| Stretch::After(position(seq)))
            .map_err(refused),
        None => cursor
            .parse()
            .map(|seq| Stretch::Before(position(seq)))
            .map_err(refused),
    }
}

/// The position of `before`: a position, or the id of a message that is shown here.
async fn before_message(app: &App, id: ConversationId, before: &str) -> Result<Seq, ApiError> {
    if let Ok(seq) = before.parse() {
        return Ok(position(seq));
    }
    let message: MessageId = before
        .parse()
        .map_err(|_| ApiError::invalid("before must be a message's seq or id"))?;
    let found = app.engine.store().messages_by_id(vec![message]).await?;
    let here = found.iter().find(|view| view.shown_in == id);
    here.map(|view| view.row.seq)
        .ok_or_else(|| ApiError::invalid("before names no message of this conversation"))
}

/// The page, of a list that was read with one item more; it says where the next one starts.
fn cut(mut items: Vec<Message>, limit: usize, stretch: Stretch) -> Page<Message> {
    let more = items.len() > limit;
    let next_cursor = if let Stretch::After(_) = stretch {
        items.truncate(limit);
        items.last().map(|last| format!("{FORWARDS}{}", last.seq))
    } else {
        if more {
            items.remove(0);
        }
        items.first().map(|first| first.seq.to_string())
    };
    Page {
        items,
        next_cursor: next_cursor.filter(|_| more),
    }
}
