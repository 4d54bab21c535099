//! An agent's live connection: upgrade, `hello`, `subscribe`, then frames as they come.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::{ClientError, HttpConnection, Opcode, decode_frame, encode_frame};

/// Path of the agents' live connection.
const AGENT_SOCKET_PATH: &str = "/api/v1/ws";

/// Room made for each read, in bytes: a burst of some forty frames.
const READ_BYTES: usize = 16 * 1024;

/// A websocket opened with an agent's token, past its `hello`.
pub struct AgentSocket {
    stream: TcpStream,
    read: BytesMut,
    partial: BytesMut,
    head: u64,
}

impl AgentSocket {
    /// Connects, upgrades and waits for `hello`.
    pub async fn connect(address: SocketAddr, token: &str) -> Result<Self, ClientError> {
        Self::over(HttpConnection::connect(address).await?, token).await
    }

    /// The same with the smallest receive buffer that the kernel gives: soon full when nobody reads.
    pub async fn connect_narrow(address: SocketAddr, token: &str) -> Result<Self, ClientError> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(1)?;
        let stream = socket.connect(address).await?;
        Self::over(HttpConnection::over(stream)?, token).await
    }

    async fn over(mut http: HttpConnection, token: &str) -> Result<Self, ClientError> {
        http.upgrade(&upgrade_request(token)).await?;
        let (stream, read) = http.into_parts();
        let partial = BytesMut::new();
        let mut socket = Self {
            stream,
            read,
            partial,
            head: 0,
        };
        let hello: Value = serde_json::from_slice(&socket.next_text().await?)?;
        if hello["type"] != "hello" {
            return Err(ClientError::Protocol("the first frame is not hello"));
        }
        socket.head = hello["head"].as_u64().unwrap_or_default();
        Ok(socket)
    }

    /// Journal head at the moment of `hello`.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Asks for every event after `since`.
    pub async fn subscribe(&mut self, since: u64) -> Result<(), ClientError> {
        self.say(&format!(r#"{{"type":"subscribe","since":{since}}}"#))
            .await
    }

    /// Sends a frame.
    pub async fn say(&mut self, text: &str) -> Result<(), ClientError> {
        let frame = encode_frame(Opcode::Text, text.as_bytes());
        self.stream.write_all(&frame).await?;
        Ok(())
    }

    /// The next text message; pings are answered on the way.
    pub async fn next_text(&mut self) -> Result<Bytes, ClientError> {
        loop {
            while let Some(frame) = decode_frame(&mut self.read)? {
                match frame.opcode {
                    Opcode::Text if frame.last => return Ok(frame.payload),
                    Opcode::Text | Opcode::Binary => self.partial = frame.payload.into(),
                    Opcode::Continuation => {
                        self.partial.extend_from_slice(&frame.payload);
                        if frame.last {
                            return Ok(std::mem::take(&mut self.partial).freeze());
                        }
                    }
                    Opcode::Ping => {
                        let pong = encode_frame(Opcode::Pong, &frame.payload);
                        self.stream.write_all(&pong).await?;
                    }
                    Opcode::Pong => {}
                    Opcode::Close => return Err(ClientError::Closed),
                }
            }
            self.read.reserve(READ_BYTES);
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(ClientError::Closed);
            }
        }
    }
}

/// The key is the RFC's own sample: the server must answer it, and this client trusts that it did (Autobahn checks it).
fn upgrade_request(token: &str) -> String {
    format!(
        "GET {AGENT_SOCKET_PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-protocol: bearer.{token}\r\n\r\n"
    )
}
