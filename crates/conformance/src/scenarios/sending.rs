//! Answers to the customer: once, or it is said that they were not sent, or that nobody knows.

use plugboard_fakes::Fault;
use plugboard_plugin_runtime::types::{Body, Failure, ReceiptKind, RetryAdvice};

use super::{ANSWER, KEY, greeted};
use crate::rig::Rig;

pub(super) async fn answer(rig: &mut Rig<'_>) {
    greeted(rig).await;
    if let Some(sent) = rig.send_text(KEY, ANSWER).await {
        rig.must(!sent.provider_id.is_empty(), || {
            "what was sent has no id".to_owned()
        });
    }
    let times = rig.seen_times(ANSWER);
    rig.must(times == 1, || {
        format!("the customer sees the answer {times} times")
    });
}

/// The desk was cut off before it wrote down that it sent.
pub(super) async fn repeated_answer(rig: &mut Rig<'_>) {
    greeted(rig).await;
    let first = rig.send_text(KEY, ANSWER).await;
    rig.plugin.cool();
    let again = rig.send_text(KEY, ANSWER).await;
    if let (Some(first), Some(again)) = (first, again) {
        rig.must(first.provider_id == again.provider_id, || {
            "the same message got two ids".to_owned()
        });
    }
    let times = rig.seen_times(ANSWER);
    rig.must(times == 1, || {
        format!("the customer sees the answer {times} times")
    });
}

pub(super) async fn rate_limit(rig: &mut Rig<'_>) {
    greeted(rig).await;
    rig.fakes.arm(rig.subject.provider, Fault::RateLimit, 1);
    let message = rig.answer(KEY, vec![Body::Text(ANSWER.to_owned())]);
    match rig.send(&message).await {
        Ok(_) => rig.problem("a message that was refused counts as sent"),
        Err(failure) => {
            let waits = failure.advice == RetryAdvice::Retry
                && failure.retry_after_ms.is_some_and(|wait| wait > 0);
            rig.must(waits, || {
                format!("{} does not say how long to wait", failure.code)
            });
        }
    }
    rig.advance(120_000);
    rig.send_text(KEY, ANSWER).await;
    let times = rig.seen_times(ANSWER);
    rig.must(times == 1, || {
        format!("the customer sees the answer {times} times")
    });
}

pub(super) async fn token_expiry(rig: &mut Rig<'_>) {
    greeted(rig).await;
    rig.send_text("warm-up", "warm-up").await;
    rig.fakes.arm(rig.subject.provider, Fault::ExpireToken, 1);
    let message = rig.answer(KEY, vec![Body::Text(ANSWER.to_owned())]);
    match rig.send_on(&message).await {
        Err(failure) if failure.advice == RetryAdvice::RetryAfterReauth => {
            // The administrator has typed in another one.
            rig.send_text(KEY, ANSWER).await;
        }
        Err(failure) => rig.problem(format!("a new token is not fetched: {}", failure.code)),
        Ok(_) => {}
    }
    let times = rig.seen_times(ANSWER);
    rig.must(times == 1, || {
        format!("the customer sees the answer {times} times")
    });
}

/// Whatever happens: the customer does not see a message twice, and the desk does not say that it was sent when it was not.
pub(super) async fn fault_while_sending(rig: &mut Rig<'_>, fault: Fault) {
    greeted(rig).await;
    rig.send_text("warm-up", "warm-up").await;
    rig.fakes.arm(rig.subject.provider, fault, 1);
    let message = rig.answer(KEY, vec![Body::Text(ANSWER.to_owned())]);
    let outcome = rig.send_on(&message).await;
    match outcome {
        Ok(_) => {
            let times = rig.seen_times(ANSWER);
            rig.must(times == 1, || {
                format!("it counts as sent, and the customer sees it {times} times")
            });
        }
        Err(failure) if failure.code == "uncertain" => {
            let before = rig.seen_times(ANSWER);
            rig.plugin.cool();
            // Nobody asked a person yet: the desk must not send it by mistake.
            let _ = rig.send(&message).await;
            let after = rig.seen_times(ANSWER);
            rig.must(before == after, || {
                "what nobody knows of was sent again".to_owned()
            });
        }
        Err(failure) => rig.problem(format!("a passing trouble is final: {}", failure.code)),
    }
}

fn is_window(failure: &Failure) -> bool {
    failure.code == "window-closed" && failure.advice == RetryAdvice::NoRetry
}

pub(super) async fn window(rig: &mut Rig<'_>) {
    greeted(rig).await;
    let hours = rig.subject.window_hours.unwrap_or(0) + 1;
    rig.advance(hours * 3_600_000);
    let message = rig.answer(KEY, vec![Body::Text(ANSWER.to_owned())]);
    match rig.send(&message).await {
        Err(failure) => rig.must(is_window(&failure), || {
            format!("the window is closed, not {}", failure.code)
        }),
        Ok(_) => rig.problem("a message outside the window counts as sent"),
    }
    // The customer writes again.
    rig.say("once more");
    rig.deliver().await;
    rig.send_text("another", "an answer again").await;
}

pub(super) async fn quota(rig: &mut Rig<'_>) {
    greeted(rig).await;
    let most = rig.subject.quota.unwrap_or(0);
    for number in 0..most {
        rig.send_text(&format!("{KEY}{number}"), "one of several")
            .await;
    }
    let message = rig.answer(KEY, vec![Body::Text(ANSWER.to_owned())]);
    match rig.send(&message).await {
        Err(failure) => rig.must(is_window(&failure), || {
            format!("the quota is used up, not {}", failure.code)
        }),
        Ok(_) => rig.problem("a message beyond the quota counts as sent"),
    }
}

pub(super) async fn late_refusal(rig: &mut Rig<'_>) {
    greeted(rig).await;
    rig.fakes.arm(rig.subject.provider, Fault::LateRefusal, 1);
    rig.advance((rig.subject.window_hours.unwrap_or(0) + 1) * 3_600_000);
    let Some(sent) = rig.send_text(KEY, ANSWER).await else {
        return;
    };
    rig.deliver().await;
    let told = rig
        .receipts
        .iter()
        .rfind(|receipt| receipt.provider_id == sent.provider_id);
    let right = told.is_some_and(|receipt| {
        receipt.kind == ReceiptKind::Failed && receipt.failure.as_ref().is_some_and(is_window)
    });
    rig.must(right, || "a refusal by receipt is not told".to_owned());
}

fn rank(kind: ReceiptKind) -> u8 {
    match kind {
        ReceiptKind::Accepted => 0,
        ReceiptKind::Sent => 1,
        ReceiptKind::Failed => 2,
        ReceiptKind::Delivered => 3,
        ReceiptKind::Read => 4,
    }
}

pub(super) async fn receipts(rig: &mut Rig<'_>) {
    greeted(rig).await;
    rig.fakes.arm(rig.subject.provider, Fault::Reorder, 2);
    let Some(sent) = rig.send_text(KEY, ANSWER).await else {
        return;
    };
    rig.deliver().await;
    rig.fakes.read(rig.subject.provider, rig.subject.person);
    rig.deliver().await;
    let ranks: Vec<u8> = rig
        .receipts
        .iter()
        .filter(|receipt| receipt.provider_id == sent.provider_id)
        .map(|receipt| rank(receipt.kind))
        .collect();
    rig.must(ranks.is_sorted(), || {
        format!("receipts go backwards: {ranks:?}")
    });
    rig.must(ranks.last() == Some(&4), || {
        "that it was read is not told".to_owned()
    });
}

pub(super) async fn nobody(rig: &mut Rig<'_>) {
    greeted(rig).await;
    let mut message = rig.answer(KEY, vec![Body::Text(ANSWER.to_owned())]);
    "999000999".clone_into(&mut message.to.value);
    if rig.subject.provider == "telegram" {
        message.thread_key = Some("999000999".to_owned());
    }
    match rig.send(&message).await {
        Ok(_) => rig.problem("a message to nobody counts as sent"),
        Err(failure) => rig.must(
            failure.code == "not-found" && failure.advice == RetryAdvice::NoRetry,
            || format!("nobody is there, not {}", failure.code),
        ),
    }
}

pub(super) async fn long_text(rig: &mut Rig<'_>) {
    greeted(rig).await;
    let longest = match rig.plugin.describe_channel(&rig.account).await {
        Ok(can) => can.max_text as usize,
        Err(error) => return rig.problem(format!("the channel does not describe itself: {error}")),
    };
    let fits = "\u{597d}".repeat(longest);
    rig.send_text(KEY, &fits).await;
    let times = rig.seen_times(&fits);
    rig.must(times == 1, || {
        format!("the customer sees the longest text {times} times")
    });
    let message = rig.answer("longer", vec![Body::Text("\u{597d}".repeat(longest * 8))]);
    match rig.send(&message).await {
        Ok(_) => rig.problem("a text that is too long counts as sent"),
        Err(failure) => rig.must(failure.advice == RetryAdvice::NoRetry, || {
            format!("a text that is too long is tried again: {}", failure.code)
        }),
    }
}
