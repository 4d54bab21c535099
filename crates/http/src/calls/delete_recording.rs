//! `POST /api/v1/calls/{id}/delete-recording`: deletes a recording before its time.

use axum::extract::State;
use plugboard_domain::{
    access::Permission,
    call::{CallCommand, RecordingState},
    conversation::ConversationCommand,
    message::{MessageDraft, MessageKind},
};
use plugboard_protocol::calls::{Call, DeleteRecordingRequest};

use super::{change, visible};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;

/// What a note about a recording begins with, which no language has to translate.
const SIGN: &str = "\u{260e} \u{2715}";

/// Deletes the recording of a call for good, for those who look after the desk. Why is written into the conversation as a note, and
/// who did it is in the journal.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/delete-recording", tag = "calls", params(("id" = String, Path)),
    request_body = DeleteRecordingRequest,
    responses((status = 200, description = "The call as it is now", body = Call), WriteErrors)
)]
pub(crate) async fn delete_recording(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<DeleteRecordingRequest>,
) -> Result<Json<Call>, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    let reason = request.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(ApiError::invalid(format!(
            "reason: say why, in at most {REASON_CHARS_MAX} characters"
        )));
    }
    let call = visible(&app, &caller, &id).await?.row.call;
    let kept = |it: &plugboard_domain::call::Recording| it.state == RecordingState::Kept;
    if !call.recording.as_ref().is_some_and(kept) {
        return Err(ApiError::not_found("recording"));
    }
    // The reason first: what is deleted without one cannot be given one.
    let draft = MessageDraft {
        id: app.engine.mint(),
        text: format!("{SIGN} {reason}"),
        attachments: vec![],
        client_id: None,
    };
    let note = ConversationCommand::Post {
        kind: MessageKind::Note,
        draft,
        seen_seq: None,
    };
    caller.execute(&app, (call.conversation_id, note)).await?;
    change(&app, &caller, &id, CallCommand::DeleteRecording).await
}
