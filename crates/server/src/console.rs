//! The console: how subcommands act on a desk, whether it runs or not.
//!
//! Only one process writes a desk. While the server runs, subcommands ask it through a socket in the data directory, which
//! only the directory's owner can reach; otherwise they open the store themselves.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use plugboard_domain::{
    Command, Envelope, Principal,
    access::{Role, Scope},
    desk::{Agent, Attendance, Availability, Entity, Private},
    ids::AgentId,
};
use plugboard_engine::{Engine, EngineParts};
use plugboard_store::StoreError;
use plugboard_store_sqlite::{Options, SqliteStore};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Longest request. A name, an address and a password fit many times over.
const REQUEST_BYTES_MAX: u64 = 65_536;

/// What can be asked at the console.
#[derive(Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub(crate) enum Request {
    /// A new agent; for an address that exists, a new password and role.
    PutAgent(PutAgent),
}

/// An agent as the console makes one.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PutAgent {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) password: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Done(String),
    Failed(String),
}

/// How long a desk may be neither free nor listening: its server is starting or ending.
const BUSY_TRIES: u32 = 50;

/// Between two tries.
const BUSY_PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

/// Asks the running server, or does it here when none runs.
pub(crate) async fn ask(data: &Path, request: Request) -> anyhow::Result<String> {
    let mut tries = 0;
    let store = loop {
        if let Ok(stream) = UnixStream::connect(path(data)).await {
            return ask_server(stream, &request)
                .await
                .context("asking the running server");
        }
        match SqliteStore::open(data, Options::default()) {
            Ok(store) => break store,
            Err(StoreError::Unavailable(_)) if tries < BUSY_TRIES => {
                tries += 1;
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("opening the desk in {}", data.display()));
            }
        }
    };
    let engine = Engine::start(EngineParts::new(std::sync::Arc::new(store))).await?;
    let answer = act(&engine, request).await;
    engine.stop().await;
    answer
}

/// The socket on which a server answers subcommands.
pub(crate) fn listen(data: &Path) -> anyhow::Result<UnixListener> {
    let path = path(data);
    // The lock on the store proves that no other server uses this directory: a socket found here is a dead one's.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("removing {}", path.display()));
        }
        _ => {}
    }
    let listener =
        UnixListener::bind(&path).with_context(|| format!("listening on {}", path.display()))?;
    restrict(&path)?;
    Ok(listener)
}

/// Answers subcommands until the server stops.
pub(crate) async fn serve(
    engine: Engine,
    listener: UnixListener,
    data: PathBuf,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                if let Err(error) = answer(&engine, stream).await {
                    warn!(%error, "console: a request was not answered");
                }
            }
            Err(error) => warn!(%error, "console: a connection failed"),
        }
    }
    let _ = std::fs::remove_file(path(&data));
}

async fn ask_server(mut stream: UnixStream, request: &Request) -> anyhow::Result<String> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    match serde_json::from_str(&text)? {
        Answer::Done(answer) => Ok(answer),
        Answer::Failed(why) => bail!("{why}"),
    }
}

async fn answer(engine: &Engine, mut stream: UnixStream) -> anyhow::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    BufReader::new(read.take(REQUEST_BYTES_MAX))
        .read_line(&mut line)
        .await?;
    let answer = match serde_json::from_str(&line) {
        Ok(request) => match act(engine, request).await {
            Ok(answer) => Answer::Done(answer),
            Err(error) => Answer::Failed(format!("{error:#}")),
        },
        Err(error) => Answer::Failed(format!("not a request of this version: {error}")),
    };
    write.write_all(&serde_json::to_vec(&answer)?).await?;
    Ok(())
}

async fn act(engine: &Engine, request: Request) -> anyhow::Result<String> {
    match request {
        Request::PutAgent(put) => put_agent(engine, put).await,
    }
}

/// Makes an agent, or gives one that exists a new password, name and role: the way back into a desk whose password is lost.
async fn put_agent(engine: &Engine, put: PutAgent) -> anyhow::Result<String> {
    let email = plugboard_domain::text::email(&put.email)?;
    let password_hash = hash(&put.password)?;
    let known = engine
        .store()
        .credentials(&email)
        .await?
        .map(|found| found.agent_id);
    let desk = engine.desk();
    let now = engine.now();
    let agent = match known.and_then(|id| desk.agent(id)) {
        Some(agent) => Agent {
            name: put.name,
            role: put.role,
            disabled: false,
            ..agent.clone()
        },
        None => Agent {
            id: engine.mint::<AgentId>(),
            name: put.name,
            role: put.role,
            skills: std::collections::BTreeSet::new(),
            capacity: 20,
            scope: Scope::default(),
            availability: Availability::Offline,
            availability_since: now,
            attendance: Attendance::Unseen,
            disabled: false,
            locale: None,
            reports_to: None,
            created_at: now,
        },
    };
    let id = agent.id;
    let private = Private {
        email: Some(email.clone()),
        password_hash: Some(password_hash),
        ..Private::default()
    };
    let command = Command::Save {
        entity: Entity::Agent(agent),
        private,
    };
    engine
        .execute(Envelope::new(Principal::System("console"), command))
        .await?;
    let verb = if known.is_some() {
        "updated"
    } else {
        "created"
    };
    Ok(format!("{verb} agent {email} ({id})"))
}

/// The hash of a password that may be used.
pub(crate) fn hash(password: &str) -> anyhow::Result<String> {
    let refused = |error: plugboard_http::ApiError| anyhow::anyhow!("{error}");
    plugboard_http::passwords::check_length(password).map_err(refused)?;
    plugboard_http::passwords::hash(password).map_err(refused)
}

fn path(data: &Path) -> PathBuf {
    data.join("console.sock")
}

fn restrict(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("restricting {}", path.display()))
}
