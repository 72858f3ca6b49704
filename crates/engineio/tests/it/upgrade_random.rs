//! Upgrades at any moment of a conversation: nothing lost, doubled or out of order, either way.

use engineio::{Config, Delivery, Message, Packet};
use tokio::io::DuplexStream;

use crate::support::app::Peer;
use crate::support::http::{Answer, Http};
use crate::support::polling::{Poller, packets};
use crate::support::random::{Random, for_seeds};
use crate::support::server::Server;
use crate::support::until_idle;
use crate::support::websocket::{Frame, WebSocket};

const SEEDS: u64 = 400;
const THREADED_SEEDS: u64 = 200;
/// Messages in each direction.
const COUNT: usize = 60;

#[test]
fn numbered_packets_survive_upgrades_at_any_moment() {
    for_seeds(SEEDS, |seed| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(converse(seed, Attempts::SomeFail));
    });
}

/// The same on threads, where what meets is up to them.
#[test]
fn numbered_packets_survive_upgrades_on_several_threads() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(4).enable_time().build().unwrap();
    for_seeds(THREADED_SEEDS, |seed| runtime.block_on(converse(seed, Attempts::First)));
}

async fn converse(seed: u64, attempts: Attempts) {
    let mut random = Random::new(seed);
    let config = Config {
        shards: 1 + random.below(2),
        inbox_messages: 1 + random.below(8),
        max_payload: [1_000_000, 64][random.below(2)],
        ..Config::default()
    };
    let mut server = Server::start(config);
    let (poller, peer) = Poller::open(&mut server).await;
    peer.limit(1 + random.below(10));
    let client = Client {
        // The probe's answer must fit.
        stream_bytes: [16, 100, 64 * 1024][random.below(3)],
        random: Random::new(seed ^ 1),
        attempts,
        server: &server,
        poller,
        received: Vec::new(),
        sent: 0,
    };
    let received = tokio::join!(
        client.run(),
        send_all(&peer, Random::new(seed ^ 2)),
        receive_all(&peer, Random::new(seed ^ 3)),
    )
    .0;
    assert_eq!(received, (0..COUNT).map(|number| number.to_string()).collect::<Vec<_>>());
    server.finish().await;
}

async fn send_all(peer: &Peer, mut random: Random) {
    for number in 0..COUNT {
        let text = number.to_string();
        let packet = if random.once_in(4) {
            Packet::new(bytes::Bytes::from(text))
        } else {
            Packet::new(text)
        };
        peer.send_as(packet, Delivery::Reliable);
        random.pause(8).await;
    }
}

async fn receive_all(peer: &Peer, mut random: Random) {
    for number in 0..COUNT {
        let text = number.to_string();
        let expected = [Message::from(text.clone()), Message::from(bytes::Bytes::from(text))];
        let message = peer.message().await;
        assert!(expected.contains(&message), "{message:?} instead of {number}");
        random.pause(4).await;
    }
}

/// Which attempt to upgrade succeeds.
#[derive(Clone, Copy, PartialEq)]
enum Attempts {
    First,
    SomeFail,
}

/// A client that behaves as stock ones do, at random speed.
struct Client<'a> {
    attempts: Attempts,
    server: &'a Server,
    poller: Poller,
    stream_bytes: usize,
    random: Random,
    received: Vec<String>,
    sent: usize,
}

impl Client<'_> {
    async fn run(mut self) -> Vec<String> {
        self.poll_for_a_while().await;
        while self.attempts == Attempts::SomeFail && self.random.once_in(3) {
            self.fail_to_upgrade().await;
            self.poll_for_a_while().await;
        }
        let (mut websocket, poll) = self.probe().await;
        if let Some(mut poll) = poll {
            self.take(&poll.answer().await).await;
        }
        self.random.pause(10).await;
        websocket.send_text("5").await;
        self.finish(websocket).await
    }

    async fn poll_for_a_while(&mut self) {
        for _ in 0..self.random.below(4) {
            self.say_something().await;
            if self.received.len() == COUNT {
                return;
            }
            let mut poll = self.poller.begin_poll().await;
            self.random.pause(10).await;
            self.take(&poll.answer().await).await;
        }
    }

    /// Posts a few of its own messages.
    async fn say_something(&mut self) {
        let count = self.random.below(5).min(COUNT - self.sent);
        let packets = (0..count).map(|_| self.next_packet()).collect::<Vec<_>>();
        if !packets.is_empty() {
            self.poller.say(&packets.join("\x1e")).await;
        }
    }

    fn next_packet(&mut self) -> String {
        self.sent += 1;
        format!("4{}", self.sent - 1)
    }

    /// Opens a WebSocket and probes, with a poll under way or not.
    async fn probe(&mut self) -> (WebSocket<DuplexStream>, Option<Http>) {
        let poll = if self.random.once_in(4) { None } else { Some(self.poller.begin_poll().await) };
        self.random.pause(6).await;
        let http = self.server.dialer().dial_with(self.stream_bytes);
        let mut websocket = http.upgrade(&self.poller.websocket_target()).await.unwrap();
        self.random.pause(6).await;
        websocket.send_text("2probe").await;
        assert_eq!(websocket.text().await, "3probe");
        (websocket, poll)
    }

    async fn fail_to_upgrade(&mut self) {
        let (websocket, poll) = self.probe().await;
        if self.random.once_in(2) {
            drop(websocket);
            self.random.pause(10).await;
        } else {
            self.random.pause(10).await;
            drop(websocket);
        }
        if let Some(mut poll) = poll {
            self.take(&poll.answer().await).await;
        }
        // Its end is noticed before another one may probe.
        until_idle().await;
    }

    async fn take(&mut self, answer: &Answer) {
        for packet in packets(answer) {
            match (packet.as_str(), packet.strip_prefix('b'), packet.strip_prefix('4')) {
                ("6", ..) => {}
                ("2", ..) => self.poller.say("3").await,
                (_, Some(encoded), _) => self.take_message(decode_base64(encoded)),
                (.., Some(text)) => self.take_message(text.to_owned()),
                _ => panic!("not a message: {packet}"),
            }
        }
    }

    fn take_message(&mut self, text: String) {
        assert_eq!(text, self.received.len().to_string(), "seen so far: {:?}", self.received);
        self.received.push(text);
    }

    async fn finish(mut self, mut websocket: WebSocket<DuplexStream>) -> Vec<String> {
        while self.sent < COUNT || self.received.len() < COUNT {
            if self.sent < COUNT {
                let packet = self.next_packet();
                websocket.send_text(&packet).await;
            }
            if self.received.len() < COUNT && (self.sent == COUNT || self.random.once_in(2)) {
                match websocket.frame().await {
                    Frame::Text(text) if text == "2" => websocket.send_text("3").await,
                    Frame::Text(text) => self.take_message(text[1..].to_owned()),
                    Frame::Binary(bytes) => {
                        self.take_message(String::from_utf8(bytes.into()).unwrap());
                    }
                    other => panic!("not a message: {other:?}"),
                }
            }
        }
        self.received
    }
}

fn decode_base64(encoded: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap()
}
