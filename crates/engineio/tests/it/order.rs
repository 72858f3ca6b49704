//! One order for all: broadcasts made at the same time reach every session in the same order.

use engineio::{Broadcast, Delivery, Packet};

use crate::client::{Frame, Polling, WebSocket};
use crate::server::{EVERYONE, Server, enter};

const SHARDS: usize = 4;
const SENDERS: usize = 6;
const EACH: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_broadcasts_reach_everyone_in_one_order() {
    let mut server = Server::start(|config| config.shards = SHARDS);
    let mut sockets = Vec::new();
    for _ in 0..SHARDS * 2 {
        sockets.push(WebSocket::open(&server).await);
        let session = server.opened().await;
        enter(&session, &[]).await;
    }
    let polling = Polling::open(&server).await;
    enter(&server.opened().await, &[]).await;

    let senders = tokio_util::task::TaskTracker::new();
    for sender in 0..SENDERS {
        let hub = server.hub.clone();
        senders.spawn(async move {
            for number in 0..EACH {
                let packet = Packet::new(format!("{sender}:{number}"));
                let share = hub.reserve(packet.len()).await;
                let broadcast = Broadcast {
                    scope: EVERYONE,
                    rooms: Vec::new(),
                    except_rooms: Vec::new(),
                    except_session: None,
                    packet,
                    delivery: Delivery::Reliable,
                };
                hub.broadcast(share, broadcast);
            }
        });
    }
    senders.close();
    senders.wait().await;

    let mut orders = Vec::new();
    for socket in &mut sockets {
        let mut order = Vec::new();
        while order.len() < SENDERS * EACH {
            let Frame::Text(packet) = socket.read().await else { panic!("the session ended") };
            order.push(packet[1..].to_owned());
        }
        orders.push(order);
    }
    let mut polled = Vec::new();
    while polled.len() < SENDERS * EACH {
        let (status, body) = polling.poll(&server).await;
        assert_eq!(status, 200);
        polled.extend(body.split('\x1e').map(|packet| packet[1..].to_owned()));
    }
    orders.push(polled);
    for order in &orders {
        assert_eq!(order, &orders[0]);
    }
    for sender in 0..SENDERS {
        let own = orders[0].iter().filter(|packet| packet.starts_with(&format!("{sender}:")));
        let expected = (0..EACH).map(|number| format!("{sender}:{number}"));
        assert!(own.eq(expected.collect::<Vec<_>>().iter()), "sender {sender} is in order");
    }
    server.ends_empty().await;
}
