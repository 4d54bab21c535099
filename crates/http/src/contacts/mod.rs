//! Customers, masked unless the caller may see them in full.

mod get;
mod list;
mod merge;
mod reveal;
mod unmerge;
mod update;

use plugboard_domain::{
    access::{Permission, Scope},
    ids::ContactId,
};
use plugboard_protocol::contacts::ContactDetail;
use plugboard_store::ContactView;

use crate::{
    ApiError, App,
    api::{Api, routes},
    auth::Authenticated,
    extract::Json,
    wire,
};

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list::list_contacts))
        .routes(routes!(get::get_contact, update::update_contact))
        .routes(routes!(merge::merge_contact))
        .routes(routes!(unmerge::unmerge_contact))
        .routes(routes!(reveal::reveal_contact))
}

/// A contact that the caller sees; outside their scope it does not exist.
async fn visible(
    app: &App,
    caller: &Authenticated,
    id: ContactId,
) -> Result<ContactView, ApiError> {
    let scope = caller.grants(app).scope().clone();
    let view = app.engine.store().contact(id, scope).await?;
    view.ok_or_else(|| ApiError::not_found("contact"))
}

/// A contact as it is after a command. Whoever just changed it sees what came of it, even when it left their scope by that.
async fn after_write(
    app: &App,
    caller: &Authenticated,
    id: ContactId,
) -> Result<Json<ContactDetail>, ApiError> {
    let view = app.engine.store().contact(id, Scope::default()).await?;
    let view = view.ok_or_else(|| ApiError::not_found("contact"))?;
    Ok(Json(wire::contact_detail(&view, caller.viewer(app))))
}

/// `Ok` when the caller may read contacts.
fn readable(app: &App, caller: &Authenticated) -> Result<(), ApiError> {
    caller.require(app, Permission::ConversationsRead)
}
