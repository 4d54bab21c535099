//! Sockets that the desk holds for plugins: it opens, pings and opens again; the plugin is a state machine that is given
//! frames. What a frame tells is durable before it is answered. The state is the desk's, so an exchange of the plugin or a
//! crash of it loses nothing.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use plugboard_plugin_runtime::types::{Dial, Frame, SocketStep, Value};
use tokio::{net::TcpStream, time::Instant};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{
        Message,
        client::IntoClientRequest,
        http::{HeaderName, HeaderValue, header},
        protocol::WebSocketConfig,
    },
};
use tracing::{debug, warn};

use super::workers::Post;
use crate::intake;

/// The longest wait between two tries to open it.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// Largest frame.
const FRAME_BYTES_MAX: usize = 1024 * 1024;

/// Largest state of a plugin.
const STATE_BYTES_MAX: usize = 64 * 1024;

/// How long opening may take.
const OPEN_MAX: Duration = Duration::from_secs(15);

/// Open for so long, a socket was good: the next try comes at once.
const GOOD: Duration = Duration::from_mins(1);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(super) async fn run(post: Post) {
    let (mut attempt, mut state) = (0_u32, Vec::new());
    loop {
        let began = Instant::now();
        let ended = tokio::select! {
            () = post.stop.cancelled() => return,
            ended = session(&post, attempt, &mut state) => ended,
        };
        attempt = if began.elapsed() > GOOD {
            0
        } else {
            attempt.saturating_add(1)
        };
        match ended {
            Ok(why) => debug!(inbox.id = %post.inbox, why, "plugin socket: closed"),
            Err(why) => {
                warn!(inbox.id = %post.inbox, why, "plugin socket: failed");
                post.host
                    .note_fault(&post.loaded.key, &format!("the socket: {why}"));
            }
        }
        let pause = Duration::from_secs(1 << attempt.min(6)).min(PAUSE_MAX);
        tokio::select! {
            () = post.stop.cancelled() => return,
            () = tokio::time::sleep(if attempt == 0 { Duration::ZERO } else { pause }) => {}
        }
    }
}

/// One life of the socket. Why it ended; the error when it should not have.
async fn session(post: &Post, attempt: u32, state: &mut Vec<u8>) -> Result<String, String> {
    let plugin = &post.loaded.plugin;
    let dial = plugin.socket_open(&post.account, attempt).await;
    let dial = dial.map_err(|error| error.to_string())?;
    let mut socket = tokio::time::timeout(OPEN_MAX, open(post, &dial))
        .await
        .map_err(|_| "it could not be opened in time".to_owned())??;
    let step = plugin.socket_on_open(&post.account, state.clone()).await;
    let step = step.map_err(|error| error.to_string())?;
    if let Some(why) = take(post, &mut socket, state, step).await? {
        return Ok(why);
    }
    let section = post.loaded.manifest.channel.as_ref();
    let tick = section.and_then(|it| it.tick_every_ms);
    let mut ticks = every(tick.unwrap_or_default());
    let mut pings = every(dial.ping_every_ms);
    let idle = match dial.idle_timeout_ms {
        0 => Duration::from_hours(1),
        ms => Duration::from_millis(ms.into()),
    };
    loop {
        let step = tokio::select! {
            heard = tokio::time::timeout(idle, socket.next()) => {
                let frame = match heard {
                    Err(_) => return Err("nothing was heard for too long".to_owned()),
                    Ok(Some(Err(error))) => return Err(error.to_string()),
                    Ok(Some(Ok(Message::Text(text)))) => Frame::Text(text.to_string()),
                    Ok(Some(Ok(Message::Binary(bytes)))) => Frame::Binary(bytes.to_vec()),
                    Ok(None | Some(Ok(Message::Close(_)))) => {
                        return Ok("the provider closed it".to_owned());
                    }
                    // Pings are answered by the library.
                    Ok(Some(Ok(_))) => continue,
                };
                plugin.socket_on_frame(&post.account, state.clone(), frame).await
            }
            _ = ticks.tick(), if tick.is_some() => {
                plugin.socket_on_tick(&post.account, state.clone()).await
            }
            _ = pings.tick(), if dial.ping_every_ms > 0 => {
                send(&mut socket, Message::Ping(Vec::new().into())).await?;
                continue;
            }
        };
        let step = step.map_err(|error| error.to_string())?;
        if let Some(why) = take(post, &mut socket, state, step).await? {
            return Ok(why);
        }
    }
}

fn every(ms: u32) -> tokio::time::Interval {
    let period = Duration::from_millis(u64::from(ms).max(100));
    let mut interval = tokio::time::interval_at(Instant::now() + period, period);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    interval
}

/// Does what a step says. Why the socket is to be closed, when it is.
async fn take(
    post: &Post,
    socket: &mut Socket,
    state: &mut Vec<u8>,
    step: SocketStep,
) -> Result<Option<String>, String> {
    if step.state.len() > STATE_BYTES_MAX {
        return Err(format!("its state has more than {STATE_BYTES_MAX} bytes"));
    }
    let engine = post.host.engine().ok_or("the desk has not started")?;
    intake::take_all(engine, post.inbox, step.events)
        .await
        .map_err(|error| error.to_string())?;
    *state = step.state;
    for frame in step.send {
        let message = match frame {
            Frame::Text(text) => Message::Text(text.into()),
            Frame::Binary(bytes) => Message::Binary(bytes.into()),
        };
        send(socket, message).await?;
    }
    if step.close.is_some() {
        let _ = socket.close(None).await;
    }
    Ok(step.close)
}

async fn send(socket: &mut Socket, message: Message) -> Result<(), String> {
    socket
        .send(message)
        .await
        .map_err(|error| error.to_string())
}

/// Opens the socket, when its address is granted and not in the own network.
async fn open(post: &Post, dial: &Dial) -> Result<Socket, String> {
    let url = post
        .host
        .backing
        .granted_socket(&post.loaded, &post.account, &dial.url)
        .await
        .map_err(|failure| failure.message)?;
    let invalid = || "the address of the socket is none".to_owned();
    let mut request = url
        .url
        .as_str()
        .into_client_request()
        .map_err(|_| invalid())?;
    let headers = request.headers_mut();
    for (name, value) in &dial.headers {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| invalid())?;
        let text = match value {
            Value::Plain(text) => text.clone(),
            secret => url.secret(secret).map_err(|failure| failure.message)?,
        };
        headers.append(name, HeaderValue::try_from(text).map_err(|_| invalid())?);
    }
    if !dial.subprotocols.is_empty() {
        let all = HeaderValue::try_from(dial.subprotocols.join(", ")).map_err(|_| invalid())?;
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, all);
    }
    let stream = TcpStream::connect(url.address)
        .await
        .map_err(|_| "no connection to the provider".to_owned())?;
    let config = WebSocketConfig::default().max_message_size(Some(FRAME_BYTES_MAX));
    let (socket, _) =
        tokio_tungstenite::client_async_tls_with_config(request, stream, Some(config), None)
            .await
            // The address may hold a ticket, so the text of the error stays out.
            .map_err(|_| "the provider refused the socket".to_owned())?;
    Ok(socket)
}
