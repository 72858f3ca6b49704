//! A WebSocket client that speaks Socket.IO packet by packet.

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use socketio::SocketIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_util::task::TaskTracker;

const TARGET: &str = "/socket.io/?EIO=4&transport=websocket";
const HEADERS: &str = "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// What the server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Received {
    Text(String),
    Binary(Vec<u8>),
    Close,
}

pub(crate) struct Client {
    stream: DuplexStream,
}

impl Client {
    /// Opens a session; its open packet is read.
    pub(crate) async fn open(io: &SocketIo, tasks: &TaskTracker) -> Self {
        Self::open_saying(io, tasks, "", "").await
    }

    /// The same by a request with more in its query and more headers, each with its end of line.
    pub(crate) async fn open_saying(
        io: &SocketIo,
        tasks: &TaskTracker,
        query: &str,
        headers: &str,
    ) -> Self {
        let mut client = Self::dial(io, tasks, &format!("{TARGET}{query}"), headers).await;
        assert!(client.text().await.starts_with("0{"));
        client
    }

    /// The WebSocket to which a session over polling is to be upgraded.
    pub(crate) async fn upgrade(io: &SocketIo, tasks: &TaskTracker, sid: &str) -> Self {
        Self::dial(io, tasks, &format!("{TARGET}&sid={sid}"), "").await
    }

    async fn dial(io: &SocketIo, tasks: &TaskTracker, target: &str, headers: &str) -> Self {
        let (mut stream, server) = tokio::io::duplex(1 << 16);
        let service = TowerToHyperService::new(io.clone());
        let connection = http1::Builder::new().serve_connection(TokioIo::new(server), service);
        tasks.spawn(async move {
            // What the client does to the connection is the test's affair.
            drop(connection.with_upgrades().await);
        });
        let request = format!("GET {target} HTTP/1.1\r\n{headers}{HEADERS}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        Self { stream }
    }

    /// Connects to a namespace and returns the CONNECT reply.
    pub(crate) async fn connect(io: &SocketIo, tasks: &TaskTracker, connect: &str) -> Self {
        let mut client = Self::open(io, tasks).await;
        client.send(connect).await;
        let reply = client.text().await;
        assert!(reply.starts_with(r#"40{"sid":"#), "{reply}");
        client
    }

    pub(crate) async fn send(&mut self, packet: &str) {
        self.frame(0x81, packet.as_bytes()).await;
    }

    pub(crate) async fn send_binary(&mut self, bytes: &[u8]) {
        self.frame(0x82, bytes).await;
    }

    async fn frame(&mut self, first: u8, payload: &[u8]) {
        // A mask of zeros leaves the payload as it is.
        let mut frame = vec![first];
        if let Ok(short @ 0..=125) = u8::try_from(payload.len()) {
            frame.push(0x80 + short);
        } else {
            frame.push(0x80 + 126);
            frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        self.stream.write_all(&frame).await.unwrap();
    }

    pub(crate) async fn read(&mut self) -> Received {
        let Ok(first) = self.stream.read_u8().await else { return Received::Close };
        let length = match self.stream.read_u8().await.unwrap() {
            126 => usize::from(self.stream.read_u16().await.unwrap()),
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await.unwrap();
        match first {
            0x81 => Received::Text(String::from_utf8(payload).unwrap()),
            0x82 => Received::Binary(payload),
            _ => Received::Close,
        }
    }

    /// The next text, pings left out.
    pub(crate) async fn text(&mut self) -> String {
        loop {
            match self.read().await {
                Received::Text(packet) if packet == "2" => self.send("3").await,
                Received::Text(packet) => return packet,
                other => panic!("expected a text, got {other:?}"),
            }
        }
    }

    /// Waits for the end, pings left out.
    pub(crate) async fn end(&mut self) {
        loop {
            match self.read().await {
                Received::Text(packet) if packet == "2" => self.send("3").await,
                Received::Close => return,
                other => panic!("expected the end, got {other:?}"),
            }
        }
    }
}
