//! `GET /api/v1/mailboxes/providers`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::{extensions::Whole, mail::OauthProvider};

use super::presets::PRESETS;
use crate::{ApiError, App, auth::Authenticated, extract::Json, responses::ReadErrors};

/// Providers whose settings are known, to begin a mailbox with.
#[utoipa::path(
    get, path = "/api/v1/mailboxes/providers", tag = "mailboxes",
    responses((status = 200, description = "Providers", body = Whole<OauthProvider>), ReadErrors)
)]
pub(crate) async fn list_mail_providers(
    State(app): State<App>,
    caller: Authenticated,
) -> Result<Json<Whole<OauthProvider>>, ApiError> {
    caller.require(&app, Permission::InboxesManage)?;
    let show = |preset: &super::presets::Preset| OauthProvider {
        key: preset.key.to_owned(),
        name: preset.name.to_owned(),
        settings: serde_json::from_str(preset.settings).expect("a test reads every preset"),
    };
    Ok(Json(Whole {
        items: PRESETS.iter().map(show).collect(),
    }))
}
