//! Sockets found and changed wherever they are.

use std::collections::BTreeSet;

use super::Cluster;
use super::nodes::{Nodes, finish};
use crate::{NamespaceRef, Operator, RemoteSocket};

fn ids(sockets: &[RemoteSocket]) -> BTreeSet<&str> {
    let ids = sockets.iter().map(|socket| socket.id().as_str()).collect::<BTreeSet<_>>();
    assert_eq!(ids.len(), sockets.len(), "each is found once");
    ids
}

async fn count(sockets: Operator) -> usize {
    sockets.count().await.expect("all nodes are there")
}

pub(super) async fn found_with_their_rooms_and_counted(nodes: &mut Nodes<impl Cluster>) {
    let mut clients = nodes.clients(2).await;
    let _other = nodes.client(0, "/other").await;
    let mut in_room = BTreeSet::new();
    for client in clients.iter_mut().step_by(2) {
        client.join("room").await;
        client.join("second room").await;
        in_room.insert(client.id.clone());
    }
    for node in nodes.numbers() {
        let root = nodes.root(node);
        let all = root.broadcast().fetch_sockets().await.expect("all nodes are there");
        assert_eq!(ids(&all), clients.iter().map(|client| &*client.id).collect());
        let some = root.to("room").to("second room").fetch_sockets().await;
        let some = some.expect("all nodes are there");
        assert_eq!(ids(&some), in_room.iter().map(String::as_str).collect());
        for socket in &some {
            let rooms = socket.rooms().iter().map(|room| &**room).collect::<BTreeSet<_>>();
            assert_eq!(rooms, ["room", "second room", socket.id().as_str()].into());
            assert_eq!(socket.handshake().headers.get("x-conformance"), Some("1"));
            assert_eq!(socket.handshake().query("EIO").as_deref(), Some("4"));
        }
        let here = some.iter().filter(|socket| socket.local::<()>().is_some()).count();
        assert_eq!(here, 1, "only its own are in reach");
        assert_eq!(count(root.broadcast()).await, clients.len());
        assert_eq!(count(root.to("room").to("second room")).await, in_room.len());
        assert_eq!(count(root.except("room")).await, clients.len() - in_room.len());
        assert_eq!(count(root.to("an empty room")).await, 0);
    }
}

pub(super) async fn rooms_joined_and_left_on_behalf(nodes: &mut Nodes<impl Cluster>) {
    let mut clients = nodes.clients(2).await;
    let chosen = clients[clients.len() - 1].id.clone();
    for node in nodes.numbers() {
        let root = nodes.root(node);
        root.broadcast().sockets_join("all").await;
        root.to(&*chosen).sockets_join("chosen").await;
        assert_eq!(members(&root).await, (clients.len(), 1));
        root.to("all").except("chosen").sockets_leave("all").await;
        assert_eq!(members(&root).await, (1, 1));
        root.to("all").emit("you", &()).await.expect("it is JSON");
        finish(&root).await;
        for client in &mut clients {
            let events = client.events_until("end").await;
            assert_eq!(events.len(), usize::from(client.id == chosen));
        }
        root.broadcast().sockets_leave("all").await;
        root.broadcast().sockets_leave("chosen").await;
        assert_eq!(members(&root).await, (0, 0));
    }
}

async fn members(root: &NamespaceRef) -> (usize, usize) {
    (count(root.to("all")).await, count(root.to("chosen")).await)
}

pub(super) async fn disconnected_wherever_they_are(nodes: &mut Nodes<impl Cluster>) {
    for node in nodes.numbers() {
        let (mut staying, mut going) = (nodes.clients(1).await, nodes.clients(1).await);
        let root = nodes.root(node);
        for client in &mut going {
            client.join("going").await;
        }
        root.to("going").emit("last words", &()).await.expect("it is JSON");
        let ended = root.to("going").disconnect_sockets(true).await;
        ended.expect("all nodes are there");
        for client in &mut going {
            assert_eq!(client.event().await.name, "last words");
            assert_eq!(client.packet().await, "41", "DISCONNECT");
            assert_eq!(client.packet().await, "1", "the session ends as well");
        }
        assert_eq!(count(root.broadcast()).await, staying.len());
        root.broadcast().disconnect_sockets(false).await.expect("all nodes are there");
        for client in &mut staying {
            assert_eq!(client.packet().await, "41", "DISCONNECT");
        }
        assert_eq!(count(root.broadcast()).await, 0);
    }
}
