//! Nodes that go.

use std::time::Duration;

use super::nodes::{Nodes, finish};
use super::{Cluster, PATIENCE};

/// How long an answer that never comes is waited for.
const WITHIN: Duration = PATIENCE.checked_mul(2).expect("it is short");

pub(super) async fn a_node_that_leaves_is_not_waited_for(nodes: &mut Nodes<impl Cluster>) {
    let leaving = nodes.last();
    if leaving == 0 {
        return;
    }
    let mut clients = nodes.clients(1).await;
    clients.truncate(leaving);
    assert!(nodes.server(leaving).shutdown(PATIENCE).await, "everything ends by itself");
    let root = nodes.root(0);
    assert_eq!(root.broadcast().count().await.expect("it knows who is left"), leaving);
    let found = root.broadcast().fetch_sockets().await.expect("it knows who is left");
    assert_eq!(found.len(), leaving);
    finish(&root).await;
    for client in &mut clients {
        assert!(client.events_until("end").await.is_empty());
    }
}

pub(super) async fn a_node_that_is_cut_off_harms_nobody_else(nodes: &mut Nodes<impl Cluster>) {
    let alone = nodes.last();
    if alone == 0 {
        return;
    }
    let mut clients = nodes.clients(1).await;
    nodes.cluster.cut_off(alone).await;
    let root = nodes.root(0);
    let sent = async {
        for number in 0..100 {
            root.broadcast().emit("number", &number).await.expect("it is JSON");
        }
        root.broadcast().sockets_join("room").await;
        root.to("room").emit("end", &()).await.expect("it is JSON");
    };
    tokio::time::timeout(PATIENCE, sent).await.expect("nobody who emits waits for it");
    finish(&nodes.root(alone)).await;
    for (node, client) in clients.iter_mut().enumerate() {
        let expected = if node == alone { 0 } else { 100 };
        assert_eq!(client.events_until("end").await.len(), expected);
    }
}

pub(super) async fn questions_never_pass_a_part_off_as_the_whole(nodes: &mut Nodes<impl Cluster>) {
    let alone = nodes.last();
    if alone == 0 {
        return;
    }
    let mut clients = nodes.clients(1).await;
    nodes.cluster.cut_off(alone).await;
    let root = nodes.root(0);
    let asked = tokio::time::timeout(WITHIN, root.broadcast().count());
    // Either it is known by now that the cluster is smaller, or it cannot be said.
    if let Ok(count) = asked.await.expect("it does not wait for ever") {
        assert_eq!(count, alone);
    }
    let asked = tokio::time::timeout(WITHIN, root.broadcast().fetch_sockets());
    if let Ok(found) = asked.await.expect("it does not wait for ever") {
        assert_eq!(found.len(), alone);
    }
    let asked = tokio::time::timeout(WITHIN, root.broadcast().disconnect_sockets(false));
    let _whether_all = asked.await.expect("it does not wait for ever");
    for client in clients.iter_mut().take(alone) {
        assert_eq!(client.packet().await, "41", "who can be reached is disconnected");
    }
}

pub(super) async fn answers_that_came_count_although_a_node_is_gone(
    nodes: &mut Nodes<impl Cluster>,
) {
    let alone = nodes.last();
    if alone == 0 {
        return;
    }
    let mut clients = nodes.clients(1).await;
    clients.truncate(alone);
    nodes.cluster.cut_off(alone).await;
    let root = nodes.root(0);
    let answering = async {
        for client in &mut clients {
            let event = client.event().await;
            client.answer(&event, "1").await;
        }
    };
    let asked = root.broadcast().emit_with_ack::<u32>("question", (), WITHIN);
    let (answers, ()) = futures_util::future::join(asked, answering).await;
    let answers = answers.expect("it is JSON");
    assert_eq!(answers.answers.len(), alone);
    assert!(answers.missing.is_empty(), "nobody who was asked is silent");
}
