//! Masks and lengths, of which Autobahn's clients make no mistakes (RFC 6455 §5.1 and §5.2).

use super::{Case, text};
use crate::support::websocket::{
    BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, client_frame, unmasked_frame,
};

/// A whole frame whose length is written as told; its mask changes nothing.
fn with_length(opcode: u8, length: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut frame = [&[0x80 | opcode][..], length, &[0; 4], payload].concat();
    frame[1] |= 0x80;
    frame
}

fn in_two(length: u16) -> Vec<u8> {
    [&[126][..], &length.to_be_bytes()].concat()
}

fn in_eight(length: u64) -> Vec<u8> {
    [&[127][..], &length.to_be_bytes()].concat()
}

#[tokio::test(start_paused = true)]
async fn frames_without_a_mask() {
    for opcode in [TEXT, BINARY, PING, PONG] {
        let frames = [text("masked"), unmasked_frame(opcode, b"4 not masked")];
        Case::new(frames).hears("masked").breaks(1002).await;
    }
    Case::new([unmasked_frame(CLOSE, &1000_u16.to_be_bytes())]).breaks(1002).await;
    Case::new([unmasked_frame(CONTINUATION, b"")]).breaks(1002).await;
    // The header is enough.
    Case::new([unmasked_frame(TEXT, &vec![b'4'; 70_000])[..2].to_vec()]).breaks(1002).await;
}

#[tokio::test(start_paused = true)]
async fn a_mask_may_be_zero() {
    Case::new([with_length(TEXT, &[6], b"4hello")]).hears("hello").passes().await;
}

/// §5.2 forbids it to clients, but no other server minds, and some clients do it.
#[tokio::test(start_paused = true)]
async fn lengths_that_are_longer_than_they_need_be() {
    for length in [in_two(6), in_eight(6)] {
        Case::new([with_length(TEXT, &length, b"4hello")]).hears("hello").passes().await;
    }
    let payload = "*".repeat(65_534);
    let frame = with_length(TEXT, &in_eight(65_535), format!("4{payload}").as_bytes());
    Case::new([frame]).hears(payload).passes().await;
}

#[tokio::test(start_paused = true)]
async fn the_length_of_a_control_frame_is_one_byte() {
    for length in [in_two(5), in_eight(5)] {
        for opcode in [PING, PONG, CLOSE] {
            Case::new([with_length(opcode, &length, b"hello")]).breaks(1002).await;
        }
    }
    // The first two bytes are enough.
    Case::new([client_frame(PING, &[0; 126])[..2].to_vec()]).breaks(1002).await;
}

#[tokio::test(start_paused = true)]
async fn lengths_beyond_everything() {
    for length in [1 << 32, (1 << 63) - 1, 1 << 63, u64::MAX] {
        for opcode in [TEXT, BINARY] {
            Case::new([with_length(opcode, &in_eight(length), b"4")]).breaks(1009).await;
        }
    }
}
