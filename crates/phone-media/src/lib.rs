//! The sound of calls as bytes. Pure: no sockets and no clock; time is counted in samples, of which there are 8,000 a second.
//!
//! What comes from a peer is hostile until it is read: every reader here takes any bytes, answers with an error or skips, and
//! holds a bounded amount of them. What goes to a peer is one unbroken stream whatever plays in it: see [`outlet::Outlet`].

pub mod digits;
pub mod g711;
pub mod jitter;
pub mod latch;
pub mod mix;
pub mod outlet;
pub mod recording;
pub mod resample;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod silence;
pub mod tone;
pub mod voice;
pub mod wav;

/// Samples a second of telephone sound.
pub const RATE: u32 = 8_000;

/// Samples of one packet: 20 ms.
pub const FRAME: usize = 160;

/// A sum as a sample: what is too loud is as loud as can be.
#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to the range just before"
)]
pub(crate) fn saturate(sum: i32) -> i16 {
    sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}
