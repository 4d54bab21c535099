//! The short ways up: complaints, and what is serious.

use plugboard_plugin_sdk::escalation::{Action, Answer, Request, Trigger};

use crate::{MANAGER, OWNER, SUPERVISOR, Settings, notify, rungs::Wait, text::Text, words};

/// The step for a complaint or for something serious, if this is the moment for it.
pub(crate) fn decide(settings: &Settings, request: &Request, text: &Text) -> Option<Answer> {
    let spoke = matches!(request.trigger, Trigger::Created | Trigger::Message);
    let tagged = request.trigger == Trigger::Tagged;
    let tag = request
        .detail
        .as_deref()
        .filter(|_| tagged)
        .unwrap_or_default();
    let said = if spoke {
        request.conversation.last_text.as_str()
    } else {
        ""
    };
    let serious = words::found(said, words::SERIOUS, &settings.serious_words)
        .or_else(|| is(tag, &settings.serious_tag).then(|| tag.to_owned()));
    if let Some(word) =
        serious.filter(|_| settings.serious && !was_done(request, &settings.serious_tag))
    {
        return Some(answer(
            settings,
            request,
            text.serious(&word),
            MANAGER,
            serious_actions(settings, request, text),
        ));
    }
    let complaint = words::found(said, words::COMPLAINT, &settings.complaint_words)
        .or_else(|| is(tag, &settings.complaint_tag).then(|| tag.to_owned()));
    let known =
        was_done(request, &settings.complaint_tag) || was_done(request, &settings.serious_tag);
    let word = complaint.filter(|_| settings.complaints && !known)?;
    Some(answer(
        settings,
        request,
        text.complaint(&word),
        SUPERVISOR,
        complaint_actions(settings, request, text),
    ))
}

fn is(tag: &str, wanted: &str) -> bool {
    !wanted.is_empty() && tag.eq_ignore_ascii_case(wanted)
}

/// Whether this ladder took the step before: the steps say which tags they put on.
fn was_done(request: &Request, tag: &str) -> bool {
    let mut actions = request.history.iter().flat_map(|step| &step.actions);
    !tag.is_empty() && actions.any(|action| action.starts_with("add_tags") && action.contains(tag))
}

fn answer(
    settings: &Settings,
    request: &Request,
    reason: String,
    level: u8,
    actions: Vec<Action>,
) -> Answer {
    let wait = Wait::of(settings, request);
    let level = wait
        .as_ref()
        .map_or(level, |wait| wait.reached().max(level));
    Answer {
        actions,
        level,
        ask_again_ms: wait.and_then(|wait| wait.next(level, request.now)),
        reason,
    }
}

fn complaint_actions(settings: &Settings, request: &Request, text: &Text) -> Vec<Action> {
    let mut actions = vec![
        notify(settings, request, OWNER, text.soothe()),
        notify(settings, request, SUPERVISOR, text.look_after_complaint()),
        Action::RaisePriority(2),
        Action::AddTags(vec![settings.complaint_tag.clone()]),
    ];
    if settings.open_case {
        actions.push(Action::OpenCase((
            "complaint".to_owned(),
            text.case_of_complaint(),
        )));
    }
    actions
}

fn serious_actions(settings: &Settings, request: &Request, text: &Text) -> Vec<Action> {
    let mut actions = vec![
        notify(settings, request, OWNER, text.stay_calm()),
        notify(settings, request, SUPERVISOR, text.take_over()),
        notify(settings, request, MANAGER, text.take_over()),
        Action::RaisePriority(3),
        Action::AddTags(vec![settings.serious_tag.clone()]),
    ];
    if !settings.serious_team.is_empty() {
        actions.push(Action::AssignTeam(settings.serious_team.clone()));
    }
    if settings.open_case {
        actions.push(Action::OpenCase((
            "incident".to_owned(),
            text.case_of_incident(),
        )));
    }
    if !settings.page_webhook.is_empty() {
        let payload = format!(
            r#"{{"conversation_id":"{}","kind":"serious"}}"#,
            request.conversation.id
        );
        actions.push(Action::Page((settings.page_webhook.clone(), payload)));
    }
    actions
}
