//! What is tried. Each scenario begins with a fresh provider and an empty host.

mod sending;

use plugboard_fakes::{Fault, Media};
use plugboard_plugin_runtime::types::Body;

use crate::{rig::Rig, subject::Subject};

/// A situation that every channel must master, as far as its provider knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    /// A message arrives with its text, its sender and its time.
    Text,
    /// The provider tells of a message twice.
    Duplicate,
    /// Messages overtake each other.
    Reorder,
    /// A push gets lost.
    Drop,
    /// The provider's clock is a quarter of an hour off.
    Skew,
    /// Somebody else pushes.
    Forgery,
    /// Somebody changes a push.
    Tampering,
    /// The provider makes sure that the webhook is ours.
    Verification,
    /// What was fetched does not come again.
    Cursor,
    /// A page is empty although there is more.
    EmptyPage,
    /// Nonsense arrives.
    Noise,
    /// The plugin is thrown away between any two calls.
    Restart,
    /// A customer sends a file.
    FileIn,
    /// A customer gets a file.
    FileOut,
    /// A customer gets an answer, once.
    Answer,
    /// The desk sends again what was sent.
    RepeatedAnswer,
    /// The provider asks to wait.
    RateLimit,
    /// The access token ends.
    TokenExpiry,
    /// The provider has an error.
    ProviderError,
    /// The provider's answer comes too late.
    SlowProvider,
    /// The customer has not written for too long.
    Window,
    /// Too many answers were sent.
    Quota,
    /// The provider takes a message, and refuses it afterwards.
    LateRefusal,
    /// Receipts overtake each other.
    Receipts,
    /// The customer does not exist.
    Nobody,
    /// A text is as long as the channel says, or longer.
    LongText,
}

/// Every scenario.
pub const ALL: [Scenario; 26] = [
    Scenario::Text,
    Scenario::Duplicate,
    Scenario::Reorder,
    Scenario::Drop,
    Scenario::Skew,
    Scenario::Forgery,
    Scenario::Tampering,
    Scenario::Verification,
    Scenario::Cursor,
    Scenario::EmptyPage,
    Scenario::Noise,
    Scenario::Restart,
    Scenario::FileIn,
    Scenario::FileOut,
    Scenario::Answer,
    Scenario::RepeatedAnswer,
    Scenario::RateLimit,
    Scenario::TokenExpiry,
    Scenario::ProviderError,
    Scenario::SlowProvider,
    Scenario::Window,
    Scenario::Quota,
    Scenario::LateRefusal,
    Scenario::Receipts,
    Scenario::Nobody,
    Scenario::LongText,
];

/// What a customer says in most scenarios; it must not turn up in a failure or a log.
pub(crate) const SAID: &str = "hello from the customer";

/// What the desk answers in most scenarios.
const ANSWER: &str = "an answer of the agent";

/// A key as the desk makes them.
const KEY: &str = "0193a1f0-6d6e-7c3a-8b1e-5d4c3b2a1f00";

impl Scenario {
    /// Whether the provider knows such a situation.
    pub fn applies(self, subject: &Subject) -> bool {
        match self {
            Self::Forgery => subject.pushed,
            Self::Tampering => subject.body_signed,
            Self::Verification => subject.verification,
            Self::Cursor => subject.cursor || subject.socket,
            Self::EmptyPage => subject.provider == "wecom",
            // A page that is fetched does not get lost.
            Self::Drop => subject.pushed || subject.socket,
            Self::TokenExpiry => subject.tokens,
            Self::Window => subject.window_hours.is_some(),
            Self::Quota => subject.quota.is_some(),
            Self::LateRefusal => subject.late_refusal,
            Self::Receipts => subject.receipts,
            Self::LongText => subject.limits_text,
            Self::FileIn | Self::FileOut => subject.files,
            _ => true,
        }
    }
}

/// Plays a scenario; what went wrong is in the rig.
pub(crate) async fn play(scenario: Scenario, rig: &mut Rig<'_>) {
    rig.connect().await;
    match scenario {
        Scenario::Text => text(rig).await,
        Scenario::Duplicate => duplicate(rig).await,
        Scenario::Reorder => reorder(rig).await,
        Scenario::Drop => one_fault(rig, Fault::Drop).await,
        Scenario::Skew => one_fault(rig, Fault::Skew).await,
        Scenario::Forgery => one_fault(rig, Fault::BadSignature).await,
        Scenario::Tampering => tampering(rig).await,
        Scenario::Verification => verification(rig).await,
        Scenario::Cursor => cursor(rig).await,
        Scenario::EmptyPage => one_fault(rig, Fault::EmptyPage).await,
        Scenario::Noise => noise(rig).await,
        Scenario::Restart => restart(rig).await,
        Scenario::FileIn => file_in(rig).await,
        Scenario::FileOut => file_out(rig).await,
        Scenario::Answer => sending::answer(rig).await,
        Scenario::RepeatedAnswer => sending::repeated_answer(rig).await,
        Scenario::RateLimit => sending::rate_limit(rig).await,
        Scenario::TokenExpiry => sending::token_expiry(rig).await,
        Scenario::ProviderError => sending::fault_while_sending(rig, Fault::ServerError).await,
        Scenario::SlowProvider => sending::fault_while_sending(rig, Fault::Slow).await,
        Scenario::Window => sending::window(rig).await,
        Scenario::Quota => sending::quota(rig).await,
        Scenario::LateRefusal => sending::late_refusal(rig).await,
        Scenario::Receipts => sending::receipts(rig).await,
        Scenario::Nobody => sending::nobody(rig).await,
        Scenario::LongText => sending::long_text(rig).await,
    }
}

/// The customer has written, and the desk knows them.
async fn greeted(rig: &mut Rig<'_>) {
    rig.say(SAID);
    rig.deliver().await;
    let known = rig.message(SAID).is_some();
    rig.must(known, || "the message has not arrived".to_owned());
}

async fn text(rig: &mut Rig<'_>) {
    let at_ms = u64::try_from(rig.fakes.clock.now_ms()).unwrap_or(0);
    greeted(rig).await;
    let person = rig.subject.person;
    if let Some(message) = rig.message(SAID).cloned() {
        let sender = message.sender.value.trim_start_matches('+') == person;
        rig.must(sender, || {
            format!("the sender is {:?}", message.sender.value)
        });
        let time = message.sent_at.abs_diff(at_ms) < 1_000;
        rig.must(time, || {
            format!("it was sent at {at_ms}, not at {}", message.sent_at)
        });
        rig.must(!message.thread_key.is_empty(), || {
            "it belongs to no thread".to_owned()
        });
    }
    let count = rig.messages.len();
    rig.must(count == 1, || {
        format!("one message was sent, {count} arrived")
    });
}

/// The provider tells twice, and where there is a cursor, the desk was cut off before it kept it.
async fn duplicate(rig: &mut Rig<'_>) {
    if rig.subject.cursor {
        rig.say(SAID);
        rig.poll().await;
        rig.rewind();
        rig.poll().await;
    }
    one_fault(rig, Fault::Duplicate).await;
}

async fn one_fault(rig: &mut Rig<'_>, fault: Fault) {
    rig.fakes.arm(rig.subject.provider, fault, 1);
    greeted(rig).await;
    let (said, count) = (rig.said_times(), rig.messages.len());
    rig.must(count == said, || {
        format!("{said} messages were sent, {count} arrived")
    });
}

async fn reorder(rig: &mut Rig<'_>) {
    let mut times = Vec::new();
    for text in ["first", "second", "third"] {
        if text == "third" {
            rig.fakes.arm(rig.subject.provider, Fault::Reorder, 1);
        }
        rig.advance(2_000);
        times.push((text, u64::try_from(rig.fakes.clock.now_ms()).unwrap_or(0)));
        rig.say(text);
    }
    rig.deliver().await;
    for (text, at_ms) in times {
        let found = rig.message(text).map(|message| message.sent_at);
        rig.must(
            found.is_some_and(|found| found.abs_diff(at_ms) < 1_000),
            || format!("the message {text:?} has not arrived with its time"),
        );
    }
    let count = rig.messages.len();
    rig.must(count == 3, || {
        format!("three messages were sent, {count} arrived")
    });
}

async fn tampering(rig: &mut Rig<'_>) {
    rig.say(SAID);
    let Some(push) = rig.fakes.take_push(rig.subject.provider) else {
        return rig.problem("nothing was pushed");
    };
    let mut changed = push.clone();
    let text = String::from_utf8_lossy(&push.body).into_owned();
    let at = text
        .find(SAID)
        .or_else(|| text.find("<Encrypt><![CDATA[").map(|at| at + 60));
    let Some(at) = at else {
        return rig.problem("the push holds nothing to change");
    };
    changed.body[at] = if changed.body[at] == b'A' { b'B' } else { b'A' };
    changed.forged = true;
    rig.hand_in(changed).await;
    rig.hand_in(push).await;
    rig.deliver().await;
    let known = rig.message(SAID).is_some();
    rig.must(known, || "the true message has not arrived".to_owned());
}

async fn verification(rig: &mut Rig<'_>) {
    let now_ms = rig.fakes.clock.now_ms();
    let asked = rig
        .fakes
        .get(rig.subject.provider)
        .and_then(|mut provider| provider.verification(now_ms));
    let Some((push, wanted)) = asked else {
        return rig.problem("the provider verifies nothing");
    };
    match rig.webhook_body(&push).await {
        Ok((200, _, body)) if body == wanted.as_bytes() => {}
        Ok((status, _, _)) => rig.problem(format!(
            "the verification was answered wrongly, with {status}"
        )),
        Err(error) => rig.problem(format!("the verification fails: {error}")),
    }
    let mut forged = push;
    forged.query = forged.query.replace("timestamp=", "timestamp=1");
    forged.query.push('x');
    if let Ok((200, _, body)) = rig.webhook_body(&forged).await {
        rig.must(body.is_empty(), || {
            "a forged verification was answered".to_owned()
        });
    }
}

/// Nothing comes again from where the cursor stands. Over a socket, the rig itself looks for frames that come again.
async fn cursor(rig: &mut Rig<'_>) {
    greeted(rig).await;
    if rig.subject.cursor {
        let again = rig.poll().await;
        rig.must(again == 0, || format!("{again} events were fetched again"));
    }
}

async fn noise(rig: &mut Rig<'_>) {
    rig.say(SAID);
    let bodies = [
        "",
        "{",
        "null",
        "[]",
        "<xml>",
        "<xml><A></A></xml>",
        "webhook_id=",
        "{\"update_id\": -1, \"message\": 5}",
        "\u{0}\u{1}",
    ];
    let deep = "[".repeat(20_000);
    if rig.subject.pushed {
        let Some(push) = rig.fakes.take_push(rig.subject.provider) else {
            return rig.problem("nothing was pushed");
        };
        for body in bodies.into_iter().chain([deep.as_str()]) {
            let mut noise = push.clone();
            noise.body = body.as_bytes().to_vec();
            let before = rig.messages.len();
            if let Err(error) = rig.webhook(&noise).await
                && !matches!(error, plugboard_plugin_runtime::CallError::Refused(_))
            {
                rig.problem(format!("nonsense broke the plugin: {error}"));
            }
            let after = rig.messages.len();
            rig.must(before == after, || "nonsense became a message".to_owned());
        }
        rig.hand_in(push).await;
    }
    if rig.subject.socket
        && let Some(socket) = rig.dial().await
    {
        for body in bodies {
            rig.frame(socket, body.to_owned()).await;
        }
    }
    rig.deliver().await;
    let known = rig.message(SAID).is_some();
    rig.must(known, || {
        "the message after the nonsense has not arrived".to_owned()
    });
}

async fn restart(rig: &mut Rig<'_>) {
    rig.plugin.cool();
    greeted(rig).await;
    rig.plugin.cool();
    rig.send_text(KEY, ANSWER).await;
    rig.plugin.cool();
    rig.say("after that");
    rig.deliver().await;
    let known = rig.message("after that").is_some();
    rig.must(known, || {
        "the message after the restart has not arrived".to_owned()
    });
    let times = rig.seen_times(ANSWER);
    rig.must(times == 1, || {
        format!("the customer sees the answer {times} times")
    });
}

fn image() -> Vec<u8> {
    let mut data = b"\x89PNG\r\n\x1a\n".to_vec();
    data.extend((0..2_000_u32).map(|number| number.to_le_bytes()[0]));
    data
}

async fn file_in(rig: &mut Rig<'_>) {
    // The provider learns its own address from the first request.
    greeted(rig).await;
    let media = Media {
        kind: "image".to_owned(),
        name: "cup.png".to_owned(),
        mime: "image/png".to_owned(),
        data: image(),
        ..Media::default()
    };
    rig.send_text(KEY, "please send a picture").await;
    rig.say_with("", Some(media));
    rig.deliver().await;
    let found = rig
        .messages
        .values()
        .flat_map(|message| &message.parts)
        .find_map(|part| match part {
            Body::Media(media) => Some(media.clone()),
            _ => None,
        });
    let same = found.is_some_and(|media| {
        let kept = rig.host.kept();
        kept.memory.file(&media).is_ok_and(|it| it == image())
    });
    rig.must(same, || {
        "the file has not arrived as it was sent".to_owned()
    });
}

async fn file_out(rig: &mut Rig<'_>) {
    greeted(rig).await;
    let media = rig.host.keep("cup.png", "image/png", image());
    let message = rig.answer(KEY, vec![Body::Media(media)]);
    if let Err(failure) = rig.send_on(&message).await {
        rig.problem(format!(
            "the file is not sent: {} {}",
            failure.code, failure.message
        ));
    }
    let seen = rig.seen().into_iter().filter(|line| {
        line.media
            .as_ref()
            .is_some_and(|media| media.data == image())
    });
    let times = seen.count();
    rig.must(times == 1, || {
        format!("the customer sees the file {times} times")
    });
}
