//! A cluster that runs, and its clients.

use std::time::Duration;

use super::client::Client;
use super::{Cluster, PATIENCE};
use crate::handler::{Ack, Data};
use crate::namespace::{Namespace, NamespaceRef};
use crate::server::{Builder, SocketIo};
use crate::socket::Socket;

/// Longer than any case takes: no client is asked for its pulse.
const PING_INTERVAL: Duration = Duration::from_hours(1);

/// Those who do not poll are not waited for at the end of each case.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The nodes of a cluster. Each has the namespaces `/`, `/other` and `/recoverable`.
pub(super) struct Nodes<C> {
    pub(super) cluster: C,
    servers: Vec<SocketIo>,
    case: Option<Case>,
}

/// Says which one failed.
struct Case(&'static str);

#[expect(clippy::print_stderr, reason = "it is part of a test's output")]
impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the adapter does not conform: {}", self.0);
        }
    }
}

impl<C: Cluster> Nodes<C> {
    pub(super) async fn start(mut cluster: C) -> Self {
        let mut servers = Vec::new();
        for _ in 0..C::NODES {
            let started = tokio::time::timeout(PATIENCE, cluster.start(builder()));
            servers.push(started.await.expect("a node starts in time"));
        }
        Self { cluster, servers, case: None }
    }

    pub(super) fn name(&mut self, case: &'static str) {
        self.case = Some(Case(case));
    }

    pub(super) async fn end(self) {
        let ended = self.servers.iter().map(|server| server.shutdown(PATIENCE));
        let ended = futures_util::future::join_all(ended).await;
        assert!(ended.into_iter().all(|by_itself| by_itself), "everything ends by itself");
    }

    /// The numbers of all nodes.
    pub(super) fn numbers(&self) -> std::ops::Range<usize> {
        0..self.servers.len()
    }

    /// The last node, which is another one than the first if there are others.
    pub(super) fn last(&self) -> usize {
        self.servers.len() - 1
    }

    pub(super) fn server(&self, node: usize) -> &SocketIo {
        &self.servers[node]
    }

    /// The namespace `/` as one of the nodes has it.
    pub(super) fn root(&self, node: usize) -> NamespaceRef {
        self.of(node, "/")
    }

    pub(super) fn of(&self, node: usize, namespace: &str) -> NamespaceRef {
        self.servers[node].of(namespace).expect("all nodes have all namespaces")
    }

    pub(super) async fn client(&self, node: usize, namespace: &str) -> Client {
        Client::connect(&self.servers[node], namespace).await
    }

    /// So many clients of each node, in `/`, those of one node after those of another.
    pub(super) async fn clients(&self, of_each_node: usize) -> Vec<Client> {
        let mut clients = Vec::new();
        for node in self.numbers() {
            for _ in 0..of_each_node {
                clients.push(self.client(node, "/").await);
            }
        }
        clients
    }
}

fn builder() -> Builder {
    SocketIo::builder()
        .engine(|engine| {
            engine.ping_interval = PING_INTERVAL;
            engine.close_timeout = CLOSE_TIMEOUT;
            engine.shards = 2;
        })
        .namespace(namespace("/"))
        .namespace(namespace("/other"))
        .namespace(namespace("/recoverable").recoverable(|_before, now| Some(now)))
}

fn namespace(path: &str) -> Namespace {
    let join = |socket: Socket, Data(room): Data<String>, ack: Ack| async move {
        socket.join(room).await;
        ack.send_args(()).await.expect("the client waits for it");
    };
    Namespace::open(path, ()).on("join", join)
}

/// Tells all clients in `/` that nothing more will come, from one node.
pub(super) async fn finish(root: &NamespaceRef) {
    root.broadcast().emit("end", &()).await.expect("it is JSON");
}
