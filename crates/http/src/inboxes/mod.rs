//! Configured endpoints.

mod create;
mod delete;
mod get;
mod list;
mod prompts;
mod renew_cti;
mod save;
mod try_trunk;
mod update;

use plugboard_domain::{access::Permission, channel::ChannelKind, desk};
use plugboard_protocol::admin::Inbox;

use crate::{
    App,
    api::{Api, routes},
    auth::Authenticated,
    wire,
};

pub(crate) use prompts::is_prompt;
pub(crate) use save::take_secrets;

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list::list_inboxes, create::create_inbox))
        .routes(routes!(
            get::get_inbox,
            update::update_inbox,
            delete::delete_inbox
        ))
        .routes(routes!(renew_cti::renew_cti_address))
        .routes(routes!(try_trunk::try_trunk))
}

/// An inbox as this caller may see it.
fn shown(app: &App, caller: &Authenticated, base: &str, inbox: &desk::Inbox) -> Inbox {
    let mut shown = wire::inbox(inbox, base, app.can(inbox));
    let manages = caller.grants(app).has(Permission::InboxesManage);
    if inbox.channel == ChannelKind::Phone && manages {
        shown.cti_url = Some(app.pbx.address(base, inbox));
    }
    shown
}
