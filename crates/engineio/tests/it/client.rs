//! Clients that speak HTTP and WebSocket byte by byte.

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::server::Server;

/// Room for everything that a test sends before it reads.
pub(crate) const ROOMY: usize = 1 << 20;

const WEBSOCKET_HEADERS: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// The head of a request that opens a WebSocket.
pub(crate) fn websocket_request(query: &str) -> String {
    format!(
        "GET /engine.io/?EIO=4&transport=websocket{query} HTTP/1.1\r\nHost: x\r\n{WEBSOCKET_HEADERS}\r\n"
    )
}

/// One HTTP exchange on a connection of its own: status and body.
pub(crate) async fn request(
    server: &Server,
    method: &str,
    query: &str,
    body: &[u8],
) -> (u16, String) {
    let mut stream = server.connect(ROOMY);
    send_request(&mut stream, method, query, body).await;
    response(&mut stream).await
}

pub(crate) async fn send_request(
    stream: &mut DuplexStream,
    method: &str,
    query: &str,
    body: &[u8],
) {
    let head = format!(
        "{method} /engine.io/{query} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("the server reads");
    stream.write_all(body).await.expect("the server reads");
}

pub(crate) async fn response(stream: &mut DuplexStream) -> (u16, String) {
    let head = head(stream).await;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().expect("a number"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.expect("a whole body");
    (status.expect("a status"), String::from_utf8(body).expect("text"))
}

/// Reads up to the empty line, byte by byte, so that nothing behind it is taken.
async fn head(stream: &mut DuplexStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a whole head"));
    }
    String::from_utf8(head).expect("a head is text")
}

/// A session that is polled by hand.
#[derive(Debug, Clone)]
pub(crate) struct Polling {
    pub(crate) sid: String,
}

impl Polling {
    pub(crate) async fn open(server: &Server) -> Self {
        let (status, body) = request(server, "GET", "?EIO=4&transport=polling", b"").await;
        assert_eq!(status, 200, "{body}");
        Self { sid: sid(&body) }
    }

    pub(crate) fn query(&self) -> String {
        format!("?EIO=4&transport=polling&sid={}", self.sid)
    }

    pub(crate) async fn poll(&self, server: &Server) -> (u16, String) {
        request(server, "GET", &self.query(), b"").await
    }

    pub(crate) async fn post(&self, server: &Server, body: &[u8]) -> (u16, String) {
        request(server, "POST", &self.query(), body).await
    }

    /// A request for packets that is under way.
    pub(crate) async fn begin_poll(&self, server: &Server) -> DuplexStream {
        let mut stream = server.connect(ROOMY);
        send_request(&mut stream, "GET", &self.query(), b"").await;
        stream
    }
}

/// The id in an open packet.
pub(crate) fn sid(open: &str) -> String {
    let (_, rest) = open.split_once(r#""sid":""#).expect("an open packet");
    rest.split('"').next().expect("an id").to_owned()
}

/// What a server's frame holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    Text(String),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
    Close(u16),
    /// The connection has ended.
    End,
}

pub(crate) fn text(text: &str) -> Frame {
    Frame::Text(text.to_owned())
}

/// A WebSocket without any policy of its own.
#[derive(Debug)]
pub(crate) struct WebSocket {
    pub(crate) stream: DuplexStream,
}

impl WebSocket {
    /// Opens a connection and has its request answered.
    pub(crate) async fn upgrade(server: &Server, query: &str, capacity: usize) -> Self {
        let mut stream = server.connect(capacity);
        stream.write_all(websocket_request(query).as_bytes()).await.expect("the server reads");
        let head = head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        Self { stream }
    }

    /// Opens a session.
    pub(crate) async fn open(server: &Server) -> Self {
        Self::open_with(server, ROOMY).await
    }

    pub(crate) async fn open_with(server: &Server, capacity: usize) -> Self {
        let mut socket = Self::upgrade(server, "", capacity).await;
        let Frame::Text(open) = socket.read().await else { panic!("no open packet") };
        assert!(open.starts_with("0{"), "{open}");
        socket
    }

    pub(crate) async fn send(&mut self, packet: &str) {
        self.send_frame(0x81, packet.as_bytes()).await;
    }

    pub(crate) async fn send_frame(&mut self, first: u8, payload: &[u8]) {
        let frame = client_frame(first, payload);
        self.stream.write_all(&frame).await.expect("the server reads");
    }

    pub(crate) async fn read(&mut self) -> Frame {
        let Ok(first) = self.stream.read_u8().await else { return Frame::End };
        let length = match self.stream.read_u8().await.expect("a length") {
            126 => usize::from(self.stream.read_u16().await.expect("a length")),
            127 => usize::try_from(self.stream.read_u64().await.expect("a length")).expect("fits"),
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        if self.stream.read_exact(&mut payload).await.is_err() {
            return Frame::End;
        }
        match first {
            0x81 => Frame::Text(String::from_utf8(payload).expect("text")),
            0x82 => Frame::Binary(payload),
            0x88 => Frame::Close(u16::from_be_bytes([payload[0], payload[1]])),
            0x8a => Frame::Pong(payload),
            other => panic!("an unexpected frame {other:#x}"),
        }
    }

    /// The next text, pings left out.
    pub(crate) async fn read_text(&mut self) -> String {
        loop {
            match self.read().await {
                Frame::Text(packet) if packet == "2" => self.send("3").await,
                Frame::Text(packet) => return packet,
                other => panic!("expected a text, got {other:?}"),
            }
        }
    }
}

/// A masked frame.
pub(crate) fn client_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x12, 0x34, 0x56, 0x78];
    let mut frame = vec![first];
    match u16::try_from(payload.len()) {
        Ok(short @ 0..=125) => frame.push(0x80 + u8::try_from(short).expect("at most 125")),
        Ok(medium) => {
            frame.push(0x80 + 126);
            frame.extend(medium.to_be_bytes());
        }
        Err(_) => {
            frame.push(0x80 + 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}
