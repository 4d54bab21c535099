//! Lines and counted bytes over a connection, each bounded in size and time.

use std::{io, time::Duration};

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

/// Room for one read: what a server sends at once.
const READ_BYTES: usize = 64 * 1024;

/// A connection that is read by lines and by counts. Every wait is bounded: a server that says nothing for `silence` is gone.
#[derive(Debug)]
pub(crate) struct Wire<S> {
    stream: S,
    buffer: BytesMut,
    silence: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(crate) fn new(stream: S, silence: Duration) -> Self {
        Self {
            stream,
            buffer: BytesMut::new(),
            silence,
        }
    }

    /// The connection itself, to be made private. What was read ahead was said in the clear, so it is not believed.
    pub(crate) fn into_stream(self) -> S {
        self.stream
    }

    /// True when the server said more than it was asked for.
    pub(crate) fn has_more(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Waits until there is something to read, as long as it takes.
    pub(crate) async fn wait(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            self.fill().await?;
        }
        Ok(())
    }

    async fn fill(&mut self) -> io::Result<()> {
        self.buffer.reserve(READ_BYTES);
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the server closed the connection",
            ));
        }
        Ok(())
    }

    async fn fill_in_time(&mut self) -> io::Result<()> {
        timeout(self.silence, self.fill())
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the server says nothing"))?
    }

    /// A line without its end. Longer than `max` it is an error.
    pub(crate) async fn line(&mut self, max: usize) -> io::Result<Vec<u8>> {
        let mut looked_at = 0;
        loop {
            if let Some(at) = self.buffer[looked_at..].iter().position(|it| *it == b'\n') {
                let end = looked_at + at;
                let mut line = self.buffer.split_to(end + 1).to_vec();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            looked_at = self.buffer.len();
            if looked_at > max {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the server sent a line without end",
                ));
            }
            self.fill_in_time().await?;
        }
    }

    /// So many bytes, in one piece that is as large as they are.
    pub(crate) async fn exactly(&mut self, count: usize) -> io::Result<Vec<u8>> {
        // What is announced is not believed: room grows with what arrives.
        let mut bytes = Vec::with_capacity(count.min(1 << 20));
        while bytes.len() < count {
            if self.buffer.is_empty() {
                self.fill_in_time().await?;
            }
            let take = self.buffer.len().min(count - bytes.len());
            if bytes.capacity() - bytes.len() < take {
                // Doubling would leave half of a large mail empty.
                let room = (bytes.len() + bytes.len() / 4).max(bytes.len() + take);
                bytes.reserve_exact(room.min(count) - bytes.len());
            }
            bytes.extend_from_slice(&self.buffer[..take]);
            self.buffer.advance(take);
        }
        Ok(bytes)
    }

    /// Sends bytes.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        // In pieces, so that the time is for each and not for a large mail as a whole.
        for piece in bytes.chunks(READ_BYTES) {
            timeout(self.silence, self.stream.write_all(piece))
                .await
                .map_err(|_| stuck())??;
        }
        timeout(self.silence, self.stream.flush())
            .await
            .map_err(|_| stuck())?
    }
}

fn stuck() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the server takes nothing")
}
