//! Messages of every size (1, 9 and 10).

use bytes::Bytes;

use super::{Case, binary_in, text, text_in};
use crate::support::websocket::{BINARY, client_frame};

/// Lengths of frames at which their header changes, or is about to.
const LENGTHS: [usize; 9] = [1, 2, 125, 126, 127, 128, 65_535, 65_536, 70_000];

#[tokio::test(start_paused = true)]
async fn texts_of_every_header() {
    // 1.1.1 to 1.1.8: the `4` counts.
    for length in LENGTHS {
        let payload = "*".repeat(length - 1);
        Case::new([text(&payload)]).hears(payload).passes().await;
    }
}

#[tokio::test(start_paused = true)]
async fn binaries_of_every_header() {
    // 1.2.1 to 1.2.8.
    for length in [0].into_iter().chain(LENGTHS) {
        let payload = Bytes::from(vec![0xfe; length]);
        Case::new([client_frame(BINARY, &payload)]).hears(payload).passes().await;
    }
}

const LARGE: usize = 256 << 10;

#[tokio::test(start_paused = true)]
async fn large_messages_in_one_frame_or_many() {
    // 9.1 to 9.6, with the bound where the message just fits.
    let mut words = "Hello-µ@ßöäüàá-UTF-8!!".repeat(9_000);
    words.push_str(&"*".repeat(LARGE - 1 - words.len()));
    Case::new([text(&words)]).max_payload(LARGE).hears(words.clone()).passes().await;
    let noise = (0..=250).cycle().take(LARGE).collect::<Vec<u8>>();
    for size in [256, 4_096, 100_000] {
        Case::new(text_in(words.as_bytes().chunks(size)))
            .max_payload(LARGE)
            .hears(words.clone())
            .passes()
            .await;
        Case::new(binary_in(noise.chunks(size)))
            .max_payload(LARGE)
            .hears(Bytes::from(noise.clone()))
            .passes()
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_in_fragments_of_1300() {
    // 10.1.1.
    let payload = "*".repeat(65_536);
    Case::new(text_in(payload.as_bytes().chunks(1_300))).hears(payload.clone()).passes().await;
}

#[tokio::test(start_paused = true)]
async fn one_byte_too_much() {
    let bound = 70_000;
    let case = |frames| Case::new(frames).max_payload(bound);
    case(vec![text("*".repeat(bound))]).breaks(1009).await;
    case(vec![client_frame(BINARY, &vec![0; bound + 1])]).breaks(1009).await;
    let payload = "*".repeat(bound);
    for size in [1_000, 69_999, 70_000] {
        case(text_in(payload.as_bytes().chunks(size))).breaks(1009).await;
    }
    // Not the sum of several messages.
    case(vec![text("one"), text("*".repeat(bound - 1)), text("two")])
        .hears("one")
        .hears("*".repeat(bound - 1))
        .hears("two")
        .passes()
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_is_refused_by_its_header() {
    let header_of = |frame: Vec<u8>, length: usize| frame[..length].to_vec();
    let bound = 70_000;
    let whole = header_of(text("*".repeat(bound)), 14);
    Case::new([text("before"), whole]).max_payload(bound).hears("before").breaks(1009).await;
    let second = binary_in([&vec![0; 1_000][..], &vec![0; 69_001][..]]);
    let frames = [second[0].clone(), header_of(second[1].clone(), 14)];
    Case::new(frames).max_payload(bound).breaks(1009).await;
}
