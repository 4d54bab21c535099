//! Calls: lists, what people do in them, their recordings, and the board.

mod accept;
mod accesses;
mod board;
mod cancel_transfer;
mod complete_transfer;
mod decline;
mod delete_recording;
mod dial;
mod digits;
mod get;
mod hang_up;
mod hold;
mod leave;
mod list;
mod listen;
mod pause;
mod peaks;
mod recording;
mod resume;
mod transfer;
mod wrap_up;

use std::collections::HashMap;

use plugboard_channel::phone::PhoneError;
use plugboard_domain::{
    access::{Grants, Permission},
    call::CallCommand,
    ids::{CallId, MessageId},
    message::MessageKind,
};
use plugboard_engine::Engine;
use plugboard_protocol::calls::Call;
use plugboard_store::{CallView, MessageView, StoreError};

use crate::{
    ApiError, App,
    api::{Api, routes},
    auth::Authenticated,
    extract::{Json, known_id},
    wire::{self, Viewer},
};

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list::list_calls, dial::dial_call))
        .routes(routes!(get::get_call))
        .routes(routes!(accept::accept_call))
        .routes(routes!(decline::decline_call))
        .routes(routes!(hang_up::hang_up_call))
        .routes(routes!(hold::hold_call))
        .routes(routes!(resume::resume_call))
        .routes(routes!(digits::press_digits))
        .routes(routes!(transfer::transfer_call))
        .routes(routes!(complete_transfer::complete_transfer))
        .routes(routes!(cancel_transfer::cancel_transfer))
        .routes(routes!(recording::get_recording, pause::pause_recording))
        .routes(routes!(peaks::get_peaks))
        .routes(routes!(accesses::list_accesses))
        .routes(routes!(delete_recording::delete_recording))
        .routes(routes!(listen::listen_to_call))
        .routes(routes!(leave::leave_call))
        .routes(routes!(wrap_up::wrap_up_call))
        .routes(routes!(board::phone_board))
}

/// A call that the caller may see: of a conversation in their scope, or one that they are in. Any other does not exist.
async fn visible(app: &App, caller: &Authenticated, id: &str) -> Result<CallView, ApiError> {
    let grants = caller.grants(app);
    grants.require(Permission::ConversationsRead)?;
    let id: CallId = known_id("call", id)?;
    let found = app.engine.store().call(id).await?;
    let view = found.ok_or_else(|| ApiError::not_found("call"))?;
    if seen(app, caller, &grants, &view).await? {
        Ok(view)
    } else {
        Err(ApiError::not_found("call"))
    }
}

async fn seen(
    app: &App,
    caller: &Authenticated,
    grants: &Grants,
    view: &CallView,
) -> Result<bool, ApiError> {
    let call = &view.row.call;
    if grants.scope().is_everywhere() || call.occupies().contains(&caller.agent_id) {
        return Ok(true);
    }
    let store = app.engine.store();
    let conversation = store.conversation(call.conversation_id, None).await?;
    Ok(conversation.is_some_and(|it| grants.scope().covers(&it.conversation)))
}

/// Carries out a command and answers with the call as it is after it.
async fn change(
    app: &App,
    caller: &Authenticated,
    id: &str,
    command: CallCommand,
) -> Result<Json<Call>, ApiError> {
    let id: CallId = known_id("call", id)?;
    caller.execute(app, (id, command)).await?;
    after_write(app, caller, id).await
}

/// The call as it is now.
async fn after_write(
    app: &App,
    caller: &Authenticated,
    id: CallId,
) -> Result<Json<Call>, ApiError> {
    let found = app.engine.store().call(id).await?;
    let view = found.ok_or_else(|| ApiError::not_found("call"))?;
    let mut shown = shown(app, &[view], caller.viewer(app)).await?;
    shown
        .pop()
        .map(Json)
        .ok_or_else(|| ApiError::not_found("call"))
}

/// Calls as this viewer may see them, each with its place among those who wait.
async fn shown(app: &App, views: &[CallView], viewer: Viewer) -> Result<Vec<Call>, StoreError> {
    let waiting = views.iter().any(|it| it.row.call.is_waiting());
    let live = if waiting {
        app.engine.store().live_calls().await?
    } else {
        Vec::new()
    };
    let now = app.engine.now();
    let show = |view| wire::call(view, wire::queue_position(view, &live), viewer, now);
    Ok(views.iter().map(show).collect())
}

/// The calls that messages show.
pub(crate) async fn join(
    engine: &Engine,
    views: &[MessageView],
) -> Result<HashMap<MessageId, CallView>, StoreError> {
    let showing = views.iter().filter(|it| it.row.kind == MessageKind::Call);
    let ids: Vec<MessageId> = showing.map(|it| it.row.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = engine.store().calls_of(ids).await?;
    let by_message = found.into_iter().map(|it| (it.row.call.message_id, it));
    Ok(by_message.collect())
}

/// What telephony could not do.
pub(crate) fn failed(error: PhoneError) -> ApiError {
    match error {
        PhoneError::Unavailable => ApiError::unavailable("telephony is not available now"),
        PhoneError::Unusable(why) => ApiError::invalid(why),
        PhoneError::NoCall => ApiError::conflict("no such call is going on"),
        PhoneError::NoRecording => ApiError::not_found("recording"),
    }
}
