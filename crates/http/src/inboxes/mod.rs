//! Configured endpoints.

mod create;
mod delete;
mod get;
mod list;
mod save;
mod update;

use crate::api::{Api, routes};

pub(crate) use save::take_secrets;

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list::list_inboxes, create::create_inbox))
        .routes(routes!(
            get::get_inbox,
            update::update_inbox,
            delete::delete_inbox
        ))
}
