//! `GET /chat/v1/{inbox_id}/config`: what the widget draws.

use axum::extract::State;
use plugboard_channel_webchat::VISITOR_ATTACHMENT_BYTES_MAX;
use plugboard_protocol::visitors::WidgetConfig;

use super::access::Site;
use crate::{ApiError, App, extract::Json, responses::PublicErrors};

/// What the widget needs to draw itself; public.
#[utoipa::path(
    get,
    path = "/chat/v1/{inbox_id}/config",
    tag = "visitors",
    security(()),
    params(("inbox_id" = String, Path)),
    responses((status = 200, body = WidgetConfig), PublicErrors)
)]
pub(super) async fn widget_config(
    State(app): State<App>,
    site: Site,
) -> Result<Json<WidgetConfig>, ApiError> {
    let Site { inbox, settings } = site;
    let timetable = app.engine.desk().timetable(&inbox);
    Ok(Json(WidgetConfig {
        inbox_id: inbox.id.to_string(),
        title: settings.title.unwrap_or(inbox.name),
        color: settings.color,
        locale: settings.locale,
        greeting: inbox.policy.greeting,
        away_message: inbox.policy.away_message,
        open_now: timetable.is_open(app.engine.now()),
        prechat: settings.prechat.name().to_owned(),
        offline_form: settings.offline_form,
        proactive_after_secs: settings.proactive_after_secs,
        identity: settings.identity.name().to_owned(),
        attachment_bytes_max: VISITOR_ATTACHMENT_BYTES_MAX,
    }))
}
