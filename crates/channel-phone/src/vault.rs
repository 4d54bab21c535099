//! Recordings at rest: sound that only this desk can read.
//!
//! A file is a row of pieces of a quarter of a second, each sealed by itself (ChaCha20-Poly1305): so it can be written while the call
//! lasts, is whole up to the last full piece when its writer dies, and can be read from any place. The key is made for each
//! call; the number of a piece and whether it is the last are its nonce, so none is used twice, and a file that was cut off is told
//! from one that was finished.

use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce, aead::Aead};
use hmac::{Hmac, Mac};
use plugboard_domain::ids::CallId;
use plugboard_phone_media::recording::{HEAD, head};
use sha2::Sha256;

/// Bytes of sound in a piece: a quarter of a second of two channels of 16 bits.
pub const PIECE: usize = 8_000;

/// Bytes that sealing adds to a piece.
const SEAL: usize = 16;

/// A key that all recordings of a desk are sealed with, each with one made of it.
#[derive(Clone)]
pub struct Vault {
    key: [u8; 32],
}

/// A file that was not sealed here, or not as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the recording cannot be unsealed")]
pub struct Broken;

impl Vault {
    /// With the key of a desk.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// What the recording of a call is sealed with.
    pub fn of(&self, call: CallId) -> Seal {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)
            .expect("a code of this kind takes a key of any length");
        mac.update(call.0.as_bytes());
        let key: [u8; 32] = mac.finalize().into_bytes().into();
        Seal {
            cipher: ChaCha20Poly1305::new(&key.into()),
        }
    }
}

/// Seals and unseals one recording.
pub struct Seal {
    cipher: ChaCha20Poly1305,
}

impl Seal {
    /// A piece as it is stored.
    pub fn seal(&self, number: u64, last: bool, sound: &[u8]) -> Vec<u8> {
        self.cipher
            .encrypt(&nonce(number, last), sound)
            .expect("a piece is far smaller than what can be sealed")
    }

    /// A piece as it was.
    pub fn unseal(&self, number: u64, last: bool, stored: &[u8]) -> Result<Vec<u8>, Broken> {
        self.cipher
            .decrypt(&nonce(number, last), stored)
            .map_err(|_| Broken)
    }

    /// What a file whose writer died holds, sealed as one that was finished; with the bytes of sound in it.
    pub fn mended(&self, stored: &[u8]) -> (Vec<u8>, u64) {
        let mut mended = Vec::with_capacity(stored.len());
        let pieces: Vec<_> = stored.chunks(PIECE + SEAL).collect();
        let mut whole = Vec::new();
        for (number, piece) in (0_u64..).zip(&pieces) {
            let unsealed = self
                .unseal(number, false, piece)
                .or_else(|_| self.unseal(number, true, piece));
            match unsealed {
                Ok(sound) => whole.push(sound),
                Err(Broken) => break,
            }
        }
        let mut bytes = 0;
        let count = whole.len();
        for (at, sound) in whole.iter().enumerate() {
            bytes += sound.len() as u64;
            mended.extend(self.seal(at as u64, at + 1 == count, sound));
        }
        (mended, bytes)
    }
}

/// Bytes of sound in a file of this length.
pub fn sound_bytes(stored: u64) -> u64 {
    let piece = (PIECE + SEAL) as u64;
    let (whole, rest) = (stored / piece, stored % piece);
    whole * PIECE as u64 + rest.saturating_sub(SEAL as u64)
}

/// The head of the WAV file that a recording is read as.
pub fn wav_head(sound: u64) -> [u8; HEAD] {
    head(u32::try_from(sound).unwrap_or(u32::MAX - 40))
}

/// Unseals a file that comes in parts of any length.
pub struct Unsealer {
    seal: Seal,
    held: Vec<u8>,
    number: u64,
}

impl Unsealer {
    /// From its beginning.
    pub fn new(seal: Seal) -> Self {
        Self {
            seal,
            held: Vec::new(),
            number: 0,
        }
    }

    /// Takes bytes in; the sound of the pieces that are whole and not the last.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Broken> {
        self.held.extend(bytes);
        let mut sound = Vec::new();
        // One is held back: only at the end it is known which the last is.
        while self.held.len() > PIECE + SEAL {
            let piece: Vec<u8> = self.held.drain(..PIECE + SEAL).collect();
            sound.extend(self.seal.unseal(self.number, false, &piece)?);
            self.number += 1;
        }
        Ok(sound)
    }

    /// The sound of the last piece. An error when the file was cut off.
    pub fn end(self) -> Result<Vec<u8>, Broken> {
        if self.held.is_empty() && self.number == 0 {
            return Ok(Vec::new());
        }
        self.seal.unseal(self.number, true, &self.held)
    }
}

fn nonce(number: u64, last: bool) -> Nonce {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&number.to_le_bytes());
    nonce[8] = u8::from(last);
    nonce.into()
}

#[cfg(test)]
mod tests {
    use super::{PIECE, Unsealer, Vault, sound_bytes};
    use plugboard_domain::ids::CallId;

    fn call(of: u128) -> CallId {
        CallId(uuid::Uuid::from_u128(of))
    }

    fn read(
        vault: &Vault,
        call: CallId,
        stored: &[u8],
        step: usize,
    ) -> Result<Vec<u8>, super::Broken> {
        let mut unsealer = Unsealer::new(vault.of(call));
        let mut sound = Vec::new();
        for part in stored.chunks(step) {
            sound.extend(unsealer.push(part)?);
        }
        sound.extend(unsealer.end()?);
        Ok(sound)
    }

    #[test]
    fn a_recording_is_read_with_its_own_key_alone_and_only_whole() {
        let vault = Vault::new([7; 32]);
        let seal = vault.of(call(1));
        let sound: Vec<u8> = (0..PIECE * 2 + 500)
            .map(|it| u8::try_from(it % 251).unwrap())
            .collect();
        let pieces: Vec<_> = sound.chunks(PIECE).collect();
        let mut stored = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            stored.extend(seal.seal(at as u64, at + 1 == pieces.len(), piece));
        }
        assert!(
            !stored
                .windows(16)
                .any(|it| sound[..100].windows(16).any(|plain| plain == it))
        );
        assert_eq!(sound_bytes(stored.len() as u64), sound.len() as u64);
        for step in [1_000, PIECE + 16, 100_000] {
            assert_eq!(read(&vault, call(1), &stored, step).unwrap(), sound);
        }
        assert!(read(&vault, call(2), &stored, 1_000).is_err());
        assert!(read(&Vault::new([8; 32]), call(1), &stored, 1_000).is_err());
        assert!(read(&vault, call(1), &stored[..PIECE + 16], 1_000).is_err());
    }

    #[test]
    fn what_a_writer_that_died_left_is_mended_up_to_its_last_piece() {
        let vault = Vault::new([7; 32]);
        let seal = vault.of(call(1));
        let mut stored = Vec::new();
        for at in 0..3 {
            stored.extend(seal.seal(at, false, &vec![1; PIECE]));
        }
        stored.truncate(stored.len() - 100);
        let (mended, bytes) = seal.mended(&stored);
        assert_eq!(bytes, 2 * PIECE as u64);
        assert_eq!(
            read(&vault, call(1), &mended, 5_000).unwrap(),
            vec![1; 2 * PIECE]
        );
        assert_eq!(seal.mended(&[0; 10]), (Vec::new(), 0));
    }
}
