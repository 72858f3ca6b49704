//! Randomness that can be had again: `SESSIONS_TEST_SEED` is the seed that a failed test has named.

use std::env;

/// A generator (xorshift64*) that a seed determines.
pub(super) struct Random(u64);

fn given_seed() -> Option<u64> {
    env::var("SESSIONS_TEST_SEED").ok().map(|seed| seed.parse().unwrap())
}

/// Runs a case for `count` seeds, or for the given one alone, and names the seed that fails.
pub(super) fn for_seeds(count: u64, case: impl Fn(u64)) {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    let first = given_seed().unwrap_or_else(|| u32::from_le_bytes(bytes).into());
    let count = if given_seed().is_some() { 1 } else { count };
    for seed in first..first + count {
        let naming = NameSeed(seed);
        case(seed);
        std::mem::forget(naming);
    }
}

/// Says which seed it was when its case panics.
struct NameSeed(u64);

impl Drop for NameSeed {
    fn drop(&mut self) {
        eprintln!("failed with SESSIONS_TEST_SEED={}", self.0);
    }
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            random.below(2);
        }
        random
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d);
        usize::try_from(drawn >> 33).unwrap() % bound
    }

    /// One of these.
    pub(super) fn one_of<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len())]
    }
}
