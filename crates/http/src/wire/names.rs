//! Enums that the domain and the wire share by name.

use plugboard_domain as domain;
use plugboard_protocol as wire;

macro_rules! same {
    ($($to_wire:ident, $to_domain:ident: $domain:path = $wire:path { $($variant:ident),* $(,)? })*) => {$(
        #[doc = concat!("`", stringify!($domain), "` on the wire.")]
        pub fn $to_wire(it: $domain) -> $wire {
            use $domain as D;
            use $wire as W;
            match it { $(D::$variant => W::$variant),* }
        }

        #[doc = concat!("`", stringify!($wire), "` in the domain.")]
        pub fn $to_domain(it: $wire) -> $domain {
            use $domain as D;
            use $wire as W;
            match it { $(W::$variant => D::$variant),* }
        }
    )*};
}

same! {
    role, to_role: domain::access::Role = wire::agents::Role { Agent, Supervisor, QualityInspector, Administrator }
    availability, to_availability: domain::desk::Availability = wire::agents::Availability { Online, Away, Offline }
    assignment_method, to_assignment_method: domain::desk::AssignmentMethod = wire::agents::AssignmentMethod { LeastLoaded, RoundRobin, Manual }
    stage, to_stage: domain::conversation::Stage = wire::conversations::Stage { Presale, InSale, Aftersale, Review }
    priority, to_priority: domain::conversation::Priority = wire::conversations::Priority { Low, Normal, High, Urgent }
    sla_target, to_sla_target: domain::sla::SlaTarget = wire::conversations::SlaTarget { FirstResponse, NextResponse, Resolution }
    decision_mode, to_decision_mode: domain::decision::DecisionMode = wire::conversations::DecisionMode { Live, Shadow, Canary, Fallback }
    message_kind, to_message_kind: domain::message::MessageKind = wire::messages::MessageKind { Inbound, Outbound, Note, Call }
    call_direction, to_call_direction: domain::call::Direction = wire::calls::CallDirection { Inbound, Outbound }
    call_state, to_call_state: domain::call::CallState = wire::calls::CallState { New, Ivr, Queued, Offering, Active, Held, Transferring, Wrapup, Closed, Abandoned, Voicemail, Rejected, Failed }
    call_ended_by, to_call_ended_by: domain::call::EndedBy = wire::calls::CallEndedBy { Caller, Agent, System }
    call_recording_state, to_call_recording_state: domain::call::RecordingState = wire::calls::CallRecordingState { Recording, Paused, Kept, Deleted }
    call_leg_kind, to_call_leg_kind: domain::call::LegKind = wire::calls::CallLegKind { Trunk, Browser, External, Voicemail, Listener }
    transfer_kind, to_transfer_kind: domain::call::TransferKind = wire::calls::CallTransferKind { Blind, Warm }
    transfer_state, to_transfer_state: domain::call::TransferState = wire::calls::CallTransferState { Ringing, Talking, Completed, Failed, Cancelled }
    listen_mode, to_listen_mode: domain::call::ListenMode = wire::calls::ListenMode { Listen, Whisper, Barge }
    call_stand, to_call_stand: plugboard_store::CallStand = wire::calls::CallStand { Live, Ended, Missed, ToCall }
    reveal_field, to_contact_field: domain::contact::ContactField = wire::contacts::RevealField { Email, Phone }
    found_kind, to_found_kind: plugboard_store::FoundKind = wire::search::SearchKind { Conversation, Message, Contact }
}

/// The direction of what an agent writes.
pub fn post_kind(kind: wire::messages::PostKind) -> domain::message::MessageKind {
    match kind {
        wire::messages::PostKind::Reply => domain::message::MessageKind::Outbound,
        wire::messages::PostKind::Note => domain::message::MessageKind::Note,
    }
}

/// A permission's name.
pub fn permission_name(permission: domain::access::Permission) -> String {
    match serde_json::to_value(permission) {
        Ok(serde_json::Value::String(name)) => name,
        _ => unreachable!("a unit variant encodes as its name"),
    }
}

/// The permission of this name.
pub fn permission(name: &str) -> Option<domain::access::Permission> {
    domain::access::Permission::ALL
        .into_iter()
        .find(|it| permission_name(*it) == name)
}

/// An actor as the journal and frames show it.
pub fn actor(actor: &domain::Actor) -> serde_json::Value {
    use serde_json::json;
    match actor {
        domain::Actor::Agent { id } => json!({ "type": "agent", "id": id }),
        domain::Actor::Contact { id } => json!({ "type": "contact", "id": id }),
        domain::Actor::Plugin { key } => json!({ "type": "plugin", "key": key }),
        domain::Actor::System { part } => json!({ "type": "system", "part": part }),
    }
}
