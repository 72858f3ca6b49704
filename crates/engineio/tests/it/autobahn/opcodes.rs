//! Reserved bits (3) and reserved opcodes (4).

use super::{Case, text};
use crate::support::websocket::{BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, client_frame};

/// The frame with reserved bits set, of which the highest is 4.
fn with_reserved(bits: u8, mut frame: Vec<u8>) -> Vec<u8> {
    frame[0] |= bits << 4;
    frame
}

#[tokio::test(start_paused = true)]
async fn reserved_bits_in_the_first_frame() {
    // 3.1, 3.5 to 3.7, and the others.
    for bits in 1..=7 {
        for opcode in [TEXT, BINARY, CONTINUATION, PING, PONG] {
            Case::new([with_reserved(bits, client_frame(opcode, b"4*"))]).breaks(1002).await;
        }
        let close = client_frame(CLOSE, &1000_u16.to_be_bytes());
        Case::new([with_reserved(bits, close)]).breaks(1002).await;
    }
}

#[tokio::test(start_paused = true)]
async fn reserved_bits_between_good_frames() {
    // 3.2 to 3.4: the ping after it is not answered.
    let frames = [text("good"), with_reserved(2, text("bad")), client_frame(PING, b"")];
    Case::new(frames).hears("good").breaks(1002).await;
}

#[tokio::test(start_paused = true)]
async fn reserved_opcodes() {
    // 4.1.1 to 4.2.5.
    for opcode in (0x3..=0x7).chain(0xb..=0xf) {
        for payload in [&b""[..], b"reserved"] {
            Case::new([client_frame(opcode, payload)]).breaks(1002).await;
            let frames = [text("good"), client_frame(opcode, payload), client_frame(PING, b"")];
            Case::new(frames).hears("good").breaks(1002).await;
        }
    }
}
