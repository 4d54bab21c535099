//! `PATCH /api/v1/agents/{id}`: changes an agent.

use axum::extract::State;
use plugboard_domain::{
    Command, Principal,
    access::Permission,
    desk::{Agent, Entity, Private},
};
use plugboard_protocol::agents;

use super::{sees_email, shown, to_scope};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, known_id, optional_id},
    responses::WriteErrors,
    wire,
};

/// Changes an agent; fields left out stay. Agents may change their own name, language and password. A new password ends
/// all sessions of the agent.
#[utoipa::path(
    patch, path = "/api/v1/agents/{id}", tag = "agents", params(("id" = String, Path)),
    request_body = agents::UpdateAgent,
    responses((status = 200, description = "Changed", body = agents::Agent), WriteErrors)
)]
pub(crate) async fn update_agent(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<agents::UpdateAgent>,
) -> Result<Json<agents::Agent>, ApiError> {
    let id = known_id("agent", &id)?;
    if request.password.is_some() && caller.principal != Principal::Agent(id) {
        // The command asks this as well; before it, since hashing is dear.
        caller.require(&app, Permission::AgentsManage)?;
    }
    let private = Private {
        email: request.email.clone(),
        password_hash: match &request.password {
            Some(password) => Some(app.passwords.hash(password).await?),
            None => None,
        },
        ..Private::default()
    };
    let _alone = app.desk_edits.lock().await;
    let desk = app.engine.desk();
    let before = desk.agent(id).ok_or_else(|| ApiError::not_found("agent"))?;
    let entity = Entity::Agent(changed(before.clone(), request)?);
    caller
        .execute(&app, Command::Save { entity, private })
        .await?;
    // A new password or a shut door ends sessions.
    app.tokens.revoke();
    Ok(Json(shown(&app, id, sees_email(&app, &caller, id)).await?))
}

fn changed(mut agent: Agent, request: agents::UpdateAgent) -> Result<Agent, ApiError> {
    if let Some(name) = request.name {
        name.trim().clone_into(&mut agent.name);
    }
    if let Some(role) = request.role {
        agent.role = wire::to_role(role);
    }
    if let Some(skills) = request.skills {
        agent.skills = skills.into_iter().collect();
    }
    if let Some(capacity) = request.capacity {
        agent.capacity = capacity;
    }
    if let Some(scope) = &request.scope {
        agent.scope = to_scope(scope)?;
    }
    if let Some(disabled) = request.disabled {
        agent.disabled = disabled;
    }
    if request.locale.is_some() {
        agent.locale = request.locale.filter(|it| !it.is_empty());
    }
    if let Some(manager) = &request.reports_to {
        let named = Some(manager.trim()).filter(|it| !it.is_empty());
        agent.reports_to = optional_id("reports_to", named)?;
    }
    Ok(agent)
}
