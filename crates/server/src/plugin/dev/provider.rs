//! The other side of a channel, played on loopback: its author has somebody to talk to, without an account anywhere.

use std::{
    net::Ipv4Addr,
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use plugboard_conformance::{BUNDLED, describe};
use plugboard_desk_client::Desk;
use plugboard_fakes::{Call, Clock, Fakes, described::Described, edge};
use plugboard_plugin_runtime::Manifest;
use plugboard_protocol::admin::{Inbox, SaveInbox};
use serde_json::{Map, Value};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::plugin::PROVIDER;

/// Path below which a provider that is described answers.
const DESCRIBED: &str = "provider";

/// Numbers of providers begin at the seconds since this one: later each time, and small.
const NUMBERS_SINCE_SECS: u64 = 1_700_000_000;

/// Which provider is played.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// The one that the folder describes, with the description.
    Described(String),
    /// One that is known here, and settings for it.
    Known(&'static str, &'static [(&'static str, &'static str)]),
}

/// A provider that is played, or will be.
#[derive(Default)]
pub(super) struct Provider {
    playing: Option<Playing>,
}

struct Playing {
    part: Part,
    fakes: Arc<Fakes>,
    /// Its name among them.
    name: &'static str,
    base: String,
    serving: JoinHandle<()>,
    /// The inbox is there, and the provider knows whom to call.
    connected: bool,
    /// Lines that were printed.
    told: usize,
    /// Calls until then were looked at.
    heard_ms: i64,
}

impl Provider {
    /// Plays the provider of a channel that has just been put in force, in an inbox of its own. One that is played already
    /// stays, unless its description has changed.
    pub(super) async fn play(
        &mut self,
        desk: &Desk,
        manifest: &Manifest,
        folder: &Path,
    ) -> anyhow::Result<()> {
        let part = part(manifest, folder)?;
        if self.playing.as_ref().map(|it| &it.part) != part.as_ref() {
            self.playing = None;
            if let Some(part) = part {
                self.playing = Some(Playing::begin(part).await?);
            }
        }
        if let Some(playing) = self.playing.as_mut().filter(|it| !it.connected) {
            playing.connect(desk, &manifest.id).await?;
            println!(
                "-- its provider is played; write as a customer: {}/",
                playing.base
            );
        }
        Ok(())
    }

    /// Prints what was said since the last time, by either side.
    pub(super) fn print(&mut self) {
        let Some(playing) = &mut self.playing else {
            return;
        };
        let lines = playing.fakes.lines(playing.name);
        for line in &lines[playing.told.min(lines.len())..] {
            let arrow = if line.from_person { ">" } else { "<" };
            let file = line.media.as_ref().map(|it| format!("[{}] ", it.name));
            let file = file.unwrap_or_default();
            println!("{} {arrow} {file}{}", line.person, line.text);
        }
        playing.told = lines.len();
        for call in playing.calls() {
            let status = call.status;
            if call.what != edge::WEBHOOK {
                println!("the provider answers {} with {status}", call.what);
            } else if status == 0 {
                println!("the provider does not reach the desk");
            } else {
                println!("the provider's webhook is answered with {status}");
            }
        }
    }
}

/// Which provider a plugin needs: that of its folder's description, or one of those that are played here. Nothing for what
/// is no channel, and for a channel that nobody has described.
fn part(manifest: &Manifest, folder: &Path) -> anyhow::Result<Option<Part>> {
    if manifest.channel.is_none() {
        return Ok(None);
    }
    let path = folder.join(PROVIDER);
    if path.exists() {
        let source = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        return Ok(Some(Part::Described(source)));
    }
    let known = BUNDLED.iter().find(|it| it.plugin == manifest.id);
    Ok(known.map(|it| Part::Known(it.provider, it.settings)))
}

impl Playing {
    async fn begin(part: Part) -> anyhow::Result<Self> {
        let clock = Clock::running();
        let (name, fakes) = match &part {
            Part::Described(source) => {
                let described = Described::new(describe(source).context(PROVIDER)?);
                let fakes = Fakes::only(clock, DESCRIBED, Box::new(described));
                (DESCRIBED, fakes)
            }
            Part::Known(name, _) => (*name, Fakes::new(clock)),
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "numbers are later in each life of the provider"
        )]
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let first = now.as_secs().saturating_sub(NUMBERS_SINCE_SECS);
        let fakes = Arc::new(fakes.beginning_at(first));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base = format!("http://{}/{name}", listener.local_addr()?);
        let served = Arc::clone(&fakes);
        let serving = tokio::spawn(async move {
            if let Err(error) = edge::serve(served, None, listener).await {
                eprintln!("the provider is not played any more: {error}");
            }
        });
        Ok(Self {
            part,
            fakes,
            name,
            base,
            serving,
            connected: false,
            told: 0,
            heard_ms: 0,
        })
    }

    /// Makes the inbox, or sets the one of an earlier time up for this provider, and tells the provider where to call.
    async fn connect(&mut self, desk: &Desk, key: &str) -> anyhow::Result<()> {
        let (channel, name) = (format!("plugin:{key}"), format!("{key} (plugin dev)"));
        let inboxes = desk.inboxes().await?;
        let before = inboxes
            .into_iter()
            .find(|it| it.channel == channel && it.name == name);
        let mut inbox = SaveInbox {
            name,
            channel,
            shop: None,
            team_id: None,
            settings: Map::new(),
        };
        if let Some(before) = &before {
            inbox.shop.clone_from(&before.shop);
            inbox.team_id.clone_from(&before.team_id);
            inbox.settings.clone_from(&before.settings);
        }
        inbox.settings.extend(self.settings());
        let saved = match before {
            Some(before) => desk.replace_inbox(&before.id, &inbox).await,
            None => desk.create_inbox(&inbox).await,
        };
        let saved = saved.with_context(|| format!("the inbox {:?}", inbox.name))?;
        if let Some(mut provider) = self.fakes.get(self.name) {
            provider.board().hook = hook(desk, &saved);
        }
        self.connected = true;
        Ok(())
    }

    /// What went wrong since the last time.
    fn calls(&mut self) -> Vec<Call> {
        let Some(mut provider) = self.fakes.get(self.name) else {
            return Vec::new();
        };
        let calls = provider.board().calls.iter();
        let new: Vec<Call> = calls
            .filter(|it| it.at_ms > self.heard_ms)
            .cloned()
            .collect();
        drop(provider);
        self.heard_ms = new.last().map_or(self.heard_ms, |it| it.at_ms);
        new.into_iter()
            .filter(|it| !(200..300).contains(&it.status))
            .collect()
    }

    /// What an administrator would type in.
    fn settings(&self) -> Map<String, Value> {
        let provider = self.fakes.get(self.name);
        let setup = provider.map(|it| it.setup(&self.base)).unwrap_or_default();
        let parts = ["settings", "secrets"].into_iter();
        let mut settings: Map<String, Value> = parts
            .filter_map(|part| setup[part].as_object().cloned())
            .flatten()
            .collect();
        if let Part::Known(_, more) = self.part {
            let more = more.iter();
            settings.extend(more.map(|(name, value)| ((*name).to_owned(), (*value).into())));
        }
        settings
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Where the provider calls: the desk as we reach it, whatever address it gives to others.
fn hook(desk: &Desk, inbox: &Inbox) -> Option<String> {
    let url = inbox.webhook_url.as_deref()?;
    let path = &url[url.find("/hooks/")?..];
    Some(format!(
        "{}{path}",
        desk.address().as_str().trim_end_matches('/')
    ))
}
