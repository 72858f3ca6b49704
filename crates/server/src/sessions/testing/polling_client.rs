//! A client over long-polling.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use socketio::SocketIo;

/// One Engine.IO session. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct PollingClient {
    io: SocketIo,
    uri: String,
}

impl PollingClient {
    pub(crate) async fn open(io: SocketIo) -> Self {
        let mut client = Self { io, uri: "/socket.io/?EIO=4&transport=polling".to_owned() };
        let open = client.poll().await;
        let sid = open.split('"').nth(3).unwrap();
        client.uri = format!("{}&sid={sid}", client.uri);
        client
    }

    /// Sends a request, and reads the body of its answer, whatever its status is.
    pub(crate) async fn send(&self, method: &str, body: &str) -> String {
        let body = Full::new(Bytes::from(body.to_owned()));
        let request = Request::builder().method(method).uri(&self.uri).body(body).unwrap();
        let body = self.io.handle(request).await.into_body().collect().await.unwrap();
        String::from_utf8(body.to_bytes().to_vec()).unwrap()
    }

    pub(crate) async fn poll(&self) -> String {
        self.send("GET", "").await
    }

    pub(crate) async fn post(&self, packet: &str) {
        assert_eq!(self.send("POST", packet).await, "ok");
    }

    /// Reads packets up to one that begins like this; all of them.
    pub(crate) async fn read_until(&self, begin: &str) -> Vec<String> {
        let mut packets = Vec::new();
        loop {
            for packet in self.poll().await.split('\x1e') {
                assert_ne!(packet, "2", "instead of {begin} there is silence after {packets:?}");
                packets.push(packet.to_owned());
                if packet.starts_with(begin) {
                    return packets;
                }
            }
        }
    }
}
