//! RFC 6455 case by case, after the list of the Autobahn test suite; comments give its numbers.
//!
//! Autobahn expects an echo. Here what the application is handed, and what the client gets back, is
//! looked at separately. Texts begin with the `4` of Engine.IO's messages. Extensions (12 and 13)
//! are not offered, so their bit is a reserved one.

mod close_codes;
mod closing;
mod fragments;
mod headers;
mod opcodes;
mod pings;
mod sizes;
mod utf8;
mod utf8_limits;
mod utf8_malformed;

use std::time::Duration;

use bytes::Bytes;
use engineio::{CloseReason, Config, Message};
use tokio::time::Instant;

use crate::support::server::Server;
use crate::support::until_idle;
use crate::support::websocket::{
    BINARY, CLOSE, CONTINUATION, Frame, TEXT, client_fragment, client_frame,
};

/// Octets one by one would take too long past this size.
const SMALL: usize = 2_000;

/// How what a client sends is cut on its way.
#[derive(Debug, Clone, Copy)]
enum Cut {
    Nowhere,
    BetweenFrames,
    Anywhere,
}

/// What a client sends, and what comes of it.
#[derive(Default)]
struct Case {
    config: Config,
    frames: Vec<Vec<u8>>,
    messages: Vec<Message>,
    pongs: Vec<Bytes>,
}

impl Case {
    fn new(frames: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self { frames: frames.into_iter().collect(), ..Self::default() }
    }

    fn max_payload(mut self, bytes: usize) -> Self {
        self.config.max_payload = bytes;
        self
    }

    /// The application is handed this message, after those that were named before.
    fn hears(mut self, message: impl Into<Message>) -> Self {
        self.messages.push(message.into());
        self
    }

    /// The client gets this pong, after those that were named before.
    fn pongs(mut self, payload: &[u8]) -> Self {
        self.pongs.push(Bytes::copy_from_slice(payload));
        self
    }

    /// Nothing is wrong: the session goes on until the client ends it.
    async fn passes(mut self) {
        self.frames.push(client_frame(CLOSE, &1000_u16.to_be_bytes()));
        self.closes(1000).await;
    }

    /// The client has closed the connection, which the server answers with `code`.
    async fn closes(self, code: u16) {
        self.ends(code, CloseReason::TransportClose).await;
    }

    /// The server closes the connection with `code`, because of what the client has sent.
    async fn breaks(self, code: u16) {
        let reason = if code == 1009 { CloseReason::TooLarge } else { CloseReason::TransportError };
        self.ends(code, reason).await;
    }

    async fn ends(self, code: u16, reason: CloseReason) {
        for cut in [Cut::Nowhere, Cut::BetweenFrames, Cut::Anywhere] {
            self.play(cut, code, reason).await;
        }
    }

    async fn play(&self, cut: Cut, code: u16, reason: CloseReason) {
        let mut server = Server::start(self.config.clone());
        let (mut websocket, peer) = server.websocket().await;
        for piece in self.pieces(cut) {
            websocket.send(piece).await;
            until_idle().await;
        }
        let sent = Instant::now();
        let pongs = self.pongs.iter().cloned().map(Frame::Pong);
        let expected = pongs.chain([Frame::Close(code)]).collect::<Vec<_>>();
        assert_eq!(websocket.rest().await, expected, "{self}, cut {cut:?}");
        assert!(sent.elapsed() < Duration::from_secs(1), "{self}, cut {cut:?}: at once");
        for message in &self.messages {
            assert_eq!(&peer.message().await, message, "{self}, cut {cut:?}");
        }
        assert_eq!(peer.closed().await.0, reason, "{self}, cut {cut:?}");
        assert_eq!(peer.waiting(), 0, "{self}, cut {cut:?}: nothing else is heard");
        drop(websocket);
        server.finish().await;
    }

    fn pieces(&self, cut: Cut) -> Vec<Vec<u8>> {
        let all = self.frames.concat();
        let size = if all.len() <= SMALL { 1 } else { 997 };
        match cut {
            Cut::Nowhere => vec![all],
            Cut::BetweenFrames => self.frames.clone(),
            Cut::Anywhere => all.chunks(size).map(<[u8]>::to_vec).collect(),
        }
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = self.frames.concat();
        write!(f, "{:02x?} ({} bytes)", &all[..all.len().min(64)], all.len())
    }
}

/// A whole text message.
fn text(payload: impl AsRef<[u8]>) -> Vec<u8> {
    client_frame(TEXT, &[b"4", payload.as_ref()].concat())
}

/// A text message in as many fragments as it has parts.
fn text_in<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut parts = parts.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>();
    parts[0].insert(0, b'4');
    in_fragments(TEXT, &parts)
}

fn binary_in<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    in_fragments(BINARY, &parts.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>())
}

fn in_fragments(opcode: u8, parts: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let fragment = |(at, part): (usize, &Vec<u8>)| {
        let opcode = if at == 0 { opcode } else { CONTINUATION };
        client_fragment(at + 1 == parts.len(), opcode, part)
    };
    parts.iter().enumerate().map(fragment).collect()
}
