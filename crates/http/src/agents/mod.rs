//! Members of the desk.

mod availability;
mod create;
mod get;
mod list;
mod update;

use plugboard_domain::{
    access::Permission,
    ids::{AgentId, ShopId, TeamId},
};
use plugboard_protocol::agents::{Agent, Scope};

use crate::{
    ApiError, App,
    api::{Api, routes},
    auth::Authenticated,
    extract::id,
    wire,
};

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list::list_agents, create::create_agent))
        .routes(routes!(get::get_agent, update::update_agent))
        .routes(routes!(availability::set_availability))
}

/// An agent as stored now; with the sign-in address when the caller may see it.
pub(crate) async fn shown(app: &App, id: AgentId, with_email: bool) -> Result<Agent, ApiError> {
    let emails = app.engine.store().agent_emails().await?;
    let desk = app.engine.desk();
    let agent = desk.agent(id).ok_or_else(|| ApiError::not_found("agent"))?;
    let email = emails.get(&id).filter(|_| with_email);
    Ok(wire::agent(agent, email, &desk))
}

/// Sign-in addresses are for those who manage agents, and one's own.
fn sees_email(app: &App, caller: &Authenticated, id: AgentId) -> bool {
    caller.agent_id == id || caller.grants(app).has(Permission::AgentsManage)
}

fn to_scope(scope: &Scope) -> Result<plugboard_domain::access::Scope, ApiError> {
    let shops = scope.shops.iter().map(|it| id::<ShopId>("scope.shops", it));
    let teams = scope.teams.iter().map(|it| id::<TeamId>("scope.teams", it));
    Ok(plugboard_domain::access::Scope {
        shops: shops.collect::<Result<_, _>>()?,
        teams: teams.collect::<Result<_, _>>()?,
    })
}
