//! Names that only the desk can write: of its mails, and of the conversations that answers to them belong to.

use std::sync::Arc;

use plugboard_domain::{
    ids::{ConversationId, MessageId, Mint},
    mail::domain_of,
};
use plugboard_mail::thread::{self, Keys};
use uuid::Uuid;

/// Draws identifiers as another does, and signs the `Message-ID`s of mails.
pub struct SigningMint {
    keys: Keys,
    plain: Arc<dyn Mint>,
}

impl SigningMint {
    /// One that signs with this secret.
    pub fn new(secret: &[u8], plain: Arc<dyn Mint>) -> Self {
        Self {
            keys: Keys::new(secret),
            plain,
        }
    }
}

impl Mint for SigningMint {
    fn uuid(&self) -> Uuid {
        self.plain.uuid()
    }

    fn mail_id(&self, conversation: ConversationId, message: MessageId, address: &str) -> String {
        thread::message_id(&self.keys, conversation.0, message.0, &domain_of(address))
    }
}
