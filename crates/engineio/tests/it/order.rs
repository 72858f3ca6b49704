//! One order for all: whoever broadcasts at the same time, every receiver sees the same sequence.

use engineio::{Config, Delivery, Hub, Packet, Scope};
use tokio_util::task::TaskTracker;

use crate::support::app::Peer;
use crate::support::polling::{Poller, packets};
use crate::support::random::{Random, seed};
use crate::support::server::Server;
use crate::support::{entry, to_everyone};

const SCOPE: Scope = Scope(0);
const BROADCASTERS: usize = 4;
const EACH: usize = 150;
const TOTAL: usize = BROADCASTERS * EACH;
/// Of each transport.
const RECEIVERS: usize = 8;

fn enter(peer: &Peer) {
    let share = peer.session.hub().try_reserve(0).unwrap();
    peer.session.enter(share, entry(SCOPE, Vec::new()), Vec::new());
}

async fn emit(hub: Hub, from: usize, mut random: Random) {
    for number in 0..EACH {
        let text = format!("{from}:{number}");
        let share = hub.reserve(text.len()).await;
        let broadcast = to_everyone(SCOPE, Packet::new(text), Delivery::Reliable);
        hub.broadcast(share, broadcast);
        random.pause(3).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_receivers_see_the_same_sequence() {
    let seed = seed();
    let mut server = Server::start(Config { shards: 4, ..Config::default() });
    let mut receivers = Vec::new();
    let tasks = TaskTracker::new();
    for _ in 0..RECEIVERS {
        let (mut websocket, peer) = server.websocket().await;
        enter(&peer);
        receivers.push(tasks.spawn(async move {
            let mut received = Vec::new();
            while received.len() < TOTAL {
                received.push(websocket.text().await);
            }
            received
        }));
        let (poller, peer) = Poller::open(&mut server).await;
        enter(&peer);
        receivers.push(tasks.spawn(async move {
            let mut received = Vec::new();
            while received.len() < TOTAL {
                received.extend(packets(&poller.poll().await));
            }
            received
        }));
    }
    for from in 0..BROADCASTERS {
        tasks.spawn(emit(server.hub().clone(), from, Random::new(seed + from as u64)));
    }
    let first = receivers.remove(0).await.unwrap();
    for from in 0..BROADCASTERS {
        let prefix = format!("4{from}:");
        let own = first.iter().filter_map(|text| text.strip_prefix(&prefix));
        let expected = (0..EACH).map(|number| number.to_string());
        assert!(own.eq(expected), "in the order of the one who sent them (seed {seed})");
    }
    for receiver in receivers {
        assert_eq!(receiver.await.unwrap(), first, "seed {seed}");
    }
    tasks.close();
    tasks.wait().await;
}
