//! `GET /api/v1/calls/{id}/peaks`: the shape of a recording, for a player.

use axum::extract::State;
use futures_util::StreamExt;
use plugboard_protocol::calls::Peaks;

use super::{failed, visible};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
};

/// Steps of a shape: a pixel each on a wide screen.
const STEPS: u64 = 800;

/// Where the sound begins at the latest: what is before it is a header.
const HEAD_MAX: usize = 4_096;

/// The shape of a recording: how loud each side is, in equal steps of time.
#[utoipa::path(
    get, path = "/api/v1/calls/{id}/peaks", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, description = "The shape", body = Peaks), ReadErrors)
)]
pub(crate) async fn get_peaks(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Peaks>, ApiError> {
    let call = visible(&app, &caller, &id).await?.row.call;
    let blob = call.recording.as_ref().and_then(|it| it.blob.clone());
    let blob = blob.ok_or_else(|| ApiError::not_found("recording"))?;
    let telephony = app.telephony()?;
    let mut sound = telephony
        .sound(call.id, &blob, None)
        .await
        .map_err(failed)?;
    let mut head = Vec::new();
    let mut shape: Option<Shape> = None;
    while let Some(piece) = sound.stream.next().await {
        let piece = piece.map_err(failed)?;
        if let Some(shape) = &mut shape {
            shape.add(&piece);
            continue;
        }
        head.extend_from_slice(&piece);
        if let Some((format, at)) = Format::read(&head) {
            let mut begun = Shape::new(format, sound.total.saturating_sub(at as u64));
            begun.add(&head[at..]);
            shape = Some(begun);
        } else if head.len() > HEAD_MAX {
            break;
        }
    }
    let shape = shape.ok_or_else(|| ApiError::not_found("recording"))?;
    Ok(Json(shape.finish()))
}

/// How samples are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Format {
    /// 1 for linear, 6 for A-law, 7 for u-law.
    code: u16,
    channels: u16,
    rate: u32,
    bytes: u16,
}

impl Format {
    /// Reads the header of a WAV file; the format, and where the sound begins. `None` until it is there whole.
    fn read(head: &[u8]) -> Option<(Self, usize)> {
        let short = |at: usize| Some(u16::from_le_bytes(head.get(at..at + 2)?.try_into().ok()?));
        let long = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
        if head.get(..4)? != b"RIFF" || head.get(8..12)? != b"WAVE" {
            return None;
        }
        let (mut at, mut format) = (12, None);
        loop {
            let (name, size) = (head.get(at..at + 4)?, long(at + 4)? as usize);
            let body = at + 8;
            match name {
                b"fmt " => {
                    format = Some(Self {
                        code: short(body)?,
                        channels: short(body + 2)?.clamp(1, 2),
                        rate: long(body + 4)?.max(1),
                        bytes: (short(body + 14)? / 8).clamp(1, 2),
                    });
                }
                b"data" => return Some((format?, body)),
                _ => {}
            }
            at = body.checked_add(size)?.checked_add(size % 2)?;
        }
    }

    /// How loud a sample is, from 0 to 255.
    fn loudness(self, sample: &[u8]) -> u8 {
        match (self.code, sample) {
            (6, [byte]) => alaw(*byte),
            (7, [byte]) => mulaw(*byte),
            (_, [low, high]) => {
                let value = i16::from_le_bytes([*low, *high]).unsigned_abs();
                u8::try_from(value / 129).unwrap_or(u8::MAX)
            }
            (_, [byte]) => byte.abs_diff(128).saturating_mul(2),
            _ => 0,
        }
    }
}

/// ITU-T G.711 u-law, as loudness.
fn mulaw(byte: u8) -> u8 {
    let it = !byte;
    let (exponent, mantissa) = (u32::from((it >> 4) & 7), u32::from(it & 15));
    let value = (((mantissa << 3) + 0x84) << exponent) - 0x84;
    u8::try_from(value / 125).unwrap_or(u8::MAX)
}

/// ITU-T G.711 A-law, as loudness.
fn alaw(byte: u8) -> u8 {
    let it = byte ^ 0x55;
    let (exponent, mantissa) = (u32::from((it >> 4) & 7), u32::from(it & 15));
    let value = match exponent {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (exponent - 1),
    };
    u8::try_from(value / 127).unwrap_or(u8::MAX)
}

/// A shape as it grows.
struct Shape {
    format: Format,
    /// Samples of each channel.
    frames: u64,
    frame: u64,
    rest: Vec<u8>,
    peaks: Vec<Vec<u8>>,
}

impl Shape {
    fn new(format: Format, bytes: u64) -> Self {
        let size = u64::from(format.channels) * u64::from(format.bytes);
        let frames = bytes / size;
        let steps = usize::try_from(STEPS.min(frames)).unwrap_or(0);
        Self {
            format,
            frames,
            frame: 0,
            rest: Vec::new(),
            peaks: vec![vec![0; steps]; usize::from(format.channels)],
        }
    }

    fn add(&mut self, piece: &[u8]) {
        self.rest.extend_from_slice(piece);
        let bytes = usize::from(self.format.bytes);
        let size = bytes * usize::from(self.format.channels);
        let whole = self.rest.len() / size * size;
        let rest = std::mem::take(&mut self.rest);
        for frame in rest[..whole].chunks_exact(size) {
            let steps = STEPS.min(self.frames).max(1);
            let step = self.frame.saturating_mul(steps) / self.frames.max(1);
            let step = usize::try_from(step).unwrap_or(usize::MAX);
            for (peaks, sample) in self.peaks.iter_mut().zip(frame.chunks_exact(bytes)) {
                if let Some(peak) = peaks.get_mut(step) {
                    *peak = (*peak).max(self.format.loudness(sample));
                }
            }
            self.frame += 1;
        }
        self.rest = rest[whole..].to_vec();
    }

    fn finish(self) -> Peaks {
        let millis = self.frames.saturating_mul(1_000) / u64::from(self.format.rate);
        Peaks {
            seconds: std::time::Duration::from_millis(millis).as_secs_f64(),
            peaks: self.peaks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(code: u16, channels: u16, bits: u16, sound: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        file.extend(16_u32.to_le_bytes());
        file.extend(code.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(8_000_u32.to_le_bytes());
        file.extend(0_u32.to_le_bytes());
        file.extend(0_u16.to_le_bytes());
        file.extend(bits.to_le_bytes());
        file.extend(b"data");
        file.extend(u32::try_from(sound.len()).expect("short").to_le_bytes());
        file.extend(sound);
        file
    }

    #[test]
    fn each_side_has_its_own_shape_whatever_pieces_it_comes_in() {
        let mut sound = Vec::new();
        for n in 0..8_000_i16 {
            let (left, right) = if n < 4_000 {
                (16_000, 0)
            } else {
                (0, 32_000_i16)
            };
            sound.extend(i16::to_le_bytes(left));
            sound.extend(right.to_le_bytes());
        }
        let file = wav(1, 2, 16, &sound);
        let (format, at) = Format::read(&file).expect("a header");
        assert_eq!(at, 44);
        let mut shape = Shape::new(format, (file.len() - at) as u64);
        for piece in file[at..].chunks(7) {
            shape.add(piece);
        }
        let peaks = shape.finish();
        assert!((peaks.seconds - 1.0).abs() < 0.001);
        assert_eq!((peaks.peaks[0][0], peaks.peaks[0][799]), (124, 0));
        assert_eq!((peaks.peaks[1][0], peaks.peaks[1][799]), (0, 248));
    }

    #[test]
    fn compressed_samples_are_as_loud_as_they_sound() {
        assert_eq!((mulaw(0xff), mulaw(0x7f)), (0, 0));
        assert!(mulaw(0x00) == 255 && mulaw(0x80) == 255);
        assert!(alaw(0xd5) == 0 && alaw(0xaa) > 250);
    }

    #[test]
    fn what_is_no_sound_has_no_shape() {
        assert_eq!(Format::read(b"RIFF"), None);
        assert_eq!(Format::read(&[0; 100]), None);
        let mut endless = b"RIFF\0\0\0\0WAVEjunk".to_vec();
        endless.extend(u32::MAX.to_le_bytes());
        assert_eq!(Format::read(&endless), None);
    }
}
