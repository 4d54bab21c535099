//! Who may ask what of a conversation.

use plugboard_domain::{
    Principal, Rejection,
    access::{Grants, Permission},
    conversation::{Conversation, ConversationCommand, StatusRequest},
    message::MessageKind,
    plugin::PluginAct,
};

/// `Ok` when the principal may ask this of that conversation.
pub(super) fn conversation(
    principal: &Principal,
    grants: &Grants,
    conversation: &Conversation,
    command: &ConversationCommand,
) -> Result<(), Rejection> {
    use ConversationCommand as C;
    if let Principal::System(_) = principal {
        return Ok(());
    }
    if let Principal::Plugin { acts, .. } = principal {
        let act = plugin_act(command)?;
        return if acts.contains(&act) {
            Ok(())
        } else {
            Err(Rejection::NotGranted(act))
        };
    }
    let permission = match command {
        C::Post { .. } | C::Schedule { .. } | C::CancelScheduled { .. } | C::AcceptOffer => {
            Permission::ConversationsReply
        }
        C::Assign { .. }
        | C::SetStatus(_)
        | C::Tag { .. }
        | C::SetPriority(_)
        | C::SetStage(_)
        | C::OpenCase { .. }
        | C::CloseCase { .. }
        | C::Merge { .. }
        | C::Unmerge => Permission::ConversationsManage,
        C::MarkRead { .. } => Permission::ConversationsRead,
        // Channels, timers and routing ask these, nobody else.
        C::Receive { .. }
        | C::Route { .. }
        | C::ReturnToQueue { .. }
        | C::ReportDelivery { .. }
        | C::Fire(_) => {
            return match (principal, command) {
                (Principal::Contact(id), C::ReportDelivery { .. })
                    if *id == conversation.contact_id =>
                {
                    Ok(())
                }
                _ => Err(Rejection::NotFound("conversation")),
            };
        }
    };
    grants.require_on(permission, conversation)
}

/// What a plugin has to be granted to ask this; some things no plugin may ask.
fn plugin_act(command: &ConversationCommand) -> Result<PluginAct, Rejection> {
    use ConversationCommand as C;
    Ok(match command {
        C::Post {
            kind: MessageKind::Note,
            ..
        } => PluginAct::Note,
        C::Post { .. } | C::Schedule { .. } | C::CancelScheduled { .. } => PluginAct::Reply,
        C::Tag { .. } => PluginAct::Tag,
        C::SetPriority(_) => PluginAct::Priority,
        C::Assign { .. } => PluginAct::Assign,
        C::OpenCase { .. } => PluginAct::Case,
        C::SetStatus(StatusRequest::Resolve { .. }) => PluginAct::Resolve,
        _ => return Err(Rejection::NotFound("command")),
    })
}
