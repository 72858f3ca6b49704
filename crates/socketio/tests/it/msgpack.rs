//! The msgpack parser over the wire: each packet is one binary message, and handlers see no
//! difference.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use socketio::{
    Ack, Args, Binary, ConnectRequest, Data, LastEvent, Namespace, Parser, RawArgs, Refusal,
    Socket, SocketIo,
};
use tokio_util::task::TaskTracker;

use crate::client::{Client, Received};
use crate::polling::Polling;

const CONNECT: u8 = 0;
const DISCONNECT: u8 = 1;
const EVENT: u8 = 2;
const ACK: u8 = 3;
const CONNECT_ERROR: u8 = 4;

/// A packet as both sides have it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Packet<T> {
    r#type: u8,
    nsp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
}

fn packet<T>(r#type: u8, nsp: &str, id: Option<u64>, data: impl Into<Option<T>>) -> Packet<T> {
    Packet { r#type, nsp: nsp.to_owned(), id, data: data.into() }
}

fn bytes_of<T: Serialize>(packet: &Packet<T>) -> Vec<u8> {
    rmp_serde::to_vec_named(packet).unwrap()
}

async fn send<T: Serialize>(client: &mut Client, packet: &Packet<T>) {
    client.send_binary(&bytes_of(packet)).await;
}

/// The next packet, pings left out.
async fn receive_bytes(client: &mut Client) -> Vec<u8> {
    loop {
        match client.read().await {
            Received::Text(ping) if ping == "2" => client.send("3").await,
            Received::Binary(packet) => return packet,
            other => panic!("expected a packet, got {other:?}"),
        }
    }
}

async fn receive<T: DeserializeOwned>(client: &mut Client) -> Packet<T> {
    rmp_serde::from_slice(&receive_bytes(client).await).unwrap()
}

#[derive(Debug, Deserialize)]
struct ConnectReply {
    sid: String,
    pid: Option<String>,
}

/// Connects to `/`.
async fn connect(
    io: &SocketIo,
    tasks: &TaskTracker,
    auth: Option<Value>,
) -> (Client, ConnectReply) {
    let mut client = Client::open(io, tasks).await;
    send(&mut client, &packet::<Value>(CONNECT, "/", None, auth)).await;
    let reply: Packet<ConnectReply> = receive(&mut client).await;
    assert_eq!((reply.r#type, &*reply.nsp, reply.id), (CONNECT, "/", None));
    (client, reply.data.unwrap())
}

#[derive(Debug, Serialize, Deserialize)]
struct Picture {
    name: String,
    data: Binary,
}

async fn rotate(socket: Socket, Data(mut picture): Data<Picture>, ack: Ack) {
    picture.data = Binary(picture.data.0.iter().rev().copied().collect());
    socket.emit("rotated", &picture).await.unwrap();
    ack.send_args(("done", picture.data)).await.unwrap();
}

async fn add(socket: Socket, Args((a, b)): Args<(i64, i64)>) {
    socket.emit("sum", &(a + b)).await.unwrap();
}

async fn back(socket: Socket, args: RawArgs) {
    socket.emit_args("back", args).await.unwrap();
}

async fn ask(socket: Socket) {
    let answer: u8 = socket.emit_with_ack("question", (1,), Duration::from_secs(5)).await.unwrap();
    socket.emit("answered", &answer).await.unwrap();
}

async fn kick(socket: Socket) {
    socket.end_with("bye", &Binary(Bytes::from_static(b"!")));
}

fn server() -> SocketIo {
    let root = Namespace::open("/", ())
        .on("rotate", rotate)
        .on("add", add)
        .on("back", back)
        .on("ask", ask)
        .on("kick", kick);
    let refuse = |refusal: Refusal| {
        move |_: ConnectRequest, ()| {
            let refusal = refusal.clone();
            async move { Err::<(), _>(refusal) }
        }
    };
    let error =
        Refusal::ConnectError { message: "no".to_owned(), data: Some(json!({ "code": 1 })) };
    let farewell = Refusal::Disconnect(LastEvent::new("last", &[1, 2]).unwrap());
    SocketIo::builder()
        .parser(Parser::MsgPack)
        .namespace(root)
        .namespace(Namespace::guarded("/refused", (), refuse(error)))
        .namespace(Namespace::guarded("/farewell", (), refuse(farewell)))
        .build()
}

/// Bytes, as rmp-serde writes them.
struct Buffer(&'static [u8]);

impl Serialize for Buffer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[derive(Serialize)]
struct PictureOut {
    name: &'static str,
    data: Buffer,
}

#[tokio::test(start_paused = true)]
async fn events_and_acks_with_binary_inside() {
    let (io, tasks) = (server(), TaskTracker::new());
    let (mut client, _) = connect(&io, &tasks, None).await;
    let picture = || PictureOut { name: "p", data: Buffer(&[1, 2, 3]) };
    send(&mut client, &packet(EVENT, "/", Some(7), ("rotate", picture()))).await;
    let rotated = PictureOut { data: Buffer(&[3, 2, 1]), ..picture() };
    let expected = bytes_of(&packet(EVENT, "/", None, ("rotated", rotated)));
    assert_eq!(receive_bytes(&mut client).await, expected);
    let expected = bytes_of(&packet(ACK, "/", Some(7), ("done", Buffer(&[3, 2, 1]))));
    assert_eq!(receive_bytes(&mut client).await, expected);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_what_a_handler_takes_does_not_reach_it() {
    let (io, tasks) = (server(), TaskTracker::new());
    let (mut client, _) = connect(&io, &tasks, None).await;
    send(&mut client, &packet(EVENT, "/", None, ("add", "x", 2))).await;
    send(&mut client, &packet(EVENT, "/", None, ("rotate", picture_without_bytes()))).await;
    send(&mut client, &packet(EVENT, "/", None, ("add", 1, -2))).await;
    assert_eq!(receive(&mut client).await, packet(EVENT, "/", None, json!(["sum", -1])));
}

/// A placeholder is no binary value here.
fn picture_without_bytes() -> Value {
    json!({ "name": "p", "data": { "_placeholder": true, "num": 0 } })
}

#[tokio::test(start_paused = true)]
async fn what_is_received_is_emitted_as_it_was() {
    let (io, tasks) = (server(), TaskTracker::new());
    let (mut client, _) = connect(&io, &tasks, None).await;
    let args = json!([
        "back", null, true, 0, -1, 300, 5_000_000_000_u64, i64::MIN, u64::MAX, 0.1, -1.5e300,
        "é\u{0}\n", [], {}, { "b": [1, { "a": "🎉" }], "": null }, picture_without_bytes(),
    ]);
    let packet = packet(EVENT, "/", None, args);
    send(&mut client, &packet).await;
    assert_eq!(receive(&mut client).await, packet);
}

#[tokio::test(start_paused = true)]
async fn the_client_is_asked_and_answers() {
    let (io, tasks) = (server(), TaskTracker::new());
    let (mut client, _) = connect(&io, &tasks, None).await;
    send(&mut client, &packet(EVENT, "/", None, ("ask",))).await;
    let question: Packet<Value> = receive(&mut client).await;
    assert_eq!(question.data, Some(json!(["question", 1])));
    send(&mut client, &packet(ACK, "/", question.id, (42,))).await;
    assert_eq!(receive(&mut client).await, packet(EVENT, "/", None, json!(["answered", 42])));
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_asks_everyone_with_one_packet() {
    let (io, tasks) = (server(), TaskTracker::new());
    let (mut one, first) = connect(&io, &tasks, None).await;
    let (mut other, second) = connect(&io, &tasks, None).await;
    let all = io.of("/").unwrap().broadcast();
    let patience = Duration::from_secs(5);
    let asking = tasks
        .spawn(async move { all.emit_with_ack::<String>("who", ("are you",), patience).await });
    let question = receive_bytes(&mut one).await;
    assert_eq!(receive_bytes(&mut other).await, question, "one packet for all");
    let question: Packet<Value> = rmp_serde::from_slice(&question).unwrap();
    assert_eq!(question.data, Some(json!(["who", "are you"])));
    for (client, sid) in [(&mut one, &first.sid), (&mut other, &second.sid)] {
        send(client, &packet(ACK, "/", question.id, (sid,))).await;
    }
    let answers = asking.await.unwrap().unwrap();
    assert!(answers.missing.is_empty());
    for (socket, answer) in answers.answers {
        assert_eq!(answer.unwrap(), socket.as_str());
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_and_endings() {
    let (io, tasks) = (server(), TaskTracker::new());
    let refused = |nsp: &'static str| {
        let (io, tasks) = (io.clone(), tasks.clone());
        async move {
            let mut client = Client::open(&io, &tasks).await;
            send(&mut client, &packet::<()>(CONNECT, nsp, None, None)).await;
            client
        }
    };
    let mut client = refused("/refused").await;
    let error = json!({ "message": "no", "data": { "code": 1 } });
    assert_eq!(receive(&mut client).await, packet(CONNECT_ERROR, "/refused", None, error));
    client.end().await;

    let mut client = refused("/no, not this").await;
    let error = json!({ "message": "Invalid namespace" });
    assert_eq!(receive(&mut client).await, packet(CONNECT_ERROR, "/no, not this", None, error));

    let mut client = refused("/farewell").await;
    assert_eq!(receive::<Value>(&mut client).await.r#type, CONNECT);
    let last = json!(["last", [1, 2]]);
    assert_eq!(receive(&mut client).await, packet(EVENT, "/farewell", None, last));
    assert_eq!(receive(&mut client).await, packet::<()>(DISCONNECT, "/farewell", None, None));
    client.end().await;

    let (mut client, _) = connect(&io, &tasks, None).await;
    send(&mut client, &packet(EVENT, "/", None, ("kick",))).await;
    let bye = bytes_of(&packet(EVENT, "/", None, ("bye", Buffer(b"!"))));
    assert_eq!(receive_bytes(&mut client).await, bye);
    assert_eq!(receive(&mut client).await, packet::<()>(DISCONNECT, "/", None, None));
    client.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_malformed_closes_the_transport() {
    let (io, tasks) = (server(), TaskTracker::new());
    let event = bytes_of(&packet(EVENT, "/", None, ("add", 1, 2)));
    let malformed = [
        Vec::new(),
        b"\xc1".to_vec(),
        event[..event.len() - 1].to_vec(),
        [&event[..], b"\xc0"].concat(),
        bytes_of(&packet(EVENT, "/elsewhere", None, ("add", 1, 2))),
        bytes_of(&packet(EVENT, "/", None, ("connect",))),
        bytes_of(&packet(5, "/", None, ("add", 1, 2))),
        bytes_of(&packet::<()>(CONNECT, "/", None, None)),
    ];
    for malformed in malformed {
        let (mut client, _) = connect(&io, &tasks, None).await;
        client.send_binary(&malformed).await;
        client.end().await;
    }
    let (mut client, _) = connect(&io, &tasks, None).await;
    client.send(r#"42["add",1,2]"#).await;
    client.end().await;
    let mut client = Client::open(&io, &tasks).await;
    client.send("40").await;
    client.end().await;
}

#[tokio::test(start_paused = true)]
async fn packets_are_base64_over_polling() {
    let io = server();
    let (client, _) = Polling::open_session(&io).await;
    let encoded = |packet: &[u8]| {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        format!("b{}", STANDARD.encode(packet))
    };
    client.post(&encoded(&bytes_of(&packet::<()>(CONNECT, "/", None, None)))).await;
    assert!(client.poll().await.starts_with('b'));
    let add = encoded(&bytes_of(&packet(EVENT, "/", None, ("add", 1, 2))));
    client.post(&format!("{add}\x1e{add}")).await;
    let sum = encoded(&bytes_of(&packet(EVENT, "/", None, ("sum", 3))));
    let mut sums = Vec::new();
    while sums.len() < 2 {
        sums.extend(client.poll().await.split('\x1e').map(str::to_owned));
    }
    assert_eq!(sums, [sum.clone(), sum]);
}

#[derive(Clone, Default, Deserialize)]
struct User {
    name: String,
}

/// Events end in an offset, by which what was missed is found.
#[tokio::test(start_paused = true)]
async fn recovery() {
    let chat = Namespace::guarded("/", (), |request: ConnectRequest, ()| async move {
        Ok(request.auth::<Option<User>>().unwrap().unwrap_or_default())
    });
    let same = |before: &Arc<User>, now: Arc<User>| (before.name == now.name).then_some(now);
    let io = SocketIo::builder().parser(Parser::MsgPack).namespace(chat.recoverable(same)).build();
    let tasks = TaskTracker::new();
    let all = || io.of("/").unwrap().broadcast();
    let (mut client, first) = connect(&io, &tasks, Some(json!({ "name": "ann" }))).await;
    all().emit("a", &1).await.unwrap();
    let a: Packet<(String, u8, String)> = receive(&mut client).await;
    let offset = a.data.unwrap().2;
    all().volatile().emit("no offset", &1).await.unwrap();
    let volatile: Packet<Value> = receive(&mut client).await;
    assert_eq!(volatile.data, Some(json!(["no offset", 1])));
    all().volatile().emit("ends in text", &"x").await.unwrap();
    let volatile: Packet<Value> = receive(&mut client).await;
    assert_eq!(volatile.data, Some(json!(["ends in text", "x", offset])), "the last offset");

    drop(client);
    while io.session_count() > 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    all().emit("b", &2).await.unwrap();
    all().emit_args("c", ("x",)).await.unwrap();
    let auth = json!({ "name": "ann", "pid": first.pid, "offset": offset });
    let (mut client, second) = connect(&io, &tasks, Some(auth)).await;
    assert_eq!((second.sid, second.pid), (first.sid, first.pid));
    for expected in [json!(["b", 2]), json!(["c", "x"])] {
        let missed: Packet<Vec<Value>> = receive(&mut client).await;
        let mut missed = missed.data.unwrap();
        assert!(missed.pop().unwrap().is_string(), "an offset");
        assert_eq!(Value::Array(missed), expected);
    }
}
