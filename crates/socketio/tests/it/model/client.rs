//! A client as stock ones are, whose connection is cut again and again.

use std::collections::BTreeSet;

use serde_json::Value;
use socketio::SocketIo;
use tokio_util::task::TaskTracker;

use super::Said;
use super::random::Random;
use crate::client::{Client, Received};

const CUTS: usize = 4;
const SAYINGS: u64 = 12;

pub(super) struct ModelClient {
    io: SocketIo,
    tasks: TaskTracker,
    number: usize,
    random: Random,
    connection: Client,
    sid: String,
    pid: String,
    offset: Option<String>,
    cuts: usize,
    said: u64,
    story: Story,
}

/// What a client got, in order.
#[derive(Debug, Default)]
pub(super) struct Story(pub(super) Vec<Said>);

impl Story {
    pub(super) fn numbers(&self, number: impl FnMut(&Said) -> Option<u64>) -> Vec<u64> {
        self.0.iter().filter_map(number).collect()
    }

    /// What another one got as well, in this one's order.
    pub(super) fn common(&self, other: &Self) -> Vec<Said> {
        let others = other.0.iter().collect::<BTreeSet<_>>();
        self.0.iter().filter(|said| others.contains(said)).copied().collect()
    }
}

impl ModelClient {
    pub(super) async fn connect(
        io: &SocketIo,
        tasks: &TaskTracker,
        number: usize,
        random: Random,
    ) -> Self {
        let mut client = Self {
            io: io.clone(),
            tasks: tasks.clone(),
            number,
            random,
            connection: Client::open(io, tasks).await,
            sid: String::new(),
            pid: String::new(),
            offset: None,
            cuts: CUTS,
            said: 0,
            story: Story::default(),
        };
        let auth = format!(r#"{{"client":{number}}}"#);
        let reply = client.authenticate(&auth).await;
        reply["sid"].as_str().unwrap().clone_into(&mut client.sid);
        reply["pid"].as_str().unwrap().clone_into(&mut client.pid);
        client
    }

    pub(super) fn id(&self) -> String {
        self.sid.clone()
    }

    async fn authenticate(&mut self, auth: &str) -> Value {
        self.connection.send(&format!("40{auth}")).await;
        let reply = self.connection.text().await;
        serde_json::from_str(reply.strip_prefix("40").unwrap()).unwrap()
    }

    pub(super) async fn run(mut self) -> Story {
        while self.receive().await {
            if self.random.once_in(3) {
                self.say().await;
            }
            if self.cuts > 0 && self.random.once_in(10) {
                self.cuts -= 1;
                self.come_back().await;
            }
        }
        self.story
    }

    /// Says something, or that there is nothing more to say; again, if a cut may have lost it.
    async fn say(&mut self) {
        if self.said < SAYINGS {
            let number = self.said;
            self.said += 1;
            self.connection.send(&format!(r#"42{number}["say",{number}]"#)).await;
        } else {
            self.cuts = 0;
            self.connection.send(r#"42["done"]"#).await;
        }
    }

    /// Cuts the connection, of which the server may not know yet, and connects again.
    async fn come_back(&mut self) {
        let new = Client::open(&self.io, &self.tasks).await;
        let old = std::mem::replace(&mut self.connection, new);
        let server_knows = self.random.once_in(2);
        let old = if server_knows {
            drop(old);
            None
        } else {
            Some(old)
        };
        self.random.pause(20).await;
        let mut auth = serde_json::json!({ "client": self.number, "pid": self.pid });
        if let Some(offset) = &self.offset {
            auth["offset"] = offset.as_str().into();
        }
        let reply = self.authenticate(&auth.to_string()).await;
        assert_eq!(reply["sid"], *self.sid, "not recovered");
        assert_eq!(reply["pid"], *self.pid);
        drop(old);
    }

    /// Takes the next packet. Says whether it was not the last.
    async fn receive(&mut self) -> bool {
        let packet = self.connection.text().await;
        if let Some(ack) = packet.strip_prefix("43") {
            let (_, args) = ack.split_once('[').unwrap();
            let number = args.trim_end_matches(']').parse().unwrap();
            self.story.0.push(Said::Acked { client: self.number, number });
            return true;
        }
        let (kind, json) = packet.split_at(packet.find('[').unwrap());
        let attachments = kind.trim_start_matches("45").trim_end_matches('-').parse::<usize>();
        if kind.starts_with("45") {
            for _ in 0..attachments.unwrap() {
                assert_eq!(self.connection.read().await, Received::Binary(vec![1, 2, 3]));
            }
        }
        let event = serde_json::from_str::<Vec<Value>>(json).unwrap();
        let offset = event.last().and_then(Value::as_str).expect("an offset at the end");
        self.offset = Some(offset.to_owned());
        let name = event[0].as_str().unwrap();
        let number = event[2].as_u64();
        let by = usize::try_from(event[1].as_u64().unwrap()).unwrap();
        match (name, number) {
            ("emitted", Some(number)) => self.story.0.push(Said::Emitted { emitter: by, number }),
            ("handled", Some(number)) => self.story.0.push(Said::Handled { client: by, number }),
            ("replied", Some(number)) => self.story.0.push(Said::Replied { client: by, number }),
            ("end", _) => return false,
            other => panic!("{other:?}"),
        }
        true
    }
}
