//! What [`Adapter`](super::Adapter) promises, as a suite that any adapter can run (the feature
//! `conformance`).
//!
//! ```
//! use socketio::adapter::conformance::{self, Cluster};
//! use socketio::{Builder, SocketIo};
//!
//! /// The adapter of one process: a cluster of one node.
//! struct Alone;
//!
//! impl Cluster for Alone {
//!     const NODES: usize = 1;
//!
//!     async fn start(&mut self, builder: Builder) -> SocketIo {
//!         builder.build()
//!     }
//!
//!     async fn cut_off(&mut self, _node: usize) {
//!         unreachable!("there is no other node");
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()
//! #     .unwrap().block_on(async {
//! conformance::check(async || Alone).await;
//! # });
//! ```
//!
//! It runs over requests alone, without sockets, in real or in paused time. Each case starts a
//! cluster of its own and says its name when it panics.

mod answers;
mod client;
mod failures;
mod nodes;
mod order;
mod questions;
mod reach;
mod recovery;

use std::future::Future;
use std::time::Duration;

use crate::server::{Builder, SocketIo};
use nodes::Nodes;

/// How long anything that is expected may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Nodes that the adapter under test joins.
pub trait Cluster {
    /// How many nodes the suite starts: 1 for an adapter that reaches no others (then nothing is
    /// asked that takes two), else 3.
    const NODES: usize;

    /// Gives `builder` the adapter of the next node, and starts it. Returns when the nodes that were
    /// started before know of this one.
    fn start(&mut self, builder: Builder) -> impl Future<Output = SocketIo>;

    /// Has a node, counted from 0, go on without the others, as if the network between them was
    /// cut. It is not told.
    fn cut_off(&mut self, node: usize) -> impl Future<Output = ()>;
}

/// Runs all cases, each with a cluster that `make` makes.
///
/// # Panics
/// If the adapter breaks the contract.
pub async fn check<C: Cluster>(mut make: impl AsyncFnMut() -> C) {
    macro_rules! cases {
        ($($module:ident: $($case:ident)*;)*) => {
            $($(
                let mut nodes = Nodes::start(make().await).await;
                nodes.name(stringify!($case));
                $module::$case(&mut nodes).await;
                nodes.end().await;
            )*)*
        };
    }
    cases! {
        reach: everyone_once one_copy_for_several_rooms_and_none_for_excepted_ones
            one_socket_by_its_id other_namespaces_get_nothing bytes_arrive
            only_the_newest_of_what_replaces_older_ones only_this_node_if_so_asked;
        order: events_and_changes_of_rooms_in_the_order_of_one_node
            one_order_for_the_sockets_of_a_node;
        answers: all_who_were_asked_answer some_are_silent_and_some_go nobody_was_asked;
        questions: found_with_their_rooms_and_counted rooms_joined_and_left_on_behalf
            disconnected_wherever_they_are;
        recovery: what_another_node_sent_is_recovered;
        failures: a_node_that_leaves_is_not_waited_for
            a_node_that_is_cut_off_harms_nobody_else questions_never_pass_a_part_off_as_the_whole
            answers_that_came_count_although_a_node_is_gone;
    }
}
