//! Cases: after-sale or complaint work that outlives the talk about it. What it is about, in words, is a row.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, actor::Actor, ids::CaseId};

/// Most cases of one conversation that are open at once.
pub const OPEN_CASES_MAX: usize = 20;

/// Most cases that a conversation remembers; closed ones are forgotten first, and stay in the journal.
pub const CASES_MAX: usize = 50;

/// Longest summary, in characters.
pub const SUMMARY_CHARS_MAX: usize = 2_000;

/// The facts of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Identifier.
    pub id: CaseId,
    /// `complaint`, `aftersale`, ...
    pub kind: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

impl Case {
    /// True until it is closed.
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }
}

/// Adds a case, and forgets the oldest closed one when there are too many.
pub(super) fn remember(cases: &mut Vec<Case>, case: Case) {
    cases.push(case);
    if cases.len() > CASES_MAX
        && let Some(oldest) = cases.iter().position(|it| !it.is_open())
    {
        cases.remove(oldest);
    }
}
