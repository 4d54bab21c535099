//! `POST /api/v1/calls/{id}/digits`: presses keys. They are never stored: they may be a customer's secrets.

use axum::{extract::State, http::StatusCode};
use plugboard_channel::phone::DIGITS_MAX;
use plugboard_domain::access::Permission;
use plugboard_protocol::calls::DigitsRequest;

use super::{failed, visible};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Presses keys in a call that you talk in.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/digits", tag = "calls", params(("id" = String, Path)),
    request_body = DigitsRequest,
    responses((status = 204, description = "They were sent"), WriteErrors)
)]
pub(crate) async fn press_digits(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<DigitsRequest>,
) -> Result<StatusCode, ApiError> {
    caller.require(&app, Permission::ConversationsReply)?;
    let call = visible(&app, &caller, &id).await?.row.call;
    if !call.is_with(caller.agent_id) || call.is_over() {
        return Err(ApiError::conflict("you are not in this call"));
    }
    let key = |it: char| it.is_ascii_digit() || matches!(it, '*' | '#' | 'A'..='D');
    let count = request.digits.chars().count();
    if !(1..=DIGITS_MAX).contains(&count) || !request.digits.chars().all(key) {
        return Err(ApiError::invalid(format!(
            "digits: 1 to {DIGITS_MAX} of 0 to 9, *, # and A to D"
        )));
    }
    let telephony = app.telephony()?;
    let sent = telephony.digits(call.id, &request.digits).await;
    sent.map(|()| StatusCode::NO_CONTENT).map_err(failed)
}
