//! In what order things happen.

use serde_json::Value;

use super::Cluster;
use super::nodes::{Nodes, finish};

const EVENTS: u64 = 60;

pub(super) async fn events_and_changes_of_rooms_in_the_order_of_one_node(
    nodes: &mut Nodes<impl Cluster>,
) {
    let mut clients = nodes.clients(2).await;
    for node in nodes.numbers() {
        let root = nodes.root(node);
        for number in 0..EVENTS {
            let name = format!("room {number}");
            root.to(&*name).emit("too early", &number).await.expect("it is JSON");
            root.broadcast().sockets_join(&*name).await;
            root.to(&*name).emit("number", &number).await.expect("it is JSON");
            root.broadcast().sockets_leave(&*name).await;
            root.to(&*name).emit("too late", &number).await.expect("it is JSON");
        }
        finish(&root).await;
        for client in &mut clients {
            let events = client.events_until("end").await;
            assert_eq!(events.len() as u64, EVENTS, "{events:?}");
            for (event, number) in events.iter().zip(0..) {
                assert_eq!((&*event.name, &event.args[..]), ("number", &[Value::from(number)][..]));
            }
        }
    }
}

pub(super) async fn one_order_for_the_sockets_of_a_node(nodes: &mut Nodes<impl Cluster>) {
    let mut clients = nodes.clients(2).await;
    let (one, other) = (nodes.root(0), nodes.root(nodes.last()));
    let emit = async |root: &crate::NamespaceRef, who: &str| {
        for number in 0..EVENTS {
            root.broadcast().emit_args("said", (who, number)).await.expect("it is JSON");
            tokio::task::yield_now().await;
        }
        root.broadcast().emit("end", &()).await.expect("it is JSON");
    };
    futures_util::future::join(emit(&one, "one"), emit(&other, "other")).await;
    let mut of_node = Vec::new();
    for (number, client) in clients.iter_mut().enumerate() {
        let mut said = client.events_until("end").await;
        said.extend(client.events_until("end").await);
        let said = said.into_iter().map(|event| event.args).collect::<Vec<_>>();
        for who in ["one", "other"] {
            let own = said.iter().filter(|args| args[0] == who).map(|args| &args[1]);
            assert!(own.eq((0..EVENTS).map(Value::from).collect::<Vec<_>>().iter()), "{said:?}");
        }
        if number % 2 == 0 {
            of_node = said;
        } else {
            assert_eq!(said, of_node, "two sockets of one node");
        }
    }
}
