//! Telephones of others: sipp, as it is installed. Where it is not, that fails loudly.

use std::{process::Stdio, time::Duration};

use plugboard_domain::call::{Call, CallState, EndedBy};
use serde_json::json;
use tokio::process::Command;

use crate::exchange::{Exchange, NUMBER};

/// Runs sipp against a desk until it has done all its calls; what it said when that failed.
async fn sipp(desk: &Exchange, arguments: &[&str]) {
    let scratch = tempfile::tempdir().unwrap();
    let running = Command::new("sipp")
        .arg(desk.address().to_string())
        .args([
            "-s",
            NUMBER,
            "-i",
            "127.0.0.1",
            "-nostdin",
            "-timeout",
            "60s",
            "-timeout_error",
        ])
        .args(arguments)
        .current_dir(scratch.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let done = tokio::time::timeout(Duration::from_secs(90), running).await;
    let done = done
        .expect("sipp never ended")
        .expect("sipp is missing: make setup-test");
    let said = String::from_utf8_lossy(&done.stdout);
    let tail: Vec<_> = said.lines().rev().take(40).collect();
    assert!(
        done.status.success(),
        "sipp: {} {:#?} {}",
        done.status,
        tail,
        String::from_utf8_lossy(&done.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sipp_calls_waits_and_hangs_up_over_udp_and_tcp() {
    let desk = Exchange::open(0, json!({}), 5_060).await;
    for transport in ["u1", "t1"] {
        sipp(
            &desk,
            &[
                "-sn", "uac", "-m", "3", "-r", "3", "-d", "1000", "-t", transport,
            ],
        )
        .await;
        let call = desk.call("the last is over", Call::is_over).await;
        assert_eq!(
            (call.state, call.ended_by),
            (CallState::Abandoned, Some(EndedBy::Caller))
        );
    }
    assert_eq!(desk.host.calls(), 0);
    desk.close().await;
}
