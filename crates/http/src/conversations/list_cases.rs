//! `GET /api/v1/conversations/{id}/cases`: its cases, with what they are about.

use axum::extract::State;
use plugboard_protocol::{Page, conversations::CaseDetail};

use super::visible;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
    wire,
};

/// The cases of a conversation, oldest first.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/cases", tag = "conversations",
    params(("id" = String, Path)),
    responses((status = 200, description = "Cases", body = Page<CaseDetail>), ReadErrors)
)]
pub(crate) async fn list_cases(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Page<CaseDetail>>, ApiError> {
    let conversation = visible(&app, &caller, &id).await?.conversation;
    let mut summaries = app.engine.store().case_summaries(conversation.id).await?;
    let cases = conversation.cases.iter();
    Ok(Json(Page {
        items: cases
            .map(|it| CaseDetail {
                case: wire::case(it),
                summary: summaries.remove(&it.id).unwrap_or_default(),
            })
            .collect(),
        next_cursor: None,
    }))
}
