//! A client that speaks HTTP/1.1 and no more.

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};

use super::expect;
use super::websocket::WebSocket;

/// One connection.
pub(crate) struct Http<S = DuplexStream> {
    pub(crate) stream: S,
    received: BytesMut,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The names of all its headers, sorted.
    pub(crate) fn header_names(&self) -> Vec<&str> {
        let mut names = self.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
        names.sort_unstable();
        names
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

pub(crate) fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n")
}

/// The same with one more header.
pub(crate) fn get_with(target: &str, header: &str) -> String {
    get(target).replace("Host: test\r\n", &format!("Host: test\r\n{header}\r\n"))
}

pub(crate) fn post(target: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("POST {target} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The example of RFC 6455 §1.3, which is answered with [`ACCEPT`].
pub(crate) fn upgrade(target: &str) -> String {
    format!(
        "GET {target} HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

impl<S: AsyncRead + AsyncWrite + Unpin> Http<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, received: BytesMut::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        expect("room for a request", self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    /// The next answer, or `None` if the server closes instead.
    pub(crate) async fn try_answer(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(at) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            if self.read().await == 0 {
                return None;
            }
        };
        let head = self.received.split_to(end);
        let mut lines = std::str::from_utf8(&head).unwrap().split_terminator("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
        let fields = lines.filter_map(|line| line.split_once(": "));
        let headers = fields
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect::<Vec<_>>();
        let mut answer = Answer { status, headers, body: Bytes::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        while self.received.len() < length {
            assert_ne!(self.read().await, 0, "the answer is cut off");
        }
        answer.body = self.received.split_to(length).freeze();
        Some(answer)
    }

    async fn read(&mut self) -> usize {
        expect("an answer", self.stream.read_buf(&mut self.received)).await.unwrap_or(0)
    }

    pub(crate) async fn answer(&mut self) -> Answer {
        self.try_answer().await.expect("an answer before the end of the connection")
    }

    pub(crate) async fn get(&mut self, target: &str) -> Answer {
        self.send(get(target)).await;
        self.answer().await
    }

    pub(crate) async fn post(&mut self, target: &str, body: impl AsRef<[u8]>) -> Answer {
        self.send(post(target, body.as_ref())).await;
        self.answer().await
    }

    /// Turns the connection into a WebSocket, or gives the answer that says why not.
    pub(crate) async fn upgrade(mut self, target: &str) -> Result<WebSocket<S>, Answer> {
        self.send(upgrade(target)).await;
        self.upgraded().await
    }

    /// The same once the request is sent.
    pub(crate) async fn upgraded(mut self) -> Result<WebSocket<S>, Answer> {
        let answer = self.answer().await;
        if answer.status != 101 {
            return Err(answer);
        }
        assert_eq!(answer.header("sec-websocket-accept"), Some(ACCEPT));
        let rest = self.received.copy_to_bytes(self.received.len());
        Ok(WebSocket::new(self.stream, rest.into()))
    }
}
