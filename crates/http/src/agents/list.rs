//! `GET /api/v1/agents`.

use axum::extract::State;
use plugboard_protocol::{Page, agents::Agent, page::PageQuery};

use super::sees_email;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Query},
    responses::ReadErrors,
    setup::desk_page,
    wire,
};

/// Every agent, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/agents", tag = "agents", params(PageQuery),
    responses((status = 200, description = "Agents", body = Page<Agent>), ReadErrors)
)]
pub(crate) async fn list_agents(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Agent>>, ApiError> {
    let emails = app.engine.store().agent_emails().await?;
    let desk = app.engine.desk();
    let page = desk_page(
        desk.agents(),
        |agent| agent.id.0,
        &query,
        |agent| {
            let email = emails.get(&agent.id);
            wire::agent(
                agent,
                email.filter(|_| sees_email(&app, &caller, agent.id)),
                &desk,
            )
        },
    )?;
    Ok(Json(page))
}
