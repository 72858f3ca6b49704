//! Texts that are UTF-8 (6), how they may be cut, and when one that is not is refused.

use engineio::{CloseReason, Config};

use super::{Case, text, text_in};
use crate::support::server::Server;
use crate::support::until_idle;
use crate::support::websocket::{Frame, PING, client_frame};

/// A text arrives whole, in one frame and in a frame for each octet.
pub(super) async fn accepts(payload: &str) {
    Case::new([text(payload)]).hears(payload).passes().await;
    Case::new(text_in(octets(payload.as_bytes()))).hears(payload).passes().await;
}

/// What is no text is refused, in one frame and in a frame for each octet.
pub(super) async fn refuses(payload: &[u8]) {
    assert!(std::str::from_utf8(payload).is_err(), "the case itself: {payload:02x?}");
    Case::new([text("before"), text(payload), text("after")]).hears("before").breaks(1007).await;
    Case::new(text_in(octets(payload))).breaks(1007).await;
}

fn octets(payload: &[u8]) -> impl Iterator<Item = &[u8]> {
    // The `4` needs one to stand in.
    std::iter::once(&b""[..]).chain(payload.chunks(1))
}

#[tokio::test(start_paused = true)]
async fn empty_texts() {
    // 6.1.1 to 6.1.3.
    accepts("").await;
    Case::new(text_in([&b""[..], b"", b""])).hears("").passes().await;
}

#[tokio::test(start_paused = true)]
async fn texts_cut_anywhere() {
    // 6.2.1 to 6.2.4, 6.5.1 to 6.5.5.
    for payload in ["Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\u{d7ff}\u{e000}\u{10ffff}", "\0\u{7f}"]
    {
        accepts(payload).await;
        for at in 0..=payload.len() {
            let (first, second) = payload.as_bytes().split_at(at);
            Case::new(text_in([first, second])).hears(payload).passes().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_beginning_of_a_text() {
    // 6.6.1 to 6.6.11.
    let word = "κόσμε";
    for end in 0..=word.len() {
        match word.get(..end) {
            Some(whole) => accepts(whole).await,
            None => refuses(&word.as_bytes()[..end]).await,
        }
    }
}

/// A valid beginning, something that no continuation can mend, and a valid end.
const PARTS: [&[u8]; 3] = ["κόσμε".as_bytes(), &[0xf4, 0x90, 0x80, 0x80], b"edited"];

#[tokio::test(start_paused = true)]
async fn invalid_texts() {
    // 6.3.1, 6.3.2.
    refuses(&["κόσμε".as_bytes(), &[0xed, 0xa0, 0x80], b"edited"].concat()).await;
    refuses(&PARTS.concat()).await;
    // A character must not end with its message.
    let frames = [text_in([&b"\xe2"[..], b"\x82"]), text_in([&b"\xac"[..]])].concat();
    Case::new(frames).breaks(1007).await;
}

#[tokio::test(start_paused = true)]
async fn a_text_that_no_fragment_can_mend_is_refused_before_its_end() {
    // 6.4.1, and 6.4.2, where the last octet of the second fragment is missing.
    let whole = PARTS[1];
    for second in [whole, &whole[..3], &whole[..2]] {
        let frames = text_in([PARTS[0], second, PARTS[2]]);
        let mut server = Server::start(Config::default());
        let (mut websocket, peer) = server.websocket().await;
        websocket.send(&frames[0]).await;
        websocket.send(client_frame(PING, b"still here")).await;
        assert_eq!(websocket.frame().await, Frame::Pong("still here".into()));
        websocket.send(&frames[1]).await;
        assert_eq!(websocket.rest().await, [Frame::Close(1007)], "before the third fragment");
        assert_eq!(peer.closed().await.0, CloseReason::TransportError);
        drop(websocket);
        server.finish().await;
    }
}

/// Autobahn calls this "non-strict": a frame is looked at when it is whole.
#[tokio::test(start_paused = true)]
async fn an_invalid_text_is_refused_at_the_end_of_its_frame_at_the_latest() {
    // 6.4.3, 6.4.4.
    let frame = text(PARTS.concat());
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    let (most, last) = frame.split_at(frame.len() - 1);
    websocket.send(most).await;
    until_idle().await;
    assert_eq!(peer.waiting(), 0);
    websocket.send(last).await;
    assert_eq!(websocket.rest().await, [Frame::Close(1007)]);
    assert_eq!(peer.closed().await.0, CloseReason::TransportError);
    drop(websocket);
    server.finish().await;
}
