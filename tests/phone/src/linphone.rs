//! Linphone, told what to do at its prompt. It says a tone from a file and writes what it hears into one.

use std::{fs, process::Stdio};

use plugboard_bench::phone::until;
use tempfile::TempDir;
use tokio::{
    io::AsyncWriteExt,
    process::{Child, ChildStdin, Command},
};

use crate::{find, free_port, read_wav, write_tone};

/// A telephone that ends with the test.
pub struct Linphone {
    /// Where it can be called.
    pub port: u16,
    directory: TempDir,
    prompt: ChildStdin,
    child: Child,
}

impl Linphone {
    /// Begins, as somebody with this number, who takes every call.
    pub async fn start(number: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path();
        // It does not begin without a place for its database.
        fs::create_dir_all(home.join(".local/share/linphone")).unwrap();
        write_tone(&home.join("tone.wav"));
        let (port, sound) = (free_port(), free_port());
        // The network is there, whatever it believes; and its address is that of this machine for itself.
        let config = format!(
            "[sip]\nsip_port={port}\nsip_tcp_port={port}\nsip_tls_port=0\nbind_address=127.0.0.1\nguess_hostname=0\n\
             contact=\"caller\" <sip:{number}@127.0.0.1>\nauto_net_state_mon=0\nuse_ipv6=0\nipv6_migration_done=1\n\
             media_encryption=none\n[rtp]\naudio_rtp_port={sound}\nbind_address=127.0.0.1\n[sound]\nechocancellation=0\n\
             [video]\ncapture=0\ndisplay=0\nautomatically_initiate=0\nautomatically_accept=0\n"
        );
        fs::write(home.join("rc"), config).unwrap();
        let log = fs::File::create(home.join("log")).unwrap();
        let mut child = Command::new(find("linphonec"))
            .args(["-a", "-c"])
            .arg(home.join("rc"))
            .env("HOME", home)
            .current_dir(home)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let prompt = child.stdin.take().unwrap();
        let mut telephone = Self {
            port,
            directory,
            prompt,
            child,
        };
        telephone.says("linphonec>").await;
        telephone.tell("soundcard use files").await;
        telephone.says("instead of soundcard").await;
        let heard = telephone.directory.path().join("heard.wav");
        telephone.tell(&format!("record {}", heard.display())).await;
        telephone
    }

    async fn tell(&mut self, what: &str) {
        let line = format!("{what}\n");
        self.prompt.write_all(line.as_bytes()).await.unwrap();
    }

    /// Waits until it has said something.
    async fn says(&self, what: &str) {
        let log = self.directory.path().join("log");
        until(&format!("linphone says {what:?}"), || async {
            let said = fs::read(&log).unwrap();
            let said = String::from_utf8_lossy(&said);
            Ok(said.contains(what).then_some(()))
        })
        .await
        .unwrap();
    }

    /// Calls an address, and speaks once it is answered.
    pub async fn call(&mut self, address: &str) {
        self.tell(&format!("call {address}")).await;
        self.speak().await;
    }

    /// Speaks once it is in a call.
    pub async fn speak(&mut self) {
        self.says("Media streams established").await;
        let tone = self.directory.path().join("tone.wav");
        self.tell(&format!("play {}", tone.display())).await;
    }

    /// Presses a key.
    pub async fn press(&mut self, key: char) {
        self.tell(&key.to_string()).await;
    }

    /// Ends its call.
    pub async fn hang_up(&mut self) {
        self.tell("terminate").await;
    }

    /// What it has heard so far.
    pub fn heard(&self) -> Vec<i16> {
        let path = self.directory.path().join("heard.wav");
        if path.exists() {
            read_wav(&path)
        } else {
            Vec::new()
        }
    }
}

impl Drop for Linphone {
    fn drop(&mut self) {
        let _ = self.child.start_kill();
        if std::thread::panicking() {
            let log = fs::read(self.directory.path().join("log")).unwrap_or_default();
            eprintln!("linphone:\n{}", String::from_utf8_lossy(&log));
        }
    }
}
