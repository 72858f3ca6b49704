//! An outgoing packet: encoded once, shared by everyone it goes to.

use std::sync::{Arc, OnceLock};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{BufMut, Bytes, BytesMut};

use crate::{Message, frame, payload};

/// One or more messages that travel together (a Socket.IO packet and its attachments), in every
/// wire form that some session has needed so far. Each form is made once, at first need; a clone
/// shares it.
#[derive(Debug, Clone)]
pub struct Packet(Arc<Forms>);

#[derive(Debug)]
struct Forms {
    content: Content,
    websocket: OnceLock<Bytes>,
    polling: OnceLock<Bytes>,
}

#[derive(Debug)]
enum Content {
    /// A control packet, whose two forms are the same text.
    Control(&'static str),
    /// Control packets whose content is made at run time (the open packet).
    Open(Box<str>),
    One(Message),
    Many(Box<[Message]>),
    /// A WebSocket close frame; over polling, the close packet.
    Close(u16),
    /// A WebSocket pong frame, which only WebSocket sessions are sent.
    WebSocketPong(Bytes),
}

impl Packet {
    /// A packet of one message.
    pub fn new(message: impl Into<Message>) -> Self {
        Self::from_content(Content::One(message.into()))
    }

    /// A packet of several messages that are delivered one after another, nothing in between.
    pub fn with_attachments(text: impl Into<Message>, attachments: Vec<Bytes>) -> Self {
        if attachments.is_empty() {
            return Self::new(text);
        }
        Self::sequence(
            std::iter::once(text.into())
                .chain(attachments.into_iter().map(Message::Binary))
                .collect(),
        )
    }

    /// A packet of several messages, delivered as they stand, nothing in between.
    pub fn sequence(messages: Vec<Message>) -> Self {
        Self::from_content(Content::Many(messages.into_boxed_slice()))
    }

    pub(crate) fn control(text: &'static str) -> Self {
        Self::from_content(Content::Control(text))
    }

    pub(crate) fn open(json: String) -> Self {
        Self::from_content(Content::Open(json.into_boxed_str()))
    }

    pub(crate) fn close(code: u16) -> Self {
        Self::from_content(Content::Close(code))
    }

    /// The answer to a WebSocket ping frame.
    pub(crate) fn websocket_pong(payload: &Bytes) -> Self {
        Self::from_content(Content::WebSocketPong(payload.clone()))
    }

    fn from_content(content: Content) -> Self {
        Self(Arc::new(Forms { content, websocket: OnceLock::new(), polling: OnceLock::new() }))
    }

    /// The messages that it is made of; none for packets of the transport's own.
    pub fn messages(&self) -> &[Message] {
        match &self.0.content {
            Content::One(message) => std::slice::from_ref(message),
            Content::Many(messages) => messages,
            _ => &[],
        }
    }

    /// The length of all payloads in bytes, which is what a share of the queue is asked for.
    pub fn len(&self) -> usize {
        match &self.0.content {
            Content::Control(text) => text.len(),
            Content::Open(json) => json.len() + 1,
            Content::One(message) => message.len(),
            Content::Many(messages) => messages.iter().map(Message::len).sum(),
            Content::Close(_) => 2,
            Content::WebSocketPong(payload) => payload.len(),
        }
    }

    /// Whether all payloads are empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn is_close(&self) -> bool {
        matches!(self.0.content, Content::Close(_))
    }

    /// All frames of the packet, one after another, as they go to every WebSocket client.
    pub(crate) fn websocket(&self) -> &Bytes {
        self.0.websocket.get_or_init(|| match &self.0.content {
            Content::Control(text) => frame::text(&[text.as_bytes()]),
            Content::Open(json) => frame::text(&[b"0", json.as_bytes()]),
            Content::One(message) => websocket_frames(std::slice::from_ref(message)),
            Content::Many(messages) => websocket_frames(messages),
            Content::Close(code) => frame::close(*code),
            Content::WebSocketPong(payload) => frame::pong(payload),
        })
    }

    /// The packets as part of a long-polling payload, without separators at its ends.
    pub(crate) fn polling(&self) -> &Bytes {
        self.0.polling.get_or_init(|| match &self.0.content {
            Content::Control(text) => Bytes::from_static(text.as_bytes()),
            Content::Open(json) => Bytes::from(format!("0{json}")),
            Content::One(message) => polling_packets(std::slice::from_ref(message)),
            Content::Many(messages) => polling_packets(messages),
            Content::Close(_) => Bytes::from_static(b"1"),
            Content::WebSocketPong(_) => Bytes::from_static(b"6"),
        })
    }
}

fn websocket_frames(messages: &[Message]) -> Bytes {
    let length = messages.iter().map(|message| message.len() + 1 + frame::MAX_HEADER).sum();
    let mut buffer = BytesMut::with_capacity(length);
    for message in messages {
        match message {
            Message::Text(text) => frame::put_text(&mut buffer, &[b"4", text.as_bytes()]),
            Message::Binary(bytes) => frame::put_binary(&mut buffer, bytes),
        }
    }
    buffer.freeze()
}

fn polling_packets(messages: &[Message]) -> Bytes {
    let mut buffer = BytesMut::new();
    for (index, message) in messages.iter().enumerate() {
        if index > 0 {
            buffer.put_u8(payload::SEPARATOR);
        }
        match message {
            Message::Text(text) => {
                buffer.put_u8(b'4');
                buffer.put_slice(text.as_bytes());
            }
            Message::Binary(bytes) => {
                buffer.put_u8(b'b');
                buffer.put_slice(STANDARD.encode(bytes).as_bytes());
            }
        }
    }
    buffer.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_made_once_and_shared() {
        let packet = Packet::new("hello");
        let other = packet.clone();
        assert_eq!(packet.websocket().as_ref(), b"\x81\x064hello");
        assert_eq!(packet.websocket().as_ptr(), other.websocket().as_ptr());
        assert_eq!(packet.polling().as_ref(), b"4hello");
        assert_eq!(packet.polling().as_ptr(), other.polling().as_ptr());
    }

    #[test]
    fn attachments_follow_their_packet() {
        let packet = Packet::with_attachments("x", vec![Bytes::from_static(&[1, 2, 3, 4])]);
        assert_eq!(packet.websocket().as_ref(), b"\x81\x024x\x82\x04\x01\x02\x03\x04");
        assert_eq!(packet.polling().as_ref(), b"4x\x1ebAQIDBA==");
    }

    #[test]
    fn control_packets_have_the_form_of_their_transport() {
        assert_eq!(Packet::control("2").websocket().as_ref(), b"\x81\x012");
        assert_eq!(Packet::close(1000).websocket().as_ref(), b"\x88\x02\x03\xe8");
        assert_eq!(Packet::close(1000).polling().as_ref(), b"1");
    }
}
