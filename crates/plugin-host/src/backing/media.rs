//! Files on their way between providers and the desk's file store. No file is ever in memory whole.

use futures_util::{Stream, StreamExt, stream::BoxStream};
use plugboard_blob::{BlobError, Digest};
use plugboard_plugin_runtime::types::{Failure, MediaRef, code};

use super::DeskBacking;

/// Largest file of a provider, in bytes.
const BYTES_MAX: u64 = 50 * 1024 * 1024;

/// Bytes that tell a file's type.
const MAGIC_BYTES: usize = 8 * 1024;

type Pieces = BoxStream<'static, Result<bytes::Bytes, BlobError>>;

/// The content of a file, for a request.
pub(super) async fn stream(
    backing: &DeskBacking,
    media: &MediaRef,
) -> Result<(u64, Pieces), Failure> {
    let digest: Digest = media.id.parse().map_err(|_| unknown())?;
    let found = backing.blobs.get(digest).await.map_err(failed)?;
    let blob = found.ok_or_else(unknown)?;
    Ok((blob.size, blob.stream))
}

/// A stretch of a file.
pub(super) async fn read(
    backing: &DeskBacking,
    media: &MediaRef,
    offset: u64,
    len: u32,
) -> Result<Vec<u8>, Failure> {
    let (_, mut pieces) = stream(backing, media).await?;
    let (mut skip, mut out) = (offset, Vec::new());
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(failed)?;
        let from = usize::try_from(skip).unwrap_or(usize::MAX).min(piece.len());
        skip -= from as u64;
        let room = len as usize - out.len();
        out.extend(piece[from..].iter().take(room));
        if out.len() == len as usize {
            break;
        }
    }
    Ok(out)
}

/// Keeps what arrives. Its type is what the bytes are, else what was said.
pub(super) async fn keep<E: std::fmt::Display>(
    backing: &DeskBacking,
    pieces: impl Stream<Item = Result<bytes::Bytes, E>> + Send + Unpin,
    name: &str,
    said: Option<String>,
) -> Result<MediaRef, Failure> {
    let mut head = Vec::new();
    let looked_at = pieces.inspect(|piece| {
        if let Ok(piece) = piece {
            let room = MAGIC_BYTES.saturating_sub(head.len());
            head.extend(piece.iter().take(room));
        }
    });
    let upload = backing.engine().map_err(unavailable)?.mint();
    let stored = backing.blobs.put_stream(upload, looked_at, BYTES_MAX).await;
    let stored = stored.map_err(failed)?;
    let found = infer::get(&head).map(|it| it.mime_type().to_owned());
    let mime = found
        .or(said)
        .unwrap_or_else(|| "application/octet-stream".to_owned());
    Ok(MediaRef {
        id: stored.digest.to_string(),
        name: clean(name),
        mime: mime.split(';').next().unwrap_or_default().trim().to_owned(),
        size: stored.size,
    })
}

/// A file name without folders and control characters.
fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|it| !it.is_control())
        .take(120)
        .collect();
    match kept.trim().trim_start_matches('.') {
        "" => "file".to_owned(),
        kept => kept.to_owned(),
    }
}

fn unknown() -> Failure {
    Failure::lasting(code::NOT_FOUND, "there is no such file")
}

fn unavailable(_: impl std::error::Error) -> Failure {
    Failure::passing(code::NETWORK, "the desk is not ready")
}

fn failed(error: BlobError) -> Failure {
    match error {
        BlobError::TooLarge { max } => Failure::lasting(
            code::TOO_LARGE,
            format!("the file is larger than {max} bytes"),
        ),
        BlobError::BrokenOff(_) => Failure::passing(code::NETWORK, "the file broke off"),
        BlobError::Unavailable(_) => {
            Failure::passing(code::NETWORK, "the file store is unavailable")
        }
    }
}
