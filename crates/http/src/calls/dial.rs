//! `POST /api/v1/calls`: calls somebody.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{Command, call::DialNumber};
use plugboard_protocol::calls::{Call, DialRequest};

use super::after_write;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, id, optional_id},
    responses::WriteErrors,
};

/// Calls a contact or a number, as far as the inbox's policy permits it.
#[utoipa::path(
    post, path = "/api/v1/calls", tag = "calls", request_body = DialRequest,
    responses((status = 201, description = "It is being dialled", body = Call), WriteErrors)
)]
pub(crate) async fn dial_call(
    State(app): State<App>,
    caller: Authenticated,
    Json(request): Json<DialRequest>,
) -> Result<(StatusCode, Json<Call>), ApiError> {
    let call_id = app.engine.mint();
    let dial = DialNumber {
        id: call_id,
        inbox_id: id("inbox_id", &request.inbox_id)?,
        number: request.number,
        contact_id: optional_id("contact_id", request.contact_id.as_deref())?,
        conversation_id: optional_id("conversation_id", request.conversation_id.as_deref())?,
        new_conversation_id: app.engine.mint(),
        message_id: app.engine.mint(),
    };
    caller.execute(&app, Command::Dial(Box::new(dial))).await?;
    let call = after_write(&app, &caller, call_id).await?;
    Ok((StatusCode::CREATED, call))
}
