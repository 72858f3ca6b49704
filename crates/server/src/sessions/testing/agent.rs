//! A client that reads whatever comes, answers pings and writes everything down, until it is told to
//! vanish or its connection breaks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use socketio::SocketIo;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use super::PollingClient;
use crate::sessions::Device;

pub(crate) struct Agent {
    client: PollingClient,
    log: Arc<Mutex<Vec<String>>>,
    vanished: Arc<AtomicBool>,
    reading: JoinHandle<()>,
}

impl Agent {
    /// Opens a session and asks to be let in.
    pub(crate) async fn connect(
        io: SocketIo,
        tasks: &TaskTracker,
        token: &str,
        device: Device,
    ) -> Self {
        let client = PollingClient::open(io).await;
        client.post(&format!("40{}", json!({ "token": token, "device": device }))).await;
        let (log, vanished) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicBool>::default());
        let reading = tasks.spawn(read(client.clone(), log.clone(), vanished.clone()));
        Self { client, log, vanished, reading }
    }

    /// It does nothing any more, and does not close either, as if the network had gone.
    pub(crate) fn vanish(&self) {
        self.vanished.store(true, Ordering::SeqCst);
    }

    /// Its connection breaks, which the server notices.
    pub(crate) fn drop_connection(&self) {
        self.reading.abort();
    }

    /// It leaves.
    pub(crate) async fn leave(&self) {
        self.client.post("41").await;
    }

    /// Sends an event whose ack has this number.
    pub(crate) async fn emit(&self, ack: usize, event: &str, payload: &Value) {
        self.client.post(&format!("42{ack}{}", json!([event, payload]))).await;
    }

    /// The ack of this number.
    pub(crate) fn ack(&self, ack: usize) -> Option<Value> {
        let begin = format!("43{ack}[");
        let packets = self.log.lock().unwrap();
        let packet = packets.iter().find(|packet| packet.starts_with(&begin))?;
        let (_, arguments) = packet.split_at(begin.len() - 1);
        let mut arguments: Vec<Value> = serde_json::from_str(arguments).unwrap();
        Some(arguments.remove(0))
    }

    /// The id in its CONNECT reply.
    pub(crate) fn id(&self) -> Option<String> {
        let packets = self.log.lock().unwrap();
        let reply = packets.iter().find_map(|packet| packet.strip_prefix("40"))?;
        let reply: Value = serde_json::from_str(reply).unwrap();
        Some(reply["sid"].as_str()?.to_owned())
    }

    /// Everything that came, but for pings.
    pub(crate) fn packets(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The first argument of the last event of this name.
    pub(crate) fn last(&self, event: &str) -> Option<Value> {
        let begin = format!("42[\"{event}\"");
        let packets = self.log.lock().unwrap();
        let packet = packets.iter().rfind(|packet| packet.starts_with(&begin))?;
        let mut arguments: Vec<Value> = serde_json::from_str(&packet[2..]).unwrap();
        Some(arguments.swap_remove(1))
    }

    /// How many events of this name came.
    pub(crate) fn count(&self, event: &str) -> usize {
        let begin = format!("42[\"{event}\"");
        self.log.lock().unwrap().iter().filter(|packet| packet.starts_with(&begin)).count()
    }

    /// The code of the `exception` that came right before the DISCONNECT, if it was disconnected.
    pub(crate) fn ending(&self) -> Option<String> {
        let packets = self.log.lock().unwrap();
        let at = packets.iter().position(|packet| packet == "41")?;
        assert!(
            packets[at + 1..].iter().all(|packet| packet == "1" || packet == "6"),
            "it got something after its end: {packets:?}"
        );
        let exception = packets[at - 1].strip_prefix("42").unwrap();
        let exception: Value = serde_json::from_str(exception).unwrap();
        assert_eq!(exception[0], "exception");
        Some(exception[1]["code"].as_str().unwrap().to_owned())
    }
}

async fn read(client: PollingClient, log: Arc<Mutex<Vec<String>>>, vanished: Arc<AtomicBool>) {
    loop {
        let packets = client.poll().await;
        if vanished.load(Ordering::SeqCst) || packets.starts_with('{') {
            // `{`: the session is no more.
            return;
        }
        for packet in packets.split('\x1e') {
            match packet {
                "2" => drop(client.send("POST", "3").await),
                packet => log.lock().unwrap().push(packet.to_owned()),
            }
        }
    }
}
