//! Fuzz targets for everything that decodes what clients send.
//!
//! What must hold for every input stands beside each decoder, in the `fuzzing` modules of
//! `engineio` and `socketio`. Here are the inputs: a small corpus, and mutations that know what
//! the inputs are made of. `make test` replays them on any toolchain, `make fuzz` goes on from
//! them with libFuzzer.

mod bytes;
mod corpus;
mod frames;
mod msgpack;
mod packet;
mod parts;
mod payload;
mod target;

pub use corpus::{Input, corpus};
pub use target::Target;

/// The whole of a libFuzzer binary.
#[cfg(feature = "libfuzzer")]
#[macro_export]
macro_rules! fuzz {
    ($target:expr) => {
        libfuzzer_sys::fuzz_target!(|input: &[u8]| { $target.check(input) });

        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutate_in_place($target, data, size, max_size, seed)
        });
    };
}

/// Changes the first `size` bytes of `data`, in ways of ours or of libFuzzer's, and says how many
/// there are now: at most `max_size`.
#[cfg(feature = "libfuzzer")]
pub fn mutate_in_place(
    target: Target,
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
) -> usize {
    let mut random = fastrand::Rng::with_seed(seed.into());
    if random.bool() {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    let mutated = target.mutate(&data[..size], &[], &mut random);
    let size = mutated.len().min(max_size);
    data[..size].copy_from_slice(&mutated[..size]);
    size
}
