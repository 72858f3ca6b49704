//! Fragmentation (5).

use super::{Case, binary_in, text, text_in};
use crate::support::websocket::{
    BINARY, CONTINUATION, PING, PONG, TEXT, client_fragment, client_frame,
};

#[tokio::test(start_paused = true)]
async fn control_frames_must_not_be_fragmented() {
    // 5.1, 5.2.
    for opcode in [PING, PONG] {
        let last = client_fragment(true, CONTINUATION, b"fragment2");
        Case::new([client_fragment(false, opcode, b"fragment1"), last]).breaks(1002).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_in_fragments() {
    // 5.3 to 5.5, and fragments that are empty.
    Case::new(text_in([&b"one "[..], b"two"])).hears("one two").passes().await;
    Case::new(text_in([&b""[..], b"", b""])).hears("").passes().await;
    Case::new(text_in([&b""[..], b"middle", b""])).hears("middle").passes().await;
    let frames = [text_in([&b"a"[..], b"b"]), text_in([&b"c"[..], b"d", b"e"])].concat();
    Case::new(frames).hears("ab").hears("cde").passes().await;
    let frames = [vec![text("before")], binary_in([&[0xff][..], &[0xfe]]), vec![text("after")]];
    let binary = bytes::Bytes::from_static(&[0xff, 0xfe]);
    Case::new(frames.concat()).hears("before").hears(binary).hears("after").passes().await;
}

#[tokio::test(start_paused = true)]
async fn pings_between_fragments_are_answered_before_the_message_is_whole() {
    // 5.6 to 5.8.
    let mut frames = text_in([&b"one "[..], b"two"]);
    frames.insert(1, client_frame(PING, b"pongme"));
    Case::new(frames).hears("one two").pongs(b"pongme").passes().await;
    // 5.19, 5.20.
    let mut frames = text_in([&b"1"[..], b"2", b"3", b"4", b"5"]);
    frames.insert(2, client_frame(PING, b"pongme 1!"));
    frames.insert(4, client_frame(PONG, b"unsolicited"));
    frames.insert(6, client_frame(PING, b"pongme 2!"));
    let case = Case::new(frames).hears("12345");
    case.pongs(b"pongme 1!").pongs(b"pongme 2!").passes().await;
}

#[tokio::test(start_paused = true)]
async fn continuations_of_nothing() {
    // 5.9 to 5.14.
    for last in [true, false] {
        let continuation = client_fragment(last, CONTINUATION, b"non-continuation");
        Case::new([continuation.clone(), text("too late")]).breaks(1002).await;
        // 5.15.
        let before = text_in([&b"one "[..], b"two"]);
        let frames = [before, vec![continuation.clone(), text("too late")]].concat();
        Case::new(frames).hears("one two").breaks(1002).await;
        // 5.16, 5.17: what the text after it would have begun comes too late.
        let twice = [continuation, text_in([&b"a"[..], b"b"]).concat()];
        Case::new([twice.clone(), twice].concat()).breaks(1002).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_inside_a_message() {
    // 5.18, in every combination.
    for first in [TEXT, BINARY] {
        for second in [TEXT, BINARY] {
            for last in [true, false] {
                let frames = [
                    client_fragment(false, first, b"4fragment1"),
                    client_fragment(last, second, b"4fragment2"),
                    text("too late"),
                ];
                Case::new(frames).breaks(1002).await;
            }
        }
    }
}
