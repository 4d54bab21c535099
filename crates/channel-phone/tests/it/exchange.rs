//! A desk with a phone inbox, agents who are there, and lines.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use futures_util::StreamExt;
use plugboard_blob::Blobs;
use plugboard_channel::phone::Telephony;
use plugboard_channel_phone::{Eraser, PhoneConfig, PhoneHost};
use plugboard_domain::{
    Actor, Command, Envelope, Principal,
    access::{Role, Scope},
    call::{Call, CallCommand, DialNumber},
    channel::ChannelKind,
    command::StoredFile,
    desk::{
        Agent, AssignmentMethod, Attendance, Availability, BusinessHours, Entity, Inbox,
        InboxPolicy, Private, Team,
    },
    hours::WeeklyHours,
    ids::{AgentId, AttachmentId, CallId, InboxId},
};
use plugboard_engine::{Engine, EngineParts};
use plugboard_phone_media::wav;
use plugboard_store::SharedStore;
use plugboard_store_sqlite::{Options, SqliteStore};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::until;

/// Our number.
pub(crate) const NUMBER: &str = "+8657112345678";

pub(crate) struct Exchange {
    pub(crate) engine: Engine,
    pub(crate) host: PhoneHost,
    pub(crate) agents: Vec<AgentId>,
    inbox: InboxId,
    directory: Arc<TempDir>,
}

impl Exchange {
    /// With so many agents, and settings of the inbox beside those that are needed. `trunk` is where calls out go.
    pub(crate) async fn open(agents: usize, settings: Value, trunk: u16) -> Self {
        Self::open_with(agents, settings, trunk, &[], None).await
    }

    /// The same, with announcements of the inbox's own and its hours.
    pub(crate) async fn open_with(
        agents: usize,
        settings: Value,
        trunk: u16,
        prompts: &[(&str, Vec<i16>)],
        hours: Option<WeeklyHours>,
    ) -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let engine = engine(&directory).await;
        let mut all = Vec::new();
        for n in 0..agents {
            all.push(agent(&engine, n).await);
        }
        let team = engine.mint();
        let created_at = engine.now();
        let crew = Team {
            id: team,
            name: "Hotline".into(),
            members: all.iter().copied().collect(),
            assignment: AssignmentMethod::LeastLoaded,
            overflow: None,
            created_at,
        };
        save(&engine, Entity::Team(crew)).await;
        let mut whole = json!({
            "numbers": [NUMBER],
            "trunk": { "kind": "peer", "host": "127.0.0.1", "port": trunk },
            "recording": { "policy": "always", "announce": false },
        });
        for (name, value) in settings.as_object().unwrap() {
            whole[name] = value.clone();
        }
        for (name, sound) in prompts {
            whole["prompts"][name] = json!(prompt(&engine, &directory, sound).await);
        }
        let mut policy = InboxPolicy::default();
        if let Some(hours) = hours {
            let id = engine.mint();
            policy.business_hours_id = Some(id);
            let hours = BusinessHours {
                id,
                name: "Hours".into(),
                hours,
                created_at,
            };
            save(&engine, Entity::BusinessHours(hours)).await;
        }
        let id = engine.mint();
        let inbox = Inbox {
            id,
            name: "Hotline".into(),
            channel: ChannelKind::Phone,
            shop_id: None,
            team_id: Some(team),
            policy,
            settings: whole.as_object().unwrap().clone(),
            created_at,
        };
        save(&engine, Entity::Inbox(inbox)).await;
        for agent_id in &all {
            let command = Command::SetAvailability {
                agent_id: *agent_id,
                availability: Availability::Online,
            };
            system(&engine, command).await;
        }
        let host = host(&engine, &directory, ANY_PORT).await;
        Self {
            engine,
            host,
            agents: all,
            inbox: id,
            directory,
        }
    }

    /// A second host of this desk, which is to listen where the first one does.
    pub(crate) async fn second(&self) -> PhoneHost {
        host(&self.engine, &self.directory, self.address()).await
    }

    /// Where telephones call it.
    pub(crate) fn address(&self) -> SocketAddr {
        self.host
            .address()
            .expect("there is a trunk, so it listens")
    }

    /// The process is gone without having said anything, and another begins on what it left.
    pub(crate) async fn crash(self) -> Self {
        let copy = Arc::new(tempfile::tempdir().unwrap());
        // The files first, as they are while the call goes on; the store is one that can be copied at rest only.
        let recordings = copy.path().join("recordings");
        files(&self.directory.path().join("recordings"), &recordings);
        self.engine.stop().await;
        files(self.directory.path(), copy.path());
        let engine = engine(&copy).await;
        let host = host(&engine, &copy, ANY_PORT).await;
        Self {
            engine,
            host,
            agents: self.agents,
            inbox: self.inbox,
            directory: copy,
        }
    }

    pub(crate) fn call_inbox(&self) -> InboxId {
        self.inbox
    }

    /// The first agent calls somebody.
    pub(crate) async fn dial(&self) {
        let dial = DialNumber {
            id: self.engine.mint(),
            inbox_id: self.call_inbox(),
            number: Some("+8613800138000".into()),
            contact_id: None,
            conversation_id: None,
            new_conversation_id: self.engine.mint(),
            message_id: self.engine.mint(),
        };
        let command = Command::Dial(Box::new(dial));
        let envelope = Envelope::new(Principal::Agent(self.agents[0]), command);
        self.engine.execute(envelope).await.unwrap();
    }

    pub(crate) async fn by(&self, agent: AgentId, call: CallId, command: CallCommand) {
        let envelope = Envelope::new(Principal::Agent(agent), (call, command));
        self.engine.execute(envelope).await.unwrap();
    }

    /// The newest call, once there is one that is so.
    pub(crate) async fn call(&self, what: &str, wanted: impl Fn(&Call) -> bool) -> Call {
        until(what, || async {
            let filter = plugboard_store::CallFilter::default();
            let all = self.engine.store().calls(filter, None, 10).await.unwrap();
            let newest = all.items.into_iter().next()?;
            wanted(&newest.row.call).then_some(newest.row.call)
        })
        .await
    }

    /// The agent at whom the newest call rings, and the call.
    pub(crate) async fn rings(&self) -> (AgentId, CallId) {
        let call = self.call("a call rings", |it| it.offer.is_some()).await;
        (call.offer.unwrap().agent_id, call.id)
    }

    /// Both channels of the recording of the newest call, once it is kept.
    pub(crate) async fn recording(&self) -> [Vec<i16>; 2] {
        let kept = |it: &Call| it.recording.as_ref().is_some_and(|it| it.blob.is_some());
        let call = self.call("a recording is kept", kept).await;
        let recording = call.recording.unwrap();
        let sound = self
            .host
            .sound(call.id, &recording.blob.unwrap(), None)
            .await
            .unwrap();
        let mut bytes = Vec::new();
        let mut stream = sound.stream;
        while let Some(part) = stream.next().await {
            bytes.extend(part.unwrap());
        }
        assert_eq!(bytes.len() as u64, sound.total);
        assert_eq!(&bytes[..4], b"RIFF");
        let mut channels = [Vec::new(), Vec::new()];
        for moment in bytes[44..].chunks_exact(4) {
            channels[0].push(i16::from_le_bytes([moment[0], moment[1]]));
            channels[1].push(i16::from_le_bytes([moment[2], moment[3]]));
        }
        assert_eq!(channels[0].len() as u64 / 8, recording.millis);
        channels
    }

    /// True while a file is kept.
    pub(crate) async fn keeps(&self, blob: &str) -> bool {
        let blobs = Blobs::in_directory(&self.directory.path().join("blobs")).unwrap();
        blobs.get(blob.parse().unwrap()).await.unwrap().is_some()
    }

    pub(crate) async fn close(self) {
        self.host.stop().await;
        self.engine.stop().await;
    }
}

/// Copies the files of a directory.
fn files(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

async fn engine(directory: &TempDir) -> Engine {
    let store: SharedStore =
        Arc::new(SqliteStore::open(directory.path(), Options::default()).unwrap());
    let mut parts = EngineParts::new(store);
    let blobs = Blobs::in_directory(&directory.path().join("blobs")).unwrap();
    parts.couriers = vec![Arc::new(Eraser::new(blobs))];
    Engine::start(parts).await.unwrap()
}

/// Any port that is free.
const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

async fn host(engine: &Engine, directory: &TempDir, listen: SocketAddr) -> PhoneHost {
    let host = PhoneHost::new(PhoneConfig {
        listen,
        address: Some("127.0.0.1".parse().unwrap()),
        ports: 30_000..=39_999,
        browsers: "127.0.0.1:0".parse().unwrap(),
        recordings: directory.path().join("recordings"),
        key: [7; 32],
        blobs: Blobs::in_directory(&directory.path().join("blobs")).unwrap(),
    })
    .unwrap();
    host.attach(engine.clone()).await;
    host
}

/// An announcement that was uploaded; its file.
async fn prompt(engine: &Engine, directory: &TempDir, sound: &[i16]) -> String {
    let blobs = Blobs::in_directory(&directory.path().join("blobs")).unwrap();
    let stored = blobs.put(wav::a_law(sound).into()).await.unwrap();
    let id: AttachmentId = engine.mint();
    let file = StoredFile {
        id,
        owner: Actor::system("test"),
        sha256: stored.digest.to_string(),
        name: "prompt.wav".into(),
        content_type: "audio/x-wav".into(),
        size: stored.size,
    };
    system(engine, Command::StoreAttachment(file)).await;
    id.to_string()
}

async fn agent(engine: &Engine, n: usize) -> AgentId {
    let id = engine.mint();
    let agent = Agent {
        id,
        name: format!("Agent {n}"),
        role: Role::Administrator,
        skills: [].into(),
        capacity: 5,
        scope: Scope::default(),
        availability: Availability::Offline,
        availability_since: engine.now(),
        attendance: Attendance::Unseen,
        disabled: false,
        locale: None,
        reports_to: None,
        created_at: engine.now(),
    };
    let private = Private {
        email: Some(format!("{id}@example.com")),
        ..Private::default()
    };
    let entity = Entity::Agent(agent);
    system(engine, Command::Save { entity, private }).await;
    id
}

async fn save(engine: &Engine, entity: Entity) {
    let private = Private::default();
    system(engine, Command::Save { entity, private }).await;
}

async fn system(engine: &Engine, command: Command) {
    let envelope = Envelope::new(Principal::System("test"), command);
    engine.execute(envelope).await.unwrap();
}
