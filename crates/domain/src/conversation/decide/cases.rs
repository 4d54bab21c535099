//! Cases are opened and closed.

use crate::{
    conversation::{Conversation, LABEL_CHARS_MAX, OPEN_CASES_MAX, SUMMARY_CHARS_MAX},
    event::Event,
    ids::CaseId,
    rejection::Rejection,
    text,
};

pub(super) fn open(
    state: &Conversation,
    case_id: CaseId,
    kind: &str,
    summary: &str,
) -> Result<Vec<Event>, Rejection> {
    let kind = text::line("kind", kind, LABEL_CHARS_MAX)?;
    if summary.chars().count() > SUMMARY_CHARS_MAX {
        return Err(Rejection::invalid(format!(
            "summary must be at most {SUMMARY_CHARS_MAX} characters"
        )));
    }
    if state.cases.iter().any(|it| it.id == case_id) {
        return Err(Rejection::conflict("the case exists already"));
    }
    if state.cases.iter().filter(|it| it.is_open()).count() >= OPEN_CASES_MAX {
        return Err(Rejection::conflict(format!(
            "at most {OPEN_CASES_MAX} open cases"
        )));
    }
    Ok(vec![Event::CaseOpened { case_id, kind }])
}

pub(super) fn close(state: &Conversation, case_id: CaseId) -> Result<Vec<Event>, Rejection> {
    let case = state
        .cases
        .iter()
        .find(|it| it.id == case_id)
        .ok_or(Rejection::NotFound("case"))?;
    Ok(if case.is_open() {
        vec![Event::CaseClosed { case_id }]
    } else {
        vec![]
    })
}
