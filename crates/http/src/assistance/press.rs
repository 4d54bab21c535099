//! `POST /api/v1/conversations/{id}/panels/{plugin}/actions`.

use axum::extract::State;
use plugboard_protocol::extensions::{PanelAnswer, PressAction};

use super::LOCALE_DEFAULT;
use crate::{
    ApiError, App,
    auth::Authenticated,
    conversations::visible,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Presses a button of a plugin's card; the answer is the card after it.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/panels/{plugin}/actions", tag = "assistance",
    params(("id" = String, Path), ("plugin" = String, Path)), request_body = PressAction,
    responses((status = 200, description = "The card", body = PanelAnswer), WriteErrors)
)]
pub(crate) async fn press_panel_action(
    State(app): State<App>,
    caller: Authenticated,
    Path((id, plugin)): Path<(String, String)>,
    Json(asked): Json<PressAction>,
) -> Result<Json<PanelAnswer>, ApiError> {
    let id = visible(&app, &caller, &id).await?.conversation.id;
    let locale = asked.locale.as_deref().unwrap_or(LOCALE_DEFAULT);
    let answer = app
        .extensions()?
        .panel_action(
            caller.principal,
            id,
            locale,
            &plugin,
            &asked.action_id,
            asked.args,
        )
        .await?;
    Ok(Json(answer))
}
