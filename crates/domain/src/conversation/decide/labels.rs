//! Tags, urgency, stage.

use std::collections::BTreeSet;

use crate::{
    conversation::{Conversation, LABEL_CHARS_MAX, Priority, Stage, TAGS_MAX},
    event::Event,
    rejection::Rejection,
    text,
};

pub(super) fn tag(
    state: &Conversation,
    add: &BTreeSet<String>,
    remove: &BTreeSet<String>,
) -> Result<Vec<Event>, Rejection> {
    let add = add
        .iter()
        .map(|tag| text::line("tag", tag, LABEL_CHARS_MAX))
        .collect::<Result<BTreeSet<_>, _>>()?;
    let remove = remove
        .iter()
        .map(|tag| tag.trim().to_owned())
        .collect::<BTreeSet<_>>();
    if let Some(both) = add.intersection(&remove).next() {
        return Err(Rejection::invalid(format!(
            "tag {both:?} is both added and removed"
        )));
    }
    let added: BTreeSet<_> = add.difference(&state.tags).cloned().collect();
    let removed: BTreeSet<_> = remove.intersection(&state.tags).cloned().collect();
    if state.tags.len() + added.len() - removed.len() > TAGS_MAX {
        return Err(Rejection::invalid(format!("at most {TAGS_MAX} tags")));
    }
    Ok(if added.is_empty() && removed.is_empty() {
        vec![]
    } else {
        vec![Event::Tagged { added, removed }]
    })
}

pub(super) fn set_priority(state: &Conversation, priority: Priority) -> Vec<Event> {
    if priority == state.priority {
        return vec![];
    }
    vec![Event::PriorityChanged { priority }]
}

pub(super) fn set_stage(state: &Conversation, to: Option<Stage>) -> Vec<Event> {
    if to == state.stage {
        return vec![];
    }
    vec![Event::StageChanged { stage: to }]
}
