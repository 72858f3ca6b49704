//! Three servers in one process, joined by channels through which bytes go: an adapter as one for
//! Redis would be, and what the conformance suite says of it.

mod exchange;
mod node;
mod wire;

use socketio::adapter::conformance::{self, Cluster};
use socketio::{Builder, SocketIo};
use tokio_util::task::TaskTracker;

use self::exchange::{Exchange, Fault};
use self::node::Node;

/// One node: the adapter of one process.
struct Alone;

impl Cluster for Alone {
    const NODES: usize = 1;

    async fn start(&mut self, builder: Builder) -> SocketIo {
        builder.build()
    }

    async fn cut_off(&mut self, _node: usize) {
        unreachable!("there is no other node");
    }
}

impl Cluster for Exchange {
    const NODES: usize = 3;

    async fn start(&mut self, builder: Builder) -> SocketIo {
        let exchange = self.clone();
        builder.adapter(move |local| Node::join(exchange, local)).build()
    }

    async fn cut_off(&mut self, node: usize) {
        self.cut(node);
    }
}

#[tokio::test(start_paused = true)]
async fn the_adapter_of_one_process_conforms() {
    conformance::check(async || Alone).await;
}

#[tokio::test(start_paused = true)]
async fn an_adapter_that_carries_bytes_between_nodes_conforms() {
    conformance::check(async || Exchange::default()).await;
}

/// Whether the suite finds it out.
async fn is_caught(fault: Fault) -> bool {
    let tasks = TaskTracker::new();
    let check = conformance::check(async move || Exchange::with(fault));
    tasks.spawn(check).await.is_err_and(|error| error.is_panic())
}

#[tokio::test(start_paused = true)]
async fn the_suite_finds_every_kind_of_fault() {
    for fault in Fault::ALL {
        assert!(is_caught(fault).await, "{fault:?} is not found");
    }
}
