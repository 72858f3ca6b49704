//! The corpus, and a fixed number of inputs made of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use fastrand::Rng;
use fuzz::{Target, corpus};

/// How many inputs a target is given, and the frames, which are decoded three times and more.
const COUNT: u64 = 40_000;
const FRAMES_COUNT: u64 = 10_000;

fn replay(target: Target, count: u64) {
    let corpus = corpus(target).unwrap();
    assert!(!corpus.is_empty());
    for input in &corpus {
        check(target, &input.bytes, &input.path.display().to_string());
    }
    let seed = seed();
    for number in 0..count {
        let mut random = Rng::with_seed(seed ^ (number << 32));
        let input = random.choice(&corpus).unwrap();
        let other = random.choice(&corpus).unwrap();
        let mutated = target.mutate(&input.bytes, &other.bytes, &mut random);
        check(target, &mutated, &format!("FUZZ_SEED={seed}, input {number}"));
    }
}

/// Keeps an input that fails where `make fuzz` keeps those.
fn check(target: Target, input: &[u8], name: &str) {
    if catch_unwind(AssertUnwindSafe(|| target.check(input))).is_err() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts").join(target.name());
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("replayed"), input).unwrap();
        panic!("{} fails with {name}: {:?}", target.name(), String::from_utf8_lossy(input));
    }
}

/// The seed that a failed test has named, or a new one.
fn seed() -> u64 {
    env::var("FUZZ_SEED").map_or_else(|_| fastrand::u32(..).into(), |seed| seed.parse().unwrap())
}

#[test]
fn payloads() {
    replay(Target::Payload, COUNT);
}

#[test]
fn frames() {
    replay(Target::Frames, FRAMES_COUNT);
}

#[test]
fn packets() {
    replay(Target::Packet, COUNT);
}

#[test]
fn msgpack() {
    replay(Target::MsgPack, COUNT);
}
