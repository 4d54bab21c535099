//! Which index a list of conversations is read from, and the SQL for it.
//!
//! Every index is sorted by one thing, then status, then activity. So a list is a few ranges, one for each status and
//! value asked for, each read newest first and no further than a page; the page is merged from them.

use std::rc::Rc;

use plugboard_domain::conversation::Priority;
use plugboard_store::{AssigneeFilter, ConversationFilter, StatusFilter};
use rusqlite::{ToSql, types::Value};
use uuid::Uuid;

use crate::codec::{MERGED, OPEN, RESOLVED, SNOOZED, priority_column, stage_column};

/// One range of one index: SQL that yields `active_at, n`, newest first, and its values.
#[derive(Clone)]
pub(super) struct Range {
    /// Table, alias and index.
    from: &'static str,
    /// The alias that has the order's columns.
    order: &'static str,
    conditions: Vec<String>,
    pub(super) values: Vec<Rc<dyn ToSql>>,
}

impl Range {
    fn over(from: &'static str) -> Self {
        Self {
            from,
            order: "c",
            conditions: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Adds a condition on one value, which stands at `{}`.
    fn with(mut self, condition: &str, value: impl Into<Value>) -> Self {
        self.values.push(Rc::new(value.into()));
        self.conditions
            .push(condition.replace("{}", &format!("?{}", self.values.len())));
        self
    }

    /// Adds a condition on a list of values, which stands at `{}`.
    fn with_any(mut self, condition: &str, values: impl Iterator<Item = Value>) -> Self {
        self.values
            .push(Rc::new(Rc::new(values.collect::<Vec<Value>>())));
        let list = format!("(SELECT value FROM rarray(?{}))", self.values.len());
        self.conditions.push(condition.replace("{}", &list));
        self
    }

    fn when(mut self, condition: &str) -> Self {
        self.conditions.push(condition.to_owned());
        self
    }

    /// The SQL up to `limit` rows after a place.
    pub(super) fn sql(&self, limit: i64) -> String {
        let (from, order, conditions) = (self.from, self.order, self.conditions.join(" AND "));
        let (at, n) = (self.values.len() + 1, self.values.len() + 2);
        format!(
            "SELECT {order}.active_at, {order}.n FROM {from} WHERE {conditions}
             AND ({order}.active_at, {order}.n) < (?{at}, ?{n})
             ORDER BY {order}.active_at DESC, {order}.n DESC LIMIT {limit}"
        )
    }
}

/// What besides the filter itself narrows a list.
#[derive(Default)]
pub(super) struct Narrow {
    /// Row numbers that words were found in.
    pub(super) only: Option<Vec<i64>>,
    /// The contact asked for and everybody found to be them.
    pub(super) contacts: Option<Vec<Uuid>>,
}

/// The ranges whose union is the list.
pub(super) fn ranges(filter: &ConversationFilter, narrow: &Narrow) -> Vec<Range> {
    let statuses = statuses(filter);
    let mut ranges = Vec::new();
    for start in starts(filter, narrow) {
        match start {
            Start::EachStatus(range) => {
                let column = format!("{}.status = {{}}", range.order);
                ranges.extend(
                    statuses
                        .iter()
                        .map(|status| range.clone().with(&column, *status)),
                );
            }
            Start::Whole(range) => {
                ranges.push(range.with_any(
                    "c.status IN {}",
                    statuses.iter().map(|status| Value::Integer(*status)),
                ));
            }
        }
    }
    ranges
        .into_iter()
        .map(|range| rest(range, filter, narrow))
        .collect()
}

fn statuses(filter: &ConversationFilter) -> &'static [i64] {
    match filter.status {
        None if filter.needs_reply == Some(true) => &[OPEN],
        None => &[OPEN, SNOOZED, RESOLVED],
        Some(StatusFilter::Open) => &[OPEN],
        Some(StatusFilter::Snoozed) => &[SNOOZED],
        Some(StatusFilter::Resolved) => &[RESOLVED],
        Some(StatusFilter::Merged) => &[MERGED],
    }
}

/// How an index is entered.
enum Start {
    /// It is sorted by status before activity.
    EachStatus(Range),
    /// It is not: either few rows come out of it, or their status is known.
    Whole(Range),
}

/// The most selective thing asked for decides the index.
fn starts(filter: &ConversationFilter, narrow: &Narrow) -> Vec<Start> {
    let by = |from: &'static str, value: Value| {
        Start::EachStatus(Range::over(from).with(key(from), value))
    };
    if narrow.only.is_some() || filter.ids.is_some() {
        return vec![Start::Whole(Range::over("conversation c"))];
    }
    if narrow.contacts.is_some() {
        return vec![Start::Whole(Range::over(
            "conversation c INDEXED BY conversation_contact",
        ))];
    }
    if let Some(tag) = &filter.tag {
        let labelled = Range {
            order: "t",
            ..Range::over("conversation_tag t CROSS JOIN conversation c ON c.n = t.n")
        };
        return vec![Start::EachStatus(labelled.with("t.tag = {}", tag.clone()))];
    }
    match filter.assignee {
        Some(AssigneeFilter::Agent(id)) => return vec![by(AGENT, blob(id.0))],
        Some(AssigneeFilter::Nobody) => return vec![by(AGENT, Value::Null)],
        None => {}
    }
    if filter.needs_reply == Some(true) {
        return vec![Start::Whole(Range::over(
            "conversation c INDEXED BY conversation_needs_reply",
        ))];
    }
    if let Some(team) = filter.team {
        return vec![by(TEAM, maybe(team.map(|id| id.0)))];
    }
    if let Some(stage) = filter.stage {
        return vec![by(STAGE, stage_column(stage).into())];
    }
    if let Some(priority) = filter.priority.filter(|it| *it != Priority::Normal) {
        let rare = Range::over(PRIORITY)
            .when("c.priority <> 1")
            .with(key(PRIORITY), priority_column(priority));
        return vec![Start::EachStatus(rare)];
    }
    if let Some(inbox) = filter.inbox {
        return vec![by(INBOX, blob(inbox.0))];
    }
    if let Some(shop) = filter.shop {
        return vec![by(SHOP, blob(shop.0))];
    }
    if !filter.scope.shops.is_empty() {
        return filter
            .scope
            .shops
            .iter()
            .map(|id| by(SHOP, blob(id.0)))
            .collect();
    }
    if !filter.scope.teams.is_empty() {
        let teams = filter.scope.teams.iter().map(|id| Some(id.0)).chain([None]);
        return teams.map(|id| by(TEAM, maybe(id))).collect();
    }
    vec![Start::EachStatus(Range::over(
        "conversation c INDEXED BY conversation_status",
    ))]
}

const AGENT: &str = "conversation c INDEXED BY conversation_agent";
const TEAM: &str = "conversation c INDEXED BY conversation_team";
const INBOX: &str = "conversation c INDEXED BY conversation_inbox";
const SHOP: &str = "conversation c INDEXED BY conversation_shop";
const STAGE: &str = "conversation c INDEXED BY conversation_stage";
const PRIORITY: &str = "conversation c INDEXED BY conversation_priority";

/// The first column of an index. `IS` finds nothing as well as something.
fn key(from: &str) -> &'static str {
    match from {
        AGENT => "c.agent_id IS {}",
        TEAM => "c.team_id IS {}",
        INBOX => "c.inbox_id = {}",
        SHOP => "c.shop_id = {}",
        STAGE => "c.stage = {}",
        _ => "c.priority = {}",
    }
}

/// Everything else that was asked for. What the range states already is stated again, which costs next to nothing.
fn rest(mut range: Range, filter: &ConversationFilter, narrow: &Narrow) -> Range {
    if let Some(only) = &narrow.only {
        range = range.with_any("c.n IN {}", only.iter().map(|n| Value::Integer(*n)));
    }
    if let Some(ids) = &filter.ids {
        range = range.with_any("c.id IN {}", ids.iter().map(|id| blob(id.0)));
    }
    if let Some(contacts) = &narrow.contacts {
        range = range.with_any("c.contact_id IN {}", contacts.iter().map(|id| blob(*id)));
    }
    if let (Some(tag), "c") = (&filter.tag, range.order) {
        let has = "EXISTS (SELECT 1 FROM conversation_tag t WHERE t.n = c.n AND t.tag = {})";
        range = range.with(has, tag.clone());
    }
    match filter.assignee {
        Some(AssigneeFilter::Agent(id)) => range = range.with("c.agent_id = {}", blob(id.0)),
        Some(AssigneeFilter::Nobody) => range = range.when("c.agent_id IS NULL"),
        None => {}
    }
    match filter.needs_reply {
        Some(true) => range = range.when("c.needs_reply = 1"),
        Some(false) => range = range.when("c.needs_reply = 0"),
        None => {}
    }
    if let Some(team) = filter.team {
        range = range.with("c.team_id IS {}", maybe(team.map(|id| id.0)));
    }
    if let Some(inbox) = filter.inbox {
        range = range.with("c.inbox_id = {}", blob(inbox.0));
    }
    if let Some(shop) = filter.shop {
        range = range.with("c.shop_id = {}", blob(shop.0));
    }
    if let Some(priority) = filter.priority {
        range = range.with("c.priority = {}", priority_column(priority));
    }
    if let Some(stage) = filter.stage {
        range = range.with("c.stage = {}", stage_column(stage));
    }
    if !filter.scope.shops.is_empty() {
        range = range.with_any(
            "c.shop_id IN {}",
            filter.scope.shops.iter().map(|id| blob(id.0)),
        );
    }
    if !filter.scope.teams.is_empty() {
        let teams = filter.scope.teams.iter().map(|id| blob(id.0));
        range = range.with_any("(c.team_id IS NULL OR c.team_id IN {})", teams);
    }
    range
}

fn blob(id: Uuid) -> Value {
    Value::Blob(id.as_bytes().to_vec())
}

fn maybe(id: Option<Uuid>) -> Value {
    id.map_or(Value::Null, blob)
}

/// A list of ids as one bound value, for `rarray`.
pub(crate) fn blobs(ids: impl Iterator<Item = Uuid>) -> Rc<Vec<Value>> {
    Rc::new(ids.map(blob).collect())
}
