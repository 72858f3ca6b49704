//! Events, acks, rooms and operators.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use socketio::{Ack, AckError, Args, Binary, Data, Namespace, RawArgs, Socket, SocketIo, State};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::client::{Client, Received};

#[derive(Debug, Serialize, Deserialize)]
struct Picture {
    name: String,
    data: Binary,
}

#[derive(Clone)]
struct Results(mpsc::Sender<String>);

async fn rotate(socket: Socket, Data(mut picture): Data<Picture>, ack: Ack) {
    let mut bytes = picture.data.0.to_vec();
    bytes.reverse();
    picture.data = Binary(Bytes::from(bytes));
    socket.emit("rotated", &picture).await.unwrap();
    ack.send_args(("done", picture.data)).await.unwrap();
}

async fn add(socket: Socket, Args((a, b)): Args<(i64, i64)>) {
    socket.emit("sum", &(a + b)).await.unwrap();
}

async fn ask(socket: Socket, State(Results(results)): State<Results>, args: RawArgs) {
    let timeout = Duration::from_secs(5);
    let answer = socket.emit_with_ack::<u32>("question", args, timeout).await;
    let result = match answer {
        Ok(number) => format!("{number}"),
        Err(AckError::Timeout) => "timeout".to_owned(),
        Err(AckError::Disconnected) => "disconnected".to_owned(),
        Err(error) => error.to_string(),
    };
    results.send(result).await.unwrap();
}

async fn enter(socket: Socket, Data(room): Data<String>, ack: Ack) {
    socket.join(room).await;
    ack.send(&true).await.unwrap();
}

async fn leave(socket: Socket, Data(room): Data<String>, ack: Ack) {
    socket.leave(room).await;
    ack.send(&true).await.unwrap();
}

/// `[to, except]`: rooms; without a room to everyone else.
async fn say(socket: Socket, Args((to, except, text)): Args<(Vec<String>, Vec<String>, String)>) {
    let mut operator = socket.broadcast();
    for room in to {
        operator = operator.to(room);
    }
    for room in except {
        operator = operator.except(room);
    }
    operator.emit("said", &text).await.unwrap();
    socket.namespace().broadcast().emit("all", &text).await.unwrap();
    socket.emit("self", &text).await.unwrap();
}

fn server() -> (SocketIo, mpsc::Receiver<String>, TaskTracker) {
    let (sender, results) = mpsc::channel(100);
    let namespace = Namespace::open("/", Results(sender))
        .on("rotate", rotate)
        .on("add", add)
        .on("ask", ask)
        .on("enter", enter)
        .on("leave", leave)
        .on("say", say);
    (SocketIo::builder().namespace(namespace).build(), results, TaskTracker::new())
}

#[tokio::test(start_paused = true)]
async fn binary_values_inside_structures_go_both_ways() {
    let (io, _results, tasks) = server();
    let mut client = Client::connect(&io, &tasks, "40").await;
    client.send(r#"451-7["rotate",{"data":{"_placeholder":true,"num":0},"name":"p"}]"#).await;
    client.send_binary(&[1, 2, 3]).await;
    let rotated = r#"451-["rotated",{"name":"p","data":{"_placeholder":true,"num":0}}]"#;
    assert_eq!(client.text().await, rotated);
    assert_eq!(client.read().await, Received::Binary(vec![3, 2, 1]));
    assert_eq!(client.text().await, r#"461-7["done",{"_placeholder":true,"num":0}]"#);
    assert_eq!(client.read().await, Received::Binary(vec![3, 2, 1]));
}

#[tokio::test(start_paused = true)]
async fn arguments_that_are_not_what_a_handler_takes_do_not_reach_it() {
    let (io, _results, tasks) = server();
    let mut client = Client::connect(&io, &tasks, "40").await;
    for wrong in [r#"42["add",1]"#, r#"42["add","x",2]"#, r#"42["add"]"#, r#"42["nothing"]"#] {
        client.send(wrong).await;
    }
    client.send(r#"451-["rotate",{"data":{"_placeholder":true,"num":9},"name":"p"}]"#).await;
    client.send_binary(&[1]).await;
    client.send(r#"42["add",1,2]"#).await;
    assert_eq!(client.text().await, r#"42["sum",3]"#);
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_wait_for_the_answer_of_its_client() {
    let (io, mut results, tasks) = server();
    let mut client = Client::connect(&io, &tasks, "40").await;
    client.send(r#"42["ask","how many?"]"#).await;
    // This event waits until the first one is handled; the answer does not.
    client.send(r#"42["add",1,2]"#).await;
    assert_eq!(client.text().await, r#"420["question","how many?"]"#);
    client.send("430[42]").await;
    assert_eq!(client.text().await, r#"42["sum",3]"#);
    assert_eq!(results.recv().await.unwrap(), "42");
    client.send("430[43]").await;
    client.send(r#"42["ask"]"#).await;
    assert_eq!(client.text().await, r#"421["question"]"#);
    client.send(r#"431["not a number"]"#).await;
    assert!(results.recv().await.unwrap().starts_with("the answer cannot be decoded"));
}

#[tokio::test(start_paused = true)]
async fn answers_that_do_not_come() {
    let (io, mut results, tasks) = server();
    let mut client = Client::connect(&io, &tasks, "40").await;
    let asked = tokio::time::Instant::now();
    client.send(r#"42["ask"]"#).await;
    assert_eq!(results.recv().await.unwrap(), "timeout");
    assert_eq!(asked.elapsed(), Duration::from_secs(5));
    client.send(r#"42["ask"]"#).await;
    assert_eq!(client.text().await, r#"420["question"]"#);
    assert_eq!(client.text().await, r#"421["question"]"#);
    drop(client);
    assert_eq!(results.recv().await.unwrap(), "disconnected");
    assert_eq!(asked.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_not_read_is_not_asked() {
    let (io, mut results, tasks) = server();
    let mut client = Client::connect(&io, &tasks, "40").await;
    for _ in 0..100 {
        client.send(r#"42["ask"]"#).await;
    }
    assert_eq!(results.recv().await.unwrap(), "timeout", "it was asked before too much waited");
    assert_eq!(results.recv().await.unwrap(), "the client is not being read");
}

#[tokio::test(start_paused = true)]
async fn rooms_exceptions_everyone_and_oneself() {
    let (io, _results, tasks) = server();
    let mut clients = Vec::new();
    for rooms in [&["red", "blue"][..], &["blue"], &["red"], &[]] {
        let mut client = Client::connect(&io, &tasks, "40").await;
        for room in rooms {
            client.send(&format!(r#"421["enter","{room}"]"#)).await;
            assert_eq!(client.text().await, "431[true]");
        }
        clients.push(client);
    }
    let [ada, bob, eve, dan] = &mut clients[..] else { panic!("four clients") };
    dan.send(r#"42["say",["red","blue"],[],"coloured"]"#).await;
    dan.send(r#"42["say",["red","blue"],["red"],"only blue"]"#).await;
    ada.send(r#"421["leave","blue"]"#).await;
    for expected in ["said\",\"coloured", "all\",\"coloured", "all\",\"only blue"] {
        assert_eq!(ada.text().await, format!(r#"42["{expected}"]"#));
    }
    assert_eq!(ada.text().await, "431[true]");
    ada.send(r#"42["say",["blue"],[],"blue"]"#).await;
    for expected in ["all\",\"blue", "self\",\"blue"] {
        assert_eq!(ada.text().await, format!(r#"42["{expected}"]"#), "one has left the room");
    }
    for expected in
        ["said\",\"coloured", "all\",\"coloured", "said\",\"only blue", "all\",\"only blue"]
    {
        assert_eq!(bob.text().await, format!(r#"42["{expected}"]"#));
    }
    assert_eq!(bob.text().await, r#"42["said","blue"]"#);
    for expected in ["said\",\"coloured", "all\",\"coloured", "all\",\"only blue", "all\",\"blue"] {
        assert_eq!(eve.text().await, format!(r#"42["{expected}"]"#));
    }
    for expected in ["all\",\"coloured", "self\",\"coloured", "all\",\"only blue"] {
        assert_eq!(dan.text().await, format!(r#"42["{expected}"]"#));
    }
}

#[tokio::test(start_paused = true)]
async fn every_socket_is_in_the_room_of_its_id() {
    let (io, _results, tasks) = server();
    let mut client = Client::open(&io, &tasks).await;
    client.send("40").await;
    let reply = client.text().await;
    let id = reply.split('"').nth(3).unwrap();
    assert_eq!(id.len(), 20);
    let mut other = Client::connect(&io, &tasks, "40").await;
    io.of("/").unwrap().to(id).emit("you", &1).await.unwrap();
    io.of("/").unwrap().except(id).emit("not you", &2).await.unwrap();
    assert_eq!(client.text().await, r#"42["you",1]"#);
    assert_eq!(other.text().await, r#"42["not you",2]"#);
}
