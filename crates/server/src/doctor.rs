//! `plugboard doctor`: looks at a deployment and says what is wrong, in words that help.

use std::path::{Path, PathBuf};

use anyhow::bail;
use plugboard_store_sqlite::SqliteStore;

use crate::DataDirectory;

/// What to look at.
#[derive(clap::Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    directory: DataDirectory,
    /// Also read every row and replay the whole journal; takes a minute per million messages.
    #[arg(long)]
    full: bool,
    /// The address that the server listens on, to ask it how it is.
    #[arg(long, value_name = "ADDR")]
    server: Option<std::net::SocketAddr>,
}

/// How serious a finding is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    Odd,
    Wrong,
}

/// What was found.
struct Finding {
    verdict: Verdict,
    what: String,
}

pub(crate) async fn run(arguments: DoctorArguments) -> anyhow::Result<()> {
    let data = arguments.directory.data;
    let mut findings = directory(&data);
    if findings.iter().all(|it| it.verdict != Verdict::Wrong) {
        findings.extend(store(&data, arguments.full).await);
    }
    if let Some(address) = arguments.server {
        findings.push(server(address).await);
    }
    for finding in &findings {
        let mark = match finding.verdict {
            Verdict::Fine => "ok   ",
            Verdict::Odd => "warn ",
            Verdict::Wrong => "WRONG",
        };
        println!("{mark}  {}", finding.what);
    }
    let wrong = findings
        .iter()
        .filter(|it| it.verdict == Verdict::Wrong)
        .count();
    if wrong > 0 {
        bail!("{wrong} of {} checks found something wrong", findings.len());
    }
    Ok(())
}

fn directory(data: &Path) -> Vec<Finding> {
    if !data.is_dir() {
        return vec![wrong(format!(
            "{} is not a directory: no desk was ever started there",
            data.display()
        ))];
    }
    let mut findings = vec![fine(format!("data directory {}", data.display()))];
    findings.push(key(&data.join("secret.key")));
    if std::os::unix::net::UnixStream::connect(data.join("console.sock")).is_ok() {
        findings.push(fine("a server runs on this directory".into()));
    } else {
        findings.push(fine("no server runs on this directory".into()));
    }
    findings
}

/// The key opens every secret in the database: others must not read it.
fn key(path: &PathBuf) -> Finding {
    use std::os::unix::fs::PermissionsExt;
    match std::fs::metadata(path) {
        Err(error) => wrong(format!(
            "{} cannot be read ({error}): secrets of inboxes and webhooks are lost without it",
            path.display()
        )),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => odd(format!(
            "{} can be read by others: chmod 600 {}",
            path.display(),
            path.display()
        )),
        Ok(_) => fine(format!("key {}", path.display())),
    }
}

async fn store(data: &Path, full: bool) -> Vec<Finding> {
    let store = match SqliteStore::open_read_only(data) {
        Ok(store) => store,
        Err(error) => return vec![wrong(format!("the database cannot be opened: {error}"))],
    };
    let mut findings = vec![fine("the database opens, and its version is known".into())];
    if !full {
        findings.push(fine(
            "rows and journal were not compared; --full does that".into(),
        ));
        return findings;
    }
    let report = match store.check().await {
        Ok(report) => report,
        Err(error) => {
            findings.push(wrong(format!("the database cannot be checked: {error}")));
            return findings;
        }
    };
    let rows: Vec<String> = report
        .rows
        .iter()
        .map(|(table, rows)| format!("{rows} in {table}"))
        .collect();
    findings.push(fine(format!("rows: {}", rows.join(", "))));
    if report.is_well() && report.replayed {
        findings.push(fine("replaying the journal gives what the rows say".into()));
    }
    findings.extend(report.problems.into_iter().map(wrong));
    findings
}

async fn server(address: std::net::SocketAddr) -> Finding {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let ask = async {
        let mut stream = tokio::net::TcpStream::connect(address).await?;
        stream
            .write_all(b"GET /readyz HTTP/1.1\r\nhost: doctor\r\nconnection: close\r\n\r\n")
            .await?;
        let mut answer = String::new();
        stream.take(65_536).read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    match tokio::time::timeout(std::time::Duration::from_secs(5), ask).await {
        Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200") => {
            let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
            fine(format!("the server at {address} is ready: {}", body.trim()))
        }
        Ok(Ok(answer)) => wrong(format!(
            "the server at {address} is not ready: {}",
            answer.lines().next().unwrap_or("no answer")
        )),
        Ok(Err(error)) => wrong(format!(
            "the server at {address} cannot be reached: {error}"
        )),
        Err(_) => wrong(format!(
            "the server at {address} does not answer within 5 seconds"
        )),
    }
}

fn fine(what: String) -> Finding {
    Finding {
        verdict: Verdict::Fine,
        what,
    }
}

fn odd(what: String) -> Finding {
    Finding {
        verdict: Verdict::Odd,
        what,
    }
}

fn wrong(what: String) -> Finding {
    Finding {
        verdict: Verdict::Wrong,
        what,
    }
}
