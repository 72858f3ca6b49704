//! Operations on many sessions: changes of rooms, questions, reports; and what is left of a session.

use std::sync::Arc;

use engineio::{
    CloseReason, Config, Delivery, Entry, Found, Member, Packet, Position, RoomChange, RoomName,
    Rooms, Scope, Selection,
};

use crate::support::app::Peer;
use crate::support::server::Server;
use crate::support::{entry, everyone, to_everyone, until_idle};

const SCOPE: Scope = Scope(1);

fn rooms(names: &[&str]) -> Vec<RoomName> {
    names.iter().map(|name| RoomName::from(*name)).collect()
}

fn select(names: &[&str], except: &[&str]) -> Selection {
    Selection { rooms: rooms(names), except_rooms: rooms(except), ..everyone(SCOPE) }
}

fn enter(peer: &Peer, name: &'static str, names: &[&str]) {
    let share = peer.session.hub().try_reserve(0).unwrap();
    let entry = Entry { member: Member(Arc::new(name)), ..entry(SCOPE, rooms(names)) };
    peer.session.enter(share, entry, Vec::new());
}

fn name(member: &Member) -> &'static str {
    member.0.downcast_ref::<&str>().unwrap()
}

/// The names of those who were found, and their rooms, in order.
fn described(found: &[Found]) -> Vec<String> {
    let describe = |found: &Found| {
        let mut rooms = found.rooms.iter().map(|room| &**room).collect::<Vec<_>>();
        rooms.sort_unstable();
        format!("{}:{}", name(&found.member), rooms.join(","))
    };
    let mut all = found.iter().map(describe).collect::<Vec<_>>();
    all.sort_unstable();
    all
}

#[tokio::test(start_paused = true)]
async fn rooms_are_joined_and_left_for_many_at_their_place_in_the_order() {
    let mut server = Server::start(Config { shards: 2, ..Config::default() });
    let mut sockets = Vec::new();
    for (name, names) in [("one", &["a"][..]), ("two", &["a", "b"]), ("three", &["b"])] {
        let (websocket, peer) = server.websocket().await;
        enter(&peer, name, names);
        sockets.push((websocket, peer));
    }
    let hub = server.hub().clone();
    let share = || hub.try_reserve(0).unwrap();
    assert_eq!(hub.count(select(&[], &[])).await, 3);
    assert_eq!(hub.count(select(&["a", "b"], &[])).await, 3);
    assert_eq!(hub.count(select(&["a"], &["b"])).await, 1);
    hub.change_rooms(share(), select(&["a"], &[]), RoomChange::Join(rooms(&["c", "a"])), None);
    hub.change_rooms(share(), select(&["b"], &[]), RoomChange::Leave(rooms(&["b", "none"])), None);
    assert_eq!(described(&hub.find(select(&[], &[])).await), ["one:a,c", "three:", "two:a,c"]);
    assert_eq!(described(&hub.find(select(&["c"], &[])).await), ["one:a,c", "two:a,c"]);
    assert_eq!(hub.count(select(&["b"], &[])).await, 0);
    assert_eq!(hub.count(Selection { scope: Scope(2), ..select(&[], &[]) }).await, 0);
    drop(sockets);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_reports_whom_it_was_sent_to() {
    let mut server = Server::start(Config { shards: 3, ..Config::default() });
    let mut sockets = Vec::new();
    for name in ["one", "two", "three", "four"] {
        let (websocket, peer) = server.websocket().await;
        enter(&peer, name, &[name, "all"]);
        sockets.push((websocket, peer));
    }
    let share = server.hub().try_reserve(0).unwrap();
    let mut broadcast = to_everyone(SCOPE, Packet::new("hello"), Delivery::Reliable);
    broadcast.to = select(&["all", "one"], &["two"]);
    let mut recipients = server.hub().broadcast_reporting(share, broadcast);
    let mut told = Vec::new();
    while let Some(members) = recipients.next().await {
        told.extend(members.iter().map(name));
    }
    told.sort_unstable();
    assert_eq!(told, ["four", "one", "three"]);
    drop(sockets);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_session_was_in_outlives_it() {
    let mut server = Server::start(Config { shards: 1, ..Config::default() });
    let hub = server.hub().clone();
    let share = || hub.try_reserve(0).unwrap();
    let counted = |position, names: &[&str]| {
        let mut broadcast = to_everyone(SCOPE, Packet::new("x"), Delivery::Reliable);
        broadcast.to = select(names, &[]);
        broadcast.position = Some(Position(position));
        hub.broadcast(share(), broadcast);
    };
    let (websocket, peer) = server.websocket().await;
    counted(1, &[]);
    enter(&peer, "old", &["a"]);
    counted(2, &["a"]);
    peer.session.join(share(), SCOPE, rooms(&["b"]));
    peer.session.send_counted(share(), Packet::new("y"), Delivery::Reliable, Some(Position(3)));
    peer.session.leave(share(), SCOPE, rooms(&["a"]));
    until_idle().await;
    drop(websocket);
    let mut left = peer.left().await;
    let membership = left.pop().unwrap();
    assert!(left.is_empty());
    assert_eq!(name(membership.member()), "old");
    assert_eq!(membership.rooms().collect::<Vec<_>>(), [&RoomName::from("b")]);
    let was = |membership: &engineio::Membership, names: &[&str]| {
        [1, 2, 3, 4].map(|at| membership.was_selected(&select(names, &[]), Position(at)))
    };
    assert_eq!(was(&membership, &[]), [false, true, true, true]);
    assert_eq!(was(&membership, &["a"]), [false, true, true, false]);
    assert_eq!(was(&membership, &["b"]), [false, false, true, true]);

    // Another session enters with it: it is in the rooms, and its past is the same.
    counted(4, &[]);
    let (websocket, peer) = server.websocket().await;
    let entry = Entry { rooms: Rooms::Again(membership), ..entry(SCOPE, Vec::new()) };
    peer.session.enter(share(), entry, vec![Packet::new("again")]);
    assert_eq!(hub.count(select(&["b"], &[])).await, 1);
    assert_eq!(hub.count(select(&["a"], &[])).await, 0);
    peer.session.close(CloseReason::Forced);
    drop(websocket);
    let left = peer.left().await;
    assert_eq!(was(&left[0], &[]), [false, true, true, true]);
    assert_eq!(was(&left[0], &["a"]), [false, true, true, false]);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_scope_that_was_exited_is_not_left_behind() {
    let mut server = Server::start(Config::default());
    let (websocket, peer) = server.websocket().await;
    enter(&peer, "gone", &["a"]);
    peer.session.exit(SCOPE, None);
    until_idle().await;
    drop(websocket);
    assert!(peer.left().await.is_empty());
    server.finish().await;
}
