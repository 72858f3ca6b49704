//! From JSON to MessagePack.

use std::fmt;

use bytes::Bytes;
use rmp::{decode, encode};
use serde::de::{DeserializeSeed, Deserializer as _, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;

/// How the keys and the first value of a placeholder are written.
const PLACEHOLDER: &[u8] = b"\xac_placeholder";
const NUMBER: &[u8] = b"\xa3num";
const TRUE: &[u8] = b"\xc3";

/// Appends a JSON value. Each binary value takes the place of the first placeholder with its number:
/// what is written is not much longer than what it is made of.
pub(super) fn write_value(
    out: &mut Vec<u8>,
    json: &str,
    attachments: Vec<Bytes>,
) -> Result<(), serde_json::Error> {
    let mut writer = Writer::new(out, attachments);
    Deserializer::from_str(json).deserialize_any(&mut writer)
}

/// Appends the elements of a JSON array. Returns how many there are.
pub(super) fn write_elements(
    out: &mut Vec<u8>,
    json: &str,
    attachments: Vec<Bytes>,
) -> Result<u32, serde_json::Error> {
    let writer = Writer::new(out, attachments);
    Deserializer::from_str(json).deserialize_seq(Elements(writer))
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    attachments: Vec<Option<Bytes>>,
}

struct Elements<'a>(Writer<'a>);

impl<'a> Writer<'a> {
    fn new(out: &'a mut Vec<u8>, attachments: Vec<Bytes>) -> Self {
        Self { out, attachments: attachments.into_iter().map(Some).collect() }
    }

    fn elements<'de, A: SeqAccess<'de>>(&mut self, mut array: A) -> Result<u32, A::Error> {
        let mut count = 0;
        while array.next_element_seed(&mut *self)?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    /// The head of an array or a map, which was written behind its content, belongs before it.
    fn move_head(&mut self, start: usize, end: usize) {
        let length = self.out.len() - end;
        self.out[start..].rotate_right(length);
    }
}

impl<'de> DeserializeSeed<'de> for &mut Writer<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Writer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        encode::write_nil(self.out).map_err(E::custom)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        encode::write_bool(self.out, value).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        encode::write_uint(self.out, value).map(drop).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        encode::write_sint(self.out, value).map(drop).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        encode::write_f64(self.out, value).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        encode::write_str(self.out, value).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<(), A::Error> {
        let start = self.out.len();
        let count = self.elements(array)?;
        let end = self.out.len();
        encode::write_array_len(self.out, count).map_err(A::Error::custom)?;
        self.move_head(start, end);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let start = self.out.len();
        let (mut count, mut is_placeholder, mut number) = (0, false, None);
        let mut key = start;
        while map.next_key_seed(&mut *self)?.is_some() {
            let value = self.out.len();
            map.next_value_seed(&mut *self)?;
            match &self.out[key..value] {
                PLACEHOLDER => is_placeholder = &self.out[value..] == TRUE,
                NUMBER => number = decode::read_int::<usize, _>(&mut &self.out[value..]).ok(),
                _ => {}
            }
            key = self.out.len();
            count += 1;
        }
        let number = number.filter(|_| is_placeholder);
        if let Some(bytes) = number.and_then(|at| self.attachments.get_mut(at)?.take()) {
            self.out.truncate(start);
            return encode::write_bin(self.out, &bytes).map_err(A::Error::custom);
        }
        let end = self.out.len();
        encode::write_map_len(self.out, count).map_err(A::Error::custom)?;
        self.move_head(start, end);
        Ok(())
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, array: A) -> Result<u32, A::Error> {
        self.0.elements(array)
    }
}
