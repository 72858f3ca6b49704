//! Broadcasts as data, through the adapter.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use socketio::adapter::{
    Adapter, AdapterError, Answers, Broadcasting, Local, RoomChange, Selection,
};
use socketio::{
    BoxFuture, Delivery, LatestKey, Message, Namespace, RawArgs, RemoteSocket, Share, Socket,
    SocketIo,
};
use tokio_util::task::TaskTracker;

use crate::client::Client;

/// Writes every operation down before it carries it out.
struct Recorder {
    local: Local,
    operations: Arc<Mutex<Vec<Broadcasting>>>,
}

impl Adapter for Recorder {
    fn broadcast(&self, share: Share, operation: Broadcasting) {
        self.operations.lock().unwrap().push(operation.clone());
        self.local.broadcast(share, operation);
    }

    fn broadcast_with_ack(
        &self,
        share: Share,
        operation: Broadcasting,
        within: Duration,
        answers: Answers,
    ) -> BoxFuture<Result<(), AdapterError>> {
        self.operations.lock().unwrap().push(operation.clone());
        self.local.broadcast_with_ack(share, operation, within, answers)
    }

    fn change_rooms(&self, share: Share, sockets: Selection, change: RoomChange) {
        self.local.change_rooms(share, sockets, change);
    }

    fn disconnect(&self, sockets: Selection, close: bool) -> BoxFuture<Result<(), AdapterError>> {
        self.local.disconnect(sockets, close)
    }

    fn fetch(&self, sockets: Selection) -> BoxFuture<Result<Vec<RemoteSocket>, AdapterError>> {
        self.local.fetch(sockets)
    }

    fn count(&self, sockets: Selection) -> BoxFuture<Result<usize, AdapterError>> {
        self.local.count(sockets)
    }
}

fn recorded() -> (SocketIo, Arc<Mutex<Vec<Broadcasting>>>) {
    let operations = Arc::<Mutex<Vec<_>>>::default();
    let seen = operations.clone();
    let echo = |socket: Socket, args: RawArgs| async move {
        drop(socket.to("room").except("other").emit_args("echo", args).await);
    };
    let io = SocketIo::builder()
        .adapter(move |local| Recorder { local, operations: seen })
        .namespace(Namespace::open("/", ()))
        .namespace(Namespace::open("/custom", ()).on("echo", echo))
        .build();
    (io, operations)
}

#[tokio::test(start_paused = true)]
async fn an_operation_says_all_that_a_cluster_needs_to_know() {
    let (io, operations) = recorded();
    let tasks = TaskTracker::new();
    let mut client = Client::open(&io, &tasks).await;
    client.send("40/custom").await;
    let reply = client.text().await;
    let id = reply.split('"').nth(3).unwrap();
    client.send(r#"451-/custom,["echo",{"_placeholder":true,"num":0}]"#).await;
    client.send_binary(&[7]).await;
    let latest = io.of("/custom").unwrap().broadcast().latest(LatestKey(3));
    // The reply of an event that is handled later says that the first one was.
    client.send("40").await;
    client.text().await;
    latest.emit("list", &[1, 2]).await.unwrap();
    let operations = operations.lock().unwrap();
    let [echo, list] = &operations[..] else { panic!("two operations: {operations:?}") };
    assert_eq!(&*echo.to.namespace, "/custom");
    assert_eq!(echo.to.rooms, [Arc::from("room")]);
    assert_eq!(echo.to.except_rooms, [Arc::from(id), Arc::from("other")]);
    assert_eq!(echo.delivery, Delivery::Reliable);
    let text = r#"51-/custom,["echo",{"_placeholder":true,"num":0}]"#;
    assert_eq!(
        echo.event.clone().packet().messages(),
        [Message::from(text), Message::Binary(vec![7].into())]
    );
    assert_eq!((list.to.rooms.len(), list.to.except_rooms.len()), (0, 0));
    assert_eq!(list.delivery, Delivery::Latest(LatestKey(3)));
    assert_eq!(
        list.event.clone().packet().messages(),
        [Message::from(r#"2/custom,["list",[1,2]]"#)]
    );
}

#[tokio::test(start_paused = true)]
async fn the_adapter_delivers_through_the_local_one() {
    let (io, _operations) = recorded();
    let tasks = TaskTracker::new();
    let mut client = Client::connect(&io, &tasks, "40").await;
    io.of("/").unwrap().broadcast().volatile().emit("x", &1).await.unwrap();
    io.of("/custom").unwrap().broadcast().emit("not here", &1).await.unwrap();
    let share = io.of("/").unwrap().reserve(100).await;
    io.of("/").unwrap().broadcast().emit_reserved(share, "y", &(2, "z")).unwrap();
    assert_eq!(client.text().await, r#"42["x",1]"#);
    assert_eq!(client.text().await, r#"42["y",2,"z"]"#);
}

#[tokio::test(start_paused = true)]
async fn sockets_are_counted_by_namespace() {
    let (io, _operations) = recorded();
    let tasks = TaskTracker::new();
    let counts = || {
        let count = |path| io.of(path).unwrap().socket_count();
        (count("/"), count("/custom"), io.session_count())
    };
    let mut first = Client::connect(&io, &tasks, "40").await;
    first.send("40/custom,{}").await;
    assert!(first.text().await.starts_with("40/custom,{"));
    let second = Client::connect(&io, &tasks, "40").await;
    assert_eq!(counts(), (2, 1, 2));
    first.send("41/custom,").await;
    drop(second);
    while counts() != (1, 0, 1) {
        tokio::task::yield_now().await;
    }
    assert!(io.of("/none").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_socket_is_in_its_first_rooms_when_it_is_told_that_it_is_connected() {
    let io = SocketIo::builder()
        .namespace(Namespace::open("/", ()).rooms(|(), ()| vec!["ventas".into(), "ana".into()]))
        .build();
    let tasks = TaskTracker::new();
    let mut client = Client::open(&io, &tasks).await;
    client.send("40").await;
    client.text().await;
    let namespace = io.of("/").unwrap();
    namespace.to("ventas").to("ana").emit("to both", &1).await.unwrap();
    namespace.to("other").emit("to none", &2).await.unwrap();
    namespace.to("ana").emit("to one", &3).await.unwrap();
    assert_eq!(client.text().await, r#"42["to both",1]"#);
    assert_eq!(client.text().await, r#"42["to one",3]"#);
}
