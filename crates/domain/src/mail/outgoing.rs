//! Mail that agents write.

use serde::{Deserialize, Serialize};

use super::{MailAddress, Recipient, RecipientRole};
use crate::{
    Seq, Timestamp,
    ids::{AttachmentId, ConversationId, InboxId},
    message::MessageDraft,
};

/// What an agent says of an outgoing mail beside its text. Everything unset follows from the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailDraft {
    /// `To`; whoever wrote last when empty.
    pub to: Vec<MailAddress>,
    /// `Cc`.
    pub cc: Vec<MailAddress>,
    /// `Bcc`.
    pub bcc: Vec<MailAddress>,
    /// The subject; the thread's when unset.
    pub subject: Option<String>,
    /// The file of its HTML; made from the text when unset.
    pub html: Option<String>,
    /// Attachments that the HTML shows in its place.
    pub inline: Vec<AttachmentId>,
    /// Carries the messages before it.
    pub quote: bool,
}

impl MailDraft {
    /// Its recipients, none tried yet, nobody twice.
    pub fn recipients(&self) -> Vec<Recipient> {
        let roles = [
            (RecipientRole::To, &self.to),
            (RecipientRole::Cc, &self.cc),
            (RecipientRole::Bcc, &self.bcc),
        ];
        let mut all: Vec<Recipient> = Vec::new();
        for (role, list) in roles {
            for to in list {
                let known = |it: &Recipient| it.to.address.eq_ignore_ascii_case(&to.address);
                if !all.iter().any(known) {
                    all.push(Recipient {
                        to: to.clone(),
                        role,
                        ..Recipient::default()
                    });
                }
            }
        }
        all
    }
}

/// An agent answers by mail.
#[derive(Clone, Debug)]
pub struct WriteMail {
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// The text and files.
    pub draft: MessageDraft,
    /// Up to where the agent has seen the conversation.
    pub seen_seq: Option<Seq>,
    /// The rest.
    pub mail: MailDraft,
    /// When it is to leave, unless the contact writes first; now when unset.
    pub send_at: Option<Timestamp>,
}

/// An agent writes to somebody first.
#[derive(Clone, Debug)]
pub struct BeginMail {
    /// Through which inbox.
    pub inbox_id: InboxId,
    /// Identifier to give to the conversation.
    pub conversation_id: ConversationId,
    /// The text and files.
    pub draft: MessageDraft,
    /// The rest; the first of `to` becomes the contact.
    pub mail: MailDraft,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_stands_in_one_header() {
        let who = |address: &str| MailAddress {
            name: None,
            address: address.into(),
        };
        let draft = MailDraft {
            to: vec![who("a@x.cn")],
            cc: vec![who("A@X.cn"), who("b@x.cn")],
            ..MailDraft::default()
        };
        let roles: Vec<_> = draft.recipients().into_iter().map(|it| it.role).collect();
        assert_eq!(roles, [RecipientRole::To, RecipientRole::Cc]);
    }
}
