//! The task of one session: it reads, hands messages to the connection, and drives it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::frame::{FrameError, Incoming};
use crate::inbox::Signals;
use crate::payload::{self, ClientPacket};
use crate::reader::{ReadEnd, Reader};
use crate::session::Session;
use crate::shard::Op;
use crate::{CloseReason, Connection, Message, Packet};

/// Messages that are handed over before the scheduler has its turn again.
const MESSAGES_PER_TURN: usize = 128;

/// Owns the connection of one session from its first message to its end.
pub(crate) struct Driver<C> {
    session: Session,
    connection: C,
    reader: Option<Box<Reader>>,
    phase: Phase,
}

enum Phase {
    Open,
    /// The connection knows the end; it finishes, and what still arrives is dropped. Shutdown may
    /// cut it off.
    Ending {
        cut_off: Pin<Box<WaitForCancellationFutureOwned>>,
        knows_removal: bool,
    },
}

/// What became of an attempt to read.
enum Read {
    /// Nothing more for now; a waker is registered, or the connection wants nothing.
    Waiting,
    /// There may be more, but it is somebody else's turn.
    Yield,
}

impl<C: Connection> Driver<C> {
    pub(crate) fn new(session: Session, connection: C, reader: Option<Box<Reader>>) -> Self {
        Self { session, connection, reader, phase: Phase::Open }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut left = MESSAGES_PER_TURN;
        loop {
            // Whether it is idle does not matter while there may be input.
            let _idle = self.connection.poll(cx);
            let before = left;
            let signals = self.session.inbox().poll_signals(cx);
            if matches!(signals.closed, None | Some(CloseReason::TransportClose)) {
                self.take_posted(&mut left);
            }
            if let Some(reason) = signals.closed {
                if left == 0 {
                    // There may be more that was said before the end.
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                let cut_off = self.session.hub().cut_off().clone().cancelled_owned();
                self.phase = Phase::Ending { cut_off: Box::pin(cut_off), knows_removal: false };
                self.connection.on_close(reason);
                return self.poll_ending(cx);
            }
            self.reader = signals.reader.or(self.reader.take());
            let read = self.read(cx, &mut left);
            if matches!(read, Read::Yield) || left == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let wants_input = self.connection.wants_input();
            if before == left {
                self.session.set_paused(!wants_input);
                return Poll::Pending;
            }
        }
    }

    /// Hands over what came by POST.
    fn take_posted(&mut self, left: &mut usize) {
        while *left > 0 && self.connection.wants_input() {
            let Some(message) = self.session.inbox().pop() else {
                break;
            };
            *left -= 1;
            self.connection.on_message(message);
        }
    }

    /// Hands over what comes by WebSocket.
    fn read(&mut self, cx: &mut Context<'_>, left: &mut usize) -> Read {
        while *left > 0 && self.connection.wants_input() && self.session.is_open() {
            let Some(reader) = &mut self.reader else {
                return Read::Waiting;
            };
            match reader.poll_next(cx) {
                Poll::Pending => return Read::Waiting,
                Poll::Ready(Ok(incoming)) => {
                    *left -= 1;
                    self.receive(incoming);
                }
                Poll::Ready(Err(end)) => {
                    self.end_of_input(&end);
                    return Read::Yield;
                }
            }
        }
        Read::Waiting
    }

    fn receive(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Binary(bytes) => self.connection.on_message(Message::Binary(bytes)),
            Incoming::Text(text) => match payload::decode_text(text) {
                Ok(packet) => self.receive_packet(packet),
                Err(_) => self.session.close(CloseReason::ParseError),
            },
            Incoming::Ping(data) => {
                // Without room in the queue the answer is left out, as RFC 6455 §5.5.3 permits.
                if let Some(share) = self.session.hub().try_reserve(data.len()) {
                    let (key, pong) = (self.session.key(), Packet::websocket_pong(&data));
                    self.session.push(Op::AnswerPing { key, pong, _share: share });
                }
            }
            Incoming::Pong => {}
            Incoming::Close(code) => self.session.close_with(CloseReason::TransportClose, code),
        }
    }

    fn receive_packet(&mut self, packet: ClientPacket) {
        match packet {
            ClientPacket::Message(message) => self.connection.on_message(message),
            ClientPacket::Pong => self.session.push(Op::Pong { key: self.session.key() }),
            ClientPacket::Close => self.session.close(CloseReason::TransportClose),
            ClientPacket::Noop | ClientPacket::Upgrade => {}
            ClientPacket::Probe => self.session.close(CloseReason::ParseError),
        }
    }

    fn end_of_input(&mut self, end: &ReadEnd) {
        match end {
            ReadEnd::Eof => self.session.gone(CloseReason::TransportClose),
            ReadEnd::Io(error) => {
                tracing::debug!(%error, "a WebSocket could not be read");
                self.session.gone(CloseReason::TransportError);
            }
            ReadEnd::Frame(error) => {
                let reason = match error {
                    FrameError::TooLarge => CloseReason::TooLarge,
                    FrameError::Protocol | FrameError::Utf8 => CloseReason::TransportError,
                };
                self.session.close_with(reason, error.close_code());
            }
        }
    }

    fn poll_ending(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Signals { reader, removed, .. } = self.session.inbox().poll_signals(cx);
        if let Phase::Ending { cut_off, knows_removal } = &mut self.phase {
            if cut_off.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            if removed && !std::mem::replace(knows_removal, true) {
                self.connection.on_removed(self.session.inbox().take_left());
            }
        }
        // The end of a polling session may still travel by the WebSocket of its upgrade.
        self.reader = reader.or(self.reader.take());
        if removed {
            self.reader = None;
        }
        if let Some(reader) = &mut self.reader
            && reader.poll_drain(cx).is_ready()
        {
            self.reader = None;
            self.session.gone(CloseReason::TransportClose);
        }
        if self.connection.poll(cx).is_ready() && removed { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<C: Connection> Future for Driver<C> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.phase {
            Phase::Open => self.poll_open(cx),
            Phase::Ending { .. } => self.poll_ending(cx),
        }
    }
}

/// A driver that is dropped before its end (its runtime was shut down, or it panicked) takes its
/// session with it.
impl<C> Drop for Driver<C> {
    fn drop(&mut self) {
        if self.session.is_open() {
            self.session.gone(CloseReason::Forced);
        }
        self.session.inbox().abandon();
    }
}
