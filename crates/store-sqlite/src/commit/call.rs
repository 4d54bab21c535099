//! Calls.

use plugboard_domain::{Timestamp, call::Direction};
use plugboard_store::CallRow;
use rusqlite::{Transaction, params};

use crate::{codec::json, fault::Outcome};

/// A call as it is now.
pub(super) fn save(batch: &Transaction<'_>, row: &CallRow) -> Outcome<()> {
    let CallRow { call, line } = row;
    let dialled_by = match call.direction {
        Direction::Outbound => call.agent_id,
        Direction::Inbound => None,
    };
    let follow_up = call.disposition.as_ref().and_then(|it| it.follow_up_at);
    batch
        .prepare_cached(
            "INSERT INTO call (id, conversation_id, message_id, inbox_id, agent_id, dialled_by, live, missed, started_at,
               ended_at, due_at, provider, provider_call_id, number, e164, own_number, transfer_number, note, state,
               handover, answered_at, written_up, follow_up_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
               ?23)
             ON CONFLICT (id) DO UPDATE SET agent_id = excluded.agent_id, live = excluded.live, missed = excluded.missed,
               ended_at = excluded.ended_at, due_at = excluded.due_at, transfer_number = excluded.transfer_number,
               note = excluded.note, state = excluded.state, handover = excluded.handover,
               answered_at = excluded.answered_at, written_up = excluded.written_up,
               follow_up_at = excluded.follow_up_at",
        )?
        .execute(params![
            call.id.0,
            call.conversation_id.0,
            call.message_id.0,
            call.inbox_id.0,
            call.agent_id.map(|it| it.0),
            dialled_by.map(|it| it.0),
            !call.is_final(),
            call.is_missed(),
            call.times.started_at.as_microsecond(),
            call.times.ended_at.map(Timestamp::as_microsecond),
            call.due_at().map(Timestamp::as_microsecond),
            call.provider,
            line.provider_call_id,
            line.number,
            line.e164,
            line.own_number,
            line.transfer_number,
            line.note,
            json(call),
            line.handover,
            call.times.answered_at.map(Timestamp::as_microsecond),
            call.is_settled(),
            follow_up.map(Timestamp::as_microsecond),
        ])?;
    Ok(())
}
