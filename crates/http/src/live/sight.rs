//! What an agent's connection may see.

use plugboard_domain::{
    Principal,
    access::{Grants, Permission, Scope},
    desk::Desk,
    ids::{AgentId, ShopId, TeamId},
};

/// To whom an event goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// Every agent who may read conversations.
    Everybody,
    /// Those whose scope covers a conversation.
    Scoped(Place),
    /// One agent.
    Only(AgentId),
    /// Those who hold a permission, and the agent concerned.
    Holders(Permission, Option<AgentId>),
}

/// Where a conversation is, as far as scopes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) shop: Option<ShopId>,
    pub(super) teams: Teams,
}

/// In whose queue a conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Teams {
    /// In this one's, or in nobody's.
    In(Option<TeamId>),
    /// It moves: those who lose it have to hear, as well as those who get it.
    Moves {
        from: Option<TeamId>,
        to: Option<TeamId>,
    },
    /// It moves, and where it was is not known any more: whoever may have had it has to hear.
    MovesFromUnknown,
}

/// One agent's eyes.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    agent: AgentId,
    grants: Grants,
    everywhere: bool,
}

impl Sight {
    /// What a principal sees at this moment; `None` when nothing (any more).
    pub(super) fn of(principal: &Principal, agent: AgentId, desk: &Desk) -> Option<Self> {
        let grants = Grants::of(principal, desk);
        let everywhere = grants.scope().is_everywhere();
        grants.has(Permission::ConversationsRead).then_some(Self {
            agent,
            grants,
            everywhere,
        })
    }

    pub(super) fn agent(&self) -> AgentId {
        self.agent
    }

    pub(super) fn unmasked(&self) -> bool {
        self.grants.has(Permission::ContactsUnmasked)
    }

    /// True when what was shown to the one is what is to be shown to the other.
    pub(super) fn same_view(&self, other: &Self) -> bool {
        self.scope() == other.scope() && self.unmasked() == other.unmasked()
    }

    pub(super) fn sees(&self, route: &Route) -> bool {
        match route {
            Route::Everybody => true,
            Route::Scoped(place) => self.covers(place),
            Route::Only(agent) => *agent == self.agent,
            Route::Holders(permission, concerned) => {
                *concerned == Some(self.agent) || self.grants.has(*permission)
            }
        }
    }

    pub(super) fn covers(&self, place: &Place) -> bool {
        let covers = |team| self.scope().covers_parts(place.shop, team);
        self.everywhere
            || match place.teams {
                Teams::In(team) => covers(team),
                Teams::Moves { from, to } => covers(from) || covers(to),
                // No team is in every team's scope, so this asks about the shop alone.
                Teams::MovesFromUnknown => covers(None),
            }
    }

    fn scope(&self) -> &Scope {
        self.grants.scope()
    }
}
