//! From MessagePack to JSON, bounded.

use std::fmt::Display;
use std::io::Write as _;

use bytes::Bytes;
use rmp::Marker;
use rmp::decode::{self, ExtMeta};
use time::OffsetDateTime;

use crate::decode::{Bounds, DecodeError};

/// The type of all extensions that notepack.io, which is inside the npm parser, makes.
const NOTEPACK: i8 = 0;

/// Values that were read, as JSON.
pub(super) struct Json {
    pub(super) text: String,
    /// The binary values, for which there are placeholders.
    pub(super) attachments: Vec<Bytes>,
}

/// Reads one value and nothing else. Of what its lengths announce nothing is reserved before it is
/// there.
pub(super) fn to_json(message: &[u8], bounds: Bounds) -> Result<Json, DecodeError> {
    let mut reader = Reader {
        input: message,
        json: Vec::with_capacity(message.len() * 3 / 2),
        attachments: Vec::new(),
        attachment_bytes: 0,
        has_false_placeholder: false,
        bounds,
    };
    reader.value(0)?;
    reader.check_size()?;
    // Whoever looks at the JSON could not tell it from a true one.
    let is_ambiguous = reader.has_false_placeholder && !reader.attachments.is_empty();
    if is_ambiguous || !reader.input.is_empty() {
        return Err(DecodeError);
    }
    let text = String::from_utf8(reader.json).map_err(malformed)?;
    Ok(Json { text, attachments: reader.attachments })
}

struct Reader<'a> {
    input: &'a [u8],
    json: Vec<u8>,
    attachments: Vec<Bytes>,
    attachment_bytes: usize,
    /// There is an object that looks like the placeholder of a binary value.
    has_false_placeholder: bool,
    bounds: Bounds,
}

impl<'a> Reader<'a> {
    /// A value that stands in so many arrays and maps.
    fn value(&mut self, depth: usize) -> Result<(), DecodeError> {
        self.check_size()?;
        let marker = Marker::from_u8(*self.input.first().ok_or(DecodeError)?);
        match marker {
            Marker::Null => self.word("null"),
            Marker::False => self.word("false"),
            Marker::True => self.word("true"),
            Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                let text = self.string()?;
                self.write_string(text)
            }
            Marker::F32 => {
                let number = decode::read_f32(&mut self.input).map_err(malformed)?;
                self.float(number.into())
            }
            Marker::F64 => {
                let number = decode::read_f64(&mut self.input).map_err(malformed)?;
                self.float(number)
            }
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                let length = decode::read_bin_len(&mut self.input).map_err(malformed)?;
                self.binary(length)
            }
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => self.array(depth),
            Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => self.map(depth),
            Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16
            | Marker::Ext8
            | Marker::Ext16
            | Marker::Ext32 => self.extension(marker),
            Marker::Reserved => Err(DecodeError),
            _ => {
                let number = self.integer()?;
                self.write(number);
                Ok(())
            }
        }
    }

    /// JSON may be some times longer than what it is made of.
    fn check_size(&self) -> Result<(), DecodeError> {
        let bytes = self.json.len() + self.attachment_bytes;
        if bytes > self.bounds.bytes { Err(DecodeError) } else { Ok(()) }
    }

    fn take(&mut self, length: u32) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(length).map_err(malformed)?;
        let (taken, rest) = self.input.split_at_checked(length).ok_or(DecodeError)?;
        self.input = rest;
        Ok(taken)
    }

    /// A value that is its marker.
    fn word(&mut self, word: &str) -> Result<(), DecodeError> {
        self.take(1)?;
        self.write(word);
        Ok(())
    }

    fn integer(&mut self) -> Result<i128, DecodeError> {
        decode::read_int(&mut self.input).map_err(malformed)
    }

    fn float(&mut self, number: f64) -> Result<(), DecodeError> {
        // What is not finite is `null`.
        serde_json::to_writer(&mut self.json, &number).map_err(malformed)
    }

    fn string(&mut self) -> Result<&'a str, DecodeError> {
        let length = decode::read_str_len(&mut self.input).map_err(malformed)?;
        str::from_utf8(self.take(length)?).map_err(malformed)
    }

    fn write_string(&mut self, text: &str) -> Result<(), DecodeError> {
        serde_json::to_writer(&mut self.json, text).map_err(malformed)
    }

    fn write(&mut self, value: impl Display) {
        write!(self.json, "{value}").expect("writing to memory cannot fail");
    }

    fn binary(&mut self, length: u32) -> Result<(), DecodeError> {
        if self.attachments.len() == self.bounds.attachments {
            return Err(DecodeError);
        }
        let bytes = self.take(length)?;
        self.write(format_args!(r#"{{"_placeholder":true,"num":{}}}"#, self.attachments.len()));
        self.attachment_bytes += bytes.len();
        // A part of the message would keep all of it in memory for as long as it is kept itself.
        self.attachments.push(Bytes::copy_from_slice(bytes));
        Ok(())
    }

    fn deeper(&self, depth: usize) -> Result<usize, DecodeError> {
        // The packet itself is a map, which is not counted.
        if depth > self.bounds.nesting { Err(DecodeError) } else { Ok(depth + 1) }
    }

    fn array(&mut self, depth: usize) -> Result<(), DecodeError> {
        let depth = self.deeper(depth)?;
        let length = decode::read_array_len(&mut self.input).map_err(malformed)?;
        self.json.push(b'[');
        for index in 0..length {
            if index > 0 {
                self.json.push(b',');
            }
            self.value(depth)?;
        }
        self.json.push(b']');
        Ok(())
    }

    fn map(&mut self, depth: usize) -> Result<(), DecodeError> {
        let depth = self.deeper(depth)?;
        let length = decode::read_map_len(&mut self.input).map_err(malformed)?;
        self.json.push(b'{');
        let mut is_first = true;
        for _ in 0..length {
            let before = self.json.len();
            if !is_first {
                self.json.push(b',');
            }
            let is_placeholder = self.key()?;
            if self.take_undefined() {
                // A key without a value is left out.
                self.json.truncate(before);
                continue;
            }
            self.json.push(b':');
            let start = self.json.len();
            self.value(depth)?;
            self.has_false_placeholder |= is_placeholder && &self.json[start..] == b"true";
            is_first = false;
        }
        self.json.push(b'}');
        Ok(())
    }

    /// A key, as text. Says whether it is the one by which placeholders are known.
    fn key(&mut self) -> Result<bool, DecodeError> {
        match Marker::from_u8(*self.input.first().ok_or(DecodeError)?) {
            Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                let key = self.string()?;
                self.write_string(key)?;
                Ok(key == "_placeholder")
            }
            _ => {
                let key = self.integer()?;
                self.write(format_args!("\"{key}\""));
                Ok(false)
            }
        }
    }

    /// `undefined`, which notepack.io writes as an extension of one byte.
    fn take_undefined(&mut self) -> bool {
        let [0xd4, 0, _, rest @ ..] = self.input else { return false };
        self.input = rest;
        true
    }

    fn extension(&mut self, marker: Marker) -> Result<(), DecodeError> {
        if self.take_undefined() {
            self.write("null");
            return Ok(());
        }
        let meta = decode::read_ext_meta(&mut self.input).map_err(malformed)?;
        let ExtMeta { typeid, size } = meta;
        match (marker, typeid) {
            (Marker::FixExt8, NOTEPACK) => self.date(),
            // An `ArrayBuffer`.
            (Marker::Ext8 | Marker::Ext16 | Marker::Ext32, NOTEPACK) => self.binary(size),
            _ => {
                self.write(format_args!("[{typeid},"));
                self.binary(size)?;
                self.write("]");
                Ok(())
            }
        }
    }

    /// A `Date`: milliseconds since the beginning of 1970.
    fn date(&mut self) -> Result<(), DecodeError> {
        let bytes = self.take(8)?.try_into().map_err(malformed)?;
        let nanoseconds = i128::from(i64::from_be_bytes(bytes)) * 1_000_000;
        let time = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds);
        match time.ok().filter(|time| time.year() >= 0) {
            None => self.write("null"),
            Some(time) => self.write(format_args!(
                "\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z\"",
                time.year(),
                u8::from(time.month()),
                time.day(),
                time.hour(),
                time.minute(),
                time.second(),
                time.millisecond(),
            )),
        }
        Ok(())
    }
}

fn malformed<E>(_error: E) -> DecodeError {
    DecodeError
}
