//! Carries outbound messages to contacts: one courier for the channels of all inboxes.

use std::{sync::Arc, time::Duration};

use plugboard_channel::{Channels, Outbound, Receipt};
use plugboard_domain::{
    Actor,
    desk::{Desk, Inbox},
    ids::{ConversationId, InboxId, MessageId},
    message::{Delivery, Undelivered},
    outbox::{Attempt, Job, OutboxEntry},
};
use plugboard_store::{MessageView, StoreError};
use tracing::warn;

use crate::{Courier, Engine};

/// A try that takes longer may have arrived or not. Channels give up on their providers long before.
const TRY_MAX: Duration = Duration::from_mins(2);

/// How soon a message is tried again whose channel is not there now: a plugin that is exchanged is back in a moment.
const ABSENT_SECS: u64 = 30;

/// Asks the channel of the inbox to carry a message, and says what became of it.
pub(crate) struct ChannelCourier {
    channels: Arc<dyn Channels>,
}

impl ChannelCourier {
    pub(crate) fn new(channels: Arc<dyn Channels>) -> Self {
        Self { channels }
    }
}

#[async_trait::async_trait]
impl Courier for ChannelCourier {
    fn takes(&self, job: &Job) -> bool {
        matches!(job, Job::Deliver { .. })
    }

    async fn attempt(&self, engine: &Engine, entry: &OutboxEntry) -> Attempt {
        let Job::Deliver {
            inbox_id,
            conversation_id,
            message_id,
        } = entry.job
        else {
            return refused("not a message");
        };
        let attempt = self
            .carry(engine, inbox_id, conversation_id, message_id)
            .await;
        attempt.unwrap_or_else(|error| {
            warn!(message.id = %message_id, %error, "delivery: the store failed");
            Attempt::Retry {
                error: "the store failed".into(),
                after_secs: None,
            }
        })
    }
}

impl ChannelCourier {
    async fn carry(
        &self,
        engine: &Engine,
        inbox_id: InboxId,
        conversation_id: ConversationId,
        message_id: MessageId,
    ) -> Result<Attempt, StoreError> {
        let desk = engine.desk();
        let Some(inbox) = desk.inbox(inbox_id) else {
            return Ok(refused("the inbox was removed"));
        };
        let Some(channel) = self.channels.get(&inbox.channel) else {
            return Ok(Attempt::Retry {
                error: format!("the {} channel is not there now", inbox.channel),
                after_secs: Some(ABSENT_SECS),
            });
        };
        let found = engine.store().messages_by_id(vec![message_id]).await?;
        let Some(message) = found.into_iter().next() else {
            return Ok(refused("the message was removed"));
        };
        // A report came in before the answer to an earlier try did: it is there, and a second copy would be one too many.
        if matches!(
            message.row.delivery,
            Some(Delivery::Sent | Delivery::Delivered | Delivery::Read)
        ) {
            return Ok(Attempt::Done);
        }
        let reply_to = engine.store().reply_to(conversation_id).await?;
        let outbound = outbound(&desk, conversation_id, message, reply_to);
        let receipt = tokio::time::timeout(TRY_MAX, channel.deliver(inbox, &outbound)).await;
        Ok(receipt.map_or_else(|_| uncertain("the channel did not answer in time"), judge))
    }
}

fn outbound(
    desk: &Desk,
    conversation_id: ConversationId,
    message: MessageView,
    to: plugboard_store::ReplyTo,
) -> Outbound {
    let author_name = match message.row.author {
        Actor::Agent { id } => desk.agent(id).map(|agent| agent.name.clone()),
        Actor::Contact { .. } | Actor::System { .. } | Actor::Plugin { .. } => None,
    };
    Outbound {
        message_id: message.row.id,
        conversation_id,
        to: to.address,
        thread_key: to.thread_key,
        text: message.row.text,
        files: message.files,
        author_name,
    }
}

/// What a channel's answer means for the outbox.
fn judge(receipt: Receipt) -> Attempt {
    match receipt {
        Receipt::Sent { external_id } => Attempt::Sent { external_id },
        Receipt::Retry { why, after_secs } => Attempt::Retry {
            error: why,
            after_secs,
        },
        Receipt::Refused { why } => refused(why),
        Receipt::WindowClosed => Attempt::Undelivered {
            cause: Undelivered::WindowClosed,
            error: "the reply window is closed".into(),
        },
        Receipt::Uncertain { why } => uncertain(why),
    }
}

fn refused(error: impl Into<String>) -> Attempt {
    Attempt::Undelivered {
        cause: Undelivered::Refused,
        error: error.into(),
    }
}

fn uncertain(error: impl Into<String>) -> Attempt {
    Attempt::Undelivered {
        cause: Undelivered::Uncertain,
        error: error.into(),
    }
}

/// Checks that an inbox's channel can carry a message, before it is accepted: a wall is met by whoever writes, not by the
/// outbox an hour later. A channel that is not there now says nothing.
pub(crate) fn check_fits(
    channels: &dyn Channels,
    inbox: &Inbox,
    text: &str,
    files: &[plugboard_domain::command::StoredFile],
) -> Result<(), plugboard_domain::Rejection> {
    use plugboard_channel::MediaKind;
    use plugboard_domain::{Rejection, channel::ChannelKind};
    // The widget reads what is committed; nothing is carried to it.
    if inbox.channel == ChannelKind::Webchat {
        return Ok(());
    }
    let Some(channel) = channels.get(&inbox.channel) else {
        return Ok(());
    };
    let can = channel.capabilities(inbox);
    let refuse = |why: String| Err(Rejection::Invalid(why));
    let chars = text.chars().count();
    if chars > can.text_chars_max as usize {
        return refuse(format!(
            "the text has {chars} characters, and this channel takes at most {}: split it",
            can.text_chars_max
        ));
    }
    if files.len() > can.attachments_max as usize {
        return refuse(match can.attachments_max {
            0 => "this channel takes no attachments".to_owned(),
            max => format!("this channel takes at most {max} attachments in one message"),
        });
    }
    for file in files {
        if file.size > can.attachment_bytes_max {
            return refuse(format!(
                "an attachment has {} bytes, and this channel takes at most {}",
                file.size, can.attachment_bytes_max
            ));
        }
        let kind = MediaKind::of(&file.content_type);
        // What can send files can send anything as one.
        if !can.media.contains(&kind) && !can.media.contains(&MediaKind::File) {
            return refuse(format!(
                "this channel does not take attachments of type {}",
                file.content_type
            ));
        }
    }
    Ok(())
}
