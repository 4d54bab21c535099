//! Files by the SHA-256 of their content: attachments and recordings.
//!
//! Three things to know:
//! - [`Blobs::put`] and [`Blobs::put_stream`] return when the file is durable: its bytes and its directory entry are
//!   synced. The same content twice is one file.
//! - [`Blobs::get`] streams a file; no file is ever held in memory whole, except by [`Blobs::put`]'s caller.
//! - A [`Digest`] names content, never a person: who may read a file is for the desk to say, by the message that has it.
//!
//! To keep files elsewhere: give [`Blobs::over`] another `object_store` (S3 is its feature `aws`); nothing else changes.
//!
//! - [`Blobs::erase`] is for content that is one thing's alone, such as a sealed recording. Other content may be shared: erasing
//!   that is a sweep over digests that no row names.
//!
//! What is absent, on purpose: names, media types and owners (they are rows of the desk).

mod digest;

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart, local::LocalFileSystem, path,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub use digest::{Digest, NotADigest};

/// Bytes of a part of a streamed upload. S3 takes no parts under 5 MiB; with one part in flight and one being filled an
/// upload holds at most twice this.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// Something went wrong with the files.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The stream has more bytes than the caller allows.
    #[error("the file is larger than {max} bytes")]
    TooLarge {
        /// The most that was allowed.
        max: u64,
    },
    /// Whoever sends the bytes stopped before the end.
    #[error("the upload broke off: {0}")]
    BrokenOff(String),
    /// The directory or bucket failed. Trying again can help.
    #[error("the file store is unavailable: {0}")]
    Unavailable(#[from] object_store::Error),
}

/// A stored file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The hash of its content, and its key.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
}

/// A file that was found: read it to the end, or drop it.
pub struct Blob {
    /// Its size in bytes.
    pub size: u64,
    /// Its bytes, in pieces of a few kibibytes.
    pub stream: BoxStream<'static, Result<Bytes, BlobError>>,
}

impl Blob {
    /// All of its bytes, for files that are small and wanted whole.
    pub async fn read_to_end(mut self) -> Result<Bytes, BlobError> {
        let mut whole = bytes::BytesMut::new();
        while let Some(piece) = self.stream.next().await {
            whole.extend_from_slice(&piece?);
        }
        Ok(whole.freeze())
    }
}

/// The files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

impl Blobs {
    /// Files in a directory, which is made if it is missing.
    pub fn in_directory(directory: &Path) -> Result<Self, BlobError> {
        std::fs::create_dir_all(directory).map_err(|source| object_store::Error::Generic {
            store: "directory",
            source: Box::new(source),
        })?;
        let store = LocalFileSystem::new_with_prefix(directory)?.with_fsync(true);
        Ok(Self::over(Arc::new(store)))
    }

    /// Files in any object store. It must be durable when it acknowledges.
    pub fn over(store: Arc<dyn ObjectStore>) -> Self {
        Self { store }
    }

    /// Stores content that is in memory already.
    pub async fn put(&self, content: Bytes) -> Result<Stored, BlobError> {
        let digest = Digest::of(&content);
        let size = content.len() as u64;
        // Overwriting with equal bytes is harmless, and makes the answer true even if an earlier writer was cut off
        // between publishing the file and syncing its directory.
        self.store
            .put(&place(digest), PutPayload::from_bytes(content))
            .await?;
        Ok(Stored { digest, size })
    }

    /// Stores content as it arrives. `upload` must be fresh: it names the bytes until their hash is known.
    pub async fn put_stream<S, E>(
        &self,
        upload: Uuid,
        mut content: S,
        bytes_max: u64,
    ) -> Result<Stored, BlobError>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        let staging = path::Path::from(format!("incoming/{upload}"));
        let parts = self.store.put_multipart(&staging).await?;
        let mut parts = WriteMultipart::new_with_chunk_size(parts, PART_BYTES);
        let mut hash = Sha256::new();
        let mut size = 0;
        let ended = loop {
            let piece = match content.next().await {
                None => break Ok(()),
                Some(Ok(piece)) => piece,
                Some(Err(error)) => break Err(BlobError::BrokenOff(error.to_string())),
            };
            size += piece.len() as u64;
            if size > bytes_max {
                break Err(BlobError::TooLarge { max: bytes_max });
            }
            hash.update(&piece);
            if let Err(error) = parts.wait_for_capacity(1).await {
                break Err(error.into());
            }
            parts.put(piece);
        };
        if let Err(error) = ended {
            parts.abort().await?;
            return Err(error);
        }
        parts.finish().await?;
        let digest = Digest::from(<[u8; 32]>::from(hash.finalize()));
        self.store.rename(&staging, &place(digest)).await?;
        Ok(Stored { digest, size })
    }

    /// The file with this content, if there is one.
    pub async fn get(&self, digest: Digest) -> Result<Option<Blob>, BlobError> {
        match self.store.get(&place(digest)).await {
            Ok(found) => Ok(Some(Blob {
                size: found.meta.size,
                stream: found.into_stream().map_err(BlobError::from).boxed(),
            })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Erases a file; it is fine when there is none. Only for content that nobody else can have: what is shared stays.
    pub async fn erase(&self, digest: Digest) -> Result<(), BlobError> {
        match self.store.delete(&place(digest)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// True when files can be looked for: for readiness.
    pub async fn check(&self) -> Result<(), BlobError> {
        match self.store.head(&place(Digest::of(b""))).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Two hundred and fifty-six folders keep each of them small.
fn place(digest: Digest) -> path::Path {
    let hex = digest.to_string();
    path::Path::from(format!("{}/{}", &hex[..2], &hex[2..]))
}
