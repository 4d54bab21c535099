//! Customers, masked unless the caller may see them in full.

mod get;
mod list;
mod merge;
mod reveal;
mod unmerge;
mod update;

use plugboard_domain::{access::Permission, ids::ContactId};
use plugboard_protocol::contacts::ContactDetail;
use plugboard_store::ContactView;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{ApiError, App, auth::Authenticated, extract::Json, wire};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list_contacts))
        .routes(routes!(get::get_contact, update::update_contact))
        .routes(routes!(merge::merge_contact))
        .routes(routes!(unmerge::unmerge_contact))
        .routes(routes!(reveal::reveal_contact))
}

async fn stored(app: &App, id: ContactId) -> Result<ContactView, ApiError> {
    let view = app.engine.store().contact(id).await?;
    view.ok_or_else(|| ApiError::not_found("contact"))
}

async fn shown(
    app: &App,
    caller: &Authenticated,
    id: ContactId,
) -> Result<Json<ContactDetail>, ApiError> {
    let view = stored(app, id).await?;
    Ok(Json(wire::contact_detail(&view, caller.viewer(app))))
}

/// `Ok` when the caller may read contacts.
fn readable(app: &App, caller: &Authenticated) -> Result<(), ApiError> {
    caller.require(app, Permission::ConversationsRead)
}
