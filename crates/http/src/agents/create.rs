//! `POST /api/v1/agents`: somebody joins.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{
    Command,
    access::Permission,
    desk::{Agent, Attendance, Availability, Entity, Private},
    ids::AgentId,
};
use plugboard_protocol::agents;

use super::{shown, to_scope};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, optional_id},
    responses::WriteErrors,
    wire,
};

/// Open conversations at once, when nobody says.
const CAPACITY: u32 = 5;

/// Adds an agent. Without a password they cannot sign in until one is set.
#[utoipa::path(
    post, path = "/api/v1/agents", tag = "agents",
    request_body = agents::CreateAgent,
    responses((status = 201, description = "Added", body = agents::Agent), WriteErrors)
)]
pub(crate) async fn create_agent(
    State(app): State<App>,
    caller: Authenticated,
    Json(request): Json<agents::CreateAgent>,
) -> Result<(StatusCode, Json<agents::Agent>), ApiError> {
    // Asked before the command runs as well, since hashing is dear.
    caller.require(&app, Permission::AgentsManage)?;
    let private = Private {
        email: Some(request.email.clone()),
        password_hash: match &request.password {
            Some(password) => Some(app.passwords.hash(password).await?),
            None => None,
        },
        ..Private::default()
    };
    let agent = new_agent(&app, request)?;
    let id = agent.id;
    let entity = Entity::Agent(agent);
    caller
        .execute(&app, Command::Save { entity, private })
        .await?;
    Ok((StatusCode::CREATED, Json(shown(&app, id, true).await?)))
}

fn new_agent(app: &App, request: agents::CreateAgent) -> Result<Agent, ApiError> {
    let now = app.engine.now();
    Ok(Agent {
        id: app.engine.mint::<AgentId>(),
        name: request.name.trim().to_owned(),
        role: wire::to_role(request.role),
        skills: request.skills.into_iter().collect(),
        capacity: request.capacity.unwrap_or(CAPACITY),
        scope: to_scope(&request.scope)?,
        availability: Availability::Offline,
        availability_since: now,
        attendance: Attendance::Unseen,
        disabled: false,
        locale: request.locale,
        reports_to: optional_id("reports_to", request.reports_to.as_deref())?,
        created_at: now,
    })
}
