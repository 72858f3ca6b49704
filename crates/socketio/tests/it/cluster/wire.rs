//! What nodes write to each other, as bytes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use socketio::adapter::{
    Answers, Broadcasting, Delivery, LatestKey, Local, Progress, RoomChange, Selection,
};
use socketio::{Handshake, RawArgs, RemoteSocket, SocketId};

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Letter {
    Broadcast(Event),
    /// An event that is to be answered within so many milliseconds; the progress is reported.
    Answered(Event, u64, ReplyTo),
    Change {
        sockets: Sockets,
        joins: bool,
        rooms: Vec<String>,
    },
    Ask(Question, Sockets, ReplyTo),
    Reply(u64, usize, Reply),
    Leave(usize),
}

/// The node that asks, and the number of its question.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct ReplyTo {
    pub(super) node: usize,
    pub(super) number: u64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum Question {
    Count,
    Fetch,
    Disconnect { close: bool },
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    Count(usize),
    Found(Vec<Found>),
    Progress(Vec<Step>),
    Done,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sockets {
    namespace: String,
    rooms: Vec<String>,
    pub(super) except_rooms: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) to: Sockets,
    delivery: Kind,
    name: String,
    args: Arguments,
}

#[derive(Debug, Serialize, Deserialize)]
enum Kind {
    Reliable,
    Volatile,
    Latest(u32),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Arguments {
    json: String,
    attachments: Vec<Vec<u8>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Step {
    Asked(String),
    Answered(String, Arguments),
    Gone(String),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Found {
    id: String,
    rooms: Vec<String>,
    uri: String,
    headers: Vec<(String, String)>,
    is_secure: bool,
}

fn texts(rooms: &[Arc<str>]) -> Vec<String> {
    rooms.iter().map(ToString::to_string).collect()
}

fn rooms(texts: Vec<String>) -> Vec<Arc<str>> {
    texts.into_iter().map(Arc::from).collect()
}

fn id(text: String) -> SocketId {
    SocketId::from_other_node(text)
}

impl Sockets {
    pub(super) fn of(sockets: &Selection) -> Self {
        let Selection { namespace, rooms, except_rooms } = sockets;
        let (rooms, except_rooms) = (texts(rooms), texts(except_rooms));
        Self { namespace: namespace.to_string(), rooms, except_rooms }
    }

    pub(super) fn selection(self) -> Selection {
        let (namespace, except_rooms) = (self.namespace.into(), rooms(self.except_rooms));
        Selection { namespace, rooms: rooms(self.rooms), except_rooms }
    }
}

impl Event {
    pub(super) fn of(operation: &Broadcasting) -> Self {
        let (name, args) = operation.event.parts();
        let delivery = match operation.delivery {
            Delivery::Reliable => Kind::Reliable,
            Delivery::Volatile => Kind::Volatile,
            Delivery::Latest(LatestKey(key)) => Kind::Latest(key),
        };
        Self { to: Sockets::of(&operation.to), delivery, name, args: Arguments::of(&args) }
    }

    pub(super) fn operation(self, local: &Local) -> Broadcasting {
        let event = local.event(&self.to.namespace, &self.name, &self.args.raw()).unwrap();
        let delivery = match self.delivery {
            Kind::Reliable => Delivery::Reliable,
            Kind::Volatile => Delivery::Volatile,
            Kind::Latest(key) => Delivery::Latest(LatestKey(key)),
        };
        Broadcasting { to: self.to.selection(), delivery, event }
    }
}

impl Arguments {
    fn of(args: &RawArgs) -> Self {
        let attachments = args.attachments().iter().map(|bytes| bytes.to_vec());
        Self { json: args.json().to_owned(), attachments: attachments.collect() }
    }

    fn raw(self) -> RawArgs {
        let attachments = self.attachments.into_iter().map(Into::into);
        RawArgs::from_parts(self.json, attachments.collect()).unwrap()
    }
}

impl Letter {
    pub(super) fn change(sockets: &Selection, change: &RoomChange) -> Self {
        let (joins, rooms) = match change {
            RoomChange::Join(rooms) => (true, rooms),
            RoomChange::Leave(rooms) => (false, rooms),
        };
        Self::Change { sockets: Sockets::of(sockets), joins, rooms: texts(rooms) }
    }
}

pub(super) fn change(joins: bool, names: Vec<String>) -> RoomChange {
    let rooms = rooms(names);
    if joins { RoomChange::Join(rooms) } else { RoomChange::Leave(rooms) }
}

impl Step {
    pub(super) fn of(progress: Progress) -> Self {
        match progress {
            Progress::Asked(id) => Self::Asked(id.to_string()),
            Progress::Answered(id, args) => Self::Answered(id.to_string(), Arguments::of(&args)),
            Progress::Gone(id) => Self::Gone(id.to_string()),
        }
    }

    pub(super) fn record(self, answers: &Answers) {
        answers.record(match self {
            Self::Asked(socket) => Progress::Asked(id(socket)),
            Self::Answered(socket, args) => Progress::Answered(id(socket), args.raw()),
            Self::Gone(socket) => Progress::Gone(id(socket)),
        });
    }
}

impl Found {
    pub(super) fn of(socket: &RemoteSocket) -> Self {
        let handshake = socket.handshake();
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            id: socket.id().to_string(),
            rooms: texts(socket.rooms()),
            uri: handshake.uri.to_string(),
            headers: handshake.headers.iter().map(owned).collect(),
            is_secure: handshake.is_secure,
        }
    }

    pub(super) fn socket(self) -> RemoteSocket {
        let headers = self.headers.iter().map(|(name, value)| (&**name, &**value));
        let (uri, headers) = (self.uri.into(), headers.collect());
        let handshake = Handshake { uri, headers, client_addr: None, is_secure: self.is_secure };
        RemoteSocket::elsewhere(id(self.id), rooms(self.rooms), handshake)
    }
}
