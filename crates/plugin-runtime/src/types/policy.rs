//! Policies: pure questions and their answers.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use super::ConversationView;

/// An agent who may get it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Candidate {
    /// Identifier.
    pub id: String,
    /// Skills.
    #[serde(default)]
    pub skills: Vec<String>,
    /// Open conversations, by weight.
    pub load: u32,
    /// How many fit.
    pub capacity: u32,
    /// Takes work now.
    pub online: bool,
    /// May see the inbox.
    #[component(name = "in-scope")]
    pub in_scope: bool,
    /// When it last got one, Unix milliseconds.
    #[component(name = "last-routed-at")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_routed_at: Option<u64>,
    /// Handed this one back.
    pub passed: bool,
}

/// A team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct TeamView {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Members who take work.
    pub online: u32,
    /// Members with room.
    pub free: u32,
}

/// Who shall get this conversation?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct RouteRequest {
    /// Which one.
    pub conversation: ConversationView,
    /// Skills that the inbox demands.
    #[component(name = "required-skills")]
    #[serde(default)]
    pub required_skills: Vec<String>,
    /// Members of the team whose queue it is in; everybody when it is in none.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
    /// Every team.
    #[serde(default)]
    pub teams: Vec<TeamView>,
    /// Who last worked for this contact.
    #[component(name = "previous-agent")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_agent: Option<String>,
    /// How often policies have moved it since it was last owned.
    pub hops: u8,
    /// Unix milliseconds.
    pub now: u64,
}

/// Where it goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// To this agent.
    #[component(name = "agent")]
    Agent(String),
    /// Into this team's queue (id or name), and ask again there.
    #[component(name = "team")]
    Team(String),
    /// It stays in its queue.
    #[component(name = "wait")]
    Wait,
    /// The next policy of the chain shall say.
    #[component(name = "next")]
    Next,
}

/// What a routing policy says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Decision {
    /// Where it goes.
    pub target: Target,
    /// Its new priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
    /// Tags to put on.
    #[component(name = "add-tags")]
    #[serde(default)]
    pub add_tags: Vec<String>,
    /// Why, for people.
    pub reason: String,
}

enumeration! {
    /// What happened.
    pub enum Trigger {
        /// It was opened.
        #[component(name = "created")]
        Created,
        /// The contact wrote.
        #[component(name = "message")]
        Message,
        /// An agent answered.
        #[component(name = "replied")]
        Replied,
        /// Somebody got it.
        #[component(name = "assigned")]
        Assigned,
        /// Nobody has it any more.
        #[component(name = "unassigned")]
        Unassigned,
        /// A target is near.
        #[component(name = "warned")]
        Warned,
        /// A target was missed.
        #[component(name = "breached")]
        Breached,
        /// A tag was put on.
        #[component(name = "tagged")]
        Tagged,
        /// The time that the policy asked for has come.
        #[component(name = "due")]
        Due,
    }
}

/// Whom to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Who has it.
    #[component(name = "owner")]
    Owner,
    /// 1: whom the owner reports to; 2: whom that one reports to.
    #[component(name = "manager")]
    Manager(u8),
    /// This agent.
    #[component(name = "agent")]
    Agent(String),
    /// Everybody in this team.
    #[component(name = "team")]
    Team(String),
    /// Everybody with this role.
    #[component(name = "role")]
    Role(String),
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum EscalationAction {
    /// Tell them this.
    #[component(name = "notify")]
    Notify((Audience, String)),
    /// At least this priority.
    #[component(name = "raise-priority")]
    RaisePriority(u8),
    /// Give it to this agent.
    #[component(name = "assign-agent")]
    AssignAgent(String),
    /// Move it into this team's queue.
    #[component(name = "assign-team")]
    AssignTeam(String),
    /// Put tags on.
    #[component(name = "add-tags")]
    AddTags(Vec<String>),
    /// Call the webhook of this name, with this JSON.
    #[component(name = "page")]
    Page((String, String)),
    /// Open a case: kind and summary.
    #[component(name = "open-case")]
    OpenCase((String, String)),
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct EscalationStep {
    /// Level after it.
    pub level: u8,
    /// When, Unix milliseconds.
    pub at: u64,
    /// Because of what.
    pub trigger: Trigger,
    /// What was done.
    #[serde(default)]
    pub actions: Vec<String>,
}

/// Is this going wrong?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct EscalationRequest {
    /// Which one.
    pub conversation: ConversationView,
    /// What happened.
    pub trigger: Trigger,
    /// The target that was missed, the tag that was put on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Steps so far, newest last, at most 20.
    #[serde(default)]
    pub history: Vec<EscalationStep>,
    /// Where it stands.
    pub level: u8,
    /// Whom the owner reports to, nearest first.
    #[serde(default)]
    pub managers: Vec<String>,
    /// When an agent last answered.
    #[component(name = "answered-at")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<u64>,
    /// Unix milliseconds.
    pub now: u64,
}

/// What an escalation policy says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct EscalationAnswer {
    /// At most 10.
    #[serde(default)]
    pub actions: Vec<EscalationAction>,
    /// The level from now on.
    pub level: u8,
    /// Asks again after this time, in place of what was asked for before.
    #[component(name = "ask-again-ms")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_again_ms: Option<u64>,
    /// Why, for people.
    pub reason: String,
}

enumeration! {
    /// What a script decides.
    pub enum ScriptKind {
        /// Who gets a conversation.
        #[component(name = "routing")]
        Routing,
        /// What happens when one goes wrong.
        #[component(name = "escalation")]
        Escalation,
    }
}

/// Something wrong with a script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Problem {
    /// Counts from 1.
    pub line: u32,
    /// Counts from 1.
    pub column: u32,
    /// What.
    pub message: String,
}
