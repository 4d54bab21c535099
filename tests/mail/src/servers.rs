//! Dovecot and Postfix, as Debian installs them, on free ports, in a directory of their own.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::{free_port, local, until};

/// The password of every mailbox.
pub const PASSWORD: &str = "correct-horse";

/// The account that runs the servers when the tests run as root: Dovecot keeps mail of nobody else's.
const ACCOUNT: &str = "mail";

/// Mail servers that end with the test.
pub struct Servers {
    pub imap: u16,
    pub lmtp: u16,
    /// Postfix, when it was asked for.
    pub smtp: Option<u16>,
    directory: TempDir,
    dovecot: Child,
    postfix: Option<PathBuf>,
}

fn find(name: &str) -> PathBuf {
    for folder in ["/usr/sbin", "/usr/bin", "/usr/lib/dovecot"] {
        let path = Path::new(folder).join(name);
        if path.exists() {
            return path;
        }
    }
    panic!("{name} is not installed: make setup-test")
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0\n")
}

fn name_of(flag: &str) -> String {
    if is_root() {
        return ACCOUNT.to_owned();
    }
    let id = Command::new("id").arg(flag).output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim().to_owned()
}

impl Servers {
    /// Dovecot alone.
    pub async fn start() -> Self {
        Self::start_with("", None).await
    }

    /// Dovecot, with more in its configuration, and Postfix, when there is a sink for mail to the rest of the world.
    pub async fn start_with(more: &str, sink: Option<u16>) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("pbmail")
            .tempdir_in("/tmp")
            .unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let (imap, lmtp) = (free_port(), free_port());
        write_dovecot(directory.path(), imap, lmtp, more);
        if is_root() {
            let owner = format!("{ACCOUNT}:{ACCOUNT}");
            let run = Command::new("chown")
                .args(["-R", &owner])
                .arg(directory.path())
                .status();
            assert!(run.unwrap().success(), "chown");
        }
        let log = fs::File::create(directory.path().join("dovecot.out")).unwrap();
        let dovecot = Command::new(find("dovecot"))
            .arg("-F")
            .arg("-c")
            .arg(directory.path().join("dovecot.conf"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut servers = Self {
            imap,
            lmtp,
            smtp: None,
            directory,
            dovecot,
            postfix: None,
        };
        servers.answers(imap, "* OK").await;
        servers.answers(lmtp, "220").await;
        if let Some(sink) = sink {
            servers.start_postfix(sink).await;
        }
        servers
    }

    async fn answers(&self, port: u16, with: &str) {
        let path = self.directory.path().to_owned();
        until(
            &format!("a mail server answers; see {}", path.display()),
            || async {
                let stream = TcpStream::connect(local(port)).await.ok()?;
                let mut line = String::new();
                BufReader::new(stream).read_line(&mut line).await.ok()?;
                line.starts_with(with).then_some(())
            },
        )
        .await;
    }

    async fn start_postfix(&mut self, sink: u16) {
        assert!(
            is_root(),
            "Postfix starts as root only: run the tests of reports as root"
        );
        let port = free_port();
        let home = self.directory.path().join("postfix");
        write_postfix(&home, port, self.lmtp, sink);
        let started = Command::new(find("postfix"))
            .arg("-c")
            .arg(home.join("etc"))
            .arg("start")
            .output()
            .unwrap();
        assert!(
            started.status.success(),
            "postfix: {}",
            String::from_utf8_lossy(&started.stderr)
        );
        self.postfix = Some(home.join("etc"));
        self.smtp = Some(port);
        self.answers(port, "220").await;
    }

    /// Runs doveadm on these servers.
    pub fn doveadm(&self, arguments: &[&str]) {
        let run = Command::new(find("doveadm"))
            .arg("-c")
            .arg(self.directory.path().join("dovecot.conf"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            run.status.success(),
            "doveadm {arguments:?}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
    }

    /// The directory of a mailbox.
    pub fn maildir(&self, user: &str) -> PathBuf {
        self.directory.path().join("mail").join(user)
    }

    /// Kills the processes that serve a mailbox, as a crash would.
    pub fn kill_imap(&self) {
        let own = self.dovecot.id().to_string();
        // Only children of the Dovecot that this test started.
        let _ = Command::new("pkill")
            .args(["-9", "-P", &own, "-x", "imap"])
            .status();
    }

    /// Hands a mail over to a mailbox, as a mail server does.
    pub async fn deliver(&self, to: &str, mail: &[u8]) {
        self.deliver_all(&[to], &[mail.to_vec()]).await;
    }

    /// Hands mails over, each to all of these, over one connection.
    pub async fn deliver_all(&self, to: &[&str], mails: &[Vec<u8>]) {
        lmtp(self.lmtp, to, mails).await;
    }

    /// Files a mail in a folder, as the mail program of an agent does.
    pub async fn append(&self, user: &str, folder: &str, mail: &[u8]) {
        let stream = TcpStream::connect(local(self.imap)).await.unwrap();
        let (read, mut write) = stream.into_split();
        let mut read = BufReader::new(read).lines();
        let command = format!(
            "a LOGIN \"{user}\" {PASSWORD}\r\nb APPEND \"{folder}\" (\\Seen) {{{}+}}\r\n",
            mail.len()
        );
        write.write_all(command.as_bytes()).await.unwrap();
        write.write_all(mail).await.unwrap();
        write.write_all(b"\r\nc LOGOUT\r\n").await.unwrap();
        while let Some(line) = read.next_line().await.unwrap() {
            if line.starts_with("b ") {
                assert!(line.starts_with("b OK"), "{line}");
                return;
            }
        }
        panic!("the server went away");
    }

    /// Mails of a folder of a mailbox, whole.
    pub async fn folder(&self, user: &str, folder: &str) -> Vec<String> {
        let stream = TcpStream::connect(local(self.imap)).await.unwrap();
        let (read, mut write) = stream.into_split();
        let mut read = BufReader::new(read);
        let mut line = String::new();
        read.read_line(&mut line).await.unwrap();
        let commands = format!(
            "a LOGIN \"{user}\" {PASSWORD}\r\nb EXAMINE \"{folder}\"\r\nc UID FETCH 1:* BODY.PEEK[]\r\nd LOGOUT\r\n"
        );
        write.write_all(commands.as_bytes()).await.unwrap();
        let mut mails = Vec::new();
        loop {
            let mut line = Vec::new();
            if read.read_until(b'\n', &mut line).await.unwrap() == 0 {
                return mails;
            }
            let text = String::from_utf8_lossy(&line).into_owned();
            let count = text
                .trim_end()
                .strip_suffix('}')
                .and_then(|it| it.rsplit_once('{'));
            if let Some(count) = count.and_then(|it| it.1.parse::<usize>().ok()) {
                let mut mail = vec![0; count];
                read.read_exact(&mut mail).await.unwrap();
                mails.push(String::from_utf8_lossy(&mail).into_owned());
            }
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        if let Some(config) = &self.postfix {
            let _ = Command::new(find("postfix"))
                .arg("-c")
                .arg(config)
                .arg("stop")
                .output();
        }
        let pid = self.dovecot.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.dovecot.wait();
        if std::thread::panicking() {
            for name in ["dovecot.log", "postfix/maillog"] {
                let log = fs::read_to_string(self.directory.path().join(name)).unwrap_or_default();
                let tail: Vec<_> = log.lines().rev().take(15).collect();
                eprintln!("{name}, newest first:\n{}", tail.join("\n"));
            }
        }
    }
}

/// Hands mails over by LMTP to whoever listens there. Answers with what each mail was answered, last recipient last.
pub async fn lmtp(port: u16, to: &[&str], mails: &[Vec<u8>]) -> Vec<String> {
    let stream = TcpStream::connect(local(port)).await.unwrap();
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read).lines();
    let mut answers = Vec::new();
    let mut answer = async || loop {
        let line = read
            .next_line()
            .await
            .unwrap()
            .expect("the connection ended");
        if line.as_bytes().get(3) != Some(&b'-') {
            return line;
        }
    };
    answer().await;
    write.write_all(b"LHLO test\r\n").await.unwrap();
    answer().await;
    for mail in mails {
        write
            .write_all(b"MAIL FROM:<sender@example.org>\r\n")
            .await
            .unwrap();
        answer().await;
        let mut taken = 0;
        for to in to {
            write
                .write_all(format!("RCPT TO:<{to}>\r\n").as_bytes())
                .await
                .unwrap();
            let said = answer().await;
            if said.starts_with("250") {
                taken += 1;
            } else {
                answers.push(said);
            }
        }
        if taken == 0 {
            continue;
        }
        write.write_all(b"DATA\r\n").await.unwrap();
        answer().await;
        let mut stuffed = Vec::new();
        for line in mail.split_inclusive(|it| *it == b'\n') {
            if line.first() == Some(&b'.') {
                stuffed.push(b'.');
            }
            stuffed.extend_from_slice(line);
        }
        if !stuffed.ends_with(b"\r\n") {
            stuffed.extend_from_slice(b"\r\n");
        }
        stuffed.extend_from_slice(b".\r\n");
        write.write_all(&stuffed).await.unwrap();
        for _ in 0..taken {
            answers.push(answer().await);
        }
    }
    let _ = write.write_all(b"QUIT\r\n").await;
    answers
}

fn write_dovecot(home: &Path, imap: u16, lmtp: u16, more: &str) {
    for folder in ["run", "state", "mail"] {
        fs::create_dir_all(home.join(folder)).unwrap();
    }
    let (user, group) = (name_of("-un"), name_of("-gn"));
    let home = home.display();
    let config = format!(
        r#"base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
listen = 127.0.0.1
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 0
mail_location = maildir:{home}/mail/%Lu
recipient_delimiter = +
postmaster_address = postmaster@shop.example
mail_max_userip_connections = 100
submission_host = 127.0.0.1:1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service lmtp {{
  user = {user}
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
protocol imap {{
  mail_max_userip_connections = 100
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=all {home}/passwd
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%Lu allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    special_use = \Sent
    auto = create
  }}
}}
{more}
"#
    );
    fs::write(format!("{home}/dovecot.conf"), config).unwrap();
    fs::write(format!("{home}/passwd"), format!("all:{PASSWORD}\n")).unwrap();
}

fn write_postfix(home: &Path, port: u16, lmtp: u16, sink: u16) {
    for folder in ["etc", "queue", "data"] {
        fs::create_dir_all(home.join(folder)).unwrap();
    }
    let owned = Command::new("chown")
        .arg("postfix")
        .arg(home.join("data"))
        .status()
        .unwrap();
    assert!(owned.success());
    for folder in [home, &home.join("etc"), &home.join("queue")] {
        let owned = Command::new("chown")
            .arg("root:root")
            .arg(folder)
            .status()
            .unwrap();
        assert!(owned.success());
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let at = home.display();
    let main = format!(
        "compatibility_level = 3.6
queue_directory = {at}/queue
data_directory = {at}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {at}/maillog
maillog_file_prefixes = {at}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.shop.example
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = shop.example, customer.example
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = smtp:[127.0.0.1]:{sink}
relay_transport = smtp:[127.0.0.1]:{sink}
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_tls_security_level = none
smtpd_tls_security_level = none
recipient_delimiter = +
alias_maps =
local_recipient_maps =
multi_instance_enable = no
minimal_backoff_time = 1s
"
    );
    fs::write(home.join("etc/main.cf"), main).unwrap();
    let stock = fs::read_to_string("/usr/share/postfix/master.cf.dist")
        .or_else(|_| fs::read_to_string("/etc/postfix/master.cf"))
        .expect("postfix is not installed: make setup-test");
    let mut master =
        format!("127.0.0.1:{port} inet n - n - - smtpd\npostlog unix-dgram n - n - 1 postlogd\n");
    for line in stock.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let service = fields.len() >= 8 && !line.starts_with(['#', ' ', '\t']);
        if !service
            || ["smtp", "postlog"].contains(&fields[0]) && fields[1] != "unix"
            || fields[0] == "postlog"
        {
            continue;
        }
        if fields[7] == "pipe" {
            continue;
        }
        let mut fields: Vec<String> = fields.into_iter().map(str::to_owned).collect();
        fields[4] = "n".into();
        master.push_str(&fields.join(" "));
        master.push('\n');
    }
    fs::write(home.join("etc/master.cf"), master).unwrap();
}
