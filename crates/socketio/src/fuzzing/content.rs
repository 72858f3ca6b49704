//! What packets say, whichever parser they came by.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::BOUNDS;
use crate::args::RawArgs;
use crate::decode::{Incoming, Kind};
use crate::event_name;

/// What holds for every packet that was accepted.
pub(super) fn check(packet: &Incoming) {
    match &packet.kind {
        Kind::Connect { auth } => {
            if let Some(auth) = auth {
                assert!(auth.json().starts_with('{'), "an object");
                let is_binary = || is_placeholder(&payload(auth.json(), &[]));
                assert!(auth.attachments().is_empty() || !is_binary(), "no bytes");
                check_json(auth.json(), auth.attachments().len());
            }
        }
        Kind::Disconnect => {}
        Kind::Event { id, name, args, attachments } => {
            assert!(!event_name::is_reserved(name));
            check_arguments(*id, args, *attachments);
        }
        Kind::Ack { id, args, attachments } => check_arguments(Some(*id), args, *attachments),
    }
}

fn check_arguments(id: Option<u64>, args: &RawArgs, to_come: usize) {
    assert!(id.is_none_or(|id| id < 1 << 53));
    check_json(&array(args), to_come.max(args.attachments().len()));
}

fn check_json(json: &str, attachments: usize) {
    assert!(attachments <= BOUNDS.attachments);
    assert!(serde_json::from_str::<&RawValue>(json).is_ok(), "valid JSON: {json}");
    match serde_json::from_str::<Value>(json) {
        Ok(value) => check_value(&value, BOUNDS.nesting, attachments),
        Err(_) => assert!(is_odd(json), "{json}"),
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
            assert!(attachments == 0 || !is_placeholder(value) || number(value) < attachments);
            map.values().for_each(next);
        }
        _ => {}
    }
}

fn is_placeholder(value: &Value) -> bool {
    value.get("_placeholder") == Some(&Value::Bool(true))
}

fn number(placeholder: &Value) -> usize {
    let number = placeholder.get("num").and_then(Value::as_u64);
    number.and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX)
}

/// JSON that is valid, but has no value here: half a surrogate pair, or a number beyond all.
fn is_odd(json: &str) -> bool {
    json.contains("\\u") || json.contains(['e', 'E']) || json.len() > 300
}

/// The payload of a packet, if it has one.
pub(super) fn args(packet: &Incoming) -> Option<&RawArgs> {
    match &packet.kind {
        Kind::Connect { auth } => auth.as_ref(),
        Kind::Disconnect => None,
        Kind::Event { args, .. } | Kind::Ack { args, .. } => Some(args),
    }
}

pub(super) fn array(args: &RawArgs) -> String {
    format!("[{}]", args.json())
}

/// What a packet means: its binary values stand where they belong.
pub(super) fn meaning(packet: &Incoming) -> Value {
    let kind = match &packet.kind {
        Kind::Connect { auth } => {
            json!({ "auth": auth.as_ref().map(|auth| payload(auth.json(), auth.attachments())) })
        }
        Kind::Disconnect => json!("disconnect"),
        Kind::Event { id, name, args, .. } => {
            json!({ "id": id, "name": &**name, "args": payload(&array(args), args.attachments()) })
        }
        Kind::Ack { id, args, .. } => {
            json!({ "ack": id, "args": payload(&array(args), args.attachments()) })
        }
    };
    json!({ "namespace": &*packet.namespace, "kind": kind })
}

fn payload(json: &str, attachments: &[Bytes]) -> Value {
    resolve(serde_json::from_str(json).expect("JSON that this library has written"), attachments)
}

fn resolve(value: Value, attachments: &[Bytes]) -> Value {
    if !attachments.is_empty() && is_placeholder(&value) {
        return json!({ "bytes": STANDARD.encode(&attachments[number(&value)]) });
    }
    match value {
        Value::Array(values) => {
            values.into_iter().map(|value| resolve(value, attachments)).collect()
        }
        Value::Object(map) => {
            map.into_iter().map(|(key, value)| (key, resolve(value, attachments))).collect()
        }
        other => other,
    }
}
