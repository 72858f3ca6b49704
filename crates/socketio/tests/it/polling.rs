//! A long-polling client, and what is particular to its sessions.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use socketio::{DisconnectReason, Namespace, RawArgs, Socket, SocketIo, State};

pub(crate) struct Polling<'a> {
    io: &'a SocketIo,
    uri: String,
}

impl<'a> Polling<'a> {
    async fn open(io: &'a SocketIo) -> Self {
        Self::open_session(io).await.0
    }

    /// A session, and the packet that opened it.
    pub(crate) async fn open_session(io: &'a SocketIo) -> (Self, String) {
        let mut client = Self { io, uri: "/socket.io/?EIO=4&transport=polling".to_owned() };
        let open = client.poll().await;
        let sid = open.split('"').nth(3).unwrap();
        client.uri.push_str("&sid=");
        client.uri.push_str(sid);
        (client, open)
    }

    async fn request(&self, method: &str, body: &str) -> (StatusCode, String) {
        let body = Full::new(Bytes::from(body.to_owned()));
        let request = Request::builder().method(method).uri(&self.uri).body(body).unwrap();
        let response = self.io.handle(request).await;
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    pub(crate) async fn poll(&self) -> String {
        let (status, body) = self.request("GET", "").await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    pub(crate) async fn post(&self, payload: &str) {
        assert_eq!(self.request("POST", payload).await, (StatusCode::OK, "ok".to_owned()));
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

fn server(log: &Log) -> SocketIo {
    let add = |log: &Log, entry: String| log.0.lock().unwrap().push(entry);
    let namespace = Namespace::open("/", log.clone())
        .detach(move |log, _socket: &Socket, reason: DisconnectReason| {
            add(log, reason.to_string());
        })
        .on("say", move |State(log): State<Log>, args: RawArgs| async move {
            add(&log, args.json().to_owned());
        })
        .on("back", |socket: Socket, args: RawArgs| async move {
            drop(socket.emit_args("back", args).await);
        })
        .on("kick me", |socket: Socket| async move { socket.end_with("bye", &"kicked") })
        .on("come back", |socket: Socket| async move { socket.close_session() });
    SocketIo::builder().namespace(namespace).build()
}

#[tokio::test(start_paused = true)]
async fn what_is_said_before_the_close_packet_counts() {
    for (last_words, reason) in [
        ("42[\"say\",1]\x1e42[\"say\",2]\x1e41\x1e1", "client namespace disconnect"),
        ("42[\"say\",1]\x1e42[\"say\",2]\x1e1", "transport close"),
    ] {
        let log = Log::default();
        let io = server(&log);
        let client = Polling::open(&io).await;
        client.post("40").await;
        assert!(client.poll().await.starts_with("40{"));
        client.post(last_words).await;
        assert!(io.shutdown(Duration::from_secs(10)).await);
        let mut entries = log.0.lock().unwrap().clone();
        entries.sort();
        assert_eq!(entries, ["1", "2", reason]);
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_to_come_back_is_told_of_no_disconnect() {
    let log = Log::default();
    let io = server(&log);
    let client = Polling::open(&io).await;
    client.post("40").await;
    assert!(client.poll().await.starts_with("40{"));
    client.post("42[\"come back\"]").await;
    assert_eq!(client.poll().await, "1");
    assert!(io.shutdown(Duration::from_secs(10)).await);
    assert_eq!(*log.0.lock().unwrap(), ["forced close"]);
}

#[tokio::test(start_paused = true)]
async fn attachments_travel_in_one_payload() {
    let io = server(&Log::default());
    let client = Polling::open(&io).await;
    client.post("40").await;
    assert!(client.poll().await.starts_with("40{"));
    let packet = "451-[\"back\",{\"_placeholder\":true,\"num\":0}]\x1ebAQID";
    client.post(packet).await;
    assert_eq!(client.poll().await, packet);
}

#[tokio::test(start_paused = true)]
async fn the_last_words_of_the_server_are_fetched_before_the_end() {
    let log = Log::default();
    let io = server(&log);
    let client = Polling::open(&io).await;
    client.post("40\x1e42[\"kick me\"]\x1e42[\"say\",\"too late\"]").await;
    let mut received = String::new();
    while !received.ends_with('1') || received.ends_with("41") {
        received.push_str(&client.poll().await);
    }
    assert!(received.contains("42[\"bye\",\"kicked\"]\x1e41"), "{received}");
    assert!(io.shutdown(Duration::from_secs(10)).await);
    assert_eq!(*log.0.lock().unwrap(), ["server namespace disconnect"]);
}
