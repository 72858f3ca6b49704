//! A client that speaks WebSocket frames, right or wrong ones.

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::expect;

pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xa;

const MASK: [u8; 4] = [0x12, 0xa4, 0x5f, 0x01];

pub(crate) struct WebSocket<S> {
    pub(crate) stream: S,
    received: BytesMut,
}

/// What the server sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    Text(String),
    Binary(Bytes),
    Pong(Bytes),
    Close(u16),
    /// The connection is closed.
    End,
}

/// A text frame as [`WebSocket::frame`] gives it.
pub(crate) fn text(text: &str) -> Frame {
    Frame::Text(text.to_owned())
}

/// A whole message, masked as clients must.
pub(crate) fn client_frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    client_fragment(true, opcode, payload)
}

/// A masked frame that is the last of its message, or not.
pub(crate) fn client_fragment(last: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(last, opcode, 0x80, payload.len());
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

/// A frame that is not masked, which clients must not send.
pub(crate) fn unmasked_frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(true, opcode, 0, payload.len());
    frame.extend(payload);
    frame
}

fn header(last: bool, opcode: u8, masked: u8, length: usize) -> Vec<u8> {
    let mut header = vec![if last { 0x80 | opcode } else { opcode }];
    match length {
        0..=125 => header.push(masked | u8::try_from(length).unwrap()),
        126..=0xffff => {
            header.push(masked | 0x7e);
            header.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        _ => {
            header.push(masked | 127);
            header.extend(u64::try_from(length).unwrap().to_be_bytes());
        }
    }
    header
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    pub(crate) fn new(stream: S, received: BytesMut) -> Self {
        Self { stream, received }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        expect("room for a frame", self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.send(client_frame(TEXT, text.as_bytes())).await;
    }

    /// The next frame, waiting for it.
    pub(crate) async fn frame(&mut self) -> Frame {
        loop {
            if let Some(frame) = self.take_frame() {
                return frame;
            }
            let read = expect("a frame", self.stream.read_buf(&mut self.received)).await;
            if read.unwrap_or(0) == 0 {
                assert!(self.received.is_empty(), "a frame is cut off");
                return Frame::End;
            }
        }
    }

    /// The next frame, which is a text.
    pub(crate) async fn text(&mut self) -> String {
        match self.frame().await {
            Frame::Text(text) => text,
            other => panic!("not a text: {other:?}"),
        }
    }

    /// All frames until the connection is closed.
    pub(crate) async fn rest(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        loop {
            match self.frame().await {
                Frame::End => return frames,
                frame => frames.push(frame),
            }
        }
    }

    fn take_frame(&mut self) -> Option<Frame> {
        let [first, second, rest @ ..] = &self.received[..] else {
            return None;
        };
        assert_eq!(second & 0x80, 0, "servers do not mask");
        let (length, size) = match second & 0x7f {
            126 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), 4),
            127 => (usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).unwrap(), 10),
            short => (usize::from(short), 2),
        };
        if self.received.len() < size + length {
            return None;
        }
        let first = *first;
        self.received.advance(size);
        let payload = self.received.split_to(length).freeze();
        assert_eq!(first & 0xf0, 0x80, "whole messages without extensions");
        Some(match first & 0x0f {
            TEXT => Frame::Text(String::from_utf8(payload.into()).unwrap()),
            BINARY => Frame::Binary(payload),
            PONG => Frame::Pong(payload),
            CLOSE => Frame::Close(u16::from_be_bytes(payload[..].try_into().unwrap())),
            other => panic!("servers do not send frames of type {other:#x}"),
        })
    }
}
