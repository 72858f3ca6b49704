//! Those who watch what is sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use socketio::{
    Ack, Binary, Delivery, LatestKey, Namespace, Outgoing, Recipients, Socket, SocketIo,
};
use tokio_util::task::TaskTracker;

use crate::client::{Client, Received};

type Seen = Arc<Mutex<Vec<String>>>;

/// An event in short: its name, its arguments, for whom it is and how.
fn note(seen: &Seen, outgoing: &Outgoing<'_>) {
    let to = match outgoing.to {
        Recipients::Socket(_) => "one".to_owned(),
        Recipients::Rooms { rooms, except } => format!("{rooms:?} but {}", except.len()),
    };
    let how = match outgoing.delivery {
        Delivery::Reliable => "",
        Delivery::Volatile => " volatile",
        Delivery::Latest(_) => " latest",
    };
    let Outgoing { event, args, .. } = outgoing;
    let bytes = args.attachments().len();
    seen.lock().unwrap().push(format!("{event}({}) {bytes} to {to}{how}", args.json()));
}

async fn answer(socket: Socket, ack: Ack) {
    ack.send("an answer is no event").await.unwrap();
    socket.emit("own", &1).await.unwrap();
    socket.emit_volatile("own", (2, "x")).await.unwrap();
    socket.emit_latest(LatestKey(1), "own", &[3]).await.unwrap();
    socket.broadcast().emit("others", &1).await.unwrap();
    let timeout = Duration::from_millis(1);
    drop(socket.emit_with_ack::<u8>("question", (4,), timeout).await);
    socket.end_with("last", &5);
}

#[tokio::test(start_paused = true)]
async fn every_event_is_seen_once_however_many_get_it() {
    let (seen, tasks) = (Seen::default(), TaskTracker::new());
    let namespace = Namespace::open("/", seen.clone()).on("answer", answer).on_any_outgoing(note);
    let io = SocketIo::builder().namespace(namespace).build();
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(Client::connect(&io, &tasks, "40").await);
    }
    let all = || io.of("/").unwrap().broadcast();
    all().emit("all", &Binary(vec![1, 2].into())).await.unwrap();
    all().to("r").to("s").volatile().emit_args("rooms", ()).await.unwrap();
    let share = io.of("/").unwrap().reserve(100).await;
    all().latest(LatestKey(1)).emit_reserved(share, "reserved", &("list",)).unwrap();
    let asked = all().emit_with_ack::<u8>("asked", (1,), Duration::from_millis(1)).await;
    assert_eq!(asked.unwrap().missing.len(), 3);
    let expected = [
        r#"all({"_placeholder":true,"num":0}) 1 to [] but 0"#,
        r#"rooms() 0 to ["r", "s"] but 0 volatile"#,
        r#"reserved("list") 0 to [] but 0 latest"#,
        "asked(1) 0 to [] but 0",
    ];
    assert_eq!(std::mem::take(&mut *seen.lock().unwrap()), expected);
    let mut client = clients.pop().unwrap();
    client.send(r#"421["answer"]"#).await;
    while client.read().await != Received::Close {}
    let expected = [
        "own(1) 0 to one",
        r#"own(2,"x") 0 to one volatile"#,
        "own([3]) 0 to one latest",
        "others(1) 0 to [] but 1",
        "question(4) 0 to one",
        "last(5) 0 to one",
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn who_panics_does_not_keep_an_event_from_being_sent() {
    let tasks = TaskTracker::new();
    let namespace = Namespace::open("/", ()).on_any_outgoing(|(), _| panic!("as asked"));
    let io = SocketIo::builder().namespace(namespace).build();
    let mut client = Client::connect(&io, &tasks, "40").await;
    io.of("/").unwrap().broadcast().emit("all", &1).await.unwrap();
    assert_eq!(client.text().await, r#"42["all",1]"#);
}
