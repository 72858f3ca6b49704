//! What is fuzzed.

use fastrand::Rng;

use crate::{frames, msgpack, packet, payload};

/// The most that a mutation makes of an input.
const MAX_BYTES: usize = 2 << 10;

/// One decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A body of Engine.IO's long-polling.
    Payload,
    /// The frames of a WebSocket client, after two bytes that bound a message and one that decides
    /// where they are cut.
    Frames,
    /// The text of a Socket.IO packet.
    Packet,
    /// A Socket.IO packet in MessagePack.
    MsgPack,
}

impl Target {
    pub const ALL: [Self; 4] = [Self::Payload, Self::Frames, Self::Packet, Self::MsgPack];

    /// The name of its folder and of its binary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::Frames => "frames",
            Self::Packet => "packet",
            Self::MsgPack => "msgpack",
        }
    }

    /// Decodes an input, and checks what must hold for every one.
    ///
    /// # Panics
    /// If it does not hold.
    pub fn check(self, input: &[u8]) {
        match self {
            Self::Payload => engineio::fuzzing::check_payload(input),
            Self::Frames => engineio::fuzzing::check_frames(input),
            Self::Packet => socketio::fuzzing::check_packet(input),
            Self::MsgPack => socketio::fuzzing::check_msgpack(input),
        }
    }

    /// Another input like this one, with something of `other` in it perhaps.
    pub fn mutate(self, input: &[u8], other: &[u8], random: &mut Rng) -> Vec<u8> {
        let mut mutated = input.to_vec();
        for _ in 0..random.u8(1..5) {
            mutated = match self {
                Self::Payload => payload::GRAMMAR.mutate(&mutated, other, random),
                Self::Frames => frames::mutate(&mutated, other, random),
                Self::Packet => packet::GRAMMAR.mutate(&mutated, other, random),
                Self::MsgPack => msgpack::GRAMMAR.mutate(&mutated, other, random),
            };
        }
        mutated.truncate(MAX_BYTES);
        mutated
    }
}
