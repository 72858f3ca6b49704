//! What clients and applications do wrong, and what must not come of it.

use std::panic::panic_any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use socketio::{
    Data, DisconnectReason, LastEvent, Namespace, RawArgs, Refusal, Socket, SocketIo, State,
};
use tokio_util::task::TaskTracker;

use crate::client::{Client, Received};

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, entry: impl Into<String>) {
        self.0.lock().unwrap().push(entry.into());
    }

    fn entries(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// Lets everything happen that can happen now.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

/// A payload whose decoding panics.
struct Poison;

impl<'de> Deserialize<'de> for Poison {
    fn deserialize<D: Deserializer<'de>>(_deserializer: D) -> Result<Self, D::Error> {
        panic_any("as asked");
    }
}

#[tokio::test(start_paused = true)]
async fn no_panic_of_the_application_leaves_a_ghost() {
    let log = Log::default();
    let panics_in_attach = |log: &Log, _socket: &Socket| {
        log.add("attach");
        panic_any("as asked");
    };
    let detach = |log: &Log, _socket: &Socket, reason: DisconnectReason| log.add(reason.as_str());
    let io = SocketIo::builder()
        .namespace(Namespace::open("/attach", log.clone()).attach(panics_in_attach).detach(detach))
        .namespace(
            Namespace::open("/events", log.clone())
                .attach(|log, _socket| log.add("attach"))
                .detach(detach)
                .on_disconnect(|_socket: Socket, _poison: Data<Poison>| async {})
                .on("poison", |_socket: Socket, _poison: Data<Poison>| async {})
                .on("at once", |_socket: Socket| -> std::future::Ready<()> { panic!("as asked") })
                .on("echo", |socket: Socket, args: RawArgs| async move {
                    drop(socket.emit_args("echo", args).await);
                }),
        )
        .build();
    let tasks = TaskTracker::new();
    let mut client = Client::open(&io, &tasks).await;
    client.send("40/attach").await;
    assert_eq!(client.read().await, Received::Close);
    drop(client);
    settle().await;
    assert_eq!(log.entries(), ["attach", "forced close"]);

    let mut client = Client::open(&io, &tasks).await;
    client.send("40/events").await;
    assert!(client.text().await.starts_with("40/events,"));
    client.send(r#"42/events,["poison",1]"#).await;
    client.send(r#"42/events,["at once"]"#).await;
    client.send(r#"42/events,["echo",1]"#).await;
    assert_eq!(client.text().await, r#"42/events,["echo",1]"#, "the session goes on");
    drop(client);
    settle().await;
    assert_eq!(log.entries(), ["attach", "forced close", "attach", "transport close"]);
    assert!(io.shutdown(Duration::from_secs(10)).await);
}

#[tokio::test(start_paused = true)]
async fn an_authentication_that_panics_at_once_closes_without_an_answer() {
    let namespace = Namespace::<(), ()>::guarded("/", (), |_request, ()| {
        if true {
            panic_any("as asked");
        }
        async { Ok(()) }
    });
    let io = SocketIo::builder().namespace(namespace).build();
    let tasks = TaskTracker::new();
    let mut client = Client::open(&io, &tasks).await;
    client.send("40").await;
    assert_eq!(client.read().await, Received::Close);
    drop(client);
    assert!(io.shutdown(Duration::from_secs(10)).await);
}

/// `/` accepts everyone; `/refused` nobody, in the way that the auth payload names.
fn refusing() -> SocketIo {
    let refused = Namespace::<(), ()>::guarded("/refused", (), |request, ()| async move {
        Err(match request.auth::<Auth>().unwrap().how.as_str() {
            "close" => Refusal::Close,
            "disconnect" => Refusal::Disconnect(LastEvent::new("why", &1).unwrap()),
            _ => Refusal::ConnectError { message: "no".to_owned(), data: None },
        })
    });
    let open = Namespace::open("/", ()).on("echo", |socket: Socket, args: RawArgs| async move {
        drop(socket.emit_args("echo", args).await);
    });
    SocketIo::builder().namespace(refused).namespace(open).build()
}

#[derive(Deserialize)]
struct Auth {
    how: String,
}

#[tokio::test(start_paused = true)]
async fn an_identity_that_cannot_be_decided_closes_whatever_else_is_connected() {
    let (io, tasks) = (refusing(), TaskTracker::new());
    let mut client = Client::connect(&io, &tasks, "40").await;
    client.send(r#"40/refused,{"how":"close"}"#).await;
    assert_eq!(client.read().await, Received::Close);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_in_one_namespace_leaves_the_others_alone() {
    let (io, tasks) = (refusing(), TaskTracker::new());
    let mut client = Client::connect(&io, &tasks, "40").await;
    client.send(r#"40/refused,{"how":"disconnect"}"#).await;
    // The client believes itself connected until it has read the DISCONNECT.
    assert!(client.text().await.starts_with(r#"40/refused,{"sid":""#));
    client.send(r#"42/refused,["too late"]"#).await;
    assert_eq!(client.text().await, r#"42/refused,["why",1]"#);
    assert_eq!(client.text().await, "41/refused,");
    client.send(r#"40/refused,{"how":"error"}"#).await;
    assert_eq!(client.text().await, r#"44/refused,{"message":"no"}"#);
    client.send(r#"42["echo",1]"#).await;
    assert_eq!(client.text().await, r#"42["echo",1]"#);
}

#[tokio::test(start_paused = true)]
async fn placeholders_of_nothing_are_not_passed_on() {
    let (io, tasks) = (refusing(), TaskTracker::new());
    for wrong in ["1", "-1", "0.5", r#""0""#, "null", "{}"] {
        let mut client = Client::connect(&io, &tasks, "40").await;
        let packet = format!(r#"451-["echo",[{{"a":{{"_placeholder":true,"num":{wrong}}}}}]]"#);
        client.send(&packet).await;
        client.send_binary(&[1]).await;
        assert_eq!(client.read().await, Received::Close, "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_packet_is_bounded_with_its_attachments() {
    let namespace =
        Namespace::open("/", ()).on("echo", |socket: Socket, args: RawArgs| async move {
            drop(socket.emit("count", &args.attachments().len()).await);
        });
    let io = SocketIo::builder()
        .engine(|engine| engine.max_payload = 1000)
        .max_packet_bytes(1900)
        .namespace(namespace)
        .build();
    let tasks = TaskTracker::new();
    let mut client = Client::connect(&io, &tasks, "40").await;
    for (sizes, fits) in [([900, 900], true), ([990, 990], false)] {
        client.send(r#"452-["echo"]"#).await;
        for size in sizes {
            client.send_binary(&vec![0; size]).await;
        }
        let expected =
            if fits { Received::Text(r#"42["count",2]"#.to_owned()) } else { Received::Close };
        assert_eq!(client.read().await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn attachments_before_connecting_are_not_awaited() {
    let (io, tasks) = (refusing(), TaskTracker::new());
    let mut client = Client::open(&io, &tasks).await;
    client.send(r#"451-["echo",{"_placeholder":true,"num":0}]"#).await;
    assert_eq!(client.read().await, Received::Close);
}

#[tokio::test(start_paused = true)]
async fn who_comes_and_goes_faster_than_it_is_seen_off_has_to_wait() {
    let running = Arc::new(AtomicUsize::new(0));
    let namespace = Namespace::open("/", running.clone()).on_disconnect(
        |_socket: Socket, State(running): State<Arc<AtomicUsize>>| async move {
            running.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        },
    );
    let io = SocketIo::builder().max_waiting_events(4).namespace(namespace).build();
    let tasks = TaskTracker::new();
    let mut client = Client::open(&io, &tasks).await;
    for _ in 0..100 {
        client.send("40").await;
        if tokio::time::timeout(Duration::from_secs(1), client.text()).await.is_err() {
            break;
        }
        client.send("41").await;
    }
    settle().await;
    assert_eq!(running.load(Ordering::SeqCst), 4);
}

#[tokio::test(start_paused = true)]
async fn who_has_left_every_namespace_may_not_stay_for_ever() {
    let io = SocketIo::builder()
        .connect_timeout(Duration::from_secs(10))
        .namespace(Namespace::open("/", ()))
        .build();
    let tasks = TaskTracker::new();
    let mut client = Client::connect(&io, &tasks, "40").await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    client.send("41").await;
    client.send("40").await;
    assert!(client.text().await.starts_with("40{"), "it may come back");
    client.send("41").await;
    let left = tokio::time::Instant::now();
    client.end().await;
    assert_eq!(left.elapsed(), Duration::from_secs(10));
}

#[tokio::test]
#[should_panic(expected = "\"disconnect\" is reserved")]
async fn a_handler_of_a_reserved_name_is_named() {
    drop(Namespace::open("/", ()).on("disconnect", |_socket: Socket| async {}));
}

#[tokio::test]
#[should_panic(expected = "there are two namespaces \"/twice\"")]
async fn a_second_namespace_of_a_name_is_named() {
    let twice = || Namespace::open("/twice", ());
    drop(SocketIo::builder().namespace(twice()).namespace(twice()));
}

#[tokio::test]
async fn reserved_names_are_not_sent() {
    let io = SocketIo::builder().namespace(Namespace::open("/", ())).build();
    let everyone = io.of("/").unwrap().broadcast();
    let error = everyone.emit("connect_error", &1).await.unwrap_err();
    assert!(error.to_string().contains("reserved"), "{error}");
}
