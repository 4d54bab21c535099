//! `GET /api/v1/journal`: what happened, in order.

use std::collections::HashMap;

use axum::extract::State;
use plugboard_domain::{
    Recorded,
    access::{Grants, Permission},
    ids::ConversationId,
};
use plugboard_protocol::live::{JournalPage, JournalQuery};

use crate::{
    ApiError, App,
    audience::{Audience, audience},
    auth::Authenticated,
    extract::{Json, Query, limit_up_to, position},
    responses::ReadErrors,
    wire,
};

/// Events in an answer when the caller does not say.
const LIMIT_DEFAULT: u32 = 200;

/// Most events in an answer.
const LIMIT_MAX: u32 = 1_000;

/// Events after a position that you may see, in order: facts, never message texts or addresses.
#[utoipa::path(
    get, path = "/api/v1/journal", tag = "live", params(JournalQuery),
    responses((status = 200, description = "Events", body = JournalPage), ReadErrors)
)]
pub(crate) async fn read_journal(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<JournalQuery>,
) -> Result<Json<JournalPage>, ApiError> {
    let grants = caller.grants(&app);
    grants.require(Permission::ConversationsRead)?;
    let limit = limit_up_to(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let since = position(query.since);
    let events = app.engine.store().read_since(since, limit).await?;
    let next_since = events.last().map_or(since, |last| last.seq);
    let mut sight = Sight::new(&app, &caller, grants);
    let mut items = Vec::with_capacity(events.len());
    for recorded in &events {
        if sight.covers(recorded).await? {
            items.push(wire::journal_item(recorded));
        }
    }
    let head = app.engine.store().journal_head().await?;
    let horizon = app.engine.store().journal_horizon().await?;
    Ok(Json(JournalPage {
        items,
        head,
        horizon,
        next_since,
    }))
}

/// What one caller may see.
struct Sight<'a> {
    app: &'a App,
    caller: &'a Authenticated,
    grants: Grants,
    conversations: HashMap<ConversationId, bool>,
}

impl<'a> Sight<'a> {
    fn new(app: &'a App, caller: &'a Authenticated, grants: Grants) -> Self {
        Self {
            app,
            caller,
            grants,
            conversations: HashMap::new(),
        }
    }

    async fn covers(&mut self, recorded: &Recorded) -> Result<bool, ApiError> {
        let me = self.caller.agent_id;
        match audience(recorded) {
            Audience::Everybody => Ok(true),
            Audience::Only(agent) => Ok(agent == me),
            Audience::Holders(permission, concerned) => {
                Ok(concerned == Some(me) || self.grants.has(permission))
            }
            Audience::Conversation(id) => self.covers_conversation(id).await,
        }
    }

    async fn covers_conversation(&mut self, id: ConversationId) -> Result<bool, ApiError> {
        if self.grants.scope().is_everywhere() {
            return Ok(true);
        }
        if let Some(known) = self.conversations.get(&id) {
            return Ok(*known);
        }
        let view = self.app.engine.store().conversation(id, None).await?;
        let scope = self.grants.scope();
        let covers = view.is_some_and(|view| scope.covers(&view.conversation));
        self.conversations.insert(id, covers);
        Ok(covers)
    }
}
