//! Conversations: lists, threads, and what agents do to them.

mod accept;
mod apply_macro;
mod assign;
mod cancel_scheduled;
mod close_case;
mod counts;
mod decisions;
mod drafts;
mod filter;
mod get;
mod list;
mod list_cases;
mod list_scheduled;
mod merge;
mod messages;
mod open_case;
mod post;
mod priority;
mod read;
mod retry;
mod save_draft;
mod stage;
mod status;
mod tags;
mod unmerge;

use plugboard_domain::{
    access::Permission, conversation::ConversationCommand, ids::ConversationId,
};
use plugboard_protocol::conversations::Conversation;
use plugboard_store::ConversationView;

use crate::{
    ApiError, App,
    api::{Api, routes},
    auth::Authenticated,
    extract::{Json, known_id},
    wire,
};

pub(crate) use filter::words;

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list::list_conversations))
        .routes(routes!(counts::count_conversations))
        .routes(routes!(get::get_conversation))
        .routes(routes!(messages::list_messages, post::post_message))
        .routes(routes!(list_scheduled::list_scheduled))
        .routes(routes!(cancel_scheduled::cancel_scheduled))
        .routes(routes!(retry::retry_message))
        .routes(routes!(assign::assign_conversation))
        .routes(routes!(accept::accept_conversation))
        .routes(routes!(status::set_status))
        .routes(routes!(tags::tag_conversation))
        .routes(routes!(priority::set_priority))
        .routes(routes!(stage::set_stage))
        .routes(routes!(merge::merge_conversation))
        .routes(routes!(unmerge::unmerge_conversation))
        .routes(routes!(read::mark_read))
        .routes(routes!(decisions::list_decisions))
        .routes(routes!(list_cases::list_cases, open_case::open_case))
        .routes(routes!(close_case::close_case))
        .routes(routes!(drafts::list_drafts, save_draft::save_draft))
        .routes(routes!(apply_macro::apply_macro))
}

/// A conversation that the caller may read; outside their scope it does not exist.
pub(crate) async fn visible(
    app: &App,
    caller: &Authenticated,
    id: &str,
) -> Result<ConversationView, ApiError> {
    let grants = caller.grants(app);
    grants.require(Permission::ConversationsRead)?;
    let id: ConversationId = known_id("conversation", id)?;
    let view = app
        .engine
        .store()
        .conversation(id, Some(caller.agent_id))
        .await?;
    view.filter(|view| grants.scope().covers(&view.conversation))
        .ok_or_else(|| ApiError::not_found("conversation"))
}

/// Carries out a command and answers with the conversation as it is after it.
async fn change(
    app: &App,
    caller: &Authenticated,
    id: &str,
    command: ConversationCommand,
) -> Result<Json<Conversation>, ApiError> {
    let id: ConversationId = known_id("conversation", id)?;
    caller.execute(app, (id, command)).await?;
    after_write(app, caller, id).await
}

/// The conversation as it is now. Whoever just changed it sees what came of it, even when it left their scope by that.
async fn after_write(
    app: &App,
    caller: &Authenticated,
    id: ConversationId,
) -> Result<Json<Conversation>, ApiError> {
    let view = app
        .engine
        .store()
        .conversation(id, Some(caller.agent_id))
        .await?;
    let view = view.ok_or_else(|| ApiError::not_found("conversation"))?;
    Ok(Json(wire::conversation(&view, caller.viewer(app))))
}
