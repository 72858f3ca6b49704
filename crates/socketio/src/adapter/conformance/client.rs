//! A client that polls, request by request.

use std::collections::VecDeque;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::Value;

use super::PATIENCE;
use crate::server::SocketIo;

/// A client that is connected to one namespace of one node.
pub(super) struct Client {
    io: SocketIo,
    session: String,
    /// What stands before a payload: nothing for `/`, else `/name,`.
    address: String,
    pub(super) id: String,
    pub(super) pid: Option<String>,
    received: VecDeque<String>,
}

/// An event that a client got.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) args: Vec<Value>,
    /// The number of the answer that is asked for.
    pub(super) ack: Option<u64>,
}

impl Client {
    pub(super) async fn connect(io: &SocketIo, namespace: &str) -> Self {
        Self::come_back(io, namespace, "").await
    }

    /// Connects with an auth payload.
    pub(super) async fn come_back(io: &SocketIo, namespace: &str, auth: &str) -> Self {
        let address = if namespace == "/" { String::new() } else { format!("{namespace},") };
        let (session, id) = (String::new(), String::new());
        let mut client =
            Self { io: io.clone(), session, address, id, pid: None, received: VecDeque::new() };
        let open = client.packet().await;
        let open = serde_json::from_str::<Value>(&open[1..]).expect("the open packet is JSON");
        client.session = text(&open["sid"]);
        client.send(&format!("0{}{auth}", client.address)).await;
        let reply = client.packet().await;
        let reply = reply.strip_prefix("40").expect("the namespace accepts everyone");
        let reply = reply.strip_prefix(&client.address).expect("it is the namespace's answer");
        let reply = serde_json::from_str::<Value>(reply).expect("the CONNECT reply is JSON");
        client.id = text(&reply["sid"]);
        client.pid = reply["pid"].as_str().map(str::to_owned);
        client
    }

    /// Sends a Socket.IO packet.
    pub(super) async fn send(&self, packet: &str) {
        self.post(format!("4{packet}")).await;
    }

    /// Joins a room, and knows that it did.
    pub(super) async fn join(&mut self, room: &str) {
        self.send(&format!(r#"2{}0["join","{room}"]"#, self.address)).await;
        let joined = self.packet().await;
        assert_eq!(joined, format!("43{}0[]", self.address), "the answer to `join`");
    }

    /// Answers an event.
    pub(super) async fn answer(&self, event: &Event, answer: &str) {
        let number = event.ack.expect("the event asks for an answer");
        self.send(&format!("3{}{number}[{answer}]", self.address)).await;
    }

    /// Closes the transport, and with it the session.
    pub(super) async fn close(self) {
        self.post("1".to_owned()).await;
    }

    /// The next event.
    pub(super) async fn event(&mut self) -> Event {
        let packet = self.packet().await;
        let json_at = packet.find('[').expect("an event has arguments");
        let (head, json) = packet.split_at(json_at);
        let number = head.strip_prefix("42").expect("it is an event without attachments");
        let number = number.strip_prefix(&self.address).expect("it is one of the namespace");
        let mut args =
            serde_json::from_str::<VecDeque<Value>>(json).expect("the event's arguments are JSON");
        let name = args.pop_front().as_ref().map(text).expect("the event has a name");
        Event { name, args: args.into(), ack: number.parse().ok() }
    }

    /// The events up to one of this name, which is left out.
    pub(super) async fn events_until(&mut self, name: &str) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let event = self.event().await;
            if event.name == name {
                return events;
            }
            events.push(event);
        }
    }

    /// The next packet as it stands in a payload, pings left out.
    pub(super) async fn packet(&mut self) -> String {
        loop {
            match self.received.pop_front() {
                Some(ping) if ping == "2" => self.post("3".to_owned()).await,
                Some(packet) => return packet,
                None => {
                    let payload = self.request(Method::GET, String::new()).await;
                    self.received.extend(payload.split('\u{1e}').map(str::to_owned));
                }
            }
        }
    }

    async fn post(&self, payload: String) {
        assert_eq!(self.request(Method::POST, payload).await, "ok");
    }

    async fn request(&self, method: Method, body: String) -> String {
        let session =
            if self.session.is_empty() { String::new() } else { format!("&sid={}", self.session) };
        let request = Request::builder()
            .method(method)
            .uri(format!("/socket.io/?EIO=4&transport=polling{session}"))
            .header("x-conformance", "1")
            .body(Full::new(Bytes::from(body)))
            .expect("it is a request");
        let answer = tokio::time::timeout(PATIENCE, self.io.handle(request));
        let answer = answer.await.expect("what is expected comes in time");
        assert_eq!(answer.status(), StatusCode::OK, "the session of the client has ended");
        let body = answer.into_body().collect().await.expect("the body is in memory");
        String::from_utf8(body.to_bytes().to_vec()).expect("payloads are text")
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("it is a string").to_owned()
}
