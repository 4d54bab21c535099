//! `POST /api/v1/inboxes/{id}/cti-address`: makes the address that a PBX reports to anew.

use axum::extract::State;
use plugboard_domain::{access::Permission, channel::ChannelKind, desk::Entity, ids::InboxId};
use plugboard_protocol::admin::Inbox;

use super::shown;
use crate::{
    ApiError, App,
    auth::Authenticated,
    base_url::BaseUrl,
    cti::{RENEWALS, renewals},
    extract::{Json, Path, known_id},
    responses::WriteErrors,
    setup,
};

/// Makes the address that a PBX reports its calls to anew. The one before is refused from then on.
#[utoipa::path(
    post, path = "/api/v1/inboxes/{id}/cti-address", tag = "inboxes", params(("id" = String, Path)),
    responses((status = 200, description = "The inbox with its new address", body = Inbox), WriteErrors)
)]
pub(crate) async fn renew_cti_address(
    State(app): State<App>,
    caller: Authenticated,
    BaseUrl(base): BaseUrl,
    Path(id): Path<String>,
) -> Result<Json<Inbox>, ApiError> {
    caller.require(&app, Permission::InboxesManage)?;
    let id: InboxId = known_id("inbox", &id)?;
    let _alone = app.desk_edits.lock().await;
    let desk = app.engine.desk();
    let found = desk
        .inbox(id)
        .filter(|it| it.channel == ChannelKind::Phone)
        .ok_or_else(|| ApiError::not_found("phone inbox"))?;
    let mut inbox = found.clone();
    let renewed = renewals(&inbox) + 1;
    inbox.settings.insert(RENEWALS.to_owned(), renewed.into());
    setup::save(&app, &caller, Entity::Inbox(inbox.clone())).await?;
    Ok(Json(shown(&app, &caller, &base, &inbox)))
}
