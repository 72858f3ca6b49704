//! Listeners that a socket has for itself.

use std::sync::Arc;
use std::time::Duration;

use socketio::{Ack, Data, EventName, ListenError, Namespace, Socket, SocketIo, State};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::client::Client;

type Sockets = mpsc::Sender<Socket>;

/// A namespace that hands its sockets over.
fn handing() -> (Namespace<(), Sockets>, mpsc::Receiver<Socket>) {
    let (sender, receiver) = mpsc::channel(8);
    let namespace = Namespace::open("/", sender)
        .attach(|sockets: &Sockets, socket| sockets.try_send(socket.clone()).unwrap());
    (namespace, receiver)
}

struct House {
    io: SocketIo,
    tasks: TaskTracker,
    sockets: mpsc::Receiver<Socket>,
}

impl House {
    fn new((namespace, sockets): (Namespace<(), Sockets>, mpsc::Receiver<Socket>)) -> Self {
        let io = SocketIo::builder().namespace(namespace).build();
        Self { io, tasks: TaskTracker::new(), sockets }
    }

    /// Both ends of a connection.
    async fn connect(&mut self) -> (Client, Socket) {
        let client = Client::connect(&self.io, &self.tasks, "40").await;
        (client, self.sockets.recv().await.unwrap())
    }
}

/// Says who heard an event, to the client.
fn tell(who: &'static str) -> impl Fn(Socket, EventName) -> socketio::BoxFuture<()> + Send + Sync {
    move |socket, EventName(event)| {
        Box::pin(async move { socket.emit(who, &*event).await.unwrap() })
    }
}

/// Lets everything happen that can happen now.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

#[tokio::test(start_paused = true)]
async fn listeners_hear_their_event_in_the_order_in_which_they_were_added() {
    let (namespace, sockets) = handing();
    let mut house = House::new((namespace.on("a", tell("namespace")), sockets));
    let ((mut client, socket), (mut other, _)) = (house.connect().await, house.connect().await);
    socket.on("a", tell("first")).unwrap();
    socket.on("b", tell("b")).unwrap();
    socket.on("a", tell("second")).unwrap();
    for _ in 0..2 {
        client.send(r#"42["a"]"#).await;
        for who in ["namespace", "first", "second"] {
            assert_eq!(client.text().await, format!(r#"42["{who}","a"]"#));
        }
    }
    other.send(r#"42["b"]"#).await;
    other.send(r#"42["a"]"#).await;
    assert_eq!(other.text().await, r#"42["namespace","a"]"#, "they are of one socket");
}

#[tokio::test(start_paused = true)]
async fn once_is_once() {
    let mut house = House::new(handing());
    let (mut client, socket) = house.connect().await;
    let answer = |Data(number): Data<u8>, ack: Ack| async move { ack.send(&number).await.unwrap() };
    socket.once("a", answer).unwrap();
    client.send(r#"421["a",5]"#).await;
    client.send(r#"422["a",6]"#).await;
    assert_eq!(client.text().await, "431[5]");
    settle().await;
    socket.once("a", answer).unwrap();
    client.send(r#"423["a",7]"#).await;
    assert_eq!(client.text().await, "433[7]");
}

#[tokio::test(start_paused = true)]
async fn off_takes_one_away_and_off_all_those_of_an_event() {
    let (namespace, sockets) = handing();
    let mut house = House::new((namespace.on("a", tell("namespace")), sockets));
    let (mut client, socket) = house.connect().await;
    let first = socket.on("a", tell("first")).unwrap();
    socket.on("a", tell("second")).unwrap();
    socket.on("a", tell("third")).unwrap();
    socket.on("b", tell("b")).unwrap();
    assert!(socket.off(first));
    assert!(!socket.off(first));
    client.send(r#"42["a"]"#).await;
    for who in ["namespace", "second", "third"] {
        assert_eq!(client.text().await, format!(r#"42["{who}","a"]"#));
    }
    assert_eq!(socket.off_all("a"), 2);
    client.send(r#"42["a"]"#).await;
    client.send(r#"42["b"]"#).await;
    assert_eq!(client.text().await, r#"42["namespace","a"]"#);
    assert_eq!(client.text().await, r#"42["b","b"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_listener_may_change_who_listens() {
    let mut house = House::new(handing());
    let (mut client, socket) = house.connect().await;
    let adds = |socket: Socket| async move {
        socket.on("a", tell("added")).unwrap();
        socket.emit("adds", &1).await.unwrap();
    };
    socket.once("a", adds).unwrap();
    client.send(r#"42["a"]"#).await;
    assert_eq!(client.text().await, r#"42["adds",1]"#);
    client.send(r#"42["a"]"#).await;
    assert_eq!(client.text().await, r#"42["added","a"]"#, "from the next event on");
}

#[tokio::test(start_paused = true)]
async fn of_several_who_answer_the_first_does() {
    let (namespace, sockets) = handing();
    let say = |text: &'static str| move |ack: Ack| async move { ack.send(text).await.unwrap() };
    let mut house = House::new((namespace.on("a", say("namespace")), sockets));
    let (mut client, socket) = house.connect().await;
    socket.on("a", say("first")).unwrap();
    socket.on("b", say("b")).unwrap();
    client.send(r#"421["a"]"#).await;
    client.send(r#"422["b"]"#).await;
    assert_eq!(client.text().await, r#"431["namespace"]"#);
    assert_eq!(client.text().await, r#"432["b"]"#);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_a_listener_hears_is_none_for_the_fallback() {
    let (namespace, sockets) = handing();
    let mut house = House::new((namespace.fallback(tell("fallback")), sockets));
    let (mut client, socket) = house.connect().await;
    socket.once("a", tell("once")).unwrap();
    for who in ["once", "fallback"] {
        client.send(r#"42["a"]"#).await;
        assert_eq!(client.text().await, format!(r#"42["{who}","a"]"#));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_listener_does_not_take_is_told_to_the_namespace() {
    let (namespace, sockets) = handing();
    let mut house = House::new((namespace.on_invalid(tell("invalid")), sockets));
    let (mut client, socket) = house.connect().await;
    let heard = |Data(number): Data<u8>, socket: Socket| async move {
        socket.emit("heard", &number).await.unwrap();
    };
    socket.on("a", heard).unwrap();
    client.send(r#"42["a","text"]"#).await;
    client.send(r#"42["a",1]"#).await;
    assert_eq!(client.text().await, r#"42["invalid","a"]"#);
    assert_eq!(client.text().await, r#"42["heard",1]"#);
}

/// A listener that holds its socket would keep it for ever. All it had sent is heard before.
#[tokio::test(start_paused = true)]
async fn an_ended_socket_lets_go_of_its_listeners_when_all_was_heard() {
    for way in ["DISCONNECT", "disconnect", "close"] {
        let (sender, mut heard) = mpsc::channel::<u8>(8);
        let mut house = House::new(handing());
        let (mut client, socket) = house.connect().await;
        let (held, probe) = (socket.clone(), Arc::new(()));
        let weak = Arc::downgrade(&probe);
        let listener = move |Data(number): Data<u8>| {
            let (socket, sender, _probe) = (held.clone(), sender.clone(), probe.clone());
            async move {
                // So that the second one waits.
                settle().await;
                assert_eq!(socket.is_connected(), way == "disconnect");
                sender.try_send(number).unwrap();
                if way == "disconnect" {
                    // What has not begun by then is dropped.
                    socket.disconnect(true);
                }
            }
        };
        socket.on("a", listener).unwrap();
        client.send(r#"42["a",1]"#).await;
        client.send(r#"42["a",2]"#).await;
        match way {
            "DISCONNECT" => client.send("41").await,
            "disconnect" => {}
            _ => drop(client),
        }
        assert_eq!(heard.recv().await, Some(1));
        if way != "disconnect" {
            assert!(weak.upgrade().is_some());
            assert_eq!(heard.recv().await, Some(2), "{way}");
        }
        assert_eq!(heard.recv().await, None, "{way}");
        assert!(weak.upgrade().is_none(), "{way}");
        assert_eq!(socket.on("a", tell("late")), Err(ListenError::Disconnected));
    }
}

#[tokio::test(start_paused = true)]
async fn names_that_no_event_has_and_too_many_listeners_are_refused() {
    let mut house = House::new(handing());
    let (_client, socket) = house.connect().await;
    for reserved in ["connect", "disconnect", "connect_error"] {
        assert_eq!(socket.on(reserved, tell("never")), Err(ListenError::Reserved));
    }
    for _ in 0..1024 {
        socket.on("a", tell("a")).unwrap();
    }
    assert_eq!(socket.once("b", tell("b")), Err(ListenError::TooMany));
    assert_eq!(socket.off_all("a"), 1024);
    socket.once("b", tell("b")).unwrap();
}

#[tokio::test(start_paused = true)]
async fn listeners_may_be_added_by_the_connect_handler() {
    let connected = |socket: Socket, State(_sockets): State<Sockets>| async move {
        socket.on("a", tell("added")).unwrap();
    };
    let (namespace, sockets) = handing();
    let mut house = House::new((namespace.on_connect(connected), sockets));
    let mut client = Client::open(&house.io, &house.tasks).await;
    client.send("40").await;
    client.send(r#"42["a"]"#).await;
    assert!(client.text().await.starts_with(r#"40{"sid":"#));
    assert_eq!(client.text().await, r#"42["added","a"]"#);
    drop(house.sockets.recv().await);
}
