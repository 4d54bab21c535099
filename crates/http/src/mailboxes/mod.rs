//! Mailboxes: trying their settings, how they fare, and leave that a provider gives.

mod again;
mod connect;
mod health;
mod leave;
mod presets;
mod providers;
mod returned;
mod try_out;
mod wake;

use plugboard_domain::{
    channel::ChannelKind,
    desk::{EntityKind, EntityRef, Inbox},
    ids::InboxId,
};

use crate::{
    ApiError, App,
    api::{Api, routes},
    extract::known_id,
};

pub(crate) use leave::Leaves;

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(health::list_mailboxes))
        .routes(routes!(try_out::try_mailbox))
        .routes(routes!(providers::list_mail_providers))
        .routes(routes!(returned::finish_mailbox_oauth))
        .routes(routes!(connect::start_mailbox_oauth))
        .routes(routes!(wake::wake_mailbox))
        .routes(routes!(again::read_mailbox_again))
}

/// The email inbox of this id.
fn email_inbox(app: &App, id: &str) -> Result<Inbox, ApiError> {
    let id: InboxId = known_id("mailbox", id)?;
    let desk = app.engine.desk();
    let inbox = desk
        .inbox(id)
        .filter(|it| it.channel == ChannelKind::Email)
        .ok_or_else(|| ApiError::not_found("mailbox"))?;
    Ok(inbox.clone())
}

fn reference(id: InboxId) -> EntityRef {
    EntityRef {
        kind: EntityKind::Inbox,
        id: id.0,
    }
}
