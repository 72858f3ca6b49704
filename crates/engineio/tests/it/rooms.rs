//! Scopes and rooms: who gets a broadcast, and in which order things take effect.

use engineio::{Broadcast, Config, Delivery, Packet, RoomName, Scope};
use tokio::io::DuplexStream;

use crate::support::app::Peer;
use crate::support::polling::{Poller, packets};
use crate::support::server::Server;
use crate::support::websocket::WebSocket;
use crate::support::{entry, to_everyone, until_idle};

const SCOPE: Scope = Scope(1);
const OTHER: Scope = Scope(2);

fn rooms(names: &[&str]) -> Vec<RoomName> {
    names.iter().map(|name| RoomName::from(*name)).collect()
}

fn to(names: &[&str], text: &str) -> Broadcast {
    but(names, &[], text)
}

fn but(names: &[&str], except: &[&str], text: &str) -> Broadcast {
    let mut broadcast = to_everyone(SCOPE, Packet::new(text), Delivery::Reliable);
    broadcast.to.rooms = rooms(names);
    broadcast.to.except_rooms = rooms(except);
    broadcast
}

fn broadcast(server: &Server, broadcast: Broadcast) {
    server.hub().broadcast(server.hub().try_reserve(0).unwrap(), broadcast);
}

fn enter(peer: &Peer, scope: Scope, names: &[&str], packet: Option<&str>) {
    let share = peer.session.hub().try_reserve(0).unwrap();
    let packets = packet.map(Packet::new).into_iter().collect();
    peer.session.enter(share, entry(scope, rooms(names)), packets);
}

fn join(peer: &Peer, names: &[&str]) {
    peer.session.join(peer.session.hub().try_reserve(0).unwrap(), SCOPE, rooms(names));
}

fn leave(peer: &Peer, names: &[&str]) {
    peer.session.leave(peer.session.hub().try_reserve(0).unwrap(), SCOPE, rooms(names));
}

/// What is called in this order takes effect in this order.
fn call_everything(server: &Server, peer: &Peer) {
    peer.send("before");
    broadcast(server, to(&[], "not in the scope yet"));
    join(peer, &["too early"]);
    enter(peer, SCOPE, &["a"], Some("entered"));
    broadcast(server, to(&[], "everyone"));
    broadcast(server, to(&["too early"], "not in the room"));
    broadcast(server, to(&["a"], "a"));
    join(peer, &["b", "c"]);
    peer.send("joined");
    broadcast(server, to(&["b"], "b"));
    leave(peer, &["b"]);
    broadcast(server, to(&["b"], "not in the room any more"));
    broadcast(server, to(&["c"], "c"));
    peer.session.exit(SCOPE, Some(Packet::new("exited")));
    broadcast(server, to(&[], "not in the scope any more"));
    broadcast(server, to(&["c"], "not in the scope any more"));
    peer.send("after");
}

const ALL: [&str; 9] =
    ["4before", "4entered", "4everyone", "4a", "4joined", "4b", "4c", "4exited", "4after"];

#[tokio::test(start_paused = true)]
async fn everything_takes_effect_in_the_order_in_which_it_was_called() {
    let mut server = Server::start(Config { shards: 3, ..Config::default() });
    let (mut websocket, peer) = server.websocket().await;
    call_everything(&server, &peer);
    for expected in ALL {
        assert_eq!(websocket.text().await, expected);
    }
    let (poller, peer) = Poller::open(&mut server).await;
    call_everything(&server, &peer);
    until_idle().await;
    assert_eq!(packets(&poller.poll().await), ALL);
    drop(websocket);
    server.finish().await;
}

async fn assert_hears(websocket: &mut WebSocket<DuplexStream>, peer: &Peer, expected: &[&str]) {
    until_idle().await;
    peer.send("that is all");
    for text in expected {
        assert_eq!(websocket.text().await, format!("4{text}"));
    }
    assert_eq!(websocket.text().await, "4that is all");
}

#[tokio::test(start_paused = true)]
async fn who_is_in_several_rooms_gets_one_copy_and_who_is_excepted_none() {
    let mut server = Server::start(Config { shards: 2, ..Config::default() });
    let (mut both, both_peer) = server.websocket().await;
    let (mut one, one_peer) = server.websocket().await;
    let (mut neither, neither_peer) = server.websocket().await;
    let (mut elsewhere, elsewhere_peer) = server.websocket().await;
    enter(&both_peer, SCOPE, &["a", "b"], None);
    enter(&one_peer, SCOPE, &["b"], None);
    enter(&neither_peer, SCOPE, &[], None);
    enter(&elsewhere_peer, OTHER, &["a", "b"], None);

    broadcast(&server, to(&["a", "b", "a", "no such room"], "rooms"));
    broadcast(&server, to(&[], "everyone"));
    broadcast(&server, but(&[], &["a"], "but a"));
    broadcast(&server, but(&["b"], &["a", "x"], "b but a"));

    assert_hears(&mut both, &both_peer, &["rooms", "everyone"]).await;
    assert_hears(&mut one, &one_peer, &["rooms", "everyone", "but a", "b but a"]).await;
    assert_hears(&mut neither, &neither_peer, &["everyone", "but a"]).await;
    assert_hears(&mut elsewhere, &elsewhere_peer, &[]).await;
    drop((both, one, neither, elsewhere));
    server.finish().await;
}

/// Shard and slot, of which a key shows no more than this.
fn place(peer: &Peer) -> String {
    let key = format!("{:?}", peer.session.key());
    key.split(", generation").next().unwrap().to_owned()
}

/// The place of a session that is gone is given to another one, which inherits nothing.
#[tokio::test(start_paused = true)]
async fn nothing_is_done_to_the_next_session_in_a_place() {
    let mut server = Server::start(Config { shards: 1, ..Config::default() });
    let (websocket, old) = server.websocket().await;
    enter(&old, SCOPE, &["a"], None);
    drop(websocket);
    old.closed().await;
    let (mut websocket, new) = server.websocket().await;
    assert_eq!(place(&old), place(&new));
    assert_ne!(old.session.key(), new.session.key());
    enter(&old, SCOPE, &["a"], Some("a ghost"));
    old.send("a ghost");
    broadcast(&server, to(&["a"], "a ghost's message"));
    enter(&new, SCOPE, &[], None);
    broadcast(&server, to(&[], "everyone"));
    old.session.exit(SCOPE, None);
    old.session.close(engineio::CloseReason::Forced);
    assert_hears(&mut websocket, &new, &["everyone"]).await;
    drop(websocket);
    server.finish().await;
}
