//! Configured endpoints.

mod create;
mod delete;
mod get;
mod list;
mod save;
mod update;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::App;

pub(crate) use save::take_secrets;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list_inboxes, create::create_inbox))
        .routes(routes!(
            get::get_inbox,
            update::update_inbox,
            delete::delete_inbox
        ))
}
