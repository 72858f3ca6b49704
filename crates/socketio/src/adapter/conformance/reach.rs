//! Whom a broadcast reaches.

use bytes::Bytes;
use serde_json::json;

use super::Cluster;
use super::client::Client;
use super::nodes::{Nodes, finish};
use crate::Binary;
use crate::adapter::LatestKey;

/// The names of the events up to the end.
async fn names(client: &mut Client) -> Vec<String> {
    client.events_until("end").await.into_iter().map(|event| event.name).collect()
}

pub(super) async fn everyone_once(nodes: &mut Nodes<impl Cluster>) {
    let mut clients = nodes.clients(2).await;
    for node in nodes.numbers() {
        let root = nodes.root(node);
        root.broadcast().emit_args("said", (node, "to all")).await.expect("it is JSON");
        finish(&root).await;
        for client in &mut clients {
            let events = client.events_until("end").await;
            let [event] = &events[..] else { panic!("one event, not {events:?}") };
            assert_eq!(event.name, "said");
            assert_eq!(event.args, [json!(node), json!("to all")]);
        }
    }
}

pub(super) async fn one_copy_for_several_rooms_and_none_for_excepted_ones(
    nodes: &mut Nodes<impl Cluster>,
) {
    let mut clients = nodes.clients(4).await;
    // Of each four: one in `a`, one in `b`, one in both, one in both and in `c`.
    for (number, client) in clients.iter_mut().enumerate() {
        let rooms: &[_] = match number % 4 {
            0 => &["a"],
            1 => &["b"],
            2 => &["a", "b"],
            _ => &["a", "b", "c"],
        };
        for room in rooms {
            client.join(room).await;
        }
    }
    for node in nodes.numbers() {
        let root = nodes.root(node);
        root.to("a").to("b").emit("both", &()).await.expect("it is JSON");
        root.to("a").to("b").except("c").emit("not c", &()).await.expect("it is JSON");
        root.except("a").emit("not a", &()).await.expect("it is JSON");
        root.to("nobody's").emit("nobody", &()).await.expect("it is JSON");
        finish(&root).await;
        for (number, client) in clients.iter_mut().enumerate() {
            let expected: &[_] = match number % 4 {
                0 | 2 => &["both", "not c"],
                1 => &["both", "not c", "not a"],
                _ => &["both"],
            };
            assert_eq!(names(client).await, expected);
        }
    }
}

pub(super) async fn one_socket_by_its_id(nodes: &mut Nodes<impl Cluster>) {
    let mut clients = nodes.clients(2).await;
    let chosen = clients.len() - 1;
    for node in nodes.numbers() {
        let root = nodes.root(node);
        root.to(clients[chosen].id.as_str()).emit("you", &()).await.expect("it is JSON");
        root.except(clients[chosen].id.as_str()).emit("others", &()).await.expect("it is JSON");
        finish(&root).await;
        for (number, client) in clients.iter_mut().enumerate() {
            let expected = if number == chosen { "you" } else { "others" };
            assert_eq!(names(client).await, [expected]);
        }
    }
}

pub(super) async fn other_namespaces_get_nothing(nodes: &mut Nodes<impl Cluster>) {
    for node in nodes.numbers() {
        let mut here = nodes.client(nodes.last(), "/").await;
        let mut other = nodes.client(nodes.last(), "/other").await;
        here.join("room").await;
        other.join("room").await;
        nodes.of(node, "/other").to("room").emit("other", &()).await.expect("it is JSON");
        nodes.of(node, "/other").broadcast().emit("end", &()).await.expect("it is JSON");
        finish(&nodes.root(node)).await;
        assert_eq!(names(&mut other).await, ["other"]);
        assert!(names(&mut here).await.is_empty());
    }
}

pub(super) async fn bytes_arrive(nodes: &mut Nodes<impl Cluster>) {
    let mut clients = nodes.clients(1).await;
    let bytes = Binary(Bytes::from_static(&[1, 2, 3, 4]));
    for node in nodes.numbers() {
        nodes.root(node).broadcast().emit("bytes", &bytes).await.expect("it is JSON");
        for client in &mut clients {
            let packet = client.packet().await;
            assert_eq!(packet, r#"451-["bytes",{"_placeholder":true,"num":0}]"#);
            assert_eq!(client.packet().await, "bAQIDBA==");
        }
    }
}

pub(super) async fn only_the_newest_of_what_replaces_older_ones(nodes: &mut Nodes<impl Cluster>) {
    let mut late = nodes.client(nodes.last(), "/").await;
    let mut reader = nodes.client(nodes.last(), "/").await;
    for node in nodes.numbers() {
        let root = nodes.root(node);
        for number in 0..3 {
            let list = root.broadcast().latest(LatestKey(7));
            list.emit("list", &number).await.expect("it is JSON");
        }
        finish(&root).await;
        // Once one has it all, it is there for the other, who did not ask so far.
        reader.events_until("end").await;
        let lists = late.events_until("end").await;
        let [list] = &lists[..] else { panic!("one list, not {lists:?}") };
        assert_eq!(list.args, [2]);
    }
}

pub(super) async fn only_this_node_if_so_asked(nodes: &mut Nodes<impl Cluster>) {
    let mut clients = nodes.clients(1).await;
    for node in nodes.numbers() {
        let root = nodes.root(node);
        root.broadcast().local().emit("here", &()).await.expect("it is JSON");
        assert_eq!(root.broadcast().local().count().await.expect("it asks nobody else"), 1);
        finish(&root).await;
        for (number, client) in clients.iter_mut().enumerate() {
            let expected: &[_] = if number == node { &["here"] } else { &[] };
            assert_eq!(names(client).await, expected);
        }
    }
}
