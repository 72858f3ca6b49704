//! The closing handshake (7.1, 7.3, 7.5).

use super::{Case, text, text_in};
use crate::support::websocket::{CLOSE, PING, client_frame};

/// A close frame of the client's.
pub(super) fn close(code: u16, reason: impl AsRef<[u8]>) -> Vec<u8> {
    client_frame(CLOSE, &[&code.to_be_bytes()[..], reason.as_ref()].concat())
}

#[tokio::test(start_paused = true)]
async fn after_a_text() {
    // 7.1.1.
    Case::new([text("Hello World!"), close(1000, "")]).hears("Hello World!").closes(1000).await;
}

#[tokio::test(start_paused = true)]
async fn what_follows_a_close_is_dropped() {
    // 7.1.2 to 7.1.4.
    for after in [close(1000, ""), client_frame(PING, b""), text("too late"), vec![0xff; 20]] {
        Case::new([close(1000, ""), after]).closes(1000).await;
    }
}

#[tokio::test(start_paused = true)]
async fn inside_a_message() {
    // 7.1.5.
    let mut frames = text_in([&b"fragment1"[..], b"fragment2"]);
    frames.insert(1, close(1000, ""));
    Case::new(frames).closes(1000).await;
}

#[tokio::test(start_paused = true)]
async fn behind_a_large_message() {
    // 7.1.6.
    let large = "BAsd7&jh23".repeat(26_214);
    let frames = [text(&large), close(1000, ""), client_frame(PING, b"")];
    Case::new(frames).hears(large).closes(1000).await;
}

#[tokio::test(start_paused = true)]
async fn payloads_of_every_size() {
    // 7.3.1: without a code it is answered with the usual one.
    Case::new([client_frame(CLOSE, b"")]).closes(1000).await;
    // 7.3.2.
    Case::new([client_frame(CLOSE, b"a")]).breaks(1002).await;
    // 7.3.3 to 7.3.5.
    for reason in ["", "Hello World!", &"*".repeat(123)] {
        Case::new([close(1000, reason)]).closes(1000).await;
    }
    // 7.3.6.
    Case::new([close(1000, "*".repeat(124))]).breaks(1002).await;
}

#[tokio::test(start_paused = true)]
async fn reasons_that_are_no_text() {
    // 7.5.1.
    let wrong = ["κόσμε".as_bytes(), &[0xed, 0xa0, 0x80], b"edited"].concat();
    Case::new([close(1000, wrong)]).breaks(1007).await;
    Case::new([close(1000, [0xe2, 0x82])]).breaks(1007).await;
    Case::new([close(1000, "κόσμε")]).closes(1000).await;
}
