//! The demo's other channels: customers of Telegram and WeCom, and callers, whose providers are played on loopback.
//!
//! Only with `--demo`. The plugins, the inboxes and everything that goes through them are the real ones. The inboxes remember
//! the address, so a demo keeps the one that it had at first, in `phones.address` beside its data; when something else listens
//! there later, the demo does without.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
};

use anyhow::Context;
use plugboard_channel_phone::PhoneHost;
use plugboard_desk_client::Desk;
use plugboard_domain::{Command, Envelope, Principal, call::Number, channel::ChannelKind, desk};
use plugboard_engine::Engine;
use plugboard_fakes::{
    Clock, Fakes,
    carrier::{self, Carrier},
    edge,
};
use plugboard_protocol::{admin::SaveInbox, extensions::Approval};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tracing::warn;

/// Where the providers of a new demo answer; on another port when this one is taken.
const PORT: u16 = 9_400;

/// Where a demo writes down its address, in its directory.
const REMEMBERED: &str = "phones.address";

/// Numbers of providers begin at the seconds since this one: later in each life of the demo, and small.
const NUMBERS_SINCE_SECS: i64 = 1_700_000_000;

/// The provider that tells by a call that somebody wrote.
const CALLS: &str = "wecom";

/// A provider that the demo plays.
struct Channel {
    provider: &'static str,
    plugin: &'static str,
    inbox: &'static str,
}

const CHANNELS: [Channel; 2] = [
    Channel {
        provider: "telegram",
        plugin: "channel-telegram",
        inbox: "Telegram",
    },
    Channel {
        provider: CALLS,
        plugin: "channel-wecom",
        inbox: "微信客服 WeCom",
    },
];

/// Plugins that the demo switches on besides: orders, and a card with them.
const BESIDE: [&str; 1] = ["commerce-demo"];

/// The number of the demo's hotline, as people in its city write it.
const HOTLINE: &str = "0571 8899 0011";

/// The providers, answering.
pub(crate) struct Phones {
    address: SocketAddr,
    fakes: Arc<Fakes>,
    carrier: Option<Carrier>,
}

impl Phones {
    /// Plays the providers from now on; nothing when that is not possible.
    pub(crate) async fn start(data: &Path, now_secs: i64, phone: &PhoneHost) -> Option<Self> {
        let (listener, address) = match listen(data).await {
            Ok(listening) => listening,
            Err(error) => {
                warn!("the demo does without Telegram and WeCom: {error:#}");
                return None;
            }
        };
        let numbers = u64::try_from(now_secs - NUMBERS_SINCE_SECS).unwrap_or_default();
        let fakes = Arc::new(Fakes::new(Clock::running()).beginning_at(numbers));
        let phone = phone.clone();
        let carrier = Carrier::start(address, HOTLINE, Arc::new(move || phone.address())).await;
        let carrier = carrier
            .inspect_err(|error| warn!("the demo does without a telephone: {error}"))
            .ok();
        tokio::spawn(edge::serve(Arc::clone(&fakes), carrier.clone(), listener));
        Some(Self {
            address,
            fakes,
            carrier,
        })
    }

    /// The pages on which one is a customer, and whose they are.
    pub(crate) fn pages(&self) -> Vec<(&'static str, String)> {
        let address = self.address;
        let chats = CHANNELS.iter().map(|it| (it.inbox, it.provider));
        let calls = self.carrier.iter().map(|_| ("热线 Hotline", carrier::PAGE));
        let page = |(inbox, under)| (inbox, format!("http://{address}/{under}/"));
        chats.chain(calls).map(page).collect()
    }

    /// Makes the inboxes if the demo is new, with the password that it printed, and tells the providers where to call.
    pub(crate) async fn connect(self, engine: Engine, desk: SocketAddr, password: Option<String>) {
        let made = match password {
            Some(password) => self.make(&engine, desk, &password).await,
            None => Ok(()),
        };
        if let Err(error) = made {
            warn!("the demo does without Telegram and WeCom: {error:#}");
        }
        if let Some(carrier) = &self.carrier
            && let Err(error) = connect_hotline(&engine, carrier.address()).await
        {
            warn!("the demo does without a telephone: {error:#}");
        }
        let plugin = CHANNELS.iter().find(|it| it.provider == CALLS);
        let channel = plugin.map(|it| ChannelKind::Plugin(it.plugin.to_owned()));
        let inbox = engine
            .desk()
            .inboxes()
            .find(|it| Some(&it.channel) == channel.as_ref())
            .map(|it| it.id);
        if let (Some(inbox), Some(mut provider)) = (inbox, self.fakes.get(CALLS)) {
            provider.board().hook = Some(format!("http://{desk}/hooks/{inbox}"));
        }
    }

    async fn make(&self, engine: &Engine, desk: SocketAddr, password: &str) -> anyhow::Result<()> {
        let client = Desk::sign_in(
            &format!("http://{desk}"),
            plugboard_demo::ADMINISTRATOR,
            password,
        )
        .await
        .context("signing in")?;
        for plugin in BESIDE {
            switch_on(&client, plugin).await?;
        }
        for channel in &CHANNELS {
            switch_on(&client, channel.plugin).await?;
            let beside = engine
                .desk()
                .inboxes()
                .next()
                .cloned()
                .context("the demo has no inbox")?;
            client
                .create_inbox(&self.inbox(channel, &beside))
                .await
                .with_context(|| format!("making the inbox of {}", channel.plugin))?;
        }
        Ok(())
    }

    /// An inbox of the same shop, team and targets as another, with what the provider wants an administrator to type in.
    fn inbox(&self, channel: &Channel, beside: &desk::Inbox) -> SaveInbox {
        let base = format!("http://{}/{}", self.address, channel.provider);
        let setup = self
            .fakes
            .get(channel.provider)
            .map(|provider| provider.setup(&base))
            .unwrap_or_default();
        let mut settings: Map<String, Value> = ["settings", "secrets"]
            .into_iter()
            .filter_map(|part| setup[part].as_object().cloned())
            .flatten()
            .collect();
        let targets = beside.policy.sla_policy_id;
        settings.extend(targets.map(|id| ("sla_policy_id".to_owned(), id.to_string().into())));
        SaveInbox {
            name: channel.inbox.to_owned(),
            channel: format!("plugin:{}", channel.plugin),
            shop: beside.shop_id.map(|id| id.to_string()),
            team_id: beside.team_id.map(|id| id.to_string()),
            settings,
        }
    }
}

/// The hotline has a trunk, unless it has one already: the carrier that is played here.
async fn connect_hotline(engine: &Engine, carrier: SocketAddr) -> anyhow::Result<()> {
    let desk = engine.desk();
    // Other phone inboxes of a demo are whoever's who made them.
    let number = Number::parse(HOTLINE).and_then(|it| it.identity());
    let has_number = |it: &&desk::Inbox| {
        let numbers = it.settings.get("numbers").and_then(Value::as_array);
        let numbers = numbers.into_iter().flatten().filter_map(Value::as_str);
        it.channel == ChannelKind::Phone && numbers.map(Some).any(|it| it == number.as_deref())
    };
    let hotline = desk.inboxes().find(has_number);
    let mut hotline = hotline.cloned().context("it has no hotline")?;
    if hotline.settings.contains_key("trunk") {
        return Ok(());
    }
    let trunk = json!({ "kind": "peer", "host": carrier.ip().to_string(), "port": carrier.port() });
    hotline.settings.insert("trunk".to_owned(), trunk);
    let save = Command::Save {
        entity: desk::Entity::Inbox(hotline),
        private: desk::Private::default(),
    };
    let saved = engine.execute(Envelope::new(Principal::System("demo"), save));
    saved.await.context("connecting the hotline")?;
    Ok(())
}

/// Listens where this demo did before, or for the first time.
async fn listen(data: &Path) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let local = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let file = data.join(REMEMBERED);
    let before = std::fs::read_to_string(&file).ok();
    if let Some(before) = before.and_then(|text| text.trim().parse::<SocketAddr>().ok()) {
        let listener = TcpListener::bind(before).await;
        return Ok((
            listener.with_context(|| format!("listening on {before}"))?,
            before,
        ));
    }
    let listener = match TcpListener::bind(local(PORT)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind(local(0)).await.context("listening")?,
    };
    let address = listener.local_addr()?;
    std::fs::write(&file, address.to_string())
        .with_context(|| format!("writing {}", file.display()))?;
    Ok((listener, address))
}

/// Installs one that comes with the desk, grants what it asks for, and lets it run.
async fn switch_on(client: &Desk, plugin: &str) -> anyhow::Result<()> {
    let failed = || format!("switching on {plugin}");
    client
        .install_available_plugin(plugin)
        .await
        .with_context(failed)?;
    client
        .approve_plugin(plugin, &Approval::default())
        .await
        .with_context(failed)?;
    client.enable_plugin(plugin).await.with_context(failed)?;
    Ok(())
}
