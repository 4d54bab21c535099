//! Baresip, told what to do over its socket. It says a tone from a file and writes what it hears into one.

use std::{fs, net::Ipv4Addr, process::Stdio};

use plugboard_bench::phone::until;
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    process::{Child, Command},
};

use crate::{find, free_port, read_wav, write_tone};

/// A telephone that ends with the test.
pub struct Baresip {
    /// Where it can be called.
    pub port: u16,
    directory: TempDir,
    control: TcpStream,
    child: Child,
}

impl Baresip {
    /// Begins, as somebody with this number, who takes every call.
    pub async fn start(number: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path();
        let (port, control) = (free_port(), free_port());
        write_tone(&home.join("tone.wav"));
        let at = home.display();
        let config = format!(
            "sip_listen 127.0.0.1:{port}\nnet_interface 127.0.0.1\nrtp_ports 16000-19998\n\
             audio_source aufile,{at}/tone.wav\naudio_player aubridge,heard\naudio_alert aubridge,alert\n\
             ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n\
             module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aufile.so\nmodule aubridge.so\n\
             module sndfile.so\nmodule_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n\
             module_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:{control}\nsnd_path {at}\n"
        );
        fs::write(home.join("config"), config).unwrap();
        let account = format!(
            "<sip:{number}@127.0.0.1>;regint=0;answermode=auto;audio_codecs=PCMA/8000/1,PCMU/8000/1\n"
        );
        fs::write(home.join("accounts"), account).unwrap();
        fs::write(home.join("contacts"), "").unwrap();
        let log = fs::File::create(home.join("log")).unwrap();
        let child = Command::new(find("baresip"))
            .arg("-f")
            .arg(home)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let control = until("baresip listens", || async {
            let connected = TcpStream::connect((Ipv4Addr::LOCALHOST, control)).await;
            Ok(connected.ok())
        })
        .await
        .unwrap();
        Self {
            port,
            directory,
            control,
            child,
        }
    }

    /// Tells it something, as a netstring of JSON.
    async fn tell(&mut self, command: &str, parameter: &str) {
        let told = json!({ "command": command, "params": parameter }).to_string();
        let told = format!("{}:{told},", told.len());
        self.control.write_all(told.as_bytes()).await.unwrap();
    }

    /// Calls an address.
    pub async fn call(&mut self, address: &str) {
        self.tell("dial", address).await;
    }

    /// Presses a key.
    pub async fn press(&mut self, key: char) {
        self.tell("sndcode", &key.to_string()).await;
    }

    /// Ends its call.
    pub async fn hang_up(&mut self) {
        self.tell("hangup", "").await;
    }

    /// What it has heard so far in its call.
    pub fn heard(&self) -> Vec<i16> {
        let files = fs::read_dir(self.directory.path()).unwrap();
        let mut files = files.map(|it| it.unwrap().path());
        let file = files.find(|it| it.to_string_lossy().ends_with("-dec.wav"));
        file.map(|it| read_wav(&it)).unwrap_or_default()
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        let _ = self.child.start_kill();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            eprintln!("baresip:\n{}", log.replace('\r', "\n"));
        }
    }
}
