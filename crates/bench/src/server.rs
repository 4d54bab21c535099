//! A server under test: a real process on a real port, started, watched through `/proc`, and ended.

use std::{
    fs::{self, File},
    io::Write as _,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::client::HttpConnection;

/// Longest wait for a server to answer `/healthz`, also on a large store after a kill.
const START_SECS_MAX: u64 = 60;

/// Longest wait for a clean stop: the contract promises 10 s.
const STOP_SECS_MAX: u64 = 15;

/// Address and password of the administrator that the bench creates in a fresh store.
pub const ADMIN_EMAIL: &str = "bench@example.com";
/// See [`ADMIN_EMAIL`]; the store lives for minutes on this machine.
pub const ADMIN_PASSWORD: &str = "bench-password-4711";

/// Which of the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The prototype that shows what the machine can do.
    Floor,
    /// `plugboard serve`.
    Product,
}

impl Kind {
    /// Name in tables and file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Product => "product",
        }
    }
}

/// How to start a server: which program, with which settings.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Floor or product.
    pub kind: Kind,
    /// The executable.
    pub program: PathBuf,
    /// Settings beyond those that the bench always gives.
    pub env: Vec<(String, String)>,
}

impl Spec {
    /// The given program with its default settings.
    pub fn new(kind: Kind, program: PathBuf) -> Self {
        let env = Vec::new();
        Self { kind, program, env }
    }

    /// The same with one more setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A command of this program on `data`, its settings in place.
    pub fn command(&self, subcommand: &[&str], data: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(subcommand).arg("--data").arg(data);
        command.env("PLUGBOARD_RATE_LIMITS", "off");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Creates the administrator in a fresh store; the floor knows no agents.
    pub fn create_admin(&self, data: &Path) -> Result<()> {
        if self.kind == Kind::Floor {
            return Ok(());
        }
        let mut child = self
            .command(&["agent", "create"], data)
            .args(["--email", ADMIN_EMAIL, "--password-stdin"])
            .args(["--role", "administrator"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("running {}", self.program.display()))?;
        let mut stdin = child.stdin.take().context("stdin of agent create")?;
        writeln!(stdin, "{ADMIN_PASSWORD}")?;
        drop(stdin);
        let status = child.wait()?;
        if !status.success() {
            bail!("`agent create` ended with {status}");
        }
        Ok(())
    }

    /// Starts on a free port of 127.0.0.1, without waiting; output goes to `server.log` beside the data folder.
    pub fn spawn(&self, data: &Path) -> Result<Server> {
        let address = free_address()?;
        let log = data.with_extension("log");
        let output = File::options().create(true).append(true).open(&log)?;
        let started = Instant::now();
        let child = self
            .command(&["serve"], data)
            .args(["--listen", &address.to_string()])
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("starting {}", self.program.display()))?;
        Ok(Server {
            child,
            address,
            started,
            log,
        })
    }

    /// Starts and waits until `/healthz` answers 200.
    pub async fn start(&self, data: &Path) -> Result<Server> {
        let mut server = self.spawn(data)?;
        server.healthy().await?;
        Ok(server)
    }
}

/// A running server; dropped, it is killed.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// When it was started.
    pub started: Instant,
    log: PathBuf,
}

impl Server {
    /// Waits until it can serve.
    pub async fn healthy(&mut self) -> Result<()> {
        while self.started.elapsed() < Duration::from_secs(START_SECS_MAX) {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}; see {}", self.log.display());
            }
            if let Ok(mut http) = HttpConnection::connect(self.address).await
                && let Ok(answer) = http.get("/healthz", None).await
                && answer.status == 200
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bail!(
            "not healthy in {START_SECS_MAX} s; see {}",
            self.log.display()
        );
    }

    /// Ends it as a crash would: SIGKILL, at once.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Ends it as an operator would: SIGTERM, then waits for its own exit.
    pub fn stop(mut self) -> Result<()> {
        kill_process(self.pid()?, Signal::TERM)?;
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(STOP_SECS_MAX) {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("a stop ended with {status}; see {}", self.log.display()),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        bail!("still running {STOP_SECS_MAX} s after SIGTERM");
    }

    /// CPU time used so far by all its threads, user and system.
    pub fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after_name = stat.rsplit_once(") ").context("/proc stat")?.1;
        let mut fields = after_name.split(' ').skip(11);
        let user: u64 = fields.next().context("utime")?.parse()?;
        let system: u64 = fields.next().context("stime")?.parse()?;
        let ticks_per_sec = rustix::param::clock_ticks_per_second();
        Ok(Duration::from_millis(
            (user + system) * 1000 / ticks_per_sec,
        ))
    }

    /// Resident memory, in KiB.
    pub fn rss_kib(&self) -> Result<u64> {
        self.status_field("VmRSS:")
    }

    /// Files and sockets that it holds open.
    pub fn open_files(&self) -> Result<u64> {
        let all = fs::read_dir(format!("/proc/{}/fd", self.child.id()))?;
        Ok(all.count() as u64)
    }

    /// Anonymous part of the resident memory, in KiB.
    pub fn anonymous_kib(&self) -> Result<u64> {
        self.status_field("RssAnon:")
    }

    fn status_field(&self, field: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let number = line.and_then(|rest| rest.trim().split(' ').next());
        Ok(number.with_context(|| field.to_owned())?.parse()?)
    }

    fn pid(&self) -> Result<Pid> {
        let raw = i32::try_from(self.child.id())?;
        Pid::from_raw(raw).context("pid")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended is fine: the point is that nothing is left running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address that was free a moment ago.
fn free_address() -> Result<SocketAddr> {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(probe.local_addr()?)
}
