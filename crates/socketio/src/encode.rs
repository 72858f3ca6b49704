//! Outgoing packets, byte for byte as socket.io makes them.

use std::fmt::Write as _;

use bytes::Bytes;
use engineio::{Message, Packet};
use serde::Serialize;
use serde::ser::Error as _;

use crate::args::RawArgs;
use crate::socket_id::SocketId;
use crate::{binary, event_name};

/// The arguments of one event or ack. Implemented for tuples (each element is an argument) and for
/// [`RawArgs`].
pub trait Arguments {
    /// Appends the arguments as JSON, separated by commas. Returns attachments for placeholders
    /// that the JSON already has.
    ///
    /// # Errors
    /// If a value cannot be written as JSON.
    fn write(&self, json: &mut Vec<u8>) -> Result<Vec<Bytes>, serde_json::Error>;
}

impl Arguments for RawArgs {
    fn write(&self, json: &mut Vec<u8>) -> Result<Vec<Bytes>, serde_json::Error> {
        json.extend_from_slice(self.json().as_bytes());
        Ok(self.attachments().to_vec())
    }
}

impl Arguments for () {
    fn write(&self, _json: &mut Vec<u8>) -> Result<Vec<Bytes>, serde_json::Error> {
        Ok(Vec::new())
    }
}

/// A single argument.
pub(crate) struct One<'a, T: ?Sized>(pub(crate) &'a T);

impl<T: Serialize + ?Sized> Arguments for One<'_, T> {
    fn write(&self, json: &mut Vec<u8>) -> Result<Vec<Bytes>, serde_json::Error> {
        serde_json::to_writer(json, self.0).map(|()| Vec::new())
    }
}

macro_rules! tuple_arguments {
    ($first:ident $($rest:ident)*) => {
        impl<$first: Serialize, $($rest: Serialize),*> Arguments for ($first, $($rest,)*) {
            #[expect(non_snake_case, reason = "the names of the types name the values")]
            fn write(&self, json: &mut Vec<u8>) -> Result<Vec<Bytes>, serde_json::Error> {
                let ($first, $($rest,)*) = self;
                serde_json::to_writer(&mut *json, $first)?;
                $(
                    json.push(b',');
                    serde_json::to_writer(&mut *json, $rest)?;
                )*
                Ok(Vec::new())
            }
        }
    };
}

tuple_arguments!(A);
tuple_arguments!(A B);
tuple_arguments!(A B C);
tuple_arguments!(A B C D);
tuple_arguments!(A B C D E);
tuple_arguments!(A B C D E F);

/// The start of every packet of a namespace after its type: nothing for `/`, else `/name,`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoder(Box<str>);

impl Encoder {
    pub(crate) fn of(namespace: &str) -> Self {
        Self(if namespace == "/" { "".into() } else { format!("{namespace},").into() })
    }

    pub(crate) fn connect(&self, id: &SocketId, pid: Option<&str>) -> Message {
        Message::from(match pid {
            None => format!(r#"0{}{{"sid":"{}"}}"#, self.0, id.as_str()),
            Some(pid) => format!(r#"0{}{{"sid":"{}","pid":"{pid}"}}"#, self.0, id.as_str()),
        })
    }

    pub(crate) fn disconnect(&self) -> Message {
        Message::from(format!("1{}", self.0))
    }

    pub(crate) fn connect_error(&self, message: &str, data: Option<&serde_json::Value>) -> Message {
        #[derive(Serialize)]
        struct ConnectError<'a> {
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            data: Option<&'a serde_json::Value>,
        }
        let payload = serde_json::to_string(&ConnectError { message, data });
        Message::from(format!("4{}{}", self.0, payload.unwrap_or_default()))
    }

    /// An event, with the id of the ack that is asked for.
    pub(crate) fn event(
        &self,
        ack: Option<u64>,
        event: &str,
        args: &impl Arguments,
    ) -> Result<Packet, serde_json::Error> {
        self.packet(['2', '5'], ack, Some(event), args)
    }

    /// An event whose packet is made later.
    pub(crate) fn draft(
        &self,
        event: &str,
        args: &impl Arguments,
    ) -> Result<Draft, serde_json::Error> {
        let mut json = Vec::with_capacity(128);
        let (raw, mut attachments) =
            binary::collect_attachments(|| write_array(&mut json, Some(event), args));
        attachments.extend(raw?);
        let ends_in_string = json.ends_with(b"\"]") && json.len() > event.len() + 4;
        Ok(Draft { encoder: self.clone(), json: into_text(json), attachments, ends_in_string })
    }

    /// An ack.
    pub(crate) fn ack(&self, id: u64, args: &impl Arguments) -> Result<Packet, serde_json::Error> {
        self.packet(['3', '6'], Some(id), None, args)
    }

    /// The same event as one message of a longer packet; it can carry no attachments.
    pub(crate) fn event_message(
        &self,
        event: &str,
        args: &impl Arguments,
    ) -> Result<Message, serde_json::Error> {
        let mut json = Vec::new();
        write_array(&mut json, Some(event), args)?;
        Ok(Message::from(format!("2{}{}", self.0, into_text(json))))
    }

    fn packet(
        &self,
        [plain, with_attachments]: [char; 2],
        id: Option<u64>,
        event: Option<&str>,
        args: &impl Arguments,
    ) -> Result<Packet, serde_json::Error> {
        let mut text = String::with_capacity(128);
        text.push(plain);
        self.push_address(&mut text, id);
        let start = text.len();
        let mut json = text.into_bytes();
        let (raw, mut attachments) =
            binary::collect_attachments(|| write_array(&mut json, event, args));
        attachments.extend(raw?);
        let text = into_text(json);
        if attachments.is_empty() {
            return Ok(Packet::new(text));
        }
        let mut binary = format!("{with_attachments}{}-", attachments.len());
        self.push_address(&mut binary, id);
        binary.push_str(&text[start..]);
        Ok(Packet::with_attachments(binary, attachments))
    }

    fn push_address(&self, text: &mut String, id: Option<u64>) {
        text.push_str(&self.0);
        if let Some(id) = id {
            write!(text, "{id}").expect("writing to a string cannot fail");
        }
    }
}

/// An event that is encoded but for what is only known when it is handed over.
#[derive(Debug, Clone)]
pub struct Draft {
    encoder: Encoder,
    json: String,
    attachments: Vec<Bytes>,
    ends_in_string: bool,
}

impl Draft {
    /// What it holds, in bytes, which is what a share of the queue is asked for.
    #[expect(clippy::len_without_is_empty, reason = "an event has a name")]
    pub fn len(&self) -> usize {
        self.json.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
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

    pub(crate) fn seal(mut self, offset: &str) -> Packet {
        self.json.pop();
        write!(self.json, ",\"{offset}\"]").expect("writing to a string cannot fail");
        self.assemble(None)
    }

    fn assemble(self, id: Option<u64>) -> Packet {
        let mut text = if self.attachments.is_empty() {
            "2".to_owned()
        } else {
            format!("5{}-", self.attachments.len())
        };
        self.encoder.push_address(&mut text, id);
        text.push_str(&self.json);
        Packet::with_attachments(text, self.attachments)
    }
}

fn write_array(
    json: &mut Vec<u8>,
    event: Option<&str>,
    args: &impl Arguments,
) -> Result<Vec<Bytes>, serde_json::Error> {
    json.push(b'[');
    if let Some(event) = event {
        if event_name::is_reserved(event) {
            return Err(serde_json::Error::custom(format!("the name {event:?} is reserved")));
        }
        serde_json::to_writer(&mut *json, event)?;
        json.push(b',');
    }
    let before = json.len();
    let attachments = args.write(json)?;
    if event.is_some() && json.len() == before {
        json.pop();
    }
    json.push(b']');
    Ok(attachments)
}

fn into_text(json: Vec<u8>) -> String {
    String::from_utf8(json).expect("serde_json writes UTF-8")
}
