//! A message as the visitor sees it.

use plugboard_domain::{Actor, desk::Desk};
use plugboard_protocol::{time, visitors::VisitorMessage};
use plugboard_store::MessageView;

use crate::wire;

/// A message that the visitor may read. Notes never come here: the store leaves them out.
pub(crate) fn visitor_message(view: &MessageView, desk: &Desk) -> VisitorMessage {
    let row = &view.row;
    let agent_name = match &row.author {
        Actor::Agent { id } => desk.agent(*id).map(|agent| agent.name.clone()),
        Actor::Contact { .. } | Actor::System { .. } | Actor::Plugin { .. } => None,
    };
    // What an agent calls a message is between them and the desk.
    let own = matches!(row.author, Actor::Contact { .. });
    VisitorMessage {
        id: row.id.to_string(),
        seq: row.seq,
        kind: wire::message_kind(row.kind),
        text: row.text.clone(),
        agent_name,
        at: time(row.at),
        attachments: view.files.iter().map(wire::attachment).collect(),
        client_id: row.client_id.clone().filter(|_| own),
    }
}
