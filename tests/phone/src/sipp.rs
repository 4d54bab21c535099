//! Sipp, which plays scenarios.

use std::{net::SocketAddr, os::unix::fs::symlink, process::Stdio, time::Duration};

use plugboard_phone_peers::NUMBER;
use tokio::process::Command;

use crate::{find, free_port};

/// Sounds that its scenarios play.
const SOUNDS: &str = "/usr/share/sip-tester";

/// Calls the desk until it has done all its calls; panics with what it said when that failed.
pub async fn sipp(desk: SocketAddr, arguments: &[&str]) {
    let scratch = tempfile::tempdir().unwrap();
    symlink(SOUNDS, scratch.path().join("pcap")).unwrap();
    let own = free_port().to_string();
    let running = Command::new(find("sipp"))
        .arg(desk.to_string())
        .args(["-s", NUMBER, "-i", "127.0.0.1", "-mi", "127.0.0.1"])
        .args(["-p", &own, "-nostdin", "-timeout", "60s", "-timeout_error"])
        .args(arguments)
        .current_dir(scratch.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let done = tokio::time::timeout(Duration::from_secs(90), running).await;
    let done = done.expect("sipp never ended").unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    let tail: Vec<_> = said.lines().rev().take(40).collect();
    assert!(
        done.status.success(),
        "sipp: {} {tail:#?} {}",
        done.status,
        String::from_utf8_lossy(&done.stderr)
    );
}
