//! Connection state recovery, packet by packet.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use socketio::{
    Config, Data, LatestKey, Namespace, NamespaceRef, RecoveryBounds, Socket, SocketIo,
};
use tokio::time::{advance, sleep, timeout};
use tokio_util::task::TaskTracker;

use crate::client::{Client, Received};

/// Who a client is.
#[derive(Debug, Default, Deserialize)]
struct User {
    #[serde(default)]
    name: String,
}

async fn join(socket: Socket<User>, Data(room): Data<String>) {
    socket.join(room).await;
    socket.emit_volatile("joined", (1,)).await.unwrap();
}

async fn leave(socket: Socket<User>, Data(room): Data<String>) {
    socket.leave(room).await;
    socket.emit_volatile("left", (1,)).await.unwrap();
}

async fn end(socket: Socket<User>) {
    socket.disconnect(false);
}

/// Says whether it was recovered, in an event that is not kept.
async fn connected(socket: Socket<User>) {
    let said = (socket.recovered(), &socket.data().name);
    socket.emit_latest(LatestKey(1), "connected", &said).await.unwrap();
}

fn server(bounds: RecoveryBounds, shards: usize) -> SocketIo {
    let chat = Namespace::guarded("/", (), |request, ()| async move {
        Ok(request.auth::<Option<User>>().unwrap().unwrap_or_default())
    });
    let same = |before: &Arc<User>, now: Arc<User>| (before.name == now.name).then_some(now);
    let chat = chat.recoverable(same).on_connect(connected);
    let chat = chat.on("join", join).on("leave", leave).on("end", end);
    let engine = |config: &mut Config| config.shards = shards;
    let plain = Namespace::open("/plain", ());
    SocketIo::builder().engine(engine).recovery(bounds).namespace(chat).namespace(plain).build()
}

/// What a stock client knows of its socket.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    sid: String,
    pid: String,
    offset: Option<String>,
}

struct Chat {
    io: SocketIo,
    tasks: TaskTracker,
}

impl Chat {
    fn start(bounds: RecoveryBounds) -> Self {
        Self { io: server(bounds, 2), tasks: TaskTracker::new() }
    }

    fn root(&self) -> NamespaceRef {
        self.io.of("/").unwrap()
    }

    async fn emit(&self, room: Option<&str>, event: &str) {
        let all = self.root().broadcast();
        let to = match room {
            Some(room) => all.to(room),
            None => all,
        };
        to.emit(event, &1).await.unwrap();
    }

    /// Connects, for the first time or again. Says whether the socket was recovered.
    async fn connect(
        &self,
        known: Option<&Known>,
        name: &str,
    ) -> (Client, Known, Vec<String>, bool) {
        let mut client = Client::open(&self.io, &self.tasks).await;
        let auth = match known {
            None => format!(r#"{{"name":"{name}"}}"#),
            Some(Known { pid, offset: None, .. }) => {
                format!(r#"{{"name":"{name}","pid":"{pid}"}}"#)
            }
            Some(Known { pid, offset: Some(offset), .. }) => {
                format!(r#"{{"name":"{name}","pid":"{pid}","offset":"{offset}"}}"#)
            }
        };
        client.send(&format!("40{auth}")).await;
        let reply = client.text().await;
        let parts = reply.split('"').collect::<Vec<_>>();
        assert_eq!((parts[1], parts[5]), ("sid", "pid"), "{reply}");
        let offset = known.and_then(|known| known.offset.clone());
        let mut now = Known { sid: parts[3].to_owned(), pid: parts[7].to_owned(), offset };
        let mut missed = Vec::new();
        loop {
            let packet = client.text().await;
            if let Some(said) = packet.strip_prefix(r#"42["connected",["#) {
                assert_eq!(said.split('"').nth(1), Some(name));
                return (client, now, missed, said.starts_with("true"));
            }
            missed.push(event(&packet, &mut now));
        }
    }
}

/// The name of an event that has an offset, which is remembered as a stock client does.
fn event(packet: &str, known: &mut Known) -> String {
    let parts = packet.split('"').collect::<Vec<_>>();
    let [_, name, "," | ",1,", offset, "]"] = parts[..] else { panic!("no offset: {packet}") };
    known.offset = Some(offset.to_owned());
    name.to_owned()
}

async fn receive(client: &mut Client, known: &mut Known) -> String {
    event(&client.text().await, known)
}

async fn ask(client: &mut Client, event: &str, room: &str, answer: &str) {
    client.send(&format!(r#"42["{event}","{room}"]"#)).await;
    assert_eq!(client.text().await, format!(r#"42["{answer}",1]"#));
}

/// Cuts the connection, and waits until the server knows.
async fn cut(client: Client, chat: &Chat) {
    let before = chat.io.session_count();
    drop(client);
    while chat.io.session_count() == before {
        tokio::task::yield_now().await;
    }
    // The clock moves when everything else has been done.
    sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_missed_comes_in_order_and_once_again_and_again() {
    let chat = Chat::start(RecoveryBounds::default());
    let (mut client, mut known, missed, recovered) = chat.connect(None, "ann").await;
    assert!(missed.is_empty() && !recovered);
    ask(&mut client, "join", "r", "joined").await;
    chat.emit(Some("r"), "a").await;
    assert_eq!(receive(&mut client, &mut known).await, "a");
    for round in 0..3 {
        cut(client, &chat).await;
        chat.emit(Some("r"), "room").await;
        chat.emit(Some("other"), "no").await;
        chat.emit(Some(&known.sid), "me").await;
        chat.root().broadcast().except("r").emit("no", &1).await.unwrap();
        chat.emit(None, "all").await;
        let (again, now, missed, recovered) = chat.connect(Some(&known), "ann").await;
        assert!(recovered, "round {round}");
        assert_eq!((&now.sid, &now.pid), (&known.sid, &known.pid));
        assert_eq!(missed, ["room", "me", "all"], "round {round}");
        (client, known) = (again, now);
        // It is in its rooms again, and reached by its id.
        chat.emit(Some("r"), "after").await;
        chat.emit(Some(&known.sid), "by id").await;
        assert_eq!(receive(&mut client, &mut known).await, "after");
        assert_eq!(receive(&mut client, &mut known).await, "by id");
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_is_recovered_although_it_never_got_an_event() {
    let chat = Chat::start(RecoveryBounds::default());
    chat.emit(None, "before").await;
    let (client, known, ..) = chat.connect(None, "ann").await;
    cut(client, &chat).await;
    chat.emit(None, "missed").await;
    let (_client, _, missed, recovered) = chat.connect(Some(&known), "ann").await;
    assert!(recovered);
    assert_eq!(missed, ["missed"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_and_did_not_arrive_comes_again() {
    let chat = Chat::start(RecoveryBounds::default());
    let (mut client, mut known, ..) = chat.connect(None, "ann").await;
    chat.emit(None, "a").await;
    chat.emit(None, "b").await;
    chat.emit(None, "c").await;
    assert_eq!(receive(&mut client, &mut known).await, "a");
    // What was read from the socket after `a` never reached the client's code.
    cut(client, &chat).await;
    let (_client, _, missed, _) = chat.connect(Some(&known), "ann").await;
    assert_eq!(missed, ["b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn what_counts_is_who_was_in_the_room_when_it_was_sent() {
    let chat = Chat::start(RecoveryBounds::default());
    let (mut client, mut known, ..) = chat.connect(None, "ann").await;
    chat.emit(None, "first").await;
    assert_eq!(receive(&mut client, &mut known).await, "first");
    let at_first = known.clone();
    chat.emit(Some("r"), "not yet").await;
    ask(&mut client, "join", "r", "joined").await;
    chat.emit(Some("r"), "inside").await;
    assert_eq!(receive(&mut client, &mut known).await, "inside");
    ask(&mut client, "leave", "r", "left").await;
    chat.emit(Some("r"), "no more").await;
    chat.root().to(&*known.sid).sockets_join("s").await;
    chat.emit(Some("s"), "by others").await;
    assert_eq!(receive(&mut client, &mut known).await, "by others");
    cut(client, &chat).await;
    chat.emit(Some("r"), "no more").await;
    chat.emit(Some("s"), "away").await;
    let (_client, _, missed, _) = chat.connect(Some(&at_first), "ann").await;
    assert_eq!(missed, ["inside", "by others", "away"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_done_to_those_who_are_away_counts() {
    let chat = Chat::start(RecoveryBounds::default());
    let (mut client, known, ..) = chat.connect(None, "ann").await;
    ask(&mut client, "join", "secret", "joined").await;
    cut(client, &chat).await;
    chat.emit(Some("secret"), "inside").await;
    chat.root().to("secret").sockets_leave("secret").await;
    chat.emit(Some("secret"), "no more").await;
    chat.root().to(&*known.sid).sockets_join("new").await;
    chat.emit(Some("new"), "new").await;
    let (client, known, missed, _) = chat.connect(Some(&known), "ann").await;
    assert_eq!(missed, ["inside", "new"]);
    assert_eq!(chat.root().to("new").except("secret").count().await.unwrap(), 1);
    cut(client, &chat).await;
    chat.root().to("secret").disconnect_sockets(true).await.unwrap();
    let (client, known, _, recovered) = chat.connect(Some(&known), "ann").await;
    assert!(recovered, "it was in another room");
    cut(client, &chat).await;
    chat.root().to("new").disconnect_sockets(true).await.unwrap();
    assert!(!chat.connect(Some(&known), "ann").await.3);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_does_not_know_that_its_client_is_gone_is_taken_over() {
    let chat = Chat::start(RecoveryBounds::default());
    let (mut ghost, mut known, ..) = chat.connect(None, "ann").await;
    chat.emit(None, "a").await;
    assert_eq!(receive(&mut ghost, &mut known).await, "a");
    chat.emit(None, "b").await;
    let (mut client, mut now, missed, recovered) = chat.connect(Some(&known), "ann").await;
    assert!(recovered);
    assert_eq!((&now.sid, missed), (&known.sid, vec!["b".to_owned()]));
    chat.emit(None, "c").await;
    assert_eq!(receive(&mut client, &mut now).await, "c");
    assert_eq!(receive(&mut ghost, &mut known).await, "b");
    ghost.end().await;
    assert_eq!(chat.root().socket_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_gets_the_socket_of_somebody_else() {
    let chat = Chat::start(RecoveryBounds::default());
    let (mut client, known, ..) = chat.connect(None, "ann").await;
    let (_other, now, missed, recovered) = chat.connect(Some(&known), "bob").await;
    assert!(!recovered && missed.is_empty());
    assert_ne!(now.sid, known.sid);
    assert_ne!(now.pid, known.pid);
    // She is still there, and gets her socket back later.
    chat.root().to(&*known.sid).volatile().emit("still", &2).await.unwrap();
    assert_eq!(client.text().await, r#"42["still",2]"#);
    cut(client, &chat).await;
    let (.., recovered) = chat.connect(Some(&known), "bob").await;
    assert!(!recovered);
    let (.., recovered) = chat.connect(Some(&known), "ann").await;
    assert!(recovered);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_kept_has_no_offset_and_never_looks_as_if_it_had() {
    let chat = Chat::start(RecoveryBounds::default());
    let (mut client, mut known, ..) = chat.connect(None, "ann").await;
    chat.emit(None, "a").await;
    receive(&mut client, &mut known).await;
    let offset = known.offset.clone().unwrap();
    let all = || chat.root().broadcast();
    all().volatile().emit("volatile", &1).await.unwrap();
    assert_eq!(client.text().await, r#"42["volatile",1]"#);
    all().latest(LatestKey(7)).emit("list", &["x"]).await.unwrap();
    assert_eq!(client.text().await, r#"42["list",["x"]]"#);
    // A stock client takes a string at the end for an offset, so it gets one that is true.
    all().volatile().emit("volatile", "text").await.unwrap();
    assert_eq!(client.text().await, format!(r#"42["volatile","text","{offset}"]"#));
    let asking = all();
    let asked = chat.tasks.spawn(async move {
        asking.emit_with_ack::<u8>("acked", ("text",), Duration::from_secs(1)).await
    });
    assert!(client.text().await.ends_with(r#"["acked","text"]"#));
    cut(client, &chat).await;
    assert_eq!(asked.await.unwrap().unwrap().missing.len(), 1);
    let (_client, _, missed, recovered) = chat.connect(Some(&known), "ann").await;
    assert!(recovered && missed.is_empty(), "{missed:?}");
}

#[tokio::test(start_paused = true)]
async fn sockets_that_either_side_has_ended_are_not_recovered() {
    let chat = Chat::start(RecoveryBounds::default());
    let (mut client, known, ..) = chat.connect(None, "ann").await;
    client.send(r#"42["end"]"#).await;
    assert_eq!(client.text().await, "41");
    let (_, now, _, recovered) = chat.connect(Some(&known), "ann").await;
    assert!(!recovered);
    let (mut client, known, ..) = chat.connect(Some(&now), "ann").await;
    client.send("41").await;
    cut(client, &chat).await;
    assert!(!chat.connect(Some(&known), "ann").await.3);
    let (mut client, known, ..) = chat.connect(None, "ann").await;
    client.send("nonsense").await;
    client.end().await;
    cut(client, &chat).await;
    assert!(!chat.connect(Some(&known), "ann").await.3, "it broke the protocol");
}

#[tokio::test(start_paused = true)]
async fn a_slow_client_is_not_recovered() {
    let chat = Chat::start(RecoveryBounds::default());
    let (client, known, ..) = chat.connect(None, "ann").await;
    let text = "x".repeat(100_000);
    while chat.io.session_count() == 1 {
        chat.root().broadcast().emit("flood", &text).await.unwrap();
        tokio::task::yield_now().await;
    }
    drop(client);
    assert!(!chat.connect(Some(&known), "ann").await.3);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_for_longer_than_it_may_be() {
    let chat = Chat::start(RecoveryBounds::default());
    let (client, known, ..) = chat.connect(None, "ann").await;
    cut(client, &chat).await;
    advance(Duration::from_secs(119)).await;
    let (client, known, _, recovered) = chat.connect(Some(&known), "ann").await;
    assert!(recovered);
    cut(client, &chat).await;
    advance(Duration::from_secs(121)).await;
    assert!(!chat.connect(Some(&known), "ann").await.3);
}

#[tokio::test(start_paused = true)]
async fn past_each_bound_a_client_gets_a_new_socket_rather_than_a_part() {
    let small = RecoveryBounds { log_bytes: 10_000, ..RecoveryBounds::default() };
    let few = RecoveryBounds { sockets: 1, ..RecoveryBounds::default() };
    let little = RecoveryBounds { missed_bytes: 1_000, ..RecoveryBounds::default() };
    for (bounds, others, events, expected) in [
        (small.clone(), 0, 30, true),
        (small, 0, 50, false),
        (few.clone(), 0, 0, true),
        (few, 1, 0, false),
        (little.clone(), 0, 10, true),
        (little, 0, 60, false),
    ] {
        let case = format!("{bounds:?}, {others} others, {events} events");
        let chat = Chat::start(bounds);
        let (client, known, ..) = chat.connect(None, "ann").await;
        cut(client, &chat).await;
        for _ in 0..others {
            let (other, ..) = chat.connect(None, "bob").await;
            cut(other, &chat).await;
        }
        for _ in 0..events {
            chat.emit(None, "event").await;
        }
        let (.., missed, recovered) = chat.connect(Some(&known), "ann").await;
        assert_eq!(recovered, expected, "{case}");
        assert_eq!(missed.len(), if expected { events } else { 0 }, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_clients_make_up_is_no_claim() {
    let chat = Chat::start(RecoveryBounds::default());
    let (client, known, ..) = chat.connect(None, "ann").await;
    cut(client, &chat).await;
    for pid in ["", "x", "AAAAAAAAAAAAAAAAAAAA", &"A".repeat(5_000)] {
        let made_up = Known { pid: pid.to_owned(), ..known.clone() };
        assert!(!chat.connect(Some(&made_up), "ann").await.3, "{pid}");
    }
    let mut client = Client::open(&chat.io, &chat.tasks).await;
    client.send(r#"40{"name":"ann","pid":5,"offset":[]}"#).await;
    assert!(client.text().await.starts_with(r#"40{"sid""#));
    // An offset that was never given ends the claim; what an earlier server gave does not.
    let nonsense = Known { offset: Some("AAAA".to_owned()), ..known.clone() };
    assert!(!chat.connect(Some(&nonsense), "ann").await.3);
    let (client, known, ..) = chat.connect(None, "ann").await;
    chat.emit(None, "a").await;
    cut(client, &chat).await;
    let earlier = Known { offset: Some("____fff".to_owned()), ..known };
    let (.., missed, recovered) = chat.connect(Some(&earlier), "ann").await;
    assert!(recovered);
    assert_eq!(missed, ["a"]);
}

#[tokio::test(start_paused = true)]
async fn of_two_that_come_back_at_once_one_is_recovered() {
    let chat = Chat::start(RecoveryBounds::default());
    let (client, known, ..) = chat.connect(None, "ann").await;
    cut(client, &chat).await;
    let auth = format!(r#"40{{"name":"ann","pid":"{}"}}"#, known.pid);
    let mut clients = Vec::new();
    for _ in 0..2 {
        let mut client = Client::open(&chat.io, &chat.tasks).await;
        client.send(&auth).await;
        clients.push(client);
    }
    let mut heard = Vec::new();
    for client in &mut clients {
        heard.push(hear(client).await);
    }
    let recovered = |heard: &Vec<Received>| {
        heard.contains(&Received::Text(r#"42["connected",[true,"ann"]]"#.to_owned()))
    };
    assert!(heard.iter().any(recovered), "{heard:?}");
    // If both were, the later one took the socket over from the first.
    assert_eq!(chat.root().to(&*known.sid).count().await.unwrap(), 1);
    chat.root().to(&*known.sid).volatile().emit("x", &1).await.unwrap();
    let (one, two) = (hear(&mut clients[0]).await, hear(&mut clients[1]).await);
    let x = Received::Text(r#"42["x",1]"#.to_owned());
    assert_ne!(one.contains(&x), two.contains(&x), "{one:?} {two:?}");
}

/// Everything that a client gets in the next second.
async fn hear(client: &mut Client) -> Vec<Received> {
    let mut heard = Vec::new();
    while let Ok(received) = timeout(Duration::from_secs(1), client.read()).await {
        let is_last = received == Received::Close;
        heard.push(received);
        if is_last {
            break;
        }
    }
    heard
}

#[tokio::test(start_paused = true)]
async fn off_the_reply_has_the_id_only_and_events_are_as_they_were() {
    let chat = Chat::start(RecoveryBounds::default());
    let mut client = Client::open(&chat.io, &chat.tasks).await;
    client.send("40/plain").await;
    let reply = client.text().await;
    assert!(!reply.contains("pid"), "{reply}");
    chat.io.of("/plain").unwrap().broadcast().emit("x", "text").await.unwrap();
    assert_eq!(client.text().await, r#"42/plain,["x","text"]"#);
}

/// The page that lists every bound says the same.
#[test]
fn the_bounds_are_those_that_are_listed() {
    let page = include_str!("../../../../docs/bounds.md");
    let bounds = format!("{:?}", RecoveryBounds::default());
    let fields = bounds.strip_prefix("RecoveryBounds { ").and_then(|rest| rest.strip_suffix(" }"));
    for (name, value) in fields.unwrap().split(", ").filter_map(|field| field.split_once(": ")) {
        let row = format!("| `RecoveryBounds::{name}` | {value}");
        assert!(page.contains(&row), "no row begins with {row:?}");
    }
}
