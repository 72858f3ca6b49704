//! HTTP and WebSocket as a client writes them, over any stream.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection on which requests follow each other.
pub(super) struct Http {
    stream: Box<dyn Stream>,
}

/// A session that polls, on one connection, and posts on another.
pub(super) struct Polling {
    gets: Http,
    posts: Http,
    pub(super) path: String,
}

pub(super) struct WebSocket {
    stream: Box<dyn Stream>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Text(String),
    Close(u16),
    /// The stream has ended, as it should.
    End,
}

impl Http {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self { stream }
    }

    pub(super) async fn request(&mut self, method: &str, path: &str, body: &str) -> (u16, String) {
        self.ask(method, path, body).await;
        self.answer().await
    }

    async fn ask(&mut self, method: &str, path: &str, body: &str) {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    async fn answer(&mut self) -> (u16, String) {
        let head = self.head().await;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        self.stream.read_exact(&mut body).await.unwrap();
        (status, String::from_utf8(body).unwrap())
    }

    async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    pub(super) async fn upgrade(mut self, path: &str) -> WebSocket {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
        let head = self.head().await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        WebSocket { stream: self.stream }
    }
}

impl Polling {
    pub(super) async fn open(gets: Http, posts: Http) -> Self {
        let path = "/socket.io/?EIO=4&transport=polling".to_owned();
        let mut polling = Self { gets, posts, path };
        let open = polling.get().await;
        let id = open.split('"').nth(3).unwrap();
        polling.path = format!("{}&sid={id}", polling.path);
        polling
    }

    pub(super) async fn get(&mut self) -> String {
        self.begin_get().await;
        self.end_get().await
    }

    pub(super) async fn begin_get(&mut self) {
        self.gets.ask("GET", &self.path, "").await;
    }

    pub(super) async fn end_get(&mut self) -> String {
        let (status, body) = self.gets.answer().await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Closes the session, as stock clients do: while they poll.
    pub(super) async fn close(mut self) {
        self.begin_get().await;
        self.post("1").await;
        self.gets.answer().await;
    }

    pub(super) async fn post(&mut self, payload: &str) {
        let posted = self.posts.request("POST", &self.path, payload).await;
        assert_eq!(posted, (200, "ok".to_owned()));
    }
}

impl WebSocket {
    /// Ends the stream as TLS wants it.
    pub(super) async fn close(mut self) {
        self.stream.shutdown().await.unwrap();
    }

    pub(super) async fn send(&mut self, text: &str) {
        // A mask of zeros leaves the payload as it is.
        let mut frame = vec![0x81, 0x80 + 127];
        frame.extend((text.len() as u64).to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.stream.write_all(&frame).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    pub(super) async fn text(&mut self) -> String {
        match self.read().await {
            Frame::Text(text) => text,
            other => panic!("expected a text, got {other:?}"),
        }
    }

    pub(super) async fn read(&mut self) -> Frame {
        let mut first = [0];
        // Of a stream that was cut off TLS would say so, as an error.
        if self.stream.read(&mut first).await.unwrap() == 0 {
            return Frame::End;
        }
        let length = match self.stream.read_u8().await.unwrap() {
            126 => u64::from(self.stream.read_u16().await.unwrap()),
            127 => self.stream.read_u64().await.unwrap(),
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.stream.read_exact(&mut payload).await.unwrap();
        match (first, &payload[..]) {
            ([0x81], _) => Frame::Text(String::from_utf8(payload).unwrap()),
            ([0x88], [high, low, ..]) => Frame::Close(u16::from_be_bytes([*high, *low])),
            _ => panic!("{first:x?}"),
        }
    }
}
