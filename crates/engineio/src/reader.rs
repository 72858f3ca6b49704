//! The reading half of a WebSocket: bytes become messages in a buffer that all sessions of a
//! worker share.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use crate::frame::{Decoder, FrameError, Incoming};
use crate::transport::Transport;

/// What one read may take from a socket. The buffer belongs to the worker thread.
const SCRATCH_BYTES: usize = 64 * 1024;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH_BYTES]);
}

/// Reads frames. At rest it holds no buffer.
#[derive(Debug)]
pub(crate) struct Reader {
    transport: Arc<Transport>,
    decoder: Decoder,
    /// Decoded and not yet taken.
    ready: VecDeque<Incoming>,
    /// What the HTTP server had already read when the connection was upgraded.
    early: Vec<u8>,
    /// Why what was received after `ready` could not be decoded.
    failed: Option<FrameError>,
}

/// The end of what can be read.
#[derive(Debug)]
pub(crate) enum ReadEnd {
    /// The peer has closed the connection.
    Eof,
    Io(io::Error),
    Frame(FrameError),
}

impl Reader {
    pub(crate) fn new(transport: Arc<Transport>, early: Vec<u8>, max_payload: usize) -> Self {
        let decoder = Decoder::new(max_payload);
        Self { transport, decoder, ready: VecDeque::new(), early, failed: None }
    }

    pub(crate) fn transport(&self) -> &Arc<Transport> {
        &self.transport
    }

    /// The next thing that the client sent.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, ReadEnd>> {
        loop {
            if let Some(incoming) = self.ready.pop_front() {
                if self.ready.is_empty() {
                    self.ready = VecDeque::new();
                }
                return Poll::Ready(Ok(incoming));
            }
            if let Some(error) = self.failed {
                return Poll::Ready(Err(ReadEnd::Frame(error)));
            }
            let mut early = std::mem::take(&mut self.early);
            if early.is_empty() {
                ready!(self.poll_fill(cx))?;
            } else {
                self.failed = self.decoder.feed(&mut early, &mut self.ready).err();
            }
        }
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ReadEnd>> {
        SCRATCH.with_borrow_mut(|scratch| {
            match ready!(self.transport.poll_read(cx, scratch)) {
                Ok(0) => Poll::Ready(Err(ReadEnd::Eof)),
                Ok(length) => {
                    // What was decoded before a bad frame still counts.
                    let input = &mut scratch[..length];
                    self.failed = self.decoder.feed(input, &mut self.ready).err();
                    Poll::Ready(Ok(()))
                }
                // Below TLS, a connection that was closed without a word.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    Poll::Ready(Err(ReadEnd::Eof))
                }
                Err(error) => Poll::Ready(Err(ReadEnd::Io(error))),
            }
        })
    }

    /// Reads and drops, until the peer has closed. `Ready` when there is nothing more.
    pub(crate) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.ready = VecDeque::new();
        SCRATCH.with_borrow_mut(|scratch| {
            // One read at a time: a peer that floods must not hold the worker.
            match ready!(self.transport.poll_read(cx, scratch)) {
                Ok(0) | Err(_) => Poll::Ready(()),
                Ok(_) => {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
            }
        })
    }
}
