//! Chance with a seed, so that a failure can be repeated.

use std::hash::{BuildHasher as _, Hasher as _};

/// A small generator (xorshift64*): enough to choose moments and writes.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The same seed gives the same throws.
    pub fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % end
    }

    /// Heads or tails.
    pub fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// A seed that differs from run to run.
pub fn any_seed() -> u64 {
    let hasher = std::hash::RandomState::new().build_hasher();
    hasher.finish() % 1_000_000
}
