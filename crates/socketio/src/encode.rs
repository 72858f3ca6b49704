//! Outgoing packets, byte for byte as socket.io makes them.

use std::fmt::Write as _;

use bytes::Bytes;
use engineio::{Message, Packet};
use serde::Serialize;

use crate::args::RawArgs;
use crate::arguments::{Arguments, write_array};
use crate::msgpack;
use crate::parser::Parser;
use crate::socket_id::SocketId;

/// The types of packets that a server sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PacketType {
    Connect = 0,
    Disconnect = 1,
    Event = 2,
    Ack = 3,
    ConnectError = 4,
}

/// What a packet has attachments for is of another type for the default parser.
const WITH_ATTACHMENTS: u8 = 3;

/// How the packets of a namespace are written.
#[derive(Debug, Clone)]
pub(crate) enum Encoder {
    Text(Address),
    MsgPack(Box<str>),
}

/// What stands between the type of a packet of a namespace and the id: nothing for `/`, else
/// `/name,`.
#[derive(Debug, Clone)]
pub(crate) struct Address(Box<str>);

impl Encoder {
    pub(crate) fn new(parser: Parser, namespace: &str) -> Self {
        match parser {
            Parser::Default if namespace == "/" => Self::Text(Address("".into())),
            Parser::Default => Self::Text(Address(format!("{namespace},").into())),
            Parser::MsgPack => Self::MsgPack(namespace.into()),
        }
    }

    pub(crate) fn connect(&self, id: &SocketId, pid: Option<&str>) -> Message {
        let payload = match pid {
            None => format!(r#"{{"sid":"{}"}}"#, id.as_str()),
            Some(pid) => format!(r#"{{"sid":"{}","pid":"{pid}"}}"#, id.as_str()),
        };
        self.message(PacketType::Connect, Some(payload)).expect("two strings are valid JSON")
    }

    pub(crate) fn disconnect(&self) -> Message {
        self.message(PacketType::Disconnect, None).expect("nothing is encoded")
    }

    /// Data that cannot be encoded are left out.
    pub(crate) fn connect_error(&self, message: &str, data: Option<&serde_json::Value>) -> Message {
        #[derive(Serialize)]
        struct ConnectError<'a> {
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            data: Option<&'a serde_json::Value>,
        }
        let encode = |data| {
            let payload = serde_json::to_string(&ConnectError { message, data })?;
            self.message(PacketType::ConnectError, Some(payload))
        };
        encode(data).unwrap_or_else(|_| encode(None).expect("a string is valid JSON"))
    }

    /// An event whose packet is made later.
    pub(crate) fn draft(
        &self,
        event: &str,
        args: &impl Arguments,
    ) -> Result<Draft, serde_json::Error> {
        let mut json = Vec::with_capacity(128);
        let attachments = write_array(&mut json, Some(event), args)?;
        let ends_in_string = json.ends_with(b"\"]") && json.len() > event.len() + 4;
        let json = into_text(json);
        let form = match self {
            Self::Text(address) => Form::Text(address.clone()),
            Self::MsgPack(namespace) => {
                let data = msgpack::Data::new(&json, attachments.clone())?;
                Form::MsgPack { namespace: namespace.clone(), data }
            }
        };
        Ok(Draft { form, json, attachments, ends_in_string })
    }

    /// An event as messages of a longer packet.
    pub(crate) fn event_messages(
        &self,
        event: &str,
        args: &impl Arguments,
    ) -> Result<Vec<Message>, serde_json::Error> {
        Ok(self.draft(event, args)?.packet().messages().to_vec())
    }

    /// An ack.
    pub(crate) fn ack(&self, id: u64, args: &impl Arguments) -> Result<Packet, serde_json::Error> {
        match self {
            Self::Text(address) => address.ack(id, args),
            Self::MsgPack(namespace) => {
                let mut json = Vec::with_capacity(128);
                let attachments = write_array(&mut json, None, args)?;
                let data = Some((into_text(json), attachments));
                msgpack::packet(PacketType::Ack, namespace, Some(id), data).map(Packet::new)
            }
        }
    }

    /// A packet without id and attachments.
    fn message(
        &self,
        kind: PacketType,
        payload: Option<String>,
    ) -> Result<Message, serde_json::Error> {
        match self {
            Self::Text(Address(address)) => {
                let payload = payload.unwrap_or_default();
                Ok(Message::from(format!("{}{address}{payload}", kind as u8)))
            }
            Self::MsgPack(namespace) => {
                let data = payload.map(|json| (json, Vec::new()));
                msgpack::packet(kind, namespace, None, data)
            }
        }
    }
}

impl Address {
    fn ack(&self, id: u64, args: &impl Arguments) -> Result<Packet, serde_json::Error> {
        let mut text = String::with_capacity(128);
        self.push_head(&mut text, PacketType::Ack, 0, Some(id));
        let start = text.len();
        let mut json = text.into_bytes();
        let attachments = write_array(&mut json, None, args)?;
        let text = into_text(json);
        if attachments.is_empty() {
            return Ok(Packet::new(text));
        }
        let mut binary = String::with_capacity(text.len() + 4);
        self.push_head(&mut binary, PacketType::Ack, attachments.len(), Some(id));
        binary.push_str(&text[start..]);
        Ok(Packet::with_attachments(binary, attachments))
    }

    fn push_head(&self, text: &mut String, kind: PacketType, attachments: usize, id: Option<u64>) {
        let address = &self.0;
        let written = match attachments {
            0 => write!(text, "{}{address}", kind as u8),
            _ => write!(text, "{}{attachments}-{address}", kind as u8 + WITH_ATTACHMENTS),
        };
        let written = written.and_then(|()| id.map_or(Ok(()), |id| write!(text, "{id}")));
        written.expect("writing to a string cannot fail");
    }
}

/// An event that is encoded but for what is only known when it is handed over.
#[derive(Debug, Clone)]
pub struct Draft {
    form: Form,
    /// The name and the arguments, with placeholders for the attachments.
    json: String,
    attachments: Vec<Bytes>,
    ends_in_string: bool,
}

#[derive(Debug, Clone)]
enum Form {
    Text(Address),
    MsgPack { namespace: Box<str>, data: msgpack::Data },
}

impl Draft {
    /// What it holds, in bytes, which is what a share of the queue is asked for.
    #[expect(clippy::len_without_is_empty, reason = "an event has a name")]
    pub fn len(&self) -> usize {
        match &self.form {
            Form::Text(_) => {
                self.json.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
            }
            Form::MsgPack { data, .. } => data.len(),
        }
    }

    /// The name of the event and its arguments: plain data, to be carried to other nodes, where
    /// [`Local::event`](crate::adapter::Local::event) makes the same event of it.
    ///
    /// # Panics
    /// Never.
    pub fn parts(&self) -> (String, RawArgs) {
        let inside = &self.json[1..self.json.len() - 1];
        let mut values = serde_json::Deserializer::from_str(inside).into_iter::<String>();
        let name = values.next().and_then(Result::ok).expect("an event begins with its name");
        let rest = &inside[values.byte_offset()..];
        let args = rest.strip_prefix(',').unwrap_or(rest);
        (name, RawArgs::new(args.into(), self.attachments.clone()))
    }

    pub(crate) fn ends_in_string(&self) -> bool {
        self.ends_in_string
    }

    /// The packet as it is.
    pub fn packet(self) -> Packet {
        self.assemble(None)
    }

    /// The packet, with the number of the ack that is asked for.
    pub fn with_ack(self, id: u64) -> Packet {
        self.assemble(Some(id))
    }

    /// The packet, with its offset as one more argument.
    pub(crate) fn seal(mut self, offset: &str) -> Packet {
        match &mut self.form {
            Form::Text(_) => {
                self.json.pop();
                write!(self.json, ",\"{offset}\"]").expect("writing to a string cannot fail");
            }
            Form::MsgPack { data, .. } => data.push(offset),
        }
        self.assemble(None)
    }

    fn assemble(self, id: Option<u64>) -> Packet {
        let Self { form, json, attachments, .. } = self;
        match form {
            Form::Text(address) => {
                let mut text = String::with_capacity(json.len() + address.0.len() + 24);
                address.push_head(&mut text, PacketType::Event, attachments.len(), id);
                text.push_str(&json);
                Packet::with_attachments(text, attachments)
            }
            Form::MsgPack { namespace, data } => Packet::new(data.packet(&namespace, id)),
        }
    }
}

fn into_text(json: Vec<u8>) -> String {
    String::from_utf8(json).expect("serde_json writes UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Binary;

    /// What an adapter does between two nodes, whichever parser their clients have.
    #[test]
    fn an_event_is_made_again_of_its_parts() {
        for parser in [Parser::Default, Parser::MsgPack] {
            let encoder = Encoder::new(parser, "/admin");
            let same = |draft: Draft| {
                let (name, args) = draft.parts();
                let json = args.json().to_owned();
                let args = RawArgs::from_parts(json, args.attachments().to_vec()).unwrap();
                let again = encoder.draft(&name, &args).unwrap();
                assert_eq!(again.ends_in_string(), draft.ends_in_string());
                assert_eq!(again.packet().messages(), draft.packet().messages());
                (name, args)
            };
            let bytes = Binary(Bytes::from_static(&[1, 2]));
            let (name, args) = same(encoder.draft("said", &("a", bytes, "b")).unwrap());
            assert_eq!((&*name, args.attachments().len()), ("said", 1));
            assert_eq!(args.json(), r#""a",{"_placeholder":true,"num":0},"b""#);
            let (name, args) = same(encoder.draft("an \"odd\", name", &()).unwrap());
            assert_eq!((&*name, args.json()), ("an \"odd\", name", ""));
        }
    }

    #[test]
    fn parts_that_are_no_arguments_are_refused() {
        for (json, attachments) in [("1,", 0), ("}", 0), (r#"{"_placeholder":true,"num":1}"#, 1)] {
            let attachments = vec![Bytes::from_static(b"x"); attachments];
            assert!(RawArgs::from_parts(json, attachments).is_err(), "{json}");
        }
    }
}
