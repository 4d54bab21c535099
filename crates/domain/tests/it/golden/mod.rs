//! Events as they were released. Each file under `tests/golden/` must decode for ever: they are added to, never changed.
//!
//! When an event is new or gets a field, add an example and run the tests with `UPDATE_GOLDEN=1`: files that are not
//! there yet are written. Until the first release a shape may still change: delete its file and write it again.
//! A file is named after its kind, with a word for the variant: `conversation.assigned-offered`.

mod examples;

use std::{collections::BTreeMap, fs, path::PathBuf};

use plugboard_domain::Event;
use serde_json::Value;

macro_rules! kinds {
    ($($variant:ident => $kind:literal),* $(,)?) => {
        /// Every kind of event.
        const KINDS: &[&str] = &[$($kind),*];

        /// The kind, by a match that does not compile when an event is missing above.
        fn kind(event: &Event) -> &'static str {
            match event {
                $(Event::$variant { .. } => $kind),*
            }
        }
    };
}

kinds! {
    ConversationCreated => "conversation.created",
    MessageCreated => "message.created",
    DeliveryChanged => "message.delivery_changed",
    MessageEdited => "message.edited",
    MessageTakenBack => "message.taken_back",
    MessageScheduled => "message.scheduled",
    ScheduleCancelled => "message.schedule_cancelled",
    StatusChanged => "conversation.status_changed",
    ThreadClosed => "conversation.thread_closed",
    Assigned => "conversation.assigned",
    Tagged => "conversation.tagged",
    PriorityChanged => "conversation.priority_changed",
    StageChanged => "conversation.stage_changed",
    MacroApplied => "conversation.macro_applied",
    Absorbed => "conversation.absorbed",
    Released => "conversation.released",
    Read => "conversation.read",
    DraftChanged => "conversation.draft_changed",
    SlaChanged => "sla.changed",
    SlaWarned => "sla.warned",
    SlaBreached => "sla.breached",
    RoutingDecided => "routing.decided",
    ConversationEscalated => "conversation.escalated",
    EscalationPlanned => "escalation.planned",
    EscalationDue => "escalation.due",
    CaseOpened => "case.opened",
    CaseClosed => "case.closed",
    ContactCreated => "contact.created",
    ContactUpdated => "contact.updated",
    ContactIdentified => "contact.identified",
    ContactMerged => "contact.merged",
    ContactUnmerged => "contact.unmerged",
    ContactRevealed => "contact.revealed",
    PluginRecordingRead => "plugin.recording_read",
    DeskSaved => "desk.saved",
    DeskRemoved => "desk.removed",
    AvailabilityChanged => "agent.availability_changed",
    AgentSeen => "agent.seen",
    SessionCreated => "session.created",
    SessionEnded => "session.ended",
    AttachmentStored => "attachment.stored",
    CallStarted => "call.started",
    CallChanged => "call.changed",
    RecordingRead => "call.recording_read",
    OutboxDied => "outbox.died",
    OutboxRedelivered => "outbox.redelivered",
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The files by name, without `.json`.
fn files() -> BTreeMap<String, Value> {
    let entries = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        (name, serde_json::from_str(&text).unwrap())
    };
    entries.map(read).collect()
}

/// The kind in a file's name: what stands before the word for the variant.
fn kind_of_file(name: &str) -> &str {
    name.split_once('-').map_or(name, |(kind, _)| kind)
}

#[test]
fn every_released_event_decodes_and_is_what_it_was() {
    for (name, data) in files() {
        let event = Event::decode(kind_of_file(&name), data.clone())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(event.kind(), kind_of_file(&name));
        assert_eq!(kind(&event), event.kind(), "both lists of kinds agree");
        // Fields that were added since show up when it is written again, but nothing that was there is lost.
        let again = event.data();
        assert!(
            holds(&again, &data),
            "{name} lost something: {data} became {again}"
        );
    }
}

#[test]
fn every_kind_has_a_golden_file() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for (name, event) in examples::all() {
        assert_eq!(kind_of_file(name), event.kind());
        let path = folder().join(format!("{name}.json"));
        if update && !path.exists() {
            let text = serde_json::to_string_pretty(&event.data()).unwrap();
            fs::write(&path, text + "\n").unwrap();
        }
        let file = files().remove(name);
        let file = file.unwrap_or_else(|| panic!("{name} has no file: run with UPDATE_GOLDEN=1"));
        let golden = Event::decode(event.kind(), file).unwrap();
        assert_eq!(golden, event, "{name}: released events keep their meaning");
    }
    for kind in KINDS {
        let named = |(name, _): &(&str, Event)| kind_of_file(name) == *kind;
        assert!(examples::all().iter().any(named), "{kind} has an example");
    }
}

#[test]
fn unknown_kind_and_damaged_data_are_told_by_name() {
    let unknown = Event::decode("conversation.exploded", Value::Null).unwrap_err();
    assert_eq!(unknown.kind, "conversation.exploded");
    let damaged = Event::decode("conversation.tagged", serde_json::json!({ "added": 1 }));
    assert!(
        damaged
            .unwrap_err()
            .to_string()
            .contains("conversation.tagged")
    );
}

/// True when everything in `less` is in `more`.
fn holds(more: &Value, less: &Value) -> bool {
    match (more, less) {
        (Value::Object(more), Value::Object(less)) => less
            .iter()
            .all(|(key, value)| more.get(key).is_some_and(|it| holds(it, value))),
        (Value::Array(more), Value::Array(less)) => {
            more.len() == less.len() && more.iter().zip(less).all(|(more, less)| holds(more, less))
        }
        _ => more == less,
    }
}
