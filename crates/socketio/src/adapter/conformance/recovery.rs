//! Clients that come back to their node.

use super::Cluster;
use super::client::Client;
use super::nodes::Nodes;

const NAMESPACE: &str = "/recoverable";

pub(super) async fn what_another_node_sent_is_recovered(nodes: &mut Nodes<impl Cluster>) {
    let home = nodes.last();
    for node in nodes.numbers() {
        let mut client = nodes.client(home, NAMESPACE).await;
        client.join("room").await;
        let namespace = nodes.of(node, NAMESPACE);
        namespace.to("room").emit("number", &1).await.expect("it is JSON");
        let offset = client.event().await.args[1].clone();
        let (id, pid) = (client.id.clone(), client.pid.clone().expect("it may come back"));
        client.close().await;
        let mut witness = nodes.client(home, NAMESPACE).await;
        namespace.to("room").emit("number", &2).await.expect("it is JSON");
        namespace.broadcast().sockets_leave("room").await;
        namespace.to("room").emit("number", &3).await.expect("it is JSON");
        namespace.broadcast().emit("number", &4).await.expect("it is JSON");
        // Its node has it all.
        assert_eq!(witness.event().await.args[0], 4);
        let auth = format!(r#"{{"pid":"{pid}","offset":{offset}}}"#);
        let mut back = Client::come_back(nodes.server(home), NAMESPACE, &auth).await;
        assert_eq!(back.id, id, "it has its socket again");
        assert_eq!(back.event().await.args[0], 2);
        assert_eq!(back.event().await.args[0], 4, "it was taken out of the room meanwhile");
    }
}
