//! `POST /api/v1/conversations/{id}/macros/{macro_id}`.

use axum::extract::State;
use plugboard_domain::{Command, desk::Desk, ids::MacroId};
use plugboard_protocol::admin::AppliedMacro;
use plugboard_store::ConversationView;

use super::{after_write, visible};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id},
    responses::WriteErrors,
};

/// Carries out a macro's actions, all of them or none, and answers with its text, filled in, for the composer.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/macros/{macro_id}", tag = "conversations",
    params(("id" = String, Path), ("macro_id" = String, Path)),
    responses((status = 200, description = "Carried out", body = AppliedMacro), WriteErrors)
)]
pub(crate) async fn apply_macro(
    State(app): State<App>,
    caller: Authenticated,
    Path((id, macro_id)): Path<(String, String)>,
) -> Result<Json<AppliedMacro>, ApiError> {
    let view = visible(&app, &caller, &id).await?;
    let macro_id: MacroId = known_id("macro", &macro_id)?;
    let command = Command::ApplyMacro {
        conversation_id: view.conversation.id,
        macro_id,
    };
    caller.execute(&app, command).await?;
    let desk = app.engine.desk();
    let it = desk
        .macro_(macro_id)
        .ok_or_else(|| ApiError::not_found("macro"))?;
    let Json(conversation) = after_write(&app, &caller, view.conversation.id).await?;
    Ok(Json(AppliedMacro {
        text: fill(&it.text, &view, &caller, &desk),
        conversation,
    }))
}

/// Puts names in place of `{{…}}`; an unknown name leaves nothing behind.
fn fill(text: &str, view: &ConversationView, caller: &Authenticated, desk: &Desk) -> String {
    let contact = view.contact.profile.name.clone().unwrap_or_default();
    let agent = desk.agent(caller.agent_id).map(|it| it.name.clone());
    let shop = view.conversation.shop_id.and_then(|id| desk.shop(id));
    text.replace("{{agent.name}}", &agent.unwrap_or_default())
        .replace("{{shop.name}}", shop.map_or("", |it| &it.name))
        .replace("{{contact.name}}", &contact)
}
