//! Packets from clients.

use std::borrow::Cow;

use bytes::Bytes;
use bytestring::ByteString;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::to_json::{Json, to_json};
use crate::args::RawArgs;
use crate::decode::{self, Bounds, DecodeError, Incoming, Kind};

/// The keys of a packet. Others (the client sends `options`) have no meaning here.
#[derive(Deserialize)]
struct Packet<'a> {
    r#type: u8,
    #[serde(borrow)]
    nsp: Cow<'a, str>,
    id: Option<u64>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// Decodes one packet, checked as strictly as those of the other parser.
pub(crate) fn decode(message: &[u8], bounds: Bounds) -> Result<Incoming, DecodeError> {
    let Json { text, attachments } = to_json(message, bounds)?;
    let Packet { r#type, nsp, id, data } = serde_json::from_str(&text).map_err(|_| DecodeError)?;
    if id.is_some_and(|id| id >= 1 << 53) {
        return Err(DecodeError);
    }
    // Parts of it are kept, and the rest of the packet with them if it were not a copy.
    let data = data.map(|data| ByteString::from(data.get()));
    let kind = match (r#type, data) {
        (0, data) => Kind::Connect { auth: data.map(|data| auth(data, attachments)).transpose()? },
        (1, None) => Kind::Disconnect,
        (2, Some(data)) => event(&data, id, attachments, bounds)?,
        (3, Some(data)) => ack(&data, id, attachments, bounds)?,
        _ => return Err(DecodeError),
    };
    Ok(Incoming { namespace: ByteString::from(&*nsp), kind })
}

fn auth(data: ByteString, attachments: Vec<Bytes>) -> Result<RawArgs, DecodeError> {
    // What looks like a placeholder is one if there are binary values: see `to_json`.
    let is_binary = !attachments.is_empty() && data.starts_with(r#"{"_placeholder":true"#);
    if data.starts_with('{') && !is_binary {
        Ok(RawArgs::new(data, attachments))
    } else {
        Err(DecodeError)
    }
}

fn event(
    data: &ByteString,
    id: Option<u64>,
    attachments: Vec<Bytes>,
    bounds: Bounds,
) -> Result<Kind, DecodeError> {
    let (name, args) = decode::event(data, bounds)?;
    let name = name.map_or_else(ByteString::from, |name| data.slice_ref(name));
    let args = RawArgs::new(data.slice_ref(args), attachments);
    Ok(Kind::Event { id, name, args, attachments: 0 })
}

fn ack(
    data: &ByteString,
    id: Option<u64>,
    attachments: Vec<Bytes>,
    bounds: Bounds,
) -> Result<Kind, DecodeError> {
    let args = RawArgs::new(data.slice_ref(decode::array(data, bounds)?), attachments);
    Ok(Kind::Ack { id: id.ok_or(DecodeError)?, args, attachments: 0 })
}
