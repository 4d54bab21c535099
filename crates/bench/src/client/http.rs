//! One keep-alive HTTP/1.1 connection: send a request, read its answer, reuse the buffers.

use std::{io::Write as _, net::SocketAddr};

use bytes::{Buf, Bytes, BytesMut};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{ClientError, HEAD_BYTES_MAX};

/// Headers an answer may carry before it counts as nonsense.
const HEADERS_MAX: usize = 48;

/// Longest body kept in an error, in characters.
const ERROR_BODY_CHARS: usize = 300;

/// Room made for each read, in bytes: most answers fit.
const READ_BYTES: usize = 4096;

/// A connection to a server under test.
pub struct HttpConnection {
    stream: TcpStream,
    read: BytesMut,
    write: Vec<u8>,
}

/// An answer: status and body.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The body, whole.
    pub body: Bytes,
}

impl Response {
    /// The body as JSON, provided that the status is a success.
    pub fn json(&self, what: &str) -> Result<Value, ClientError> {
        if !(200..300).contains(&self.status) {
            return Err(self.refusal(what));
        }
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The answer as the error it is for somebody who needed a success.
    pub fn refusal(&self, what: &str) -> ClientError {
        let text = String::from_utf8_lossy(&self.body);
        ClientError::Status {
            what: what.to_owned(),
            status: self.status,
            body: text.chars().take(ERROR_BODY_CHARS).collect(),
        }
    }
}

/// What the head of an answer says about its body.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    bytes: usize,
    body: BodyLength,
}

#[derive(Debug, PartialEq, Eq)]
enum BodyLength {
    Known(usize),
    Chunked,
}

impl HttpConnection {
    /// Connects, with Nagle's delay off.
    pub async fn connect(address: SocketAddr) -> Result<Self, ClientError> {
        Self::over(TcpStream::connect(address).await?)
    }

    /// Takes over a fresh connection.
    pub(super) fn over(stream: TcpStream) -> Result<Self, ClientError> {
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: BytesMut::with_capacity(4096),
            write: Vec::with_capacity(1024),
        })
    }

    /// Gives up the HTTP view of the connection, with whatever was read too far.
    pub(super) fn into_parts(self) -> (TcpStream, BytesMut) {
        (self.stream, self.read)
    }

    /// Sends a request without a body.
    pub async fn get(&mut self, path: &str, token: Option<&str>) -> Result<Response, ClientError> {
        self.request("GET", path, token, None).await
    }

    /// Sends a JSON body that is already encoded.
    pub async fn post(
        &mut self,
        path: &str,
        token: Option<&str>,
        body: &[u8],
    ) -> Result<Response, ClientError> {
        self.request("POST", path, token, Some(body)).await
    }

    /// Sends a JSON body and reads a JSON answer; any status but success is an error.
    pub async fn call(
        &mut self,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Result<Value, ClientError> {
        let body = serde_json::to_vec(body)?;
        self.post(path, token, &body).await?.json(path)
    }

    /// Sends one request and waits for its answer.
    pub async fn request(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&[u8]>,
    ) -> Result<Response, ClientError> {
        self.write.clear();
        write!(
            self.write,
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        )?;
        if let Some(token) = token {
            write!(self.write, "authorization: Bearer {token}\r\n")?;
        }
        if let Some(body) = body {
            write!(
                self.write,
                "content-type: application/json\r\ncontent-length: {}\r\n",
                body.len()
            )?;
        }
        self.write.extend_from_slice(b"\r\n");
        self.write.extend_from_slice(body.unwrap_or_default());
        self.stream.write_all(&self.write).await?;
        self.answer().await
    }

    /// Sends a body that is not JSON, or with headers of its own, and waits for the answer.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Response, ClientError> {
        self.write.clear();
        write!(
            self.write,
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {}\r\n",
            body.len()
        )?;
        for (name, value) in headers {
            write!(self.write, "{name}: {value}\r\n")?;
        }
        self.write.extend_from_slice(b"\r\n");
        self.write.extend_from_slice(body);
        self.stream.write_all(&self.write).await?;
        self.answer().await
    }

    /// Sends the upgrade request and expects 101.
    pub(super) async fn upgrade(&mut self, request: &str) -> Result<(), ClientError> {
        self.stream.write_all(request.as_bytes()).await?;
        let head = self.head().await?;
        self.read.advance(head.bytes);
        if head.status == 101 {
            return Ok(());
        }
        let response = self.body(&head).await?;
        Err(response.refusal("websocket upgrade"))
    }

    async fn answer(&mut self) -> Result<Response, ClientError> {
        loop {
            let head = self.head().await?;
            self.read.advance(head.bytes);
            // 100 Continue and friends announce the answer; they are not it.
            if head.status >= 200 {
                return self.body(&head).await;
            }
        }
    }

    async fn head(&mut self) -> Result<Head, ClientError> {
        loop {
            if let Some(head) = parse_head(&self.read)? {
                return Ok(head);
            }
            if self.read.len() > HEAD_BYTES_MAX {
                return Err(ClientError::Protocol("the head never ends"));
            }
            self.more().await?;
        }
    }

    async fn body(&mut self, head: &Head) -> Result<Response, ClientError> {
        let body = match head.body {
            BodyLength::Known(length) => self.take(length).await?,
            BodyLength::Chunked => self.chunks().await?,
        };
        Ok(Response {
            status: head.status,
            body,
        })
    }

    async fn chunks(&mut self) -> Result<Bytes, ClientError> {
        let mut body = BytesMut::new();
        loop {
            let (start, length) = loop {
                match httparse::parse_chunk_size(&self.read) {
                    Ok(httparse::Status::Complete(found)) => break found,
                    Ok(httparse::Status::Partial) => self.more().await?,
                    Err(_) => return Err(ClientError::Protocol("chunk size")),
                }
            };
            self.read.advance(start);
            let length = usize::try_from(length).map_err(|_| ClientError::Protocol("chunk"))?;
            let chunk = self.take(length + 2).await?;
            if length == 0 {
                return Ok(body.freeze());
            }
            body.extend_from_slice(&chunk[..length]);
        }
    }

    async fn take(&mut self, length: usize) -> Result<Bytes, ClientError> {
        while self.read.len() < length {
            self.more().await?;
        }
        Ok(self.read.split_to(length).freeze())
    }

    async fn more(&mut self) -> Result<(), ClientError> {
        self.read.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err(ClientError::Closed),
            _ => Ok(()),
        }
    }
}

fn parse_head(bytes: &[u8]) -> Result<Option<Head>, ClientError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let Ok(status) = response.parse(bytes) else {
        return Err(ClientError::Protocol("head"));
    };
    let httparse::Status::Complete(length) = status else {
        return Ok(None);
    };
    let mut body = BodyLength::Known(0);
    for header in response.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(header.value).unwrap_or_default();
            let length = text.trim().parse();
            body = BodyLength::Known(length.map_err(|_| ClientError::Protocol("content-length"))?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            body = BodyLength::Chunked;
        }
    }
    Ok(Some(Head {
        status: response.code.unwrap_or_default(),
        bytes: length,
        body,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        assert_eq!(parse_head(b"HTTP/1.1 201 Created\r\n").unwrap(), None);
        let head = parse_head(b"HTTP/1.1 201 Created\r\nContent-Length: 12\r\n\r\nxx").unwrap();
        let expected = Head {
            status: 201,
            bytes: 44,
            body: BodyLength::Known(12),
        };
        assert_eq!(head, Some(expected));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(parse_head(b"SSH-2.0-x\r\n\r\n").is_err());
    }
}
