//! The byte stream of one WebSocket: read by its session's task, written by its shard alone.

use std::io::{self, ErrorKind, IoSlice};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Anything that an application may have upgraded: TLS, an in-memory pipe.
pub(crate) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// A stream that two tasks share.
pub(crate) enum Transport {
    /// A plain TCP socket, whose calls need no lock.
    Tcp(TcpStream),
    /// Anything else.
    Other(Mutex<Pipe>),
}

/// A stream that is not a socket.
pub(crate) struct Pipe {
    /// `None` once it was shut down, whoever still holds a reference.
    stream: Option<Box<dyn ByteStream>>,
    /// Whoever waits for something to read; a stream that is dropped would not wake it.
    reader: Option<Waker>,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Tcp(_) => "Transport::Tcp",
            Self::Other(_) => "Transport::Other",
        })
    }
}

impl Transport {
    /// Recovers the stream below an upgraded HTTP connection, with the bytes that were already
    /// read from it.
    pub(crate) fn from_upgraded(upgraded: Upgraded) -> (Self, Vec<u8>) {
        let upgraded = match auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
            Ok(parts) => return (Self::Tcp(parts.io.into_inner()), parts.read_buf.into()),
            Err(upgraded) => upgraded,
        };
        match upgraded.downcast::<TokioIo<TcpStream>>() {
            Ok(parts) => (Self::Tcp(parts.io.into_inner()), parts.read_buf.into()),
            Err(upgraded) => (Self::other(TokioIo::new(upgraded)), Vec::new()),
        }
    }

    fn other(stream: impl ByteStream + 'static) -> Self {
        Self::Other(Mutex::new(Pipe { stream: Some(Box::new(stream)), reader: None }))
    }

    /// Reads into `buffer`; 0 means that the peer has closed.
    pub(crate) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(stream) => loop {
                ready!(stream.poll_read_ready(cx))?;
                match stream.try_read(buffer) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    result => return Poll::Ready(result),
                }
            },
            Self::Other(pipe) => lock(pipe).poll_read(cx, buffer),
        }
    }

    /// Writes without waiting; `WouldBlock` means that nothing was taken.
    pub(crate) fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => match slices {
                [single] => stream.try_write(single),
                several => stream.try_write_vectored(several),
            },
            Self::Other(_) => {
                match self.poll_write(&mut Context::from_waker(Waker::noop()), slices) {
                    Poll::Ready(result) => result,
                    Poll::Pending => Err(ErrorKind::WouldBlock.into()),
                }
            }
        }
    }

    /// Writes, or registers the waker for when the stream takes bytes again.
    pub(crate) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(stream) => loop {
                ready!(stream.poll_write_ready(cx))?;
                match stream.try_write_vectored(slices) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    result => return Poll::Ready(result),
                }
            },
            Self::Other(pipe) => lock(pipe).with_stream(|stream| {
                if stream.is_write_vectored() {
                    stream.poll_write_vectored(cx, slices)
                } else {
                    let first = slices.iter().find(|slice| !slice.is_empty());
                    stream.poll_write(cx, first.map_or(&[][..], |slice| slice))
                }
            }),
        }
    }

    /// Passes on what the stream itself still buffers (TLS does); always ready for TCP.
    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(_) => Poll::Ready(Ok(())),
            Self::Other(pipe) => lock(pipe).with_stream(|stream| stream.poll_flush(cx)),
        }
    }

    /// Tells the peer that nothing more will come; it may still send.
    pub(crate) fn finish_writing(&self) {
        match self {
            Self::Tcp(stream) => {
                // An error means that the peer has gone already, which its reader will find.
                drop(socket2::SockRef::from(stream).shutdown(Shutdown::Write));
            }
            Self::Other(pipe) => {
                let mut cx = Context::from_waker(Waker::noop());
                drop(lock(pipe).with_stream(|stream| stream.poll_shutdown(&mut cx)));
            }
        }
    }

    /// Ends both directions, whoever else holds a reference.
    pub(crate) fn shutdown(&self) {
        match self {
            Self::Tcp(stream) => drop(socket2::SockRef::from(stream).shutdown(Shutdown::Both)),
            Self::Other(pipe) => {
                let mut pipe = lock(pipe);
                let mut cx = Context::from_waker(Waker::noop());
                drop(pipe.with_stream(|stream| stream.poll_shutdown(&mut cx)));
                pipe.stream = None;
                if let Some(reader) = pipe.reader.take() {
                    reader.wake();
                }
            }
        }
    }
}

fn lock(pipe: &Mutex<Pipe>) -> MutexGuard<'_, Pipe> {
    pipe.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pipe {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        let result = self.with_stream(|stream| stream.poll_read(cx, &mut buffer));
        if result.is_pending() && !self.reader.as_ref().is_some_and(|r| r.will_wake(cx.waker())) {
            self.reader = Some(cx.waker().clone());
        }
        ready!(result)?;
        Poll::Ready(Ok(buffer.filled().len()))
    }

    fn with_stream<T>(
        &mut self,
        action: impl FnOnce(Pin<&mut Box<dyn ByteStream>>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match &mut self.stream {
            Some(stream) => action(Pin::new(stream)),
            None => Poll::Ready(Err(ErrorKind::NotConnected.into())),
        }
    }
}
