//! The decision.

use uuid::Uuid;

use super::{Keys, Known, subject};
use crate::{Auto, Mail, report};

/// Where a mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Where.
    pub target: Target,
    /// What decided.
    pub reason: Reason,
    /// The message that it answers or reports on, when one is known.
    pub answers: Option<Uuid>,
    /// A conversation that it may belong to although nothing proves it. A suggestion, never more.
    pub maybe: Option<Uuid>,
    /// Whether its sender took part in the conversation before. Who did not was let in by somebody who has the mail.
    pub known_sender: bool,
}

/// A place for a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A conversation that exists. Whether it is reopened, or followed by a new one, is the inbox's policy.
    Conversation(Uuid),
    /// It begins one.
    New,
    /// It is what the desk sent, come back: from the folder of what was sent, or as a copy to ourselves.
    Own(Uuid),
    /// It is automatic, belongs to nothing and begins nothing.
    Aside,
}

/// What decided where a mail goes, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It is a message of ours.
    Own,
    /// It is a report about a message of the conversation.
    Report,
    /// It went to an address, or answers an id, that we signed for the conversation.
    Token,
    /// `In-Reply-To` names a message of the conversation.
    InReplyTo,
    /// `References` names a message of the conversation.
    References,
    /// It shares an earlier mail, which the desk never saw, with the conversation, and its sender takes part there.
    SharedReferences,
    /// Its subject has the number of the conversation, and its sender takes part there.
    SubjectNumber,
    /// Nothing ties it to a conversation.
    New,
    /// It is automatic, and nothing ties it to a conversation.
    Aside,
}

impl Reason {
    /// The name for storage and languages.
    pub fn key(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Report => "report",
            Self::Token => "token",
            Self::InReplyTo => "in_reply_to",
            Self::References => "references",
            Self::SharedReferences => "shared_references",
            Self::SubjectNumber => "subject_number",
            Self::New => "new",
            Self::Aside => "aside",
        }
    }
}

/// Decides where a mail goes.
///
/// In this order: it is ours; it reports on a message of ours; a signed token; `In-Reply-To`; `References`, newest first;
/// a mail that it shares with a conversation of its sender; the number in its subject, of a conversation of its sender.
/// A mail that somebody who takes no part passes on begins a conversation of its own, whatever it answers.
pub fn place(mail: &Mail, known: &dyn Known, keys: &Keys) -> Placement {
    let sender = mail
        .from
        .as_ref()
        .map(|it| it.address.as_str())
        .unwrap_or_default();
    let mut maybe = None;
    if let Some(own) = own(mail, known, keys) {
        return settled(Target::Own(own.0), Reason::Own, own.1, true);
    }
    if let Some(found) = reported(mail, known, keys) {
        return settled(Target::Conversation(found.0), Reason::Report, found.1, true);
    }
    if let Some(conversation) = addressed(mail, keys).find_map(|it| known.conversation(it)) {
        let answers = answered(mail)
            .find_map(|it| known.message(it))
            .filter(|it| it.conversation == conversation);
        let takes_part = known.takes_part(conversation, sender);
        return settled(
            Target::Conversation(conversation),
            Reason::Token,
            answers.map(|it| it.message),
            takes_part,
        );
    }
    if let Some((conversation, reason, message)) = answers(mail, known, keys) {
        let takes_part = known.takes_part(conversation, sender);
        if takes_part || !subject::is_forward(&mail.subject) {
            return settled(
                Target::Conversation(conversation),
                reason,
                message,
                takes_part,
            );
        }
        maybe = Some(conversation);
    }
    for (conversation, reason) in claims(mail, known) {
        if known.takes_part(conversation, sender) {
            return settled(Target::Conversation(conversation), reason, None, true);
        }
        maybe = maybe.or(Some(conversation));
    }
    let subject = subject::normalise(&mail.subject);
    let maybe = maybe.or_else(|| {
        (!subject.is_empty())
            .then(|| known.similar(sender, &subject))
            .flatten()
    });
    let (target, reason) = if mail.auto.opens_conversation() {
        (Target::New, Reason::New)
    } else {
        (Target::Aside, Reason::Aside)
    };
    Placement {
        target,
        reason,
        answers: None,
        maybe,
        known_sender: false,
    }
}

fn settled(target: Target, reason: Reason, answers: Option<Uuid>, known_sender: bool) -> Placement {
    Placement {
        target,
        reason,
        answers,
        maybe: None,
        known_sender,
    }
}

/// Whether the mail is one that we sent, and of which conversation.
fn own(mail: &Mail, known: &dyn Known, keys: &Keys) -> Option<(Uuid, Option<Uuid>)> {
    let id = mail.message_id.as_ref()?;
    if let Some(found) = known.message(id).filter(|it| it.ours) {
        return Some((found.conversation, Some(found.message)));
    }
    let (conversation, message) = keys.of_message_id(id)?;
    Some((known.conversation(conversation)?, Some(message)))
}

/// The message of ours that a report is about.
fn reported(mail: &Mail, known: &dyn Known, keys: &Keys) -> Option<(Uuid, Option<Uuid>)> {
    if mail.auto != Auto::Bounce {
        return None;
    }
    let report = report(mail)?;
    let ids = report.original.iter().chain(answered(mail));
    for id in ids {
        if let Some(found) = known.message(id).filter(|it| it.ours) {
            return Some((found.conversation, Some(found.message)));
        }
        if let Some((conversation, message)) = keys.of_message_id(id)
            && let Some(conversation) = known.conversation(conversation)
        {
            return Some((conversation, Some(message)));
        }
    }
    let conversation = addressed(mail, keys).find_map(|it| known.conversation(it))?;
    Some((conversation, None))
}

/// The conversation of a message that the mail answers.
fn answers(mail: &Mail, known: &dyn Known, keys: &Keys) -> Option<(Uuid, Reason, Option<Uuid>)> {
    // What we signed counts before what anybody can write. Where the message is now says more than where it was signed for.
    for id in answered(mail) {
        let Some((conversation, message)) = keys.of_message_id(id) else {
            continue;
        };
        if let Some(found) = known.message(id) {
            return Some((found.conversation, Reason::Token, Some(found.message)));
        }
        if let Some(conversation) = known.conversation(conversation) {
            return Some((conversation, Reason::Token, Some(message)));
        }
    }
    let direct = mail.in_reply_to.iter().map(|it| (it, Reason::InReplyTo));
    let chain = mail
        .references
        .iter()
        .rev()
        .map(|it| (it, Reason::References));
    for (id, reason) in direct.chain(chain) {
        if let Some(found) = known.message(id) {
            return Some((found.conversation, reason, Some(found.message)));
        }
    }
    None
}

/// Conversations that the mail claims to belong to, by what a stranger could write as well.
fn claims<'a>(mail: &'a Mail, known: &'a dyn Known) -> impl Iterator<Item = (Uuid, Reason)> + 'a {
    let shared = answered(mail)
        .chain(&mail.message_id)
        .filter_map(|it| known.reference(it))
        .map(|it| (it, Reason::SharedReferences));
    let numbered = subject::number(&mail.subject)
        .and_then(|it| known.number(it))
        .map(|it| (it, Reason::SubjectNumber));
    shared.chain(numbered)
}

/// What the mail answers: `In-Reply-To`, then `References`, newest first.
pub(super) fn answered(mail: &Mail) -> impl Iterator<Item = &String> {
    mail.in_reply_to.iter().chain(mail.references.iter().rev())
}

/// Conversations that the addresses name which the mail was sent to.
pub(super) fn addressed<'a>(mail: &'a Mail, keys: &'a Keys) -> impl Iterator<Item = Uuid> + 'a {
    let delivered = [
        "delivered-to",
        "x-original-to",
        "x-envelope-to",
        "envelope-to",
        "x-forwarded-to",
        "resent-to",
    ]
    .into_iter()
    .flat_map(|name| mail.headers_of(name))
    .map(|it| it.trim().trim_matches(['<', '>']));
    mail.recipients()
        .chain(&mail.bcc)
        .map(|it| it.address.as_str())
        .chain(delivered)
        .filter_map(|it| keys.of_address(it))
}
