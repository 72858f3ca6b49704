//! What holds for every input of the decoder. The targets of `fuzz/` call this; it is part of no
//! interface.

use bytes::Bytes;
use bytestring::ByteString;
use engineio::Message;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::args::RawArgs;
use crate::decode::{Bounds, Incoming, Kind, decode};
use crate::encode::Encoder;
use crate::event_name;

const BOUNDS: Bounds = Bounds { attachments: 10, nesting: 32, bytes: 1 << 20 };

/// Decodes a packet, and checks what must hold if it is accepted.
///
/// # Panics
/// If something does not hold.
pub fn check_packet(text: &[u8]) {
    let Ok(text) = ByteString::try_from(text) else { return };
    let Ok(packet) = decode(&text, BOUNDS) else { return };
    assert!(packet.namespace.starts_with('/') && !packet.namespace.contains([',', '?']));
    match &packet.kind {
        Kind::Connect { auth } => {
            if let Some(auth) = auth {
                assert!(serde_json::from_str::<Map<String, Value>>(auth).is_ok() || is_odd(auth));
            }
        }
        Kind::Disconnect => {}
        Kind::Event { id, name, args, attachments } => {
            assert!(!event_name::is_reserved(name));
            check_arguments(*id, args, *attachments);
        }
        Kind::Ack { id, args, attachments } => check_arguments(Some(*id), args, *attachments),
    }
    let canonical = encode(packet.clone());
    let again = decode(&canonical, BOUNDS);
    assert_eq!(again.as_ref(), Ok(&packet), "what is encoded again is the same: {canonical:?}");
    assert_eq!(again.map(encode), Ok(canonical));
}

fn check_arguments(id: Option<u64>, args: &RawArgs, attachments: usize) {
    assert!(id.is_none_or(|id| id < 1 << 53));
    assert!(attachments <= BOUNDS.attachments);
    let array = format!("[{}]", args.json());
    assert!(serde_json::from_str::<Vec<&RawValue>>(&array).is_ok(), "valid JSON");
    match serde_json::from_str::<Value>(&array) {
        Ok(value) => check_value(&value, BOUNDS.nesting, attachments),
        Err(_) => assert!(is_odd(&array), "{array}"),
    }
}

/// Neither too deep, nor a placeholder of nothing.
fn check_value(value: &Value, nesting: usize, attachments: usize) {
    let next = |value: &Value| check_value(value, nesting - 1, attachments);
    match value {
        Value::Array(values) => {
            assert!(nesting > 0);
            values.iter().for_each(next);
        }
        Value::Object(map) => {
            assert!(nesting > 0);
            if attachments > 0 && map.get("_placeholder") == Some(&Value::Bool(true)) {
                let number = map.get("num").and_then(Value::as_u64);
                assert!(number.is_some_and(|number| number < attachments as u64));
            }
            map.values().for_each(next);
        }
        _ => {}
    }
}

/// JSON that is valid, but has no value here: half a surrogate pair, or a number beyond all.
fn is_odd(json: &str) -> bool {
    json.contains("\\u") || json.contains(['e', 'E']) || json.len() > 300
}

/// The text of the same packet as this library writes it.
fn encode(packet: Incoming) -> ByteString {
    let encoder = Encoder::of(&packet.namespace);
    let mut kind = packet.kind;
    kind.attach(vec![Bytes::new(); kind.attachments()]);
    let message = match kind {
        Kind::Connect { auth } => {
            let address = if &*packet.namespace == "/" { "" } else { &packet.namespace };
            let comma = if address.is_empty() { "" } else { "," };
            Message::from(format!("0{address}{comma}{}", auth.as_deref().unwrap_or_default()))
        }
        Kind::Disconnect => encoder.disconnect(),
        Kind::Event { id, name, args, .. } => {
            first(&encoder.event(id, &name, &args).expect("what was received can be sent"))
        }
        Kind::Ack { id, args, .. } => {
            first(&encoder.ack(id, &args).expect("what was received can be sent"))
        }
    };
    match message {
        Message::Text(text) => text,
        Message::Binary(_) => panic!("packets begin with text"),
    }
}

fn first(packet: &engineio::Packet) -> Message {
    packet.messages().first().cloned().expect("a packet has a text")
}

/// A packet as differential checks see it.
#[derive(Debug, Serialize)]
pub struct Decoded {
    /// CONNECT, DISCONNECT, EVENT or ACK.
    kind: &'static str,
    namespace: String,
    id: Option<u64>,
    name: Option<String>,
    /// The payload of CONNECT, or the arguments as a JSON array.
    json: Option<String>,
    attachments: usize,
    /// The text of the same packet as this library writes it.
    again: String,
}

/// Decodes a packet, with the bounds of the fuzz target; `None` if it is refused.
pub fn decode_packet(text: &str) -> Option<Decoded> {
    let packet = decode(&ByteString::from(text), BOUNDS).ok()?;
    let namespace = packet.namespace.to_string();
    let again = encode(packet.clone()).to_string();
    let attachments = packet.kind.attachments();
    let (kind, id, name, json) = match packet.kind {
        Kind::Connect { auth } => ("CONNECT", None, None, auth.map(|json| json.to_string())),
        Kind::Disconnect => ("DISCONNECT", None, None, None),
        Kind::Event { id, name, args, .. } => {
            ("EVENT", id, Some(name.to_string()), Some(array(&args)))
        }
        Kind::Ack { id, args, .. } => ("ACK", Some(id), None, Some(array(&args))),
    };
    Some(Decoded { kind, namespace, id, name, json, attachments, again })
}

fn array(args: &RawArgs) -> String {
    format!("[{}]", args.json())
}
