//! What is done to many sockets at once: rooms on their behalf, questions, acks, ends.

use std::time::Duration;

use socketio::{Args, Data, DisconnectReason, Namespace, NamespaceRef, Socket, SocketIo, State};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::client::{Client, Received};

const PATIENCE: Duration = Duration::from_secs(5);

async fn join(socket: Socket, Data(room): Data<String>) {
    socket.join(room).await;
    socket.emit_args("joined", ()).await.unwrap();
}

fn server() -> SocketIo {
    SocketIo::builder().namespace(Namespace::open("/", ()).on("join", join)).build()
}

fn root(io: &SocketIo) -> NamespaceRef {
    io.of("/").unwrap()
}

/// Connects and joins rooms; returns the client and its id.
async fn connect(io: &SocketIo, tasks: &TaskTracker, rooms: &[&str]) -> (Client, String) {
    let mut client = Client::open(io, tasks).await;
    client.send("40").await;
    let id = client.text().await.split('"').nth(3).unwrap().to_owned();
    for room in rooms {
        client.send(&format!(r#"42["join","{room}"]"#)).await;
        assert_eq!(client.text().await, r#"42["joined"]"#);
    }
    (client, id)
}

#[tokio::test(start_paused = true)]
async fn sockets_are_fetched_with_their_rooms_and_data() {
    let namespace = Namespace::guarded("/", (), |request, ()| async move {
        Ok(request.auth::<String>().unwrap_or_default())
    });
    let io = SocketIo::builder().namespace(namespace).namespace(Namespace::open("/x", ())).build();
    let tasks = TaskTracker::new();
    let _ann = Client::connect(&io, &tasks, r#"40{"name":"ann"}"#).await;
    let _bob = Client::connect(&io, &tasks, r#"40{"name":"bob"}"#).await;
    let found = root(&io).broadcast().fetch_sockets().await.unwrap();
    assert_eq!(found.len(), 2);
    for socket in found {
        assert_eq!(socket.rooms(), [std::sync::Arc::from(socket.id().as_str())]);
        assert!(socket.handshake().uri.starts_with("/socket.io/?EIO=4"));
        let local = socket.local::<String>().expect("it is of this process");
        assert_eq!(local.id(), socket.id());
        assert!(socket.local::<u8>().is_none(), "its data are of another type");
        assert_eq!(local.rooms().await, socket.rooms());
    }
    assert_eq!(io.of("/x").unwrap().broadcast().count().await.unwrap(), 0);
    assert!(io.of("/x").unwrap().broadcast().fetch_sockets().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn rooms_are_joined_and_left_on_behalf_of_sockets() {
    let (io, tasks) = (server(), TaskTracker::new());
    let (mut a, _) = connect(&io, &tasks, &["a"]).await;
    let (mut ab, _) = connect(&io, &tasks, &["a", "b"]).await;
    let (mut b, id) = connect(&io, &tasks, &["b"]).await;
    let root = root(&io);
    root.to("a").except("b").sockets_join("c").await;
    root.to(id).sockets_join("c").await;
    root.within("c").emit("c", &1).await.unwrap();
    root.to("b").sockets_leave("b").await;
    root.to("b").emit("b", &1).await.unwrap();
    assert_eq!(root.to("c").count().await.unwrap(), 2);
    assert_eq!(root.to("a").to("c").count().await.unwrap(), 3);
    root.broadcast().emit("end", &1).await.unwrap();
    for (client, events) in
        [(&mut a, &["c", "end"][..]), (&mut b, &["c", "end"]), (&mut ab, &["end"])]
    {
        for event in events {
            assert_eq!(client.text().await, format!(r#"42["{event}",1]"#));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn many_sockets_are_ended_after_what_was_sent_to_them() {
    let (sender, mut ended) = mpsc::channel(8);
    let gone = |socket: Socket, State(ended): State<mpsc::Sender<_>>, reason: DisconnectReason| async move {
        ended.send((socket.id().to_string(), reason)).await.unwrap();
    };
    let namespace = Namespace::open("/", sender).on_disconnect(gone);
    let io = SocketIo::builder().namespace(namespace).build();
    let tasks = TaskTracker::new();
    let (mut first, first_id) = connect(&io, &tasks, &[]).await;
    let (mut second, second_id) = connect(&io, &tasks, &[]).await;
    root(&io).to(&*first_id).emit("bye", &1).await.unwrap();
    root(&io).to(&*first_id).disconnect_sockets(false).await.unwrap();
    assert_eq!(first.text().await, r#"42["bye",1]"#);
    assert_eq!(first.text().await, "41");
    let expected = (first_id, DisconnectReason::ServerNamespaceDisconnect);
    assert_eq!(ended.recv().await.unwrap(), expected);
    root(&io).broadcast().disconnect_sockets(true).await.unwrap();
    assert_eq!(second.text().await, "41");
    second.end().await;
    assert_eq!(ended.recv().await.unwrap().0, second_id);
    assert_eq!(root(&io).broadcast().count().await.unwrap(), 0);
    // The session of the first one is open: it may come back.
    first.send("40").await;
    assert!(first.text().await.starts_with("40{"));
}

/// The number of the ack that an event asks for.
fn ack_of(packet: &str) -> String {
    packet[2..].chars().take_while(char::is_ascii_digit).collect()
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_is_answered_by_all_or_says_who_did_not() {
    let (io, tasks) = (server(), TaskTracker::new());
    let (mut quick, quick_id) = connect(&io, &tasks, &["asked"]).await;
    let (mut wrong, wrong_id) = connect(&io, &tasks, &["asked"]).await;
    let (mut silent, silent_id) = connect(&io, &tasks, &["asked"]).await;
    let (mut leaving, leaving_id) = connect(&io, &tasks, &["asked"]).await;
    let (mut other, _) = connect(&io, &tasks, &[]).await;
    let question = root(&io).to("asked");
    let begin = tokio::time::Instant::now();
    let asking =
        tasks.spawn(async move { question.emit_with_ack::<u32>("n", (1, 2), PATIENCE).await });
    let packet = quick.text().await;
    let ack = ack_of(&packet);
    assert_eq!(packet, format!(r#"42{ack}["n",1,2]"#));
    for client in [&mut wrong, &mut silent, &mut leaving] {
        assert_eq!(client.text().await, packet, "one packet for all");
    }
    // Nobody asked this one, and this one answers twice.
    other.send(&format!("43{ack}[0]")).await;
    quick.send(&format!("43{ack}[7]")).await;
    quick.send(&format!("43{ack}[8]")).await;
    wrong.send(&format!(r#"43{ack}["seven"]"#)).await;
    drop(leaving);
    let mut answered = asking.await.unwrap().unwrap();
    assert_eq!(begin.elapsed(), PATIENCE);
    answered.missing.sort();
    let mut missing = [silent_id, leaving_id];
    missing.sort();
    let missing_now = answered.missing.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(missing_now, missing);
    assert_eq!(answered.answers.len(), 2);
    for (id, answer) in answered.answers {
        match answer {
            Ok(number) => assert_eq!((id.as_str(), number), (&*quick_id, 7)),
            Err(_) => assert_eq!(id.as_str(), wrong_id),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_waited_for_in_vain() {
    let (io, tasks) = (server(), TaskTracker::new());
    let (mut one, id) = connect(&io, &tasks, &["asked"]).await;
    let begin = tokio::time::Instant::now();
    let nobody = root(&io).to("none").emit_with_ack::<()>("n", (), PATIENCE).await.unwrap();
    assert_eq!((nobody.answers.len(), nobody.missing.len()), (0, 0));
    let question = root(&io).to("asked");
    let asking = tasks.spawn(async move { question.emit_with_ack::<()>("n", (), PATIENCE).await });
    assert!(one.text().await.ends_with(r#"["n"]"#));
    drop(one);
    let gone = asking.await.unwrap().unwrap();
    assert_eq!(gone.missing[0].as_str(), id);
    assert!(begin.elapsed() < PATIENCE, "the socket has gone, so nobody waits any more");
}

#[tokio::test(start_paused = true)]
async fn acks_of_sockets_and_of_broadcasts_have_numbers_of_one_row() {
    let ask = |socket: Socket| async move {
        let answer = socket.emit_with_ack::<u8>("one", (), PATIENCE).await.unwrap();
        socket.emit("one was", &answer).await.unwrap();
    };
    let namespace = Namespace::open("/", ()).on("ask", ask);
    let io = SocketIo::builder().namespace(namespace).build();
    let tasks = TaskTracker::new();
    let (mut client, _) = connect(&io, &tasks, &[]).await;
    client.send(r#"42["ask"]"#).await;
    let single = ack_of(&client.text().await);
    let question = root(&io).broadcast();
    let asking =
        tasks.spawn(async move { question.emit_with_ack::<u8>("all", (), PATIENCE).await });
    let all = ack_of(&client.text().await);
    assert_ne!(single, all);
    client.send(&format!("43{all}[2]")).await;
    let answered = asking.await.unwrap().unwrap();
    assert!(matches!(answered.answers[..], [(_, Ok(2))]));
    client.send(&format!("43{single}[1]")).await;
    assert_eq!(client.text().await, r#"42["one was",1]"#);
}

#[tokio::test(start_paused = true)]
async fn binary_goes_to_many_with_an_ack() {
    let (io, tasks) = (server(), TaskTracker::new());
    let (mut client, _) = connect(&io, &tasks, &[]).await;
    let question = root(&io).broadcast();
    let args = (socketio::Binary(vec![1, 2].into()), "x");
    let asking = tasks.spawn(async move {
        question.emit_with_ack::<socketio::Binary>("b", args, PATIENCE).await
    });
    let packet = client.text().await;
    let ack = packet[4..].chars().take_while(char::is_ascii_digit).collect::<String>();
    assert_eq!(packet, format!(r#"451-{ack}["b",{{"_placeholder":true,"num":0}},"x"]"#));
    assert_eq!(client.read().await, Received::Binary(vec![1, 2]));
    client.send(&format!(r#"461-{ack}[{{"_placeholder":true,"num":0}}]"#)).await;
    client.send_binary(&[3]).await;
    let answered = asking.await.unwrap().unwrap();
    let [(_, Ok(binary))] = &answered.answers[..] else { panic!("{answered:?}") };
    assert_eq!(binary.0, [3][..]);
}

#[tokio::test(start_paused = true)]
async fn a_sender_is_left_out_by_its_own_operators() {
    let tell = |socket: Socket, Args((room,)): Args<(String,)>| async move {
        socket.join(&*room).await;
        socket.within(&*room).emit("others", &1).await.unwrap();
        socket.except(&*room).emit("not in the room", &1).await.unwrap();
        socket.emit_volatile("mine", (1,)).await.unwrap();
    };
    let namespace = Namespace::open("/", ()).on("join", join).on("tell", tell);
    let io = SocketIo::builder().namespace(namespace).build();
    let tasks = TaskTracker::new();
    let (mut sender, _) = connect(&io, &tasks, &[]).await;
    let (mut inside, _) = connect(&io, &tasks, &["r"]).await;
    let (mut outside, _) = connect(&io, &tasks, &[]).await;
    sender.send(r#"42["tell","r"]"#).await;
    assert_eq!(sender.text().await, r#"42["mine",1]"#);
    assert_eq!(inside.text().await, r#"42["others",1]"#);
    assert_eq!(outside.text().await, r#"42["not in the room",1]"#);
}
