//! Guests, built once, and a desk that answers them.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::Command,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use plugboard_plugin_runtime::{
    Account, Allowed, Approval, Backing, Caller, Class, Grants, Limits, LimitsCeiling, Line, Load,
    LoadError, Manifest, Package, PermissionCeiling, Plugin, Runtime, RuntimeOptions, Secrets,
    Time,
    manifest::{KvPermission, TimersPermission},
    types::{
        Candidate, ChannelEvent, ContactView, ConversationView, DeskCommand, Failure, Hash,
        MediaRef, Request, Response, RouteRequest, code,
    },
};

/// Builds the guests, once, and gives the component of one.
pub(crate) fn guest(name: &str) -> Arc<[u8]> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/guests");
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plugin-guests");
        let output = Command::new(env!("CARGO"))
            .args(["build", "--release", "--quiet", "--target", "wasm32-wasip2"])
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", &target)
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_PROFILE_DEV_DEBUG")
            .output()
            .expect("cargo runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "the guests in {} do not build; is the target there? Add it with: rustup target add wasm32-wasip2\n{errors}",
            folder.display()
        );
        target.join("wasm32-wasip2/release")
    });
    let path = built.join(format!("guest_{name}.wasm"));
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .into()
}

/// Compiled code survives between runs of the tests.
pub(crate) fn runtime(fuel: bool) -> Runtime {
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plugin-code");
    Runtime::new(&RuntimeOptions {
        cache: Some(cache),
        instances: 64,
        fuel,
        ..RuntimeOptions::default()
    })
    .unwrap()
}

pub(crate) fn manifest(source: &str) -> Manifest {
    Manifest::parse(source).unwrap()
}

pub(crate) const POLICY: &str = r#"schema = 1
id = "policy"
version = "1.0.0"
name = "Policy"
contracts = ["plugboard:plugin/routing-policy@0.1"]
"#;

pub(crate) const SERVICE: &str = r#"schema = 1
id = "service"
version = "1.0.0"
name = "Service"
contracts = ["plugboard:plugin/event-hook@0.1"]
[permissions]
http = [{ host = "api.example.com", reason = "r" }]
secrets = [{ name = "token", reason = "r" }]
kv = { max-value-bytes = 100, reason = "r" }
commands = [{ name = "note", reason = "r" }]
"#;

/// Limits for a busy machine: only computing is short.
pub(crate) fn patient(mut limits: Limits) -> Limits {
    for class in [Class::Route, Class::Hook, Class::Start, Class::Lifecycle] {
        let wall_ms = 60_000;
        limits.set(
            class,
            Time {
                cpu_ms: 150,
                wall_ms,
            },
        );
    }
    limits.queue_wait = Duration::from_secs(20);
    limits
}

pub(crate) struct Setup {
    pub(crate) runtime: Runtime,
    pub(crate) desk: Arc<Desk>,
}

impl Setup {
    pub(crate) fn new(fuel: bool) -> Self {
        Self {
            runtime: runtime(fuel),
            desk: Arc::default(),
        }
    }

    pub(crate) async fn load(
        &self,
        source: &str,
        component: Arc<[u8]>,
        change: impl FnOnce(&mut Limits),
    ) -> Result<Plugin, LoadError> {
        self.load_manifest(manifest(source), component, change)
            .await
    }

    pub(crate) async fn load_package(
        &self,
        package: Package,
        change: impl FnOnce(&mut Limits),
    ) -> Result<Plugin, LoadError> {
        let component = package.component.into();
        self.load_manifest(package.manifest, component, change)
            .await
    }

    async fn load_manifest(
        &self,
        manifest: Manifest,
        component: Arc<[u8]>,
        change: impl FnOnce(&mut Limits),
    ) -> Result<Plugin, LoadError> {
        let grants = Grants::new(
            &manifest,
            &Approval::all(&manifest),
            &PermissionCeiling::default(),
        );
        let backing: Arc<dyn Backing> = self.desk.clone();
        let mut load = Load::new(
            manifest,
            component,
            grants,
            &LimitsCeiling::default(),
            backing,
        );
        load.limits = patient(load.limits);
        change(&mut load.limits);
        self.runtime.load(load).await
    }

    pub(crate) async fn policy(&self) -> Plugin {
        self.load(POLICY, guest("policy"), |_| {}).await.unwrap()
    }

    pub(crate) async fn service(&self) -> Plugin {
        self.load(SERVICE, guest("service"), |_| {}).await.unwrap()
    }
}

pub(crate) fn conversation(text: &str) -> ConversationView {
    ConversationView {
        id: "c1".to_owned(),
        channel: "webchat".to_owned(),
        account: "i1".to_owned(),
        shop: None,
        stage: None,
        status: "open".to_owned(),
        subject: None,
        last_text: text.to_owned(),
        language: None,
        opened_at: 1,
        waiting_since: None,
        priority: 1,
        tags: Vec::new(),
        team: None,
        assignee: None,
        message_count: 1,
        contact: ContactView {
            id: "k1".to_owned(),
            display_name: None,
            language: None,
            identities: Vec::new(),
            attributes: Vec::new(),
            tags: Vec::new(),
        },
        extras: Vec::new(),
    }
}

pub(crate) fn ask(text: &str) -> Arc<RouteRequest> {
    let candidates = (0..20).map(|number| Candidate {
        id: format!("a{number}"),
        skills: vec!["en".to_owned(), "returns".to_owned(), format!("s{number}")],
        load: 20 - number,
        capacity: 30,
        online: true,
        in_scope: true,
        last_routed_at: None,
        passed: false,
    });
    Arc::new(RouteRequest {
        conversation: conversation(text),
        required_skills: vec!["en".to_owned()],
        candidates: candidates.collect(),
        teams: Vec::new(),
        previous_agent: None,
        hops: 0,
        now: 1_000,
    })
}

pub(crate) fn nobody() -> Account {
    Account::default()
}

pub(crate) fn account(id: &str, settings: &[(&str, &str)]) -> Account {
    let settings: BTreeMap<String, String> = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Account::new(id, settings)
}

/// Answers guests from memory.
#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) lines: Mutex<Vec<String>>,
    pub(crate) fetched: Mutex<Vec<String>>,
    pub(crate) kv: Mutex<BTreeMap<String, Vec<u8>>>,
    pub(crate) executed: Mutex<Vec<String>>,
}

impl Desk {
    pub(crate) fn lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }
}

fn unused<T>() -> Result<T, Failure> {
    Err(Failure::lasting(code::NOT_FOUND, "not in this desk"))
}

#[async_trait]
impl Backing for Desk {
    fn log(&self, _: &Caller, line: Line) {
        let line = format!("{} {}", line.level.name(), line.message);
        self.lines.lock().unwrap().push(line);
    }

    async fn secrets(&self, _: &Caller) -> Result<Secrets, Failure> {
        let token = ("token".to_owned(), "s3cret".to_owned());
        Ok(Secrets::new([token].into()))
    }

    async fn hmac(
        &self,
        _: &Caller,
        _: Hash,
        _: &str,
        message: Vec<u8>,
    ) -> Result<Vec<u8>, Failure> {
        Ok(message)
    }

    async fn fetch(
        &self,
        _: &Caller,
        request: Request,
        _: &Allowed<'_>,
    ) -> Result<Response, Failure> {
        self.fetched.lock().unwrap().push(request.url.clone());
        if request.url.ends_with("/slow") {
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
        if request.url.ends_with("/never") {
            std::future::pending::<()>().await;
        }
        Ok(Response {
            status: 200,
            headers: Vec::new(),
            body: b"body".to_vec(),
        })
    }

    async fn fetch_to_blob(
        &self,
        _: &Caller,
        _: Request,
        _: &str,
        _: Option<&str>,
        _: &Allowed<'_>,
    ) -> Result<MediaRef, Failure> {
        unused()
    }

    async fn blob_read(&self, _: &Caller, _: MediaRef, _: u64, _: u32) -> Result<Vec<u8>, Failure> {
        unused()
    }

    async fn blob_store(
        &self,
        _: &Caller,
        _: &str,
        _: &str,
        _: Vec<u8>,
    ) -> Result<MediaRef, Failure> {
        unused()
    }

    async fn kv_get(&self, caller: &Caller, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        let key = format!("{}/{key}", caller.account.id);
        Ok(self.kv.lock().unwrap().get(&key).cloned())
    }

    async fn kv_set(
        &self,
        caller: &Caller,
        _: &KvPermission,
        key: &str,
        value: Vec<u8>,
        _: Option<u32>,
    ) -> Result<(), Failure> {
        let key = format!("{}/{key}", caller.account.id);
        self.kv.lock().unwrap().insert(key, value);
        Ok(())
    }

    async fn kv_delete(&self, _: &Caller, _: &str) -> Result<(), Failure> {
        unused()
    }

    async fn kv_compare_and_set(
        &self,
        caller: &Caller,
        _: &KvPermission,
        key: &str,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
        _: Option<u32>,
    ) -> Result<bool, Failure> {
        let key = format!("{}/{key}", caller.account.id);
        let mut kv = self.kv.lock().unwrap();
        let same = kv.get(&key) == expected.as_ref();
        if same {
            kv.insert(key, value);
        }
        Ok(same)
    }

    async fn kv_list(
        &self,
        _: &Caller,
        _: &str,
        _: Option<&str>,
        _: u32,
    ) -> Result<Vec<String>, Failure> {
        Ok(self.kv.lock().unwrap().keys().cloned().collect())
    }

    fn now(&self, _: &Caller) -> u64 {
        1_234
    }

    fn monotonic_ns(&self, _: &Caller) -> u64 {
        99
    }

    fn random(&self, _: &Caller, len: u32) -> Vec<u8> {
        vec![7; len as usize]
    }

    async fn timer_schedule(
        &self,
        _: &Caller,
        _: &TimersPermission,
        _: &str,
        _: u64,
        _: &str,
    ) -> Result<(), Failure> {
        Ok(())
    }

    async fn timer_cancel(&self, _: &Caller, _: &str) -> Result<(), Failure> {
        unused()
    }

    async fn execute(&self, _: &Caller, _: &str, command: DeskCommand) -> Result<(), Failure> {
        self.executed
            .lock()
            .unwrap()
            .push(command.name().to_owned());
        Ok(())
    }

    async fn ingest(&self, _: &Caller, _: Vec<ChannelEvent>) -> Result<u32, Failure> {
        unused()
    }
}
