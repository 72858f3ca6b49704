//! Randomness that can be had again.

use std::env;

/// A generator (xorshift64*) that a seed determines.
pub(crate) struct Random(u64);

/// `ENGINE_TEST_SEED`, if it is set: the seed that a failed test has named.
fn given_seed() -> Option<u64> {
    env::var("ENGINE_TEST_SEED").ok().map(|seed| seed.parse().unwrap())
}

/// The given seed, or a new one.
pub(crate) fn seed() -> u64 {
    given_seed().unwrap_or_else(|| {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes).unwrap();
        u32::from_le_bytes(bytes).into()
    })
}

/// Runs a case for `count` seeds, or for the given one alone, and names the seed that fails.
pub(crate) fn for_seeds(count: u64, case: impl Fn(u64)) {
    let count = if given_seed().is_some() { 1 } else { count };
    let first = seed();
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
        report(self.0);
    }
}

#[expect(clippy::print_stderr, reason = "the seed of a test that fails")]
fn report(seed: u64) {
    eprintln!("failed with ENGINE_TEST_SEED={seed}");
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound
    }

    /// Yes, once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Lets the others have a few turns.
    pub(crate) async fn pause(&mut self, most: usize) {
        for _ in 0..self.below(most + 1) {
            tokio::task::yield_now().await;
        }
    }
}
