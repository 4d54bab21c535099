//! What attackers send, while real calls go on: floods, and messages that chance has changed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use plugboard_bench::phone::{PhoneDesk, until};
use plugboard_phone_media::g711::Law;
use plugboard_phone_peers::{NUMBER, Telephone};
use plugboard_phone_tests::{
    CALLER, desk,
    raw::{Raw, code},
    rounds,
};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::is;

/// An address of this machine that no trunk has.
const STRANGER: [u8; 4] = [127, 0, 0, 2];

/// That of the trunk.
const TRUNK: [u8; 4] = [127, 0, 0, 1];

/// A call of the trunk that waits, hears music and ends.
async fn a_real_call(desk: &PhoneDesk) {
    let caller = Telephone::call(desk.sip, CALLER, Law::A).await;
    caller.is_up().await;
    caller.hears().await;
    caller.hang_up().await;
}

/// Files that are opened when there is much to do, and stay: three of each connection with the database, those of requests. A
/// socket that each call left would be hundreds.
const OTHER_FILES: u64 = 15;

/// Waits until nothing is left of calls: no call, and no more files and sockets than before.
async fn nothing_is_left(desk: &PhoneDesk, before: u64) {
    let look = || async {
        let live = desk.calls("live").await?;
        let files = desk.server.open_files()?;
        Ok((live.is_empty() && files <= before + OTHER_FILES).then_some(()))
    };
    // Half a minute passes before a call is given up that nobody acknowledged; a busy machine takes its time over hundreds.
    for _ in 0..3 {
        if until("no call and no socket is left", look).await.is_ok() {
            return;
        }
    }
    let live = desk.calls("live").await.unwrap();
    let files = desk.server.open_files().unwrap();
    panic!("{files} files, {before} before; calls: {live:?}");
}

/// Files and sockets that are open once everything that opens by itself is.
async fn at_rest(desk: &PhoneDesk) -> u64 {
    a_real_call(desk).await;
    desk.call("the first is over", |it| !it["ended_at"].is_null())
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    desk.server.open_files().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_strangers_gets_no_byte_and_real_calls_go_on() {
    let (desk, _directory) = desk(json!({})).await;
    let before = at_rest(&desk).await;
    let flooding = Arc::new(AtomicBool::new(true));
    let sent = Arc::new(AtomicUsize::new(0));
    let flood = tokio::spawn({
        let (flooding, sent, sip) = (flooding.clone(), sent.clone(), desk.sip);
        async move {
            let stranger = Raw::at(STRANGER, sip).await;
            while flooding.load(Ordering::Relaxed) {
                let nth = sent.fetch_add(1, Ordering::Relaxed);
                stranger
                    .send(stranger.invite(&format!("flood{nth}")).as_bytes())
                    .await;
                if nth % 20 == 0 {
                    // 10,000 a second, and the processor for others now and then.
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
            stranger.rest().await
        }
    });
    for _ in 0..5 {
        a_real_call(&desk).await;
    }
    // A stream of a stranger is closed without a word.
    let local = tokio::net::TcpSocket::new_v4().unwrap();
    local
        .bind((std::net::Ipv4Addr::from(STRANGER), 0).into())
        .unwrap();
    let mut stream = local.connect(desk.sip).await.unwrap();
    let mut byte = [0];
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut byte)).await;
    assert!(matches!(read.expect("it is closed"), Ok(0) | Err(_)));
    flooding.store(false, Ordering::Relaxed);
    assert_eq!(flood.await.unwrap(), Vec::<String>::new());
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent > 1_000, "{sent} were sent");
    nothing_is_left(&desk, before).await;
    let calls = desk.all_ended().await.unwrap();
    assert_eq!(calls.len(), 6, "none of {sent} became a call");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_the_trunk_that_nobody_acknowledges_are_bounded_and_gone_after_a_while() {
    let (desk, _directory) = desk(json!({ "queue": { "limit": 20 } })).await;
    let before = at_rest(&desk).await;
    let trunk = Raw::at(TRUNK, desk.sip).await;
    let count = 300;
    for nth in 0..count {
        trunk
            .send(trunk.invite(&format!("open{nth}")).as_bytes())
            .await;
        if nth % 20 == 0 {
            assert!(trunk.alive(nth).await.is_some());
        }
    }
    // Only so many wait as may; each has a port for its sound, and one for reports about it.
    until("who is too many is sent away", || async {
        let open = desk.server.open_files()?.saturating_sub(before);
        Ok((open <= 60).then_some(()))
    })
    .await
    .unwrap();
    // Nobody says that they heard the answer: that is waited for for half a minute.
    nothing_is_left(&desk, before).await;
    a_real_call(&desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_chance_changed_break_nothing() {
    // By chance some begin a call, and acknowledge it: such a caller waits, and is let go in the end.
    let queue = json!({ "limit": 1, "max_wait_seconds": 10, "then": "hangup" });
    let (desk, _directory) = desk(json!({ "queue": queue })).await;
    let before = at_rest(&desk).await;
    let trunk = Raw::at(TRUNK, desk.sip).await;
    let count = rounds(10_000, 100_000);
    let methods = [
        "INVITE", "BYE", "CANCEL", "ACK", "OPTIONS", "INFO", "UPDATE", "PRACK", "REFER",
        "REGISTER", "MESSAGE",
    ];
    let words: [&[u8]; 10] = [
        b"\r\n",
        b";",
        b"<",
        b"\"",
        b"sip:",
        b",",
        b"SIP/2.0",
        b"\0\xFF",
        b"a=",
        b"999999999999",
    ];
    let mut chance = Chance(0x1234_5678_9ABC_DEF1);
    for nth in 0..count {
        let method = methods[chance.below(methods.len())];
        let mut text = trunk.invite(&format!("m{}", nth % 5_000));
        text = text.replace("INVITE", method);
        // Some are for our number, and most are not.
        if chance.below(20) > 0 {
            text = text.replace(NUMBER, "4711");
        }
        let mut bytes = text.into_bytes();
        for _ in 0..chance.below(6) {
            chance.change(&mut bytes, &words);
        }
        trunk.send(&bytes).await;
        if nth % 500 == 499 {
            let alive = trunk.alive(nth).await;
            assert!(alive.is_some(), "after {nth} messages");
        }
    }
    nothing_is_left(&desk, before).await;
    a_real_call(&desk).await;
    desk.call("and it is stored", is("abandoned"))
        .await
        .unwrap();
}

/// Numbers that are the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap()
    }

    fn change(&mut self, bytes: &mut Vec<u8>, words: &[&[u8]]) {
        if bytes.is_empty() {
            return;
        }
        let at = self.below(bytes.len());
        match self.below(4) {
            0 => bytes[at] = u8::try_from(self.below(256)).unwrap(),
            1 => drop(bytes.drain(at..(at + self.below(20)).min(bytes.len()))),
            2 => {
                let word = words[self.below(words.len())];
                drop(bytes.splice(at..at, word.iter().copied()));
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_a_stranger_is_not_even_a_refusal() {
    let (desk, _directory) = desk(json!({})).await;
    let stranger = Raw::at(STRANGER, desk.sip).await;
    for method in ["OPTIONS", "REGISTER", "INVITE", "SUBSCRIBE", "NONSENSE"] {
        let text = stranger.invite(method).replace("INVITE", method);
        stranger.send(text.as_bytes()).await;
    }
    assert_eq!(stranger.rest().await, Vec::<String>::new());
    let trunk = Raw::at(TRUNK, desk.sip).await;
    trunk
        .send(trunk.invite("r").replace("INVITE", "REGISTER").as_bytes())
        .await;
    let said = trunk.next(Duration::from_secs(20)).await.unwrap();
    assert_eq!(code(&said), Some(403), "{said}");
    let calls: Vec<Value> = desk.calls("live").await.unwrap();
    assert!(calls.is_empty());
}
