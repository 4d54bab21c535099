//! Roles, permissions and scope: who may do what, on which conversations.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    actor::Principal,
    conversation::Conversation,
    desk::{Agent, Desk},
    ids::{ShopId, TeamId},
    rejection::Rejection,
};

/// What an agent is in the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works conversations.
    Agent,
    /// Leads: also sees full contact data and manages teams, rules and texts.
    Supervisor,
    /// Reads and scores; changes nothing that a customer sees.
    QualityInspector,
    /// Runs the desk.
    Administrator,
}

/// One thing that somebody may do. API tokens list these as scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Read conversations, messages, contacts (masked), search and the journal.
    ConversationsRead,
    /// Send replies and notes, save drafts.
    ConversationsReply,
    /// Assign, tag, snooze, resolve, merge.
    ConversationsManage,
    /// Edit and merge contacts.
    ContactsManage,
    /// See one masked field at a time; each reveal is journalled.
    ContactsReveal,
    /// See contact fields unmasked everywhere.
    ContactsUnmasked,
    /// Manage agents and their roles.
    AgentsManage,
    /// Manage teams, macros, tags, views, SLA policies, business hours, rules and which policies decide.
    DeskManage,
    /// Manage shops and inboxes, with their secrets.
    InboxesManage,
    /// Manage plugins, API tokens, webhooks and dead letters.
    IntegrationsManage,
}

impl Permission {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::ConversationsRead,
        Self::ConversationsReply,
        Self::ConversationsManage,
        Self::ContactsManage,
        Self::ContactsReveal,
        Self::ContactsUnmasked,
        Self::AgentsManage,
        Self::DeskManage,
        Self::InboxesManage,
        Self::IntegrationsManage,
    ];
}

impl Role {
    /// What the role may do.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Agent => &[
                P::ConversationsRead,
                P::ConversationsReply,
                P::ConversationsManage,
                P::ContactsManage,
                P::ContactsReveal,
            ],
            Self::Supervisor => &[
                P::ConversationsRead,
                P::ConversationsReply,
                P::ConversationsManage,
                P::ContactsManage,
                P::ContactsReveal,
                P::ContactsUnmasked,
                P::DeskManage,
            ],
            Self::QualityInspector => &[P::ConversationsRead],
            Self::Administrator => &P::ALL,
        }
    }
}

/// The part of the desk that an agent works in. Empty sets mean "everywhere".
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// Only conversations of these shops.
    pub shops: BTreeSet<ShopId>,
    /// Only conversations queued for or assigned to these teams.
    pub teams: BTreeSet<TeamId>,
}

impl Scope {
    /// True when conversations anywhere are inside.
    pub fn is_everywhere(&self) -> bool {
        self.shops.is_empty() && self.teams.is_empty()
    }

    /// True when the conversation is inside.
    pub fn covers(&self, conversation: &Conversation) -> bool {
        self.covers_parts(conversation.shop_id, conversation.assignment.team())
    }

    /// True when a conversation of this shop and team is inside. A conversation without a team is in every team
    /// scope: somebody has to see it.
    pub fn covers_parts(&self, shop: Option<ShopId>, team: Option<TeamId>) -> bool {
        (self.shops.is_empty() || shop.is_some_and(|shop| self.shops.contains(&shop)))
            && (self.teams.is_empty() || team.is_none_or(|team| self.teams.contains(&team)))
    }
}

/// What a principal may do right now.
#[derive(Clone, Debug)]
pub struct Grants {
    permissions: Vec<Permission>,
    scope: Scope,
}

impl Grants {
    /// Looks the principal up in the desk. A missing or disabled agent has no grants at all.
    pub fn of(principal: &Principal, desk: &Desk) -> Self {
        match principal {
            Principal::System(_) => Self {
                permissions: Permission::ALL.to_vec(),
                scope: Scope::default(),
            },
            // A plugin's grants are finer than permissions: the command path checks them by what is asked.
            Principal::Contact(_) | Principal::Plugin { .. } => Self {
                permissions: Vec::new(),
                scope: Scope::default(),
            },
            Principal::Agent(id) => Self::of_agent(desk.agent(*id), None),
            Principal::Token { agent, scopes, .. } => {
                Self::of_agent(desk.agent(*agent), Some(scopes))
            }
        }
    }

    fn of_agent(agent: Option<&Agent>, limit: Option<&[Permission]>) -> Self {
        let Some(agent) = agent.filter(|agent| !agent.disabled) else {
            return Self {
                permissions: Vec::new(),
                scope: Scope::default(),
            };
        };
        let permissions = agent.role.permissions().iter().copied();
        Self {
            permissions: permissions
                .filter(|p| limit.is_none_or(|limit| limit.contains(p)))
                .collect(),
            scope: agent.scope.clone(),
        }
    }

    /// True when the permission is held.
    pub fn has(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// The permissions held.
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// The scope held.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// `Ok` when the permission is held.
    pub fn require(&self, permission: Permission) -> Result<(), Rejection> {
        if self.has(permission) {
            Ok(())
        } else {
            Err(Rejection::Forbidden(permission))
        }
    }

    /// `Ok` when the permission is held and the conversation is in scope. Outside the scope a conversation is
    /// not found rather than forbidden, so that ids cannot be probed.
    pub fn require_on(
        &self,
        permission: Permission,
        conversation: &Conversation,
    ) -> Result<(), Rejection> {
        self.require(permission)?;
        if self.scope.covers(conversation) {
            Ok(())
        } else {
            Err(Rejection::NotFound("conversation"))
        }
    }
}
