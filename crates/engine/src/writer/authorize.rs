//! Who may ask what of a conversation.

use plugboard_domain::{
    Principal, Rejection,
    access::{Grants, Permission},
    conversation::{Conversation, ConversationCommand},
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
