//! What plugins ask of conversations, as commands with the plugin as actor. Grants were checked by the runtime, and are
//! checked again where commands run.

use plugboard_domain::{
    Principal,
    conversation::{ConversationCommand, Priority, StatusRequest},
    ids::ConversationId,
    message::{MessageDraft, MessageKind},
    plugin::PluginAct,
};
use plugboard_engine::Engine;
use plugboard_plugin_runtime::{
    Caller,
    types::{DeskCommand, Failure, code},
};

use super::refused;
use crate::cause;

pub(super) async fn execute(
    engine: &Engine,
    caller: &Caller,
    conversation: &str,
    command: DeskCommand,
) -> Result<(), Failure> {
    let id: ConversationId = conversation.parse().map_err(|_| unknown())?;
    let (act, command) = translate(engine, command)?;
    let principal = Principal::Plugin {
        key: caller.plugin.to_string(),
        acts: [act].into(),
    };
    let done = if let Some(seq) = cause::current() {
        engine.react(principal, seq, (id, command)).await
    } else {
        let envelope = plugboard_domain::Envelope::new(principal, (id, command));
        engine.execute(envelope).await
    };
    done.map(drop).map_err(refused)
}

fn translate(
    engine: &Engine,
    command: DeskCommand,
) -> Result<(PluginAct, ConversationCommand), Failure> {
    use ConversationCommand as C;
    let desk = engine.desk();
    Ok(match command {
        DeskCommand::AddTags(tags) => (
            PluginAct::Tag,
            C::Tag {
                add: tags.into_iter().collect(),
                remove: std::collections::BTreeSet::new(),
            },
        ),
        DeskCommand::RemoveTags(tags) => (
            PluginAct::Tag,
            C::Tag {
                add: std::collections::BTreeSet::new(),
                remove: tags.into_iter().collect(),
            },
        ),
        DeskCommand::SetPriority(priority) => {
            (PluginAct::Priority, C::SetPriority(urgency(priority)))
        }
        DeskCommand::AssignAgent(agent) => {
            let agent = agent.parse().map_err(|_| unknown())?;
            let command = C::Assign {
                agent: Some(agent),
                team: None,
            };
            (PluginAct::Assign, command)
        }
        DeskCommand::AssignTeam(team) => {
            let team = desk
                .teams()
                .find(|it| it.id.to_string() == team || it.name == team)
                .ok_or_else(unknown)?;
            let command = C::Assign {
                agent: None,
                team: Some(team.id),
            };
            (PluginAct::Assign, command)
        }
        DeskCommand::Note(text) => (PluginAct::Note, post(engine, MessageKind::Note, text)),
        DeskCommand::Reply(text) => (PluginAct::Reply, post(engine, MessageKind::Outbound, text)),
        DeskCommand::Resolve(disposition) => (
            PluginAct::Resolve,
            C::SetStatus(StatusRequest::Resolve { disposition }),
        ),
        DeskCommand::OpenCase((kind, summary)) => {
            let id = engine.mint();
            (PluginAct::Case, C::OpenCase { id, kind, summary })
        }
    })
}

fn post(engine: &Engine, kind: MessageKind, text: String) -> ConversationCommand {
    ConversationCommand::Post {
        kind,
        draft: MessageDraft {
            id: engine.mint(),
            text,
            attachments: Vec::new(),
            client_id: None,
        },
        seen_seq: None,
    }
}

/// The desk's word for a plugin's number.
pub(crate) fn urgency(number: u8) -> Priority {
    match number {
        0 => Priority::Low,
        1 => Priority::Normal,
        2 => Priority::High,
        _ => Priority::Urgent,
    }
}

fn unknown() -> Failure {
    Failure::lasting(code::NOT_FOUND, "there is no such thing in this desk")
}
