//! Takes a file out of a multipart body and stores it.

use axum::{
    body::Bytes,
    extract::{Multipart, multipart::MultipartError},
    http::StatusCode,
};
use plugboard_domain::{Actor, command::StoredFile};

use crate::{ApiError, App};

/// Longest file name, in characters; the end stays, since it says what the file is.
const NAME_CHARS_MAX: usize = 120;

/// The file in the part `file`: stored in the blob store, not yet known to the desk.
pub(crate) async fn receive(
    app: &App,
    owner: Actor,
    multipart: Multipart,
    bytes_max: u64,
) -> Result<StoredFile, ApiError> {
    let (name, content) = read_part(multipart, "file").await?;
    if content.len() as u64 > bytes_max {
        return Err(ApiError::too_large(format!(
            "a file must be at most {bytes_max} bytes"
        )));
    }
    store(app, owner, clean_name(&name), content).await
}

/// The file name and the bytes of the part of this name.
pub(crate) async fn read_part(
    mut multipart: Multipart,
    part: &str,
) -> Result<(String, Bytes), ApiError> {
    while let Some(field) = multipart
        .next_field()
        .await
        .map_err(|error| refused(&error))?
    {
        if field.name() != Some(part) {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let content = field.bytes().await.map_err(|error| refused(&error))?;
        if content.is_empty() {
            return Err(ApiError::invalid("the file is empty"));
        }
        return Ok((name, content));
    }
    Err(ApiError::invalid(format!(
        "the body needs a part called {part}"
    )))
}

async fn store(
    app: &App,
    owner: Actor,
    name: String,
    content: Bytes,
) -> Result<StoredFile, ApiError> {
    let content_type = content_type(&content).to_owned();
    let stored = app.blobs.put(content).await.map_err(|error| {
        tracing::error!(%error, "a file was not stored");
        ApiError::unavailable("the file could not be stored")
    })?;
    Ok(StoredFile {
        id: app.engine.mint(),
        owner,
        sha256: stored.digest.to_string(),
        name,
        content_type,
        size: stored.size,
    })
}

/// The media type by magic bytes; plain text when it reads as text, and otherwise nothing in particular. What the uploader
/// says does not count.
fn content_type(content: &[u8]) -> &'static str {
    match infer::get(content) {
        // Types that a browser would run are kept as what they are only in name.
        Some(kind) if kind.mime_type().starts_with("text/") => "text/plain",
        Some(kind) => kind.mime_type(),
        None if std::str::from_utf8(content).is_ok_and(|text| !text.contains('\0')) => "text/plain",
        None => "application/octet-stream",
    }
}

/// A name without folders, control characters and what file systems and headers stumble over.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: Vec<char> = last
        .chars()
        .filter(|c| !c.is_control() && !"\"<>|:*?".contains(*c) && !is_direction_mark(*c))
        .collect();
    let start = kept.len().saturating_sub(NAME_CHARS_MAX);
    let name: String = kept[start..].iter().collect();
    let name = name.trim().trim_start_matches('.').trim();
    if name.is_empty() {
        "file".to_owned()
    } else {
        name.to_owned()
    }
}

/// Marks that turn the reading direction, with which `gpj.exe` is made to read `exe.jpg`.
fn is_direction_mark(c: char) -> bool {
    matches!(u32::from(c), 0x200E..=0x200F | 0x202A..=0x202E | 0x2066..=0x2069)
}

fn refused(error: &MultipartError) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::too_large("the body is larger than allowed");
    }
    ApiError::malformed("the multipart body could not be read")
}

#[cfg(test)]
mod tests {
    use super::{clean_name, content_type};

    #[test]
    fn names_lose_folders_and_tricks() {
        assert_eq!(clean_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_name(r"C:\fakepath\退款 凭证.png"), "退款 凭证.png");
        assert_eq!(clean_name("a\u{202e}gpj.exe\r\n"), "agpj.exe");
        assert_eq!(clean_name("..."), "file");
        assert_eq!(
            clean_name(&format!("{}.png", "x".repeat(300)))
                .chars()
                .count(),
            120
        );
    }

    #[test]
    fn types_come_from_bytes() {
        assert_eq!(content_type(b"\x89PNG\r\n\x1a\n0000IHDR"), "image/png");
        assert_eq!(content_type("纯文本".as_bytes()), "text/plain");
        assert_eq!(
            content_type(b"<html><script>alert(1)</script></html>"),
            "text/plain"
        );
        assert_eq!(content_type(&[0, 1, 2, 255]), "application/octet-stream");
    }
}
