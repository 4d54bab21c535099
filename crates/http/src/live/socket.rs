//! What every websocket has in common: its limits, its pulse, how it is written to and how it ends.

use std::{pin::Pin, time::Duration};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, Sleep, timeout};

/// Largest frame that a client may send, in bytes: clients say small things here, and write messages over HTTP.
pub(super) const HEARD_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a socket's read buffer. It is allocated for every connection, so it decides what an idle one costs.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// Bytes that are gathered before they are written. Several frames in one write cost a twentieth of one write each.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// Most bytes waiting to be written: the largest frame, a message of 50,000 characters with everything escaped, and room.
const WRITE_BUFFER_BYTES_MAX: usize = 1024 * 1024;

/// How long a client may take to accept what is sent. A healthy one takes milliseconds.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a client may take to say goodbye.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// How often a client is asked whether it is there. Proxies cut what is silent for thirty seconds and more.
const PING_EVERY: Duration = Duration::from_secs(25);

/// A client that says nothing for this long, pongs included, is gone.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Frames that a client may say at once, and how many more each second. Typing is one in three seconds.
const HEARD_BURST: f64 = 200.0;
const HEARD_PER_SEC: f64 = 20.0;

/// Why a connection ends. The numbers are those of RFC 6455, and 4401 is our 401.
#[derive(Debug)]
pub(super) enum End {
    /// The client left, or its network did.
    Left,
    /// The client does not take what is sent.
    TooSlow,
    /// It is told why.
    Close(u16, &'static str),
}

impl End {
    /// The server stops; come back.
    pub(super) const RESTART: Self = Self::Close(1012, "the desk restarts");
    /// The token is not valid any more.
    pub(super) const SIGNED_OUT: Self = Self::Close(4401, "signed out");
    /// Something here went wrong.
    pub(super) const TRY_AGAIN: Self = Self::Close(1013, "try again later");
    const BINARY: Self = Self::Close(1003, "frames are text");
    const TOO_LARGE: Self = Self::Close(1009, "the frame is too large");
    const NOT_UTF8: Self = Self::Close(1007, "texts are UTF-8");
    const BROKEN: Self = Self::Close(1002, "that is no websocket frame");
    const TOO_MANY: Self = Self::Close(1008, "too many frames");

    /// For the metric.
    fn name(&self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::TooSlow => "too_slow",
            Self::Close(1012, _) => "restart",
            Self::Close(4401, _) => "signed_out",
            Self::Close(1013, _) => "failed",
            Self::Close(..) => "misbehaved",
        }
    }
}

/// The limits of our websockets. `heard_bytes_max` is the largest message that a client may send.
pub fn socket_config(upgrade: WebSocketUpgrade, heard_bytes_max: usize) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX.max(WRITE_BUFFER_BYTES + 2 * heard_bytes_max))
        .max_message_size(heard_bytes_max)
        .max_frame_size(heard_bytes_max)
}

/// A websocket with its pulse.
pub(super) struct Wire {
    socket: WebSocket,
    heard_at: Instant,
    ping: Pin<Box<Sleep>>,
    /// Frames that may still be said, as of `heard_at`.
    allowance: f64,
}

/// What listening gives.
pub(super) enum Heard {
    /// The client says this.
    Text(Utf8Bytes),
    /// The client was asked whether it is there: the moment to check what only time changes.
    Pulse,
}

impl Wire {
    pub(super) fn new(socket: WebSocket) -> Self {
        Self {
            socket,
            heard_at: Instant::now(),
            ping: Box::pin(tokio::time::sleep(PING_EVERY)),
            allowance: HEARD_BURST,
        }
    }

    /// What the client says next. Cancelling loses nothing.
    pub(super) async fn hear(&mut self) -> Result<Heard, End> {
        loop {
            let message = tokio::select! {
                message = self.socket.next() => message,
                () = &mut self.ping => {
                    Box::pin(self.pulse()).await?;
                    return Ok(Heard::Pulse);
                }
            };
            let message = match message {
                Some(Ok(message)) => message,
                Some(Err(error)) => return Err(broken(&error)),
                None => return Err(End::Left),
            };
            self.spend()?;
            match message {
                Message::Text(text) => return Ok(Heard::Text(text)),
                Message::Binary(_) => return Err(End::BINARY),
                // The library has queued its answer; flushing sends it.
                Message::Ping(_) => {
                    let flush = Box::pin(timeout(SEND_TIMEOUT, self.socket.flush()));
                    if flush.await.is_err() {
                        return Err(End::TooSlow);
                    }
                }
                Message::Pong(_) => {}
                Message::Close(_) => {
                    let _ = Box::pin(timeout(CLOSE_TIMEOUT, self.socket.close())).await;
                    return Err(End::Left);
                }
            }
        }
    }

    /// Writes all of these, and then flushes once.
    pub(super) async fn send<'a>(
        &mut self,
        frames: impl Iterator<Item = &'a Utf8Bytes>,
    ) -> Result<(), End> {
        let write = async {
            let mut sent = 0_u64;
            for frame in frames {
                self.socket.feed(Message::Text(frame.clone())).await?;
                sent += 1;
            }
            if sent > 0 {
                self.socket.flush().await?;
            }
            Ok::<_, axum::Error>(sent)
        };
        match timeout(SEND_TIMEOUT, write).await {
            Ok(Ok(sent)) => {
                if sent > 0 {
                    metrics::counter!("plugboard_socket_frames_total").increment(sent);
                }
                Ok(())
            }
            Ok(Err(_)) => Err(End::Left),
            Err(_) => Err(End::TooSlow),
        }
    }

    /// Asks the client whether it is there; ends the connection when it has said nothing for long.
    async fn pulse(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if now >= self.heard_at + SILENCE_MAX {
            return Err(End::Left);
        }
        self.ping.as_mut().reset(now + PING_EVERY);
        let ping = Message::Ping(bytes::Bytes::new());
        match timeout(SEND_TIMEOUT, self.socket.send(ping)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Left),
            Err(_) => Err(End::TooSlow),
        }
    }

    /// Ends the connection, and says why if the client can still be told.
    pub(super) async fn end(mut self, end: End) {
        metrics::counter!("plugboard_sockets_closed_total", "why" => end.name()).increment(1);
        let End::Close(code, reason) = end else {
            return;
        };
        let goodbye = Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        }));
        let _ = timeout(CLOSE_TIMEOUT, async {
            if self.socket.send(goodbye).await.is_ok() {
                // Until the client has said goodbye, too: closing earlier could lose what was sent last.
                while let Some(Ok(_)) = self.socket.next().await {}
            }
        })
        .await;
    }

    /// Counts what the client says.
    fn spend(&mut self) -> Result<(), End> {
        let now = Instant::now();
        let rested = now.duration_since(self.heard_at).as_secs_f64() * HEARD_PER_SEC;
        self.allowance = (self.allowance + rested).min(HEARD_BURST) - 1.0;
        self.heard_at = now;
        if self.allowance < 0.0 {
            return Err(End::TOO_MANY);
        }
        Ok(())
    }
}

/// The code to close with after an error of reading (RFC 6455, 7.4.1); `None` when the connection is gone. The library's
/// errors are opaque, so their texts tell them apart; a test holds them to it.
pub fn close_code(error: &axum::Error) -> Option<u16> {
    let text = error.to_string();
    if text.contains("Space limit") {
        Some(1009)
    } else if text.contains("UTF-8") {
        Some(1007)
    } else if text.contains("protocol error") && !text.contains("without closing handshake") {
        Some(1002)
    } else {
        None
    }
}

fn broken(error: &axum::Error) -> End {
    match close_code(error) {
        Some(1009) => End::TOO_LARGE,
        Some(1007) => End::NOT_UTF8,
        Some(_) => End::BROKEN,
        None => End::Left,
    }
}
