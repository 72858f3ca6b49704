//! A connection whose client only counts what it is sent.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use socketio::SocketIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::task::TaskTracker;

const REQUEST: &[u8] = b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n\
    Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Both ends of it.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    to_server: VecDeque<u8>,
    reader: Option<Waker>,
    writes: u64,
    bytes: u64,
    /// The client has gone.
    gone: bool,
}

impl Wire {
    /// Opens a connection and asks for a WebSocket.
    pub(crate) fn open(io: &SocketIo, tasks: &TaskTracker) -> Self {
        let wire = Self::default();
        wire.push(REQUEST);
        let service = TowerToHyperService::new(io.clone());
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(wire.clone()), service);
        tasks.spawn(async move {
            connection.with_upgrades().await.unwrap();
        });
        wire
    }

    /// Sends a text frame. Its mask is zero, which leaves the text as it is.
    pub(crate) fn send(&self, packet: &str) {
        let length = u8::try_from(packet.len()).ok().filter(|length| *length < 126).unwrap();
        self.push(&[0x81, 0x80 | length, 0, 0, 0, 0]);
        self.push(packet.as_bytes());
    }

    /// The client goes.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.gone = true;
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    /// How often the server wrote, and how much.
    pub(crate) fn written(&self) -> (u64, u64) {
        let state = self.lock();
        (state.writes, state.bytes)
    }

    fn push(&self, bytes: &[u8]) {
        let mut state = self.lock();
        state.to_server.extend(bytes);
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.lock();
        if state.gone {
            return Poll::Ready(Ok(()));
        }
        if state.to_server.is_empty() {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let length = buffer.remaining().min(state.to_server.len());
        for byte in state.to_server.drain(..length) {
            buffer.put_slice(&[byte]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = slices.iter().map(|slice| slice.len()).sum::<usize>();
        let mut state = self.lock();
        state.writes += 1;
        state.bytes += length as u64;
        Poll::Ready(Ok(length))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
