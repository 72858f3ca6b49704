//! Namespaces that are made by a pattern: when, for whom, and for how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use socketio::{
    Builder, ConnectRequest, Namespace, NamespaceRef, RawArgs, RecoveryBounds, Refusal, Socket,
    SocketIo, State,
};
use tokio::sync::Semaphore;
use tokio::time::{advance, sleep};
use tokio_util::task::TaskTracker;

use crate::client::{Client, Received};

const INVALID: &str = r#"{"message":"Invalid namespace"}"#;
const TOO_MANY: &str = r#"{"message":"Too many namespaces"}"#;

fn is_room(name: &str) -> bool {
    name.starts_with("/room-")
}

async fn say(namespace: NamespaceRef, args: RawArgs) {
    namespace.broadcast().emit_args("said", args).await.unwrap();
}

/// Rooms in which one can talk.
fn rooms() -> Namespace {
    Namespace::matching(is_room, ())
        .on("say", say)
        .on("end", |socket: Socket| async move { socket.disconnect(false) })
}

fn root() -> Builder {
    SocketIo::builder().namespace(Namespace::open("/", ()))
}

/// A server, and clients of it.
struct House {
    io: SocketIo,
    tasks: TaskTracker,
}

impl House {
    fn new(builder: Builder) -> Self {
        Self { io: builder.build(), tasks: TaskTracker::new() }
    }

    async fn open(&self) -> Client {
        Client::open(&self.io, &self.tasks).await
    }

    /// A client in one namespace.
    async fn enter(&self, path: &str) -> Client {
        let mut client = self.open().await;
        enter(&mut client, path).await;
        client
    }

    fn is_there(&self, path: &str) -> bool {
        self.io.of(path).is_some()
    }

    async fn ends_empty(self) {
        assert!(self.io.shutdown(Duration::from_secs(10)).await);
        assert_eq!(format!("{:?}", self.io), r#"SocketIo { namespaces: ["/"], .. }"#);
    }
}

/// Asks for a namespace, and returns the answer.
async fn ask(client: &mut Client, path: &str) -> String {
    client.send(&format!("40{path}")).await;
    let answer = client.text().await;
    let refused = answer.strip_prefix(&format!("44{path},"));
    refused.map(str::to_owned).unwrap_or(answer)
}

async fn enter(client: &mut Client, path: &str) {
    let answer = ask(client, path).await;
    assert!(answer.starts_with(&format!(r#"40{path},{{"sid":"#)), "{answer}");
}

/// Says something, and hears it.
async fn talk(client: &mut Client, path: &str, text: &str) {
    client.send(&format!(r#"42{path},["say","{text}"]"#)).await;
    assert_eq!(client.text().await, format!(r#"42{path},["said","{text}"]"#));
}

/// Lets everything happen that can happen now.
async fn settle() {
    sleep(Duration::from_millis(10)).await;
}

#[tokio::test(start_paused = true)]
async fn a_name_that_matches_is_a_namespace_of_its_own() {
    let house = House::new(root().namespace(rooms()));
    let (mut ada, mut bob) = (house.enter("/room-1").await, house.enter("/room-2").await);
    assert_eq!(ask(&mut ada, "/hall").await, INVALID);
    talk(&mut ada, "/room-1", "one").await;
    talk(&mut bob, "/room-2", "two").await;
    for (path, client) in [("/room-1", &mut ada), ("/room-2", &mut bob)] {
        let namespace = house.io.of(path).unwrap();
        assert_eq!((namespace.path(), namespace.socket_count()), (path, 1));
        namespace.broadcast().emit("from outside", &1).await.unwrap();
        assert_eq!(client.text().await, format!(r#"42{path},["from outside",1]"#));
    }
    for namespace in house.io.namespaces().iter().filter(|namespace| is_room(namespace.path())) {
        namespace.broadcast().emit("to all rooms", &1).await.unwrap();
    }
    assert_eq!(ada.text().await, r#"42/room-1,["to all rooms",1]"#);
    assert_eq!(bob.text().await, r#"42/room-2,["to all rooms",1]"#);
    drop((ada, bob));
    settle().await;
    assert_eq!(house.io.namespaces().len(), 1);
    house.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn the_name_is_known_to_who_decides_and_to_who_handles() {
    async fn authenticate(
        request: ConnectRequest,
        prefix: &'static str,
    ) -> Result<String, Refusal> {
        let name = request.namespace().to_owned();
        let refusal = json!({ "name": name });
        let refused = Refusal::ConnectError { message: "no".to_owned(), data: Some(refusal) };
        name.strip_prefix(prefix).map(str::to_owned).ok_or(refused)
    }
    async fn who(
        socket: Socket<String>,
        namespace: NamespaceRef,
        State(prefix): State<&'static str>,
    ) {
        let said = (socket.data(), namespace.path(), prefix);
        socket.emit_args("you", said).await.unwrap();
    }
    let tenants = Namespace::guarded_matching(|_| true, "/tenant-", authenticate).on("who", who);
    let house = House::new(root().namespace(tenants));
    let mut client = house.open().await;
    enter(&mut client, "/tenant-7").await;
    client.send(r#"42/tenant-7,["who"]"#).await;
    let you = r#"42/tenant-7,["you","7","/tenant-7","/tenant-"]"#;
    assert_eq!(client.text().await, you);
    let refused = r#"{"message":"no","data":{"name":"/else"}}"#;
    assert_eq!(ask(&mut client, "/else").await, refused);
    assert!(!house.is_there("/else"));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_of_that_name_wins_and_then_the_first_pattern() {
    let asked = Arc::<AtomicUsize>::default();
    let counted = asked.clone();
    let named = |name: &'static str| {
        move |socket: Socket| async move { socket.emit("in", name).await.unwrap() }
    };
    let builder = SocketIo::builder()
        .namespace(Namespace::matching(is_room, ()).on_connect(named("first")))
        .namespace(
            Namespace::matching(move |_| counted.fetch_add(1, Ordering::SeqCst) < 9, ())
                .on_connect(named("second")),
        )
        .namespace(Namespace::open("/room-0", ()).on_connect(named("fixed")));
    let house = House::new(builder);
    for (path, expected) in
        [("/room-0", "fixed"), ("/room-1", "first"), ("/hall", "second"), ("/room-0", "fixed")]
    {
        let mut client = house.enter(path).await;
        assert_eq!(client.text().await, format!(r#"42{path},["in","{expected}"]"#));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1, "only for a name that nothing else has");
}

/// Clients wait for a permit each before they are let in.
fn gated(gate: &Arc<Semaphore>) -> Namespace<(), Arc<Semaphore>> {
    let authenticate = |request: ConnectRequest, gate: Arc<Semaphore>| async move {
        gate.acquire().await.unwrap().forget();
        match request.auth::<Option<bool>>() {
            Ok(None) => Ok(()),
            _ => Err(Refusal::ConnectError { message: "no".to_owned(), data: None }),
        }
    };
    Namespace::guarded_matching(is_room, gate.clone(), authenticate).on("say", say)
}

#[tokio::test(start_paused = true)]
async fn it_is_made_when_a_client_was_let_in_and_for_nobody_else() {
    let gate = Arc::new(Semaphore::new(0));
    let house = House::new(root().namespace(gated(&gate)));
    let mut client = house.open().await;
    client.send("40/room-1").await;
    settle().await;
    assert!(!house.is_there("/room-1"), "it is being decided");
    client.send("41/room-1,").await;
    settle().await;
    gate.add_permits(1);
    settle().await;
    assert!(!house.is_there("/room-1"), "the client has left meanwhile");
    assert_eq!(gate.available_permits(), 1);
    assert_eq!(ask(&mut client, "/room-1,{}").await, r#"44/room-1,{"message":"no"}"#);
    assert!(!house.is_there("/room-1"), "the client was refused");
    gate.add_permits(1);
    let mut client = house.enter("/room-1").await;
    assert!(house.is_there("/room-1"));
    talk(&mut client, "/room-1", "here").await;
}

#[tokio::test(start_paused = true)]
async fn it_is_removed_when_the_last_one_has_gone_however() {
    let house = House::new(root().namespace(rooms()));
    for way in ["DISCONNECT", "disconnect", "close"] {
        let (mut one, mut last) = (house.enter("/room-1").await, house.enter("/room-1").await);
        one.send("41/room-1,").await;
        settle().await;
        assert!(house.is_there("/room-1"), "there is another one");
        talk(&mut last, "/room-1", way).await;
        match way {
            "DISCONNECT" => last.send("41/room-1,").await,
            "disconnect" => {
                last.send(r#"42/room-1,["end"]"#).await;
                assert_eq!(last.text().await, "41/room-1,");
            }
            _ => drop(last),
        }
        settle().await;
        assert!(!house.is_there("/room-1"), "{way}");
    }
    house.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn it_is_there_while_its_last_socket_is_detached() {
    let seen = Arc::<AtomicUsize>::default();
    let house = Arc::new(std::sync::OnceLock::<SocketIo>::new());
    let looking = (seen.clone(), house.clone());
    let rooms = Namespace::matching(is_room, looking).detach(|(seen, io), socket, _reason| {
        let io: &SocketIo = io.get().unwrap();
        let is_there = io.of(socket.namespace().path()).is_some();
        seen.fetch_add(usize::from(is_there), Ordering::SeqCst);
    });
    let started = House::new(root().namespace(rooms));
    house.set(started.io.clone()).unwrap();
    drop(started.enter("/room-1").await);
    settle().await;
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    assert!(!started.is_there("/room-1"));
}

#[tokio::test(start_paused = true)]
async fn many_who_come_at_once_are_in_one_namespace() {
    const CLIENTS: usize = 50;
    let gate = Arc::new(Semaphore::new(0));
    let house = House::new(root().namespace(gated(&gate)));
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let mut client = house.open().await;
        client.send("40/room-1").await;
        clients.push(client);
    }
    settle().await;
    gate.add_permits(CLIENTS);
    for client in &mut clients {
        assert!(client.text().await.starts_with(r#"40/room-1,{"sid""#));
    }
    assert_eq!(house.io.of("/room-1").unwrap().socket_count(), CLIENTS);
    clients[0].send(r#"42/room-1,["say","all"]"#).await;
    for client in &mut clients {
        assert_eq!(client.text().await, r#"42/room-1,["said","all"]"#);
    }
    drop(clients);
    settle().await;
    house.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn who_is_let_in_after_the_last_one_has_left_is_in_a_new_one() {
    let gate = Arc::new(Semaphore::new(1));
    let house = House::new(root().namespace(gated(&gate)));
    let last = house.enter("/room-1").await;
    let before = house.io.of("/room-1").unwrap();
    let mut next = house.open().await;
    next.send("40/room-1").await;
    settle().await;
    drop(last);
    settle().await;
    assert!(!house.is_there("/room-1"));
    gate.add_permits(1);
    assert!(next.text().await.starts_with(r#"40/room-1,{"sid""#));
    talk(&mut next, "/room-1", "new").await;
    assert_eq!(house.io.of("/room-1").unwrap().socket_count(), 1);
    assert_eq!(before.socket_count(), 0);
    before.broadcast().emit("by name", &1).await.unwrap();
    assert_eq!(next.text().await, r#"42/room-1,["by name",1]"#);
}

/// Clients on several threads come to a few names and go again as they like. Whoever is let in is in
/// a namespace that is there: it hears what it says. When all have gone, nothing is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_lost_between_the_last_who_leaves_and_the_next_who_comes() {
    const CLIENTS: usize = 8;
    const ROUNDS: usize = 150;
    let house = Arc::new(House::new(root().namespace(rooms())));
    let clients = (0..CLIENTS).map(|client| {
        let house = house.clone();
        let tasks = house.tasks.clone();
        tasks.spawn(async move {
            let mut own = house.open().await;
            for round in 0..ROUNDS {
                // Two names, so that each is often empty.
                let path = format!("/room-{}", (round + client) % 2);
                enter(&mut own, &path).await;
                own.send(&format!(r#"42{path},["say","{client} {round}"]"#)).await;
                let said = format!(r#"42{path},["said","{client} {round}"]"#);
                while own.text().await != said {}
                own.send(&format!("41{path},")).await;
                // What others say meanwhile is still on its way, and then the answer comes.
                own.send("40/none").await;
                while !own.text().await.starts_with("44/none") {}
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    while house.io.session_count() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(format!("{:?}", house.io), r#"SocketIo { namespaces: ["/"], .. }"#);
    assert!(house.io.shutdown(Duration::from_secs(10)).await);
}

#[tokio::test(start_paused = true)]
async fn there_are_no_more_than_there_may_be() {
    let house = House::new(root().namespace(rooms()).max_dynamic_namespaces(2));
    let (_one, two) = (house.enter("/room-1").await, house.enter("/room-2").await);
    let mut client = house.enter("/room-2").await;
    assert_eq!(ask(&mut client, "/room-3").await, TOO_MANY);
    assert!(!house.is_there("/room-3"));
    client.send("41/room-2,").await;
    drop(two);
    settle().await;
    enter(&mut client, "/room-3").await;
    assert_eq!(ask(&mut client, "/room-2").await, TOO_MANY);
    let mut alone = house.open().await;
    assert_eq!(ask(&mut alone, "/room-4").await, TOO_MANY);
    assert_eq!(alone.read().await, Received::Close, "it is in none");
}

#[tokio::test(start_paused = true)]
async fn a_client_is_in_no_more_than_it_may_be() {
    let house = House::new(root().namespace(rooms()).max_namespaces_per_client(2));
    let mut client = house.enter("/room-1").await;
    enter(&mut client, "/room-2").await;
    assert_eq!(ask(&mut client, "/room-3").await, TOO_MANY);
    client.send("41/room-1,").await;
    enter(&mut client, "/room-3").await;
    assert_eq!(ask(&mut client, "/").await, r#"44{"message":"Too many namespaces"}"#);
    // Those that it was sent out of do not count.
    client.send(r#"42/room-2,["end"]"#).await;
    assert_eq!(client.text().await, "41/room-2,");
    enter(&mut client, "/room-4").await;
    talk(&mut client, "/room-3", "still here").await;
    let mut other = house.enter("/room-3").await;
    enter(&mut other, "/room-5").await;
}

#[tokio::test(start_paused = true)]
async fn a_name_is_at_most_256_bytes_long() {
    let house = House::new(root().namespace(Namespace::matching(|_| true, ())));
    let longest = format!("/{}x", "é".repeat(127));
    assert_eq!(longest.len(), 256);
    let mut client = house.enter(&longest).await;
    let longer = longest + "x";
    assert_eq!(ask(&mut client, &longer).await, INVALID);
}

#[tokio::test(start_paused = true)]
async fn a_pattern_that_panics_matches_nothing() {
    let faulty = Namespace::matching(|name| name.parse::<u8>().unwrap() > 0, ());
    let house = House::new(root().namespace(faulty).namespace(rooms()));
    let mut client = house.enter("/room-1").await;
    assert_eq!(ask(&mut client, "/hall").await, INVALID);
    talk(&mut client, "/room-1", "the session goes on").await;
}

fn recoverable() -> Namespace {
    rooms().recoverable(|_before, now| Some(now))
}

/// Enters with what was known before, and returns the names that the answer gives, `sid` and `pid`.
async fn known(client: &mut Client, path: &str, pid: Option<&str>) -> (String, String) {
    let auth = pid.map(|pid| format!(r#",{{"pid":"{pid}"}}"#)).unwrap_or_default();
    client.send(&format!("40{path}{auth}")).await;
    let reply = client.text().await;
    let parts = reply.split('"').collect::<Vec<_>>();
    assert_eq!((parts[1], parts[5]), ("sid", "pid"), "{reply}");
    (parts[3].to_owned(), parts[7].to_owned())
}

#[tokio::test(start_paused = true)]
async fn it_stays_while_somebody_may_come_back_to_what_was_sent() {
    let house = House::new(root().namespace(recoverable()));
    let mut client = house.open().await;
    let (sid, pid) = known(&mut client, "/room-1", None).await;
    for _ in 0..2 {
        drop(client);
        settle().await;
        house.io.of("/room-1").unwrap().broadcast().emit("missed", &1).await.unwrap();
        advance(Duration::from_secs(119)).await;
        client = house.open().await;
        assert_eq!(known(&mut client, "/room-1", Some(&pid)).await.0, sid);
        assert!(client.text().await.starts_with(r#"42/room-1,["missed",1,"#));
    }
    drop(client);
    settle().await;
    advance(Duration::from_mins(2)).await;
    assert!(!house.is_there("/room-1"));
    let mut client = house.open().await;
    assert_ne!(known(&mut client, "/room-1", Some(&pid)).await.0, sid);
    drop(client);
    settle().await;
    advance(Duration::from_secs(121)).await;
    house.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn those_that_nobody_is_in_give_way_and_what_was_sent_is_not_passed_off_as_the_whole() {
    let bounds = RecoveryBounds::default();
    let builder = root().namespace(recoverable()).max_dynamic_namespaces(2).recovery(bounds);
    let house = House::new(builder);
    let mut client = house.open().await;
    let (sid, pid) = known(&mut client, "/room-1", None).await;
    drop(client);
    settle().await;
    let mut others = house.open().await;
    known(&mut others, "/room-2", None).await;
    known(&mut others, "/room-3", None).await;
    assert!(!house.is_there("/room-1"), "it was empty");
    assert_eq!(ask(&mut others, "/room-1").await, TOO_MANY);
    others.send("41/room-2,").await;
    settle().await;
    // Its name is there again, and what was sent in between was not kept.
    let mut client = house.open().await;
    assert_ne!(known(&mut client, "/room-1", Some(&pid)).await.0, sid);
}
