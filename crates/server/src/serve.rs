//! `plugboard serve`: opens the store, starts the desk, listens, and ends in order.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use axum::serve::ListenerExt;
use plugboard_blob::Blobs;
use plugboard_channel::{Channel, Registry};
use plugboard_channel_email::{Email, EmailHost, SigningMint};
use plugboard_channel_phone::{Eraser, Phone, PhoneHost};
use plugboard_channel_webchat::Webchat;
use plugboard_demo::DemoRecording;
use plugboard_engine::{Clock, Courier, Engine, EngineParts, SystemClock};
use plugboard_http::{App, AppSetup, HttpConfig};
use plugboard_plugin_host::PluginHost;
use plugboard_store::SharedStore;
use plugboard_webhooks::{Reach, Webhooks};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing::{info, warn};

use crate::{
    assets::Embedded,
    console, keys,
    lines::{self, LinesHold},
    logging,
    mail::{self, MailMoves},
    phones::Phones,
    plugins::{self, PluginsRun},
    settings::{JournalDays, ServeArguments, Settings, Switch},
    store,
};

/// How long requests that were taken may go on after the signal to stop.
const DRAIN: Duration = Duration::from_secs(2);

/// When the process ends whatever happens; the contract is ten seconds.
const STOP_MAX: Duration = Duration::from_secs(8);

pub(crate) async fn run(arguments: ServeArguments) -> anyhow::Result<()> {
    let settings = Settings::read(arguments)?;
    logging::start(&settings.log, settings.log_format)?;
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
        .install_recorder()
        .context("starting the metrics")?;
    tokio::spawn(keep_up(metrics.clone()));
    let opened = store::open(&settings)?;
    let store: SharedStore = opened.clone();
    let check = store::StoreCheck::new(&settings);
    check.announce();
    let (demo, said) = if settings.demo {
        demo_desk(&store).await?.unzip()
    } else {
        (None, None)
    };
    let blobs =
        Blobs::in_directory(&settings.data.join("blobs")).context("opening the file store")?;
    let channels = Arc::new(Registry::new([
        Arc::new(Webchat) as Arc<dyn Channel>,
        Arc::new(Email),
        Arc::new(Phone),
    ]));
    let mail_key = keys::derived(&settings.data, keys::MAIL_NAMES)?;
    let mailboxes = mail::host(&settings, blobs.clone(), &mail_key)?;
    let phone = lines::host(&settings, blobs.clone())?;
    let plugins = plugins::host(
        &settings
            .plugin_cache
            .clone()
            .unwrap_or_else(|| settings.data.join("plugins").join("compiled")),
        // The demo's providers are on this machine.
        if settings.demo {
            Reach::Anywhere
        } else {
            reach(settings.plugins_private)
        },
        &settings.trusted_keys,
        settings.plugins_lock.as_deref(),
        blobs.clone(),
        channels.clone(),
    )?;
    let couriers = couriers(&settings, &plugins, &mailboxes, &blobs)?;
    let engine = start_engine(&settings, store, channels, &plugins, couriers, &mail_key).await?;
    plugins.attach(engine.clone()).await;
    mailboxes
        .attach(engine.clone())
        .await
        .context("listening for a mail server")?;
    attach_phone(&phone, &engine, &said.unwrap_or_default()).await?;
    check.look(opened, engine.stopping());
    let app = App::new(AppSetup {
        extensions: Some(Arc::new(plugins.clone())),
        checks: vec![
            Arc::new(PluginsRun(plugins.clone())),
            Arc::new(check),
            Arc::new(MailMoves(mailboxes.clone())),
            Arc::new(LinesHold(phone.clone())),
        ],
        mailboxes: Some(Arc::new(mailboxes.clone())),
        telephony: Some(Arc::new(phone.clone())),
        config: http_config(&settings)?,
        metrics: Some(metrics),
        files: Arc::new(Embedded),
        ..AppSetup::new(engine.clone(), blobs)
    });
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("listening on {}", settings.listen))?;
    let address = listener.local_addr()?;
    let console = console::listen(&settings.data)?;
    let console = console::serve(
        engine.clone(),
        console,
        settings.data.clone(),
        engine.stopping(),
    );
    let console = tokio::spawn(console);
    let phones = if settings.demo {
        Phones::start(&settings.data, SystemClock.now().as_second(), &phone).await
    } else {
        None
    };
    announce(&settings, address, demo.as_deref(), phones.as_ref());
    if let Some(phones) = phones {
        tokio::spawn(phones.connect(engine.clone(), address, demo));
    }
    serve(listener, &app, (&plugins, &mailboxes, &phone), &engine).await?;
    console.await.context("closing the console")?;
    info!("stopped");
    Ok(())
}

/// Samples of histograms pile up until somebody folds them; that nobody scrapes is no reason to run out of memory.
async fn keep_up(metrics: metrics_exporter_prometheus::PrometheusHandle) {
    let mut often = tokio::time::interval(Duration::from_secs(5));
    loop {
        often.tick().await;
        metrics.run_upkeep();
    }
}

fn reach(private: Switch) -> Reach {
    if private.is_on() {
        Reach::Anywhere
    } else {
        Reach::Public
    }
}

/// Who does what is to be done outside.
fn couriers(
    settings: &Settings,
    plugins: &PluginHost,
    mailboxes: &EmailHost,
    blobs: &Blobs,
) -> anyhow::Result<Vec<Arc<dyn Courier>>> {
    Ok(vec![
        Arc::new(Webhooks::new(reach(settings.webhooks_private))?),
        plugins.courier(),
        mailboxes.courier(),
        Arc::new(Eraser::new(blobs.clone())),
    ])
}

async fn start_engine(
    settings: &Settings,
    store: SharedStore,
    channels: Arc<Registry>,
    plugins: &PluginHost,
    couriers: Vec<Arc<dyn Courier>>,
    mail_key: &[u8],
) -> anyhow::Result<Engine> {
    let mut parts = EngineParts::new(store);
    parts.mint = Arc::new(SigningMint::new(mail_key, parts.mint));
    parts.channels = channels;
    parts.routing = plugins.routing();
    parts.escalation = plugins.escalation();
    parts.couriers = couriers;
    parts.journal_kept = settings.journal_days.map(JournalDays::duration);
    Engine::start(parts).await.context("starting the desk")
}

fn http_config(settings: &Settings) -> anyhow::Result<HttpConfig> {
    Ok(HttpConfig {
        pictures_key: Some(keys::derived(&settings.data, keys::PICTURES)?),
        cti_key: Some(keys::derived(&settings.data, keys::CTI)?),
        public_url: settings.public_url.clone(),
        trust_forwarded: settings.trust_forwarded.is_on(),
        rate_limits: settings.rate_limits.is_on(),
        offline_after_secs: settings.offline_after_secs,
        ..HttpConfig::default()
    })
}

/// One line on standard output when the desk can be used; scripts wait for it.
fn announce(
    settings: &Settings,
    address: SocketAddr,
    demo_password: Option<&str>,
    phones: Option<&Phones>,
) {
    if !settings.rate_limits.is_on() {
        warn!("RATE AND FLOOD LIMITS ARE OFF: never do this on a desk that strangers can reach");
    }
    println!("Plugboard is ready on http://{address}");
    if settings.demo {
        println!();
        println!("  Inbox      http://{address}/");
        println!("  Demo shop  http://{address}/demo/shop");
        if let Some(phones) = phones {
            for (inbox, page) in phones.pages() {
                println!("  A phone    {page}  ({inbox}: its provider is played here)");
            }
        }
        match demo_password {
            Some(password) => {
                println!(
                    "  Sign in    {} / {password}",
                    plugboard_demo::ADMINISTRATOR
                );
                println!();
                println!(
                    "The same password opens every account of the demo team. It is shown this once; set another with"
                );
                println!(
                    "  plugboard agent create --data {} --email {} --role administrator --password-stdin",
                    settings.data.display(),
                    plugboard_demo::ADMINISTRATOR
                );
            }
            None => println!("  Sign in    with the password that the first start printed"),
        }
    }
}

/// Serves until SIGTERM or SIGINT: then takes nothing new, finishes what was taken, and ends.
async fn serve(
    listener: TcpListener,
    app: &App,
    (plugins, mailboxes, phone): (&PluginHost, &EmailHost, &PhoneHost),
    engine: &Engine,
) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let router =
        plugboard_http::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    // A frame is small and wants to be there now.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let server = axum::serve(listener, router).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        ended = &mut server => return ended?.context("serving"),
        _ = terminate.recv() => info!("stopping: SIGTERM"),
        _ = interrupt.recv() => info!("stopping: SIGINT"),
    }
    let _ = stop.send(());
    let ending = async {
        // Sockets and long polls are told to come back; plain requests end by themselves; then the writer drains.
        app.stop_live().await;
        // Calls end while the desk can still be told.
        phone.stop().await;
        if tokio::time::timeout(DRAIN, &mut server).await.is_err() {
            warn!("some requests did not end in time");
        }
        plugins.stop().await;
        mailboxes.stop().await;
        engine.stop().await;
    };
    if tokio::time::timeout(STOP_MAX, ending).await.is_err() {
        warn!("some connections did not end in time");
    }
    Ok(())
}

/// Gives telephony its desk, whose calls of before are over, and what was said in the demo's calls.
async fn attach_phone(
    phone: &PhoneHost,
    engine: &Engine,
    said: &[DemoRecording],
) -> anyhow::Result<()> {
    let lost = engine.end_lost_calls().await;
    let lost = lost.context("ending calls that were going on")?;
    if lost > 0 {
        warn!(
            calls = lost,
            "calls were going on when the desk stopped: they have failed"
        );
    }
    for it in said {
        let left = phone.leave_recording(it.call, &it.caller, &it.agent);
        left.context("leaving what was said in the demo's calls")?;
    }
    phone.attach(engine.clone()).await;
    Ok(())
}

/// Plays the demo week into an empty desk. The password, and what was said in calls, when one was made.
async fn demo_desk(store: &SharedStore) -> anyhow::Result<Option<(String, Vec<DemoRecording>)>> {
    if store.head().await? > 0 {
        return Ok(None);
    }
    let password = password()?;
    let hash = console::hash(&password)?;
    eprint!("Filling the demo desk with a week of two shops");
    let seeded = plugboard_demo::seed(store.clone(), SystemClock.now(), &hash, |played, of| {
        if played % (of / 8) == 0 {
            eprint!(".");
        }
    })
    .await
    .context("filling the demo desk")?;
    eprintln!(" done.");
    Ok(Some((password, seeded.recordings)))
}

/// Sixteen letters and digits that cannot be mistaken for each other: about 80 bits.
fn password() -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("drawing a password")?;
    Ok(bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect())
}
