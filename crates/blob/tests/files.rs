//! What callers rely on, against a real directory.

#![expect(clippy::unwrap_used, reason = "tests")]

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use plugboard_blob::{BlobError, Blobs, Digest};
use uuid::Uuid;

fn pieces(
    sizes: &[usize],
) -> impl futures_util::Stream<Item = Result<Bytes, String>> + Unpin + use<> {
    let pieces: Vec<_> = sizes
        .iter()
        .enumerate()
        .map(|(at, size)| Ok(Bytes::from(vec![u8::try_from(at).unwrap(); *size])))
        .collect();
    stream::iter(pieces)
}

async fn read(blobs: &Blobs, digest: Digest) -> Option<Vec<u8>> {
    let blob = blobs.get(digest).await.unwrap()?;
    let content: Vec<Bytes> = blob.stream.try_collect().await.unwrap();
    let content = content.concat();
    assert_eq!(content.len() as u64, blob.size);
    Some(content)
}

fn files_under(directory: &std::path::Path) -> usize {
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files_under(&path) } else { 1 })
        .sum()
}

#[tokio::test]
async fn the_same_content_is_one_file_however_it_came() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = Blobs::in_directory(directory.path()).unwrap();
    let sizes = [3_000_000, 4_000_000, 1];
    let whole: Vec<Bytes> = pieces(&sizes).try_collect().await.unwrap();
    let put = blobs.put(whole.concat().into()).await.unwrap();
    let streamed = blobs
        .put_stream(Uuid::nil(), pieces(&sizes), 7_000_001)
        .await
        .unwrap();
    assert_eq!(put, streamed);
    assert_eq!(put.size, 7_000_001);
    assert_eq!(files_under(directory.path()), 1);
    assert_eq!(read(&blobs, put.digest).await.unwrap(), whole.concat());
}

#[tokio::test]
async fn nothing_remains_of_uploads_that_fail() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = Blobs::in_directory(directory.path()).unwrap();
    let error = blobs
        .put_stream(Uuid::nil(), pieces(&[6_000_000, 6_000_000]), 10_000_000)
        .await
        .unwrap_err();
    assert!(matches!(error, BlobError::TooLarge { max: 10_000_000 }));
    let broken = pieces(&[10]).chain(stream::iter([Err("reset".to_owned())]));
    let error = blobs
        .put_stream(Uuid::nil(), broken, 100)
        .await
        .unwrap_err();
    assert!(matches!(error, BlobError::BrokenOff(_)));
    assert_eq!(files_under(directory.path()), 0);
}

#[tokio::test]
async fn what_was_never_stored_is_not_found_and_empty_content_is_content() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = Blobs::in_directory(&directory.path().join("made/when/missing")).unwrap();
    blobs.check().await.unwrap();
    assert_eq!(read(&blobs, Digest::of(b"x")).await, None);
    let empty = blobs.put_stream(Uuid::nil(), pieces(&[]), 0).await.unwrap();
    assert_eq!(read(&blobs, empty.digest).await, Some(vec![]));
    // The well-known hash of nothing, so that keys are what other tools compute.
    let known = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(known.parse(), Ok(empty.digest));
}
