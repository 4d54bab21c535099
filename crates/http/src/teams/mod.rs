//! Groups of agents that share a queue.

mod add_member;
mod create;
mod delete;
mod list;
mod remove_member;
mod update;

use plugboard_domain::{
    Command,
    desk::{Entity, Private, Team},
    ids::{AgentId, TeamId},
};
use plugboard_protocol::agents;

use crate::{
    ApiError, App,
    api::{Api, routes},
    auth::Authenticated,
    extract::{Json, id},
    wire,
};

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list::list_teams, create::create_team))
        .routes(routes!(update::update_team, delete::delete_team))
        .routes(routes!(add_member::add_member))
        .routes(routes!(remove_member::remove_member))
}

/// Changes a team that exists, one edit at a time, so that two members added at once both stay.
async fn edit(
    app: &App,
    caller: &Authenticated,
    id: TeamId,
    change: impl FnOnce(&mut Team) -> Result<(), ApiError>,
) -> Result<Json<agents::Team>, ApiError> {
    let _alone = app.desk_edits.lock().await;
    let before = app.engine.desk().team(id).cloned();
    let mut team = before.ok_or_else(|| ApiError::not_found("team"))?;
    change(&mut team)?;
    save(app, caller, team).await
}

async fn save(
    app: &App,
    caller: &Authenticated,
    team: Team,
) -> Result<Json<agents::Team>, ApiError> {
    let shown = wire::team(&team);
    let command = Command::Save {
        entity: Entity::Team(team),
        private: Private::default(),
    };
    caller.execute(app, command).await?;
    Ok(Json(shown))
}

/// The team as it shall be.
fn apply(team: &mut Team, request: agents::SaveTeam) -> Result<(), ApiError> {
    request.name.trim().clone_into(&mut team.name);
    team.assignment = request
        .assignment
        .map(wire::to_assignment_method)
        .unwrap_or_default();
    let overflow = request.overflow.map(|to| {
        Ok::<_, ApiError>(plugboard_domain::desk::Overflow {
            team_id: id("overflow.team_id", &to.team_id)?,
            after_secs: to.after_secs,
        })
    });
    team.overflow = overflow.transpose()?;
    if let Some(members) = request.member_ids {
        let members = members.iter().map(|it| id::<AgentId>("member_ids", it));
        team.members = members.collect::<Result<_, _>>()?;
    }
    Ok(())
}
