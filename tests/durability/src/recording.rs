//! Reads what the shim wrote down; `shim/recorder.c` describes the format.

use std::{fs, path::Path, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Bytes before each payload.
const HEAD_BYTES: usize = 21;

/// One thing that the process asked of the disk, or said to a client.
#[derive(Debug)]
pub enum Step {
    /// A descriptor with this number now stands for a path.
    Open {
        /// Number of the descriptor's life; a later process counts from 1 again.
        file: u32,
        /// The path.
        path: PathBuf,
    },
    /// Bytes were written.
    Write {
        /// Where to.
        file: u32,
        /// From which byte on.
        offset: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// The file was cut or grown.
    Truncate {
        /// Which.
        file: u32,
        /// Its size from then on.
        size: u64,
    },
    /// Everything written to the file so far became durable.
    Sync {
        /// Which.
        file: u32,
    },
    /// A name was removed.
    Unlink(PathBuf),
    /// A name was moved over another.
    Rename {
        /// Old name.
        from: PathBuf,
        /// New name.
        to: PathBuf,
    },
    /// An answer with 201 is about to leave; the id when it acknowledges a message.
    Acknowledge(Option<String>),
}

/// Reads a whole recording. Its end may be torn: the process was killed.
pub fn read(path: &Path) -> Result<Vec<Step>> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let mut rest = &bytes[..];
    let mut steps = Vec::new();
    while rest.len() >= HEAD_BYTES {
        let (head, after) = rest.split_at(HEAD_BYTES);
        let number = |from: usize| -> Result<u64> {
            Ok(u64::from_le_bytes(head[from..from + 8].try_into()?))
        };
        let file = u32::from_le_bytes(head[1..5].try_into()?);
        let (offset, length) = (number(5)?, usize::try_from(number(13)?)?);
        let Some((payload, next)) = after.split_at_checked(length) else {
            break;
        };
        steps.push(step(head[0], file, offset, payload)?);
        rest = next;
    }
    Ok(steps)
}

fn step(kind: u8, file: u32, offset: u64, payload: &[u8]) -> Result<Step> {
    let path = |bytes: &[u8]| PathBuf::from(String::from_utf8_lossy(bytes).into_owned());
    Ok(match kind {
        b'O' => Step::Open {
            file,
            path: path(payload),
        },
        b'W' => Step::Write {
            file,
            offset,
            bytes: payload.to_vec(),
        },
        b'T' => Step::Truncate { file, size: offset },
        b'S' => Step::Sync { file },
        b'U' => Step::Unlink(path(payload)),
        b'R' => {
            let middle = payload.iter().position(|byte| *byte == 0);
            let (from, to) = payload.split_at(middle.context("rename without a second name")?);
            Step::Rename {
                from: path(from),
                to: path(&to[1..]),
            }
        }
        b'A' => Step::Acknowledge(acknowledged(payload)),
        b'X' => bail!(
            "the replay does not know `{}`",
            String::from_utf8_lossy(payload)
        ),
        _ => bail!("the recording is damaged: kind {kind}"),
    })
}

/// Id of the message in an answer.
fn acknowledged(answer: &[u8]) -> Option<String> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let body: Value = serde_json::from_slice(&answer[end + 4..]).ok()?;
    Some(body["message"]["id"].as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_the_message_it_acknowledges() {
        let answer = b"HTTP/1.1 201 Created\r\n\r\n{\"message\":{\"id\":\"m7\"}}";
        assert_eq!(acknowledged(answer).as_deref(), Some("m7"));
        let other = b"HTTP/1.1 201 Created\r\n\r\n{\"token\":\"t\"}";
        assert_eq!(acknowledged(other), None);
    }
}
