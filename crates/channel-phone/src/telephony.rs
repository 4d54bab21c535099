//! What the edge asks of telephony.

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use plugboard_blob::{Blob, Digest};
use plugboard_channel::phone::{
    BrowserLink, DIGITS_MAX, OFFER_MAX, PhoneError, Sound, Telephony, TrunkStep,
};
use plugboard_domain::ids::{AgentId, CallId, InboxId};
use plugboard_phone_media::{digits::Digit, wav};

use crate::{
    host::PhoneHost,
    lines::Word,
    trying,
    vault::{Unsealer, sound_bytes, wav_head},
};

#[async_trait]
impl Telephony for PhoneHost {
    async fn connect(&self, agent: AgentId, offer: String) -> Result<BrowserLink, PhoneError> {
        if offer.len() > OFFER_MAX {
            return Err(PhoneError::Unusable(format!(
                "it is longer than {OFFER_MAX} bytes"
            )));
        }
        let browsers = self.shared.browsers().ok_or(PhoneError::Unavailable)?;
        browsers.connect(agent, offer).await
    }

    fn leave(&self, agent: AgentId) {
        if let Some(browsers) = self.shared.browsers() {
            browsers.leave(agent);
        }
    }

    async fn digits(&self, call: CallId, digits: &str) -> Result<(), PhoneError> {
        let read: Option<Vec<Digit>> = digits.chars().map(Digit::of).collect();
        let read = read.filter(|it| (1..=DIGITS_MAX).contains(&it.len()));
        let read =
            read.ok_or_else(|| PhoneError::Unusable("digits are 0-9, *, # and A-D".to_owned()))?;
        if self.shared.lines.tell(call, Word::Digits(read)) {
            Ok(())
        } else {
            Err(PhoneError::NoCall)
        }
    }

    async fn sound(
        &self,
        call: CallId,
        blob: &str,
        part: Option<Range<u64>>,
    ) -> Result<Sound, PhoneError> {
        let digest: Digest = blob.parse().map_err(|_| PhoneError::NoRecording)?;
        let found = self.shared.config.blobs.get(digest).await;
        let found = found.ok().flatten().ok_or(PhoneError::NoRecording)?;
        let sound = sound_bytes(found.size);
        let head = Bytes::copy_from_slice(&wav_head(sound));
        let total = sound + head.len() as u64;
        let part = part.unwrap_or(0..total);
        let part = part.start.min(total)..part.end.min(total);
        let unsealer = Unsealer::new(self.shared.vault.of(call));
        let whole = stream::once(async move { Ok(head) }).chain(unsealed(found, unsealer));
        Ok(Sound {
            total,
            stream: cut(whole, part).boxed(),
        })
    }

    async fn announcement(&self, file: Bytes) -> Result<Bytes, PhoneError> {
        // Up to a second of arithmetic: where it holds nobody up.
        let made = self
            .shared
            .sound()
            .spawn_blocking(move || wav::read(&file).map(|sound| wav::a_law(&sound)));
        match made.await {
            Ok(Ok(made)) => Ok(made.into()),
            Ok(Err(why)) => Err(PhoneError::Unusable(why.to_string())),
            Err(_) => Err(PhoneError::Unavailable),
        }
    }

    async fn try_trunk(&self, inbox: InboxId) -> Result<Vec<TrunkStep>, PhoneError> {
        trying::run(&self.shared, inbox).await
    }

    fn troubles(&self) -> Vec<String> {
        PhoneHost::troubles(self)
    }
}

/// The sound of a stored recording.
fn unsealed(
    blob: Blob,
    unsealer: Unsealer,
) -> impl stream::Stream<Item = Result<Bytes, PhoneError>> {
    let begin = (blob.stream, Some(unsealer));
    stream::try_unfold(begin, |(mut stored, unsealer)| async move {
        let Some(mut unsealer) = unsealer else {
            return Ok(None);
        };
        let broken = |_| PhoneError::NoRecording;
        loop {
            match stored.next().await {
                Some(Ok(bytes)) => {
                    let sound = unsealer.push(&bytes).map_err(broken)?;
                    if !sound.is_empty() {
                        return Ok(Some((Bytes::from(sound), (stored, Some(unsealer)))));
                    }
                }
                Some(Err(_)) => return Err(PhoneError::NoRecording),
                None => {
                    let sound = unsealer.end().map_err(broken)?;
                    return Ok(Some((Bytes::from(sound), (stored, None))));
                }
            }
        }
    })
}

/// The part of a stream of bytes that lies in a range; it ends with the range.
fn cut(
    whole: impl stream::Stream<Item = Result<Bytes, PhoneError>> + Send + 'static,
    part: Range<u64>,
) -> impl stream::Stream<Item = Result<Bytes, PhoneError>> + Send {
    let begin = (Box::pin(whole), 0_u64, part);
    stream::try_unfold(begin, |(mut whole, mut at, part)| async move {
        while at < part.end {
            let Some(bytes) = whole.next().await else {
                break;
            };
            let bytes = bytes?;
            let from = part.start.saturating_sub(at).min(bytes.len() as u64);
            let to = (part.end - at).min(bytes.len() as u64);
            at += bytes.len() as u64;
            if from < to {
                let inside = |it: u64| usize::try_from(it).unwrap_or(usize::MAX);
                let cut = bytes.slice(inside(from)..inside(to));
                return Ok(Some((cut, (whole, at, part))));
            }
        }
        Ok(None)
    })
}
