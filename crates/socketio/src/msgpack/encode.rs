//! Packets to clients.

use bytes::Bytes;
use engineio::Message;
use rmp::encode::{self, ValueWriteError};

use super::from_json;
use crate::encode::PacketType;

/// Why writing does not fail.
const MEMORY: &str = "memory takes what is written to it";

/// A packet whose `data`, if it has any, are JSON with placeholders for the attachments.
pub(crate) fn packet(
    kind: PacketType,
    namespace: &str,
    id: Option<u64>,
    data: Option<(String, Vec<Bytes>)>,
) -> Result<Message, serde_json::Error> {
    let mut packet = Vec::with_capacity(128);
    write_head(&mut packet, kind, namespace, id, data.is_some()).expect(MEMORY);
    if let Some((json, attachments)) = data {
        from_json::write_value(&mut packet, &json, attachments)?;
    }
    Ok(Message::Binary(Bytes::from(packet)))
}

/// The data of an event.
#[derive(Debug, Clone)]
pub(crate) struct Data {
    elements: Vec<u8>,
    count: u32,
}

impl Data {
    /// From a JSON array with placeholders for the attachments.
    pub(crate) fn new(json: &str, attachments: Vec<Bytes>) -> Result<Self, serde_json::Error> {
        let mut elements = Vec::with_capacity(128);
        let count = from_json::write_elements(&mut elements, json, attachments)?;
        Ok(Self { elements, count })
    }

    pub(crate) fn len(&self) -> usize {
        self.elements.len()
    }

    /// Adds an argument.
    pub(crate) fn push(&mut self, text: &str) {
        encode::write_str(&mut self.elements, text).expect(MEMORY);
        self.count += 1;
    }

    /// The packet of the event.
    pub(crate) fn packet(&self, namespace: &str, id: Option<u64>) -> Message {
        let length = self.elements.len() + namespace.len() + 64;
        let mut packet = Vec::with_capacity(length);
        write_head(&mut packet, PacketType::Event, namespace, id, true).expect(MEMORY);
        encode::write_array_len(&mut packet, self.count).expect(MEMORY);
        packet.extend_from_slice(&self.elements);
        Message::Binary(Bytes::from(packet))
    }
}

/// A packet up to its data.
fn write_head(
    packet: &mut Vec<u8>,
    kind: PacketType,
    namespace: &str,
    id: Option<u64>,
    has_data: bool,
) -> Result<(), ValueWriteError> {
    encode::write_map_len(packet, 2 + u32::from(id.is_some()) + u32::from(has_data))?;
    encode::write_str(packet, "type")?;
    encode::write_uint(packet, u64::from(kind as u8))?;
    encode::write_str(packet, "nsp")?;
    encode::write_str(packet, namespace)?;
    if let Some(id) = id {
        encode::write_str(packet, "id")?;
        encode::write_uint(packet, id)?;
    }
    if has_data {
        encode::write_str(packet, "data")?;
    }
    Ok(())
}
