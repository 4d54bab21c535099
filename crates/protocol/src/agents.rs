//! Agents, sessions, teams.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Time;

/// A sign-in.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SignIn {
    /// The agent's address.
    pub email: String,
    /// The agent's password.
    #[schema(max_length = 1024)]
    pub password: String,
}

/// A session. The token is shown once; a cookie with it is set as well.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Send as `Authorization: Bearer`.
    pub token: String,
    /// When it ends.
    pub expires_at: Time,
    /// Who signed in.
    pub agent: Agent,
}

/// A member of the desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Agent {
    /// Identifier.
    pub id: String,
    /// Sign-in address; null for those who may not manage agents, except in one's own entry.
    pub email: Option<String>,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Skills, in order.
    pub skills: Vec<String>,
    /// How many open conversations routing gives at once.
    pub capacity: u32,
    /// Where they work; empty lists mean everywhere.
    pub scope: Scope,
    /// Whether routing may give work.
    pub availability: Availability,
    /// Since when.
    pub availability_since: Time,
    /// Teams they belong to.
    pub team_ids: Vec<String>,
    /// True when they may not sign in any more.
    pub disabled: bool,
    /// Language of the app.
    pub locale: Option<String>,
    /// The agent they report to: who hears when something goes wrong.
    pub reports_to: Option<String>,
    /// When they joined.
    pub created_at: Time,
}

/// The signed-in agent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The agent.
    #[serde(flatten)]
    pub agent: Agent,
    /// What this session or token may do.
    pub permissions: Vec<String>,
}

/// What an agent is in the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works conversations.
    Agent,
    /// Leads.
    Supervisor,
    /// Reads and scores.
    QualityInspector,
    /// Runs the desk.
    Administrator,
}

/// Where an agent works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Scope {
    /// Shops; everywhere when empty.
    pub shops: Vec<String>,
    /// Teams; everywhere when empty.
    pub teams: Vec<String>,
}

/// Whether routing may give an agent work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Takes new work.
    Online,
    /// Takes nothing new.
    Away,
    /// Not there.
    Offline,
}

/// A new agent.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CreateAgent {
    /// Sign-in address; unique.
    pub email: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Password, at least 8 characters. Without one they cannot sign in until it is set.
    #[schema(min_length = 8, max_length = 1024)]
    pub password: Option<String>,
    /// Skills.
    #[serde(default)]
    pub skills: Vec<String>,
    /// How many open conversations at once; 5 when unset.
    #[schema(maximum = 500)]
    pub capacity: Option<u32>,
    /// Where they work.
    #[serde(default)]
    pub scope: Scope,
    /// Language of the app.
    pub locale: Option<String>,
    /// The agent they report to.
    pub reports_to: Option<String>,
}

/// Changes to an agent. Fields left out stay.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct UpdateAgent {
    /// Sign-in address.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Role.
    pub role: Option<Role>,
    /// New password.
    #[schema(min_length = 8, max_length = 1024)]
    pub password: Option<String>,
    /// Skills.
    pub skills: Option<Vec<String>>,
    /// How many open conversations at once.
    #[schema(maximum = 500)]
    pub capacity: Option<u32>,
    /// Where they work.
    pub scope: Option<Scope>,
    /// True to shut them out.
    pub disabled: Option<bool>,
    /// Language of the app.
    pub locale: Option<String>,
    /// The agent they report to; an empty text for nobody.
    pub reports_to: Option<String>,
}

/// Comes or goes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AvailabilityRequest {
    /// The new state.
    pub state: Availability,
}

/// A group of agents that shares a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Team {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Members' ids.
    pub member_ids: Vec<String>,
    /// How routing picks a member.
    pub assignment: AssignmentMethod,
    /// Where waiting work goes when nobody takes it.
    pub overflow: Option<Overflow>,
    /// When it was made.
    pub created_at: Time,
}

/// How routing picks a member of a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentMethod {
    /// The one with the most free capacity.
    LeastLoaded,
    /// The one whose last assignment is longest ago.
    RoundRobin,
    /// Members take work themselves.
    Manual,
}

/// Hands waiting work to another team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Overflow {
    /// The other team.
    pub team_id: String,
    /// Seconds in the queue before.
    #[schema(minimum = 1, maximum = 604_800)]
    pub after_secs: u64,
}

/// A new team, or (in `PUT`) a team as it shall be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SaveTeam {
    /// Name.
    pub name: String,
    /// How routing picks; `least_loaded` when unset.
    pub assignment: Option<AssignmentMethod>,
    /// Overflow.
    pub overflow: Option<Overflow>,
    /// Members' ids; left as they are when unset.
    pub member_ids: Option<Vec<String>>,
}

/// Who joins a team.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AddMember {
    /// The agent.
    pub agent_id: String,
}
