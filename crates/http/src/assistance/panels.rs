//! `GET /api/v1/conversations/{id}/panels`.

use axum::extract::State;
use plugboard_protocol::extensions::{PanelAnswer, Whole};
use serde::Deserialize;
use utoipa::IntoParams;

use super::LOCALE_DEFAULT;
use crate::{
    ApiError, App,
    auth::Authenticated,
    conversations::visible,
    extract::{Json, Path, Query},
    responses::ReadErrors,
};

/// In which language.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PanelQuery {
    /// `zh`, `en`; `en` when unset.
    locale: Option<String>,
}

/// Cards of plugins about the conversation. A plugin that fails says why in place of its card.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/panels", tag = "assistance",
    params(("id" = String, Path), PanelQuery),
    responses((status = 200, description = "Cards", body = Whole<PanelAnswer>), ReadErrors)
)]
pub(crate) async fn list_panels(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Query(query): Query<PanelQuery>,
) -> Result<Json<Whole<PanelAnswer>>, ApiError> {
    let id = visible(&app, &caller, &id).await?.conversation.id;
    let items = match &app.extensions {
        Some(extensions) => {
            let locale = query.locale.as_deref().unwrap_or(LOCALE_DEFAULT);
            extensions.panels(caller.principal, id, locale).await?
        }
        None => Vec::new(),
    };
    Ok(Json(Whole { items }))
}
