//! From query parameters to a filter of the store.

use std::str::FromStr;

use plugboard_domain::access::Scope;
use plugboard_protocol::conversations::{ConversationQuery, ConversationStatus};
use plugboard_store::{AssigneeFilter, ConversationFilter, StatusFilter};

use crate::{
    ApiError,
    auth::Authenticated,
    extract::{id, optional_id},
    wire,
};

/// Longest words to find, in characters.
const WORDS_CHARS_MAX: usize = 200;

/// Most ids in one question.
const IDS_MAX: usize = 200;

/// The filter; 422 for a value that cannot be one. Ids of nothing are fine: they find nothing.
pub(super) fn filter(
    query: &ConversationQuery,
    caller: &Authenticated,
    scope: Scope,
) -> Result<ConversationFilter, ApiError> {
    Ok(ConversationFilter {
        status: query.status.map(status),
        assignee: query
            .assignee
            .as_deref()
            .map(|text| assignee(text, caller))
            .transpose()?,
        team: query
            .team
            .as_deref()
            .map(|text| id_or_none("team", text))
            .transpose()?,
        inbox: optional_id("inbox", query.inbox.as_deref())?,
        shop: optional_id("shop", query.shop.as_deref())?,
        contact: optional_id("contact", query.contact.as_deref())?,
        tag: query.tag.clone(),
        priority: query.priority.map(wire::to_priority),
        stage: query.stage.map(wire::to_stage),
        words: words("q", query.q.as_deref())?,
        needs_reply: query.needs_reply,
        ids: query.ids.as_deref().map(ids).transpose()?,
        scope,
    })
}

/// Words to find; nothing typed finds everything.
pub(crate) fn words(field: &str, text: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > WORDS_CHARS_MAX {
        return Err(ApiError::invalid(format!(
            "{field} must be at most {WORDS_CHARS_MAX} characters"
        )));
    }
    Ok(Some(text.to_owned()))
}

fn status(status: ConversationStatus) -> StatusFilter {
    match status {
        ConversationStatus::Open => StatusFilter::Open,
        ConversationStatus::Snoozed => StatusFilter::Snoozed,
        ConversationStatus::Resolved => StatusFilter::Resolved,
        ConversationStatus::Merged => StatusFilter::Merged,
    }
}

fn assignee(text: &str, caller: &Authenticated) -> Result<AssigneeFilter, ApiError> {
    match text {
        "me" => Ok(AssigneeFilter::Agent(caller.agent_id)),
        "none" => Ok(AssigneeFilter::Nobody),
        other => id("assignee", other).map(AssigneeFilter::Agent),
    }
}

fn id_or_none<T: FromStr>(field: &str, text: &str) -> Result<Option<T>, ApiError> {
    if text == "none" {
        Ok(None)
    } else {
        id(field, text).map(Some)
    }
}

fn ids<T: FromStr>(text: &str) -> Result<Vec<T>, ApiError> {
    let ids = text.split(',').map(str::trim).filter(|it| !it.is_empty());
    let ids: Vec<T> = ids.map(|it| id("ids", it)).collect::<Result<_, _>>()?;
    if ids.len() > IDS_MAX {
        return Err(ApiError::invalid(format!("ids: at most {IDS_MAX}")));
    }
    Ok(ids)
}
