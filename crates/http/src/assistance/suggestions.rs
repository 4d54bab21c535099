//! `GET /api/v1/conversations/{id}/suggestions`.

use axum::extract::State;
use plugboard_protocol::extensions::{Suggestion, Whole};

use crate::{
    ApiError, App,
    auth::Authenticated,
    conversations::visible,
    extract::{Json, Path},
    responses::ReadErrors,
};

/// Replies that plugins suggest, best first.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/suggestions", tag = "assistance", params(("id" = String, Path)),
    responses((status = 200, description = "Suggestions", body = Whole<Suggestion>), ReadErrors)
)]
pub(crate) async fn list_suggestions(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Whole<Suggestion>>, ApiError> {
    let id = visible(&app, &caller, &id).await?.conversation.id;
    let items = match &app.extensions {
        Some(extensions) => extensions.suggestions(caller.principal, id).await?,
        None => Vec::new(),
    };
    Ok(Json(Whole { items }))
}
