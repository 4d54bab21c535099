//! What channels bring becomes commands.

use plugboard_channel::{
    Accepted, Inbound, InboundReceipt, Intake, IntakeError, MessageRef, Typing,
};
use plugboard_domain::{
    Command, Envelope, Principal, Rejection,
    command::TakeIn,
    conversation::ConversationCommand,
    message::{Amendment, Delivery},
};

use crate::{Engine, EngineError};

/// The part of Plugboard that speaks for providers.
const CHANNEL: &str = "channel";

#[async_trait::async_trait]
impl Intake for Engine {
    async fn take(&self, inbound: Inbound) -> Result<Accepted, IntakeError> {
        let command = match inbound {
            Inbound::Message {
                receive,
                files,
                thread_key,
            } => Command::TakeIn(Box::new(TakeIn {
                receive: *receive,
                files,
                thread_key,
            })),
            Inbound::Edited {
                inbox_id,
                external_id,
                text,
            } => Command::Amend {
                inbox_id,
                external_id,
                amendment: Amendment::Edited { text },
            },
            Inbound::Deleted {
                inbox_id,
                external_id,
            } => Command::Amend {
                inbox_id,
                external_id,
                amendment: Amendment::TakenBack,
            },
            Inbound::ThreadClosed {
                inbox_id,
                thread_key,
            } => Command::CloseThread {
                inbox_id,
                thread_key,
            },
            Inbound::Receipt(receipt) => report(receipt),
            Inbound::Call(_) => {
                return Err(Rejection::invalid("this desk takes no calls").into());
            }
            Inbound::Typing(typing) => return self.hear_typing(typing).await,
        };
        let outcome = self
            .execute(Envelope::new(Principal::System(CHANNEL), command))
            .await
            .map_err(refuse)?;
        Ok(Accepted {
            seq: outcome.seq,
            repeated: outcome.repeated,
            conversation_id: outcome.conversation_id,
        })
    }
}

fn report(receipt: InboundReceipt) -> Command {
    match receipt.message {
        MessageRef::Own {
            conversation_id,
            message_id,
        } => {
            let command = ConversationCommand::ReportDelivery {
                message_id,
                // The writer reads what is so now.
                now: Delivery::Queued,
                next: receipt.fate,
            };
            (conversation_id, command).into()
        }
        MessageRef::External {
            inbox_id,
            external_id,
        } => Command::ReportExternal {
            inbox_id,
            external_id,
            fate: receipt.fate,
        },
    }
}

impl Engine {
    /// Tells whoever listens that a contact types. Lost when nobody does.
    async fn hear_typing(&self, typing: Typing) -> Result<Accepted, IntakeError> {
        let store = self.store();
        let unavailable = |error: plugboard_store::StoreError| refuse(error.into());
        let identity = store.identity(typing.from).await.map_err(unavailable)?;
        let conversation_id = match identity {
            Some(identity) => store
                .current_conversation(typing.inbox_id, identity.contact_id)
                .await
                .map_err(unavailable)?
                .map(|it| it.id),
            None => None,
        };
        if let Some(id) = conversation_id {
            let _ = self.shared.typing.send(id);
        }
        Ok(Accepted {
            seq: *self.shared.head.borrow(),
            repeated: false,
            conversation_id,
        })
    }
}

fn refuse(error: EngineError) -> IntakeError {
    match error {
        EngineError::Rejected(rejection) => IntakeError::Refused(rejection),
        error @ (EngineError::Busy | EngineError::Stopping | EngineError::Store(_)) => {
            IntakeError::Unavailable(error.to_string())
        }
    }
}
