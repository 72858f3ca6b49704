//! Incoming packets, checked as strictly as socket.io's own parser does, and bounded.

use bytes::Bytes;
use bytestring::ByteString;
use serde_json::value::RawValue;

use crate::args::RawArgs;
use crate::{event_name, placeholders};

/// Bounds of one packet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) attachments: usize,
    pub(crate) nesting: usize,
    /// Bytes of the packet and its attachments together.
    pub(crate) bytes: usize,
}

/// A packet from a client whose attachments, if it has any, are still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incoming {
    pub(crate) namespace: ByteString,
    pub(crate) kind: Kind,
}

/// What a client may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With the auth payload, a JSON object.
    Connect {
        auth: Option<RawArgs>,
    },
    Disconnect,
    Event {
        id: Option<u64>,
        name: ByteString,
        args: RawArgs,
        attachments: usize,
    },
    Ack {
        id: u64,
        args: RawArgs,
        attachments: usize,
    },
}

/// The packet breaks the protocol, or a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed Socket.IO packet")]
pub(crate) struct DecodeError;

/// Decodes the text of a packet.
pub(crate) fn decode(text: &ByteString, bounds: Bounds) -> Result<Incoming, DecodeError> {
    let (kind, rest) = text.split_at_checked(1).ok_or(DecodeError)?;
    let (attachments, rest) = match kind {
        "5" | "6" => attachments(rest, bounds.attachments)?,
        _ => (0, rest),
    };
    let (namespace, rest) = namespace(rest);
    let slice = |part: &str| text.slice_ref(part);
    let kind = match kind {
        "0" => {
            let auth = auth(rest, bounds)?.map(slice);
            Kind::Connect { auth: auth.map(|json| RawArgs::new(json, Vec::new())) }
        }
        "1" if rest.is_empty() => Kind::Disconnect,
        "2" | "5" => {
            let (id, payload) = id(rest)?;
            let (name, args) = event(payload, bounds)?;
            check_placeholders(args, attachments)?;
            let name = name.map_or_else(ByteString::from, slice);
            Kind::Event { id, name, args: RawArgs::new(slice(args), Vec::new()), attachments }
        }
        "3" | "6" => {
            let (id, payload) = id(rest)?;
            let args = array(payload, bounds)?;
            check_placeholders(args, attachments)?;
            let args = RawArgs::new(slice(args), Vec::new());
            Kind::Ack { id: id.ok_or(DecodeError)?, args, attachments }
        }
        _ => return Err(DecodeError),
    };
    let namespace = namespace.map_or_else(|| ByteString::from_static("/"), slice);
    Ok(Incoming { namespace, kind })
}

impl Kind {
    /// How many binary messages have to follow.
    pub(crate) fn attachments(&self) -> usize {
        match self {
            Self::Event { attachments, .. } | Self::Ack { attachments, .. } => *attachments,
            Self::Connect { .. } | Self::Disconnect => 0,
        }
    }

    /// Puts in the binary messages that followed.
    pub(crate) fn attach(&mut self, binaries: Vec<Bytes>) {
        if let Self::Event { args, .. } | Self::Ack { args, .. } = self {
            args.set_attachments(binaries);
        }
    }
}

/// `<count>-`
fn attachments(text: &str, most: usize) -> Result<(usize, &str), DecodeError> {
    let (digits, rest) = text.split_once('-').ok_or(DecodeError)?;
    let count = number(digits).ok_or(DecodeError)?;
    let count = usize::try_from(count).map_err(|_| DecodeError)?;
    if count == 0 || count > most { Err(DecodeError) } else { Ok((count, rest)) }
}

/// A packet without attachments has no placeholders: what looks like one is a plain object.
fn check_placeholders(args: &str, attachments: usize) -> Result<(), DecodeError> {
    if attachments == 0 || placeholders::are_valid(args, attachments) {
        Ok(())
    } else {
        Err(DecodeError)
    }
}

/// `/name,` or, at the end of the packet, `/name`
fn namespace(text: &str) -> (Option<&str>, &str) {
    if !text.starts_with('/') {
        return (None, text);
    }
    let (name, rest) = text.split_once(',').unwrap_or((text, ""));
    // A query string, which socket.io-client 2 sent along, is no part of the name.
    (Some(name.split('?').next().unwrap_or(name)), rest)
}

/// The digits before the payload.
fn id(text: &str) -> Result<(Option<u64>, &str), DecodeError> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    Ok((Some(number(digits).ok_or(DecodeError)?), rest))
}

/// A number that JavaScript represents exactly.
fn number(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| plain && *number < 1 << 53)
}

fn auth(payload: &str, bounds: Bounds) -> Result<Option<&str>, DecodeError> {
    if payload.is_empty() {
        return Ok(None);
    }
    let json = json(payload, bounds)?;
    if json.starts_with('{') { Ok(Some(json)) } else { Err(DecodeError) }
}

/// One JSON value and nothing else.
fn json(payload: &str, bounds: Bounds) -> Result<&str, DecodeError> {
    let value: &RawValue = serde_json::from_str(payload).map_err(|_| DecodeError)?;
    let json = value.get();
    if is_nested_deeper_than(json, bounds.nesting) { Err(DecodeError) } else { Ok(json) }
}

/// The inside of a JSON array.
pub(crate) fn array(payload: &str, bounds: Bounds) -> Result<&str, DecodeError> {
    let inside = json(payload, bounds)?.strip_prefix('[').and_then(|json| json.strip_suffix(']'));
    inside.map(str::trim_ascii).ok_or(DecodeError)
}

/// The name of an event (as it stands in the packet, or, if it has escapes or is a number, anew)
/// and its arguments.
pub(crate) fn event(
    payload: &str,
    bounds: Bounds,
) -> Result<(Result<&str, String>, &str), DecodeError> {
    let inside = array(payload, bounds)?;
    let mut values = serde_json::Deserializer::from_str(inside).into_iter::<&RawValue>();
    let first = values.next().ok_or(DecodeError)?.map_err(|_| DecodeError)?.get();
    let rest = inside[values.byte_offset()..].trim_ascii_start();
    let rest = rest.strip_prefix(',').unwrap_or(rest).trim_ascii_start();
    let name = match first.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Ok(plain),
        Some(_) => Err(serde_json::from_str::<String>(first).map_err(|_| DecodeError)?),
        None if first.parse::<f64>().is_ok() => Err(first.to_owned()),
        None => return Err(DecodeError),
    };
    if event_name::is_reserved(name.as_deref().unwrap_or_else(|name| name)) {
        Err(DecodeError)
    } else {
        Ok((name, rest))
    }
}

/// Whether objects and arrays stand more than `most` deep in each other.
fn is_nested_deeper_than(json: &str, most: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                if depth > most {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
