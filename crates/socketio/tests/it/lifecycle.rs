//! Acceptance, refusal and ends: no ghosts, whoever leaves when.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use socketio::{
    ConnectRequest, Data, DisconnectReason, EmitError, LastEvent, Namespace, Refusal, Socket,
    SocketId, SocketIo, State,
};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::client::{Client, Received};

/// Who the application believes to be there, and what it lets happen.
#[derive(Clone)]
struct Register {
    present: Arc<Mutex<BTreeSet<SocketId>>>,
    attached: Arc<AtomicUsize>,
    reasons: Arc<Mutex<Vec<DisconnectReason>>>,
    /// Authentication waits for one permit before each of its steps.
    gate: Arc<Semaphore>,
    /// Authentications that wait, or have waited.
    deciding: Arc<AtomicUsize>,
}

const STEPS: usize = 3;

impl Register {
    fn new() -> Self {
        Self {
            present: Arc::default(),
            attached: Arc::default(),
            reasons: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
            deciding: Arc::default(),
        }
    }

    fn server(&self) -> SocketIo {
        let namespace = Namespace::guarded("/", self.clone(), authenticate)
            .attach(|register, socket: &Socket<u32>| {
                register.attached.fetch_add(1, Ordering::SeqCst);
                assert!(register.present.lock().unwrap().insert(socket.id().clone()));
            })
            .detach(|register, socket, reason| {
                assert!(register.present.lock().unwrap().remove(socket.id()));
                register.reasons.lock().unwrap().push(reason);
            })
            .on("kick me", |socket: Socket<u32>| async move { socket.disconnect(true) })
            .on("panic", |_socket: Socket<u32>| async { panic!("as asked") })
            .on("hang", |_socket: Socket<u32>| std::future::pending())
            .on("number", number);
        SocketIo::builder().namespace(namespace).build()
    }

    fn present(&self) -> usize {
        self.present.lock().unwrap().len()
    }

    fn reasons(&self) -> Vec<&'static str> {
        self.reasons.lock().unwrap().iter().map(|reason| reason.as_str()).collect()
    }
}

async fn number(socket: Socket<u32>, State(_register): State<Register>) {
    let number = *socket.data();
    drop(socket.emit("number", &number).await);
}

async fn authenticate(request: ConnectRequest, register: Register) -> Result<u32, Refusal> {
    for _ in 0..STEPS {
        register.deciding.fetch_add(1, Ordering::SeqCst);
        register.gate.acquire().await.unwrap().forget();
    }
    match request.auth::<Option<u32Payload>>().ok().flatten() {
        Some(u32Payload { number: Some(number) }) => Ok(number),
        Some(_) => Err(Refusal::Disconnect(LastEvent::new("why", &"no number").unwrap())),
        None => Err(Refusal::ConnectError { message: "no".to_owned(), data: None }),
    }
}

#[expect(non_camel_case_types, reason = "it is a number in an object")]
#[derive(serde::Deserialize)]
struct u32Payload {
    number: Option<u32>,
}

/// Lets everything happen that can happen now.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

async fn ends_empty(io: SocketIo, register: &Register) {
    assert!(io.shutdown(Duration::from_secs(10)).await, "everything ended by itself");
    assert_eq!(io.session_count(), 0);
    assert_eq!(register.present(), 0, "no ghosts");
    assert_eq!(register.reasons().len(), register.attached.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn leaving_at_every_await_of_the_decision_leaves_nothing_behind() {
    let (register, tasks) = (Register::new(), TaskTracker::new());
    let io = register.server();
    for steps in 0..=STEPS {
        let before = register.deciding.load(Ordering::SeqCst);
        let mut client = Client::open(&io, &tasks).await;
        client.send(r#"40{"number":7}"#).await;
        register.gate.add_permits(steps);
        settle().await;
        let decided = register.deciding.load(Ordering::SeqCst) - before;
        assert_eq!(decided, STEPS.min(steps + 1), "it waits at its step");
        assert_eq!(register.present(), usize::from(steps == STEPS));
        drop(client);
        settle().await;
        register.gate.add_permits(STEPS - steps);
        settle().await;
        register.gate.forget_permits(STEPS);
        assert_eq!(register.present(), 0, "left after {steps} steps");
        assert_eq!(io.session_count(), 0);
    }
    assert_eq!(register.reasons(), ["transport close"]);
    ends_empty(io, &register).await;
}

#[tokio::test(start_paused = true)]
async fn leaving_by_disconnect_while_the_decision_is_made() {
    let (register, tasks) = (Register::new(), TaskTracker::new());
    let io = register.server();
    let mut client = Client::open(&io, &tasks).await;
    client.send(r#"40{"number":7}"#).await;
    client.send("41").await;
    settle().await;
    register.gate.add_permits(STEPS);
    settle().await;
    assert_eq!(register.attached.load(Ordering::SeqCst), 0);
    client.send(r#"40{"number":8}"#).await;
    assert!(client.text().await.starts_with(r#"40{"sid":"#), "it may come again");
    drop(client);
    ends_empty(io, &register).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_before_the_decision_waits_for_it() {
    let (register, tasks) = (Register::new(), TaskTracker::new());
    let io = register.server();
    let mut client = Client::open(&io, &tasks).await;
    client.send(r#"40{"number":7}"#).await;
    client.send(r#"42["number"]"#).await;
    settle().await;
    register.gate.add_permits(STEPS);
    assert!(client.text().await.starts_with(r#"40{"sid":"#));
    assert_eq!(client.text().await, r#"42["number",7]"#);
    ends_empty(io, &register).await;
}

#[tokio::test(start_paused = true)]
async fn refusals_say_why_and_close() {
    let (register, tasks) = (Register::new(), TaskTracker::new());
    register.gate.add_permits(10 * STEPS);
    let io = register.server();
    let mut refused = Client::connect(&io, &tasks, r"40{}").await;
    refused.send(r#"42["number"]"#).await;
    assert_eq!(refused.text().await, r#"42["why","no number"]"#);
    assert_eq!(refused.text().await, "41");
    assert_eq!(refused.read().await, Received::Close);
    let mut refused = Client::open(&io, &tasks).await;
    refused.send("40").await;
    assert_eq!(refused.text().await, r#"44{"message":"no"}"#);
    assert_eq!(refused.read().await, Received::Close);
    assert_eq!(register.attached.load(Ordering::SeqCst), 0);
    drop(refused);
    ends_empty(io, &register).await;
}

#[tokio::test(start_paused = true)]
async fn a_decision_that_takes_too_long_closes_without_an_answer() {
    let (register, tasks) = (Register::new(), TaskTracker::new());
    let io = register.server();
    let mut client = Client::open(&io, &tasks).await;
    client.send(r#"40{"number":7}"#).await;
    let asked = tokio::time::Instant::now();
    client.end().await;
    assert_eq!(asked.elapsed(), Duration::from_secs(30));
    drop(client);
    ends_empty(io, &register).await;
}

#[tokio::test(start_paused = true)]
async fn every_end_detaches_once_and_says_why() {
    let (register, tasks) = (Register::new(), TaskTracker::new());
    register.gate.add_permits(10 * STEPS);
    let io = register.server();
    let connect = r#"40{"number":7}"#;

    let mut leaving = Client::connect(&io, &tasks, connect).await;
    leaving.send("41").await;
    settle().await;
    leaving.send(r#"42["number"]"#).await;
    assert_eq!(leaving.read().await, Received::Close, "an event after DISCONNECT");

    let mut kicked = Client::connect(&io, &tasks, connect).await;
    kicked.send(r#"42["kick me"]"#).await;
    assert_eq!(kicked.text().await, "41");
    assert_eq!(kicked.read().await, Received::Close);

    drop(Client::connect(&io, &tasks, connect).await);
    settle().await;

    let mut broken = Client::connect(&io, &tasks, connect).await;
    broken.send("4").await;
    broken.send("4x").await;
    assert_eq!(broken.read().await, Received::Close);

    let mut panicking = Client::connect(&io, &tasks, connect).await;
    panicking.send(r#"42["panic"]"#).await;
    panicking.send(r#"42["number"]"#).await;
    assert_eq!(panicking.text().await, r#"42["number",7]"#, "the session goes on");

    let mut hanging = Client::connect(&io, &tasks, connect).await;
    hanging.send(r#"42["hang"]"#).await;
    settle().await;
    drop(hanging);
    settle().await;
    assert_eq!(register.present(), 1, "who hangs in a handler is gone at once");
    drop((leaving, kicked, broken));

    let _silent = Client::connect(&io, &tasks, connect).await;
    tokio::time::sleep(Duration::from_secs(44)).await;
    drop(panicking);
    settle().await;
    assert_eq!(register.present(), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        register.reasons(),
        [
            "client namespace disconnect",
            "server namespace disconnect",
            "transport close",
            "parse error",
            "transport close",
            "transport close",
            "ping timeout",
        ]
    );
    ends_empty(io, &register).await;
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_is_ended_while_it_is_attached_gets_its_reply_first() {
    let namespace =
        Namespace::open("/", ()).attach(|(), socket: &Socket| socket.end_with("bye", &"too many"));
    let io = SocketIo::builder().namespace(namespace).build();
    let tasks = TaskTracker::new();
    let mut client = Client::connect(&io, &tasks, "40").await;
    assert_eq!(client.text().await, r#"42["bye","too many"]"#);
    assert_eq!(client.text().await, "41");
    assert_eq!(client.read().await, Received::Close);
    drop(client);
    assert!(io.shutdown(Duration::from_secs(10)).await);
}

#[tokio::test(start_paused = true)]
async fn who_connects_to_nothing_is_closed_at_the_connect_timeout() {
    let io = SocketIo::builder()
        .connect_timeout(Duration::from_secs(10))
        .namespace(Namespace::open("/", ()))
        .build();
    let tasks = TaskTracker::new();
    let opened = tokio::time::Instant::now();
    let mut silent = Client::open(&io, &tasks).await;
    silent.send("40/nowhere").await;
    assert_eq!(silent.text().await, r#"44/nowhere,{"message":"Invalid namespace"}"#);
    assert_eq!(silent.read().await, Received::Close);
    assert_eq!(opened.elapsed(), Duration::from_secs(10));
    drop(silent);
    assert!(io.shutdown(Duration::from_secs(10)).await);
}

#[tokio::test]
#[should_panic(expected = "the event \"twice\" has two handlers in the namespace \"/\"")]
async fn a_second_handler_of_an_event_is_named() {
    let handler = |_socket: Socket| async {};
    drop(Namespace::open("/", ()).on("twice", handler).on("twice", handler));
}

#[tokio::test(start_paused = true)]
async fn what_was_received_is_handled_in_order_unless_the_server_ended_the_socket() {
    for (kick, expected) in [
        (false, vec!["disconnected", "handled 1", "handled 2"]),
        (true, vec!["disconnected", "handled 1"]),
    ] {
        let log = Arc::<Mutex<Vec<String>>>::default();
        let gate = Arc::new(Semaphore::new(0));
        let held = Arc::<Mutex<Option<Socket>>>::default();
        let holder = held.clone();
        let namespace = Namespace::open("/", (log.clone(), gate.clone()))
            .attach(move |_state, socket| *holder.lock().unwrap() = Some(socket.clone()))
            .on_disconnect(|State((log, _gate)): State<Waits>, _socket: Socket| async move {
                log.lock().unwrap().push("disconnected".to_owned());
            })
            .on("wait", |State((log, gate)): State<Waits>, Data(number): Data<u32>| async move {
                gate.acquire().await.unwrap().forget();
                log.lock().unwrap().push(format!("handled {number}"));
            });
        let (io, tasks) = (SocketIo::builder().namespace(namespace).build(), TaskTracker::new());
        let mut client = Client::connect(&io, &tasks, "40").await;
        client.send(r#"42["wait",1]"#).await;
        client.send(r#"42["wait",2]"#).await;
        settle().await;
        let socket = held.lock().unwrap().take().unwrap();
        if kick {
            socket.disconnect(false);
            assert_eq!(client.text().await, "41");
        } else {
            drop(client);
        }
        settle().await;
        assert!(!socket.is_connected());
        assert!(matches!(socket.emit("x", &1).await, Err(EmitError::Disconnected)));
        gate.add_permits(2);
        settle().await;
        assert_eq!(*log.lock().unwrap(), expected);
    }
}

type Waits = (Arc<Mutex<Vec<String>>>, Arc<Semaphore>);

#[tokio::test(start_paused = true)]
async fn a_shutdown_says_so_to_the_application_and_nothing_to_clients() {
    let (register, tasks) = (Register::new(), TaskTracker::new());
    register.gate.add_permits(STEPS);
    let io = register.server();
    let mut client = Client::connect(&io, &tasks, r#"40{"number":7}"#).await;
    let stopping = io.clone();
    let stopped = tasks.spawn(async move { stopping.shutdown(Duration::from_secs(10)).await });
    assert_eq!(client.read().await, Received::Close, "no DISCONNECT: it comes back by itself");
    drop(client);
    assert!(stopped.await.unwrap());
    assert_eq!(register.reasons(), ["server shutting down"]);
    assert_eq!(register.present(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_when_asked_is_ended_and_may_come_back() {
    let tasks = TaskTracker::new();
    let (asked, answers) = tokio::sync::oneshot::channel();
    let asked = Mutex::new(Some(asked));
    let namespace = Namespace::open("/asking", ()).on_connect(move |socket: Socket| {
        let asked = asked.lock().unwrap().take();
        async move {
            let alive = socket.probe(Duration::from_secs(2)).await;
            let dead = !socket.probe(Duration::from_secs(2)).await;
            asked.unwrap().send((alive, dead)).unwrap();
        }
    });
    let io = SocketIo::builder().namespace(namespace).build();
    let mut client = Client::open(&io, &tasks).await;
    client.send("40/asking,").await;
    assert!(
        matches!(client.read().await, Received::Text(reply) if reply.starts_with("40/asking,"))
    );
    assert_eq!(client.read().await, Received::Text("2".to_owned()));
    client.send("3").await;
    assert_eq!(client.read().await, Received::Text("2".to_owned()));
    assert_eq!(answers.await.unwrap(), (true, true));
    assert_eq!(client.read().await, Received::Close, "without a DISCONNECT");
    assert!(io.shutdown(Duration::from_secs(10)).await);
}

#[tokio::test(start_paused = true)]
async fn who_could_not_be_asked_counts_as_there_and_has_all_its_time_once_it_is_asked() {
    const PATIENCE: Duration = Duration::from_secs(2);
    const ALMOST: Duration = Duration::from_millis(1_900);
    let tasks = TaskTracker::new();
    let (asked, answers) = tokio::sync::oneshot::channel();
    let asked = Mutex::new(Some(asked));
    let namespace = Namespace::open("/", ()).on_connect(move |socket: Socket| {
        let asked = asked.lock().unwrap().take();
        async move {
            let all_room = socket.namespace().reserve(usize::MAX).await;
            let unasked = socket.probe(PATIENCE).await;
            let there_is_room = async {
                tokio::time::sleep(ALMOST).await;
                drop(all_room);
            };
            let (late, ()) = tokio::join!(socket.probe(PATIENCE), there_is_room);
            asked.unwrap().send((unasked, late)).unwrap();
        }
    });
    let io = SocketIo::builder().namespace(namespace).build();
    let mut client = Client::connect(&io, &tasks, "40").await;
    assert_eq!(client.read().await, Received::Text("2".to_owned()));
    tokio::time::sleep(ALMOST).await;
    client.send("3").await;
    assert_eq!(answers.await.unwrap(), (true, true));
    drop(client);
    assert!(io.shutdown(Duration::from_secs(10)).await);
}

#[tokio::test(start_paused = true)]
async fn a_socket_can_be_told_several_things_before_its_end() {
    let tasks = TaskTracker::new();
    let namespace = Namespace::open("/", ()).on("kick me", |socket: Socket| async move {
        let first = LastEvent::new("first", &1).unwrap();
        socket.end_with_all(&[first, LastEvent::new("second", &2).unwrap()]);
    });
    let io = SocketIo::builder().namespace(namespace).build();
    let mut client = Client::connect(&io, &tasks, "40").await;
    client.send(r#"42["kick me"]"#).await;
    for packet in [r#"42["first",1]"#, r#"42["second",2]"#, "41"] {
        assert_eq!(client.text().await, packet);
    }
    client.end().await;
    assert!(io.shutdown(Duration::from_secs(10)).await);
}
