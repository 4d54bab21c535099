//! Between rows and the domain's types.

use std::fmt::Display;

use plugboard_domain::{
    Actor, Timestamp,
    conversation::{Priority, Stage, Status},
    decision::DecisionMode,
    ids::{AgentId, ContactId},
    message::MessageKind,
};
use rusqlite::Row;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::fault::{Outcome, corrupt};

/// Status column of an open conversation.
pub(crate) const OPEN: i64 = 0;
/// Status column of a snoozed conversation.
pub(crate) const SNOOZED: i64 = 1;
/// Status column of a resolved conversation.
pub(crate) const RESOLVED: i64 = 2;
/// Status column of a conversation that was merged away.
pub(crate) const MERGED: i64 = 3;

/// A thing whole, as JSON text.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data with text keys always encodes")
}

/// Reads what [`json`] wrote.
pub(crate) fn parse<T: DeserializeOwned>(
    table: &'static str,
    row: impl Display,
    text: &str,
) -> Outcome<T> {
    serde_json::from_str(text).map_err(|why| corrupt(table, row, why).into())
}

/// A list, as JSON text; an empty one is no text at all.
pub(crate) fn list<T: Serialize>(values: &[T]) -> Option<String> {
    if values.is_empty() {
        None
    } else {
        Some(json(&values))
    }
}

/// Reads what [`list`] wrote.
pub(crate) fn parse_list<T: DeserializeOwned>(
    table: &'static str,
    row: impl Display,
    text: Option<&str>,
) -> Outcome<Vec<T>> {
    text.map_or_else(|| Ok(Vec::new()), |text| parse(table, row, text))
}

/// An instant, as microseconds.
pub(crate) fn instant(table: &'static str, row: impl Display, micros: i64) -> Outcome<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|why| corrupt(table, row, why).into())
}

/// A position as a column value.
pub(crate) fn position(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// A position from a column; a negative one reads as 0, since no row has one.
pub(crate) fn seq(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

/// A page size as a column value.
pub(crate) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The two columns of an actor.
pub(crate) fn actor_columns(actor: &Actor) -> (i64, &[u8]) {
    match actor {
        Actor::Contact { id } => (0, id.0.as_bytes()),
        Actor::Agent { id } => (1, id.0.as_bytes()),
        Actor::System { part } => (2, part.as_bytes()),
        Actor::Plugin { key } => (3, key.as_bytes()),
    }
}

/// Reads an actor from two neighbouring columns.
pub(crate) fn actor(table: &'static str, row: &Row<'_>, at: usize) -> Outcome<Actor> {
    let id = row
        .get_ref(at + 1)?
        .as_blob()
        .map_err(|why| corrupt(table, "actor", why))?;
    let uuid = || Uuid::from_slice(id).map_err(|why| corrupt(table, "actor", why));
    Ok(match row.get::<_, i64>(at)? {
        0 => Actor::Contact {
            id: ContactId(uuid()?),
        },
        1 => Actor::Agent {
            id: AgentId(uuid()?),
        },
        2 => Actor::System {
            part: String::from_utf8_lossy(id).into_owned(),
        },
        3 => Actor::Plugin {
            key: String::from_utf8_lossy(id).into_owned(),
        },
        other => {
            return Err(corrupt(table, "actor", format!("no actor is of kind {other}")).into());
        }
    })
}

/// The column of a message's direction.
pub(crate) fn kind_column(kind: MessageKind) -> i64 {
    match kind {
        MessageKind::Inbound => 0,
        MessageKind::Outbound => 1,
        MessageKind::Note => 2,
        MessageKind::Call => 3,
    }
}

/// Reads [`kind_column`].
pub(crate) fn kind(table: &'static str, column: i64) -> Outcome<MessageKind> {
    Ok(match column {
        0 => MessageKind::Inbound,
        1 => MessageKind::Outbound,
        2 => MessageKind::Note,
        3 => MessageKind::Call,
        other => {
            return Err(corrupt(table, "kind", format!("no message is of kind {other}")).into());
        }
    })
}

/// The column of a status.
pub(crate) fn status_column(status: &Status) -> i64 {
    match status {
        Status::Open => OPEN,
        Status::Snoozed { .. } => SNOOZED,
        Status::Resolved { .. } => RESOLVED,
        Status::Merged { .. } => MERGED,
    }
}

/// The column of an urgency.
pub(crate) fn priority_column(priority: Priority) -> i64 {
    match priority {
        Priority::Low => 0,
        Priority::Normal => 1,
        Priority::High => 2,
        Priority::Urgent => 3,
    }
}

/// The column of a decision's terms.
pub(crate) fn mode_column(mode: DecisionMode) -> i64 {
    match mode {
        DecisionMode::Live => 0,
        DecisionMode::Shadow => 1,
        DecisionMode::Canary => 2,
        DecisionMode::Fallback => 3,
    }
}

/// Reads [`mode_column`].
pub(crate) fn mode(table: &'static str, column: i64) -> Outcome<DecisionMode> {
    Ok(match column {
        0 => DecisionMode::Live,
        1 => DecisionMode::Shadow,
        2 => DecisionMode::Canary,
        3 => DecisionMode::Fallback,
        other => {
            return Err(corrupt(table, "mode", format!("no decision is on terms {other}")).into());
        }
    })
}

/// The column of a stage.
pub(crate) fn stage_column(stage: Stage) -> i64 {
    match stage {
        Stage::Presale => 0,
        Stage::InSale => 1,
        Stage::Aftersale => 2,
        Stage::Review => 3,
    }
}
