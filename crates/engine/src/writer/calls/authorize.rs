//! Who may ask what of a call.

use plugboard_domain::{
    Rejection,
    access::Permission,
    call::{Call, CallCommand},
    conversation::Conversation,
};

use crate::writer::{
    txn::{Stop, Txn},
    work::only_system,
};

/// `Ok` when the principal may ask this of that call; true when they lead, and so may act in the calls of others.
pub(super) fn call(
    txn: &Txn<'_>,
    call: &Call,
    conversation: &Conversation,
    command: &CallCommand,
) -> Result<bool, Stop> {
    use CallCommand as C;
    let grants = txn.grants();
    let leads = grants.has(Permission::DeskManage) && grants.scope().covers(conversation);
    let permission = match command {
        // Only the line, routing, timers and the start of the server ask these.
        C::Advance(_) | C::Route { .. } | C::Withdraw { .. } | C::Fire | C::Lose => {
            only_system(txn)?;
            return Ok(true);
        }
        C::Listen { .. } | C::DeleteRecording => Permission::DeskManage,
        // Whoever is in it may go, whatever was taken from them meanwhile.
        C::ReadRecording | C::Leave => Permission::ConversationsRead,
        C::Accept
        | C::Decline
        | C::HangUp
        | C::Hold
        | C::Resume
        | C::Transfer { .. }
        | C::CompleteTransfer
        | C::CancelTransfer
        | C::PauseRecording { .. }
        | C::WrapUp { .. }
        | C::RequestCallback => Permission::ConversationsReply,
    };
    // A call that was handed to somebody of another team is theirs to talk in.
    let me = txn.actor().agent_id();
    let theirs = me.is_some_and(|agent| call.occupies().contains(&agent));
    if theirs {
        grants.require(permission)?;
    } else {
        grants
            .require_on(permission, conversation)
            .map_err(|error| match error {
                Rejection::NotFound(_) => Rejection::NotFound("call"),
                other => other,
            })?;
    }
    Ok(leads)
}
