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
    let add = clean(add)?;
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

/// Labels as they are stored; each has to be one.
pub(super) fn clean<'a>(
    tags: impl IntoIterator<Item = &'a String>,
) -> Result<BTreeSet<String>, Rejection> {
    tags.into_iter()
        .map(|tag| text::line("tag", tag, LABEL_CHARS_MAX))
        .collect()
}

/// Labels that a policy puts on: as many as there is room for.
pub(super) fn put_on(state: &Conversation, tags: &BTreeSet<String>) -> Option<Event> {
    let room = TAGS_MAX.saturating_sub(state.tags.len());
    let clean = tags
        .iter()
        .filter_map(|tag| text::line("tag", tag, LABEL_CHARS_MAX).ok());
    let new = clean.filter(|tag| !state.tags.contains(tag));
    let added: BTreeSet<_> = new
        .collect::<BTreeSet<_>>()
        .into_iter()
        .take(room)
        .collect();
    (!added.is_empty()).then(|| Event::Tagged {
        added,
        removed: BTreeSet::new(),
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
