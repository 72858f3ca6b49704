//! The arguments of events and acks, as they were received.

use bytes::Bytes;
use bytestring::ByteString;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny};
use serde_json::value::RawValue;

use crate::arguments::Arguments;
use crate::{binary, placeholders};

/// The arguments of an event or an ack: JSON that was checked but not yet typed, and the binary
/// attachments that its placeholders stand for. Emitting them again sends what was received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawArgs {
    /// The inside of a JSON array: arguments separated by commas.
    json: ByteString,
    attachments: Vec<Bytes>,
}

/// Arguments that are not what a handler takes.
#[derive(Debug, thiserror::Error)]
#[error("the arguments are not what is expected: {0}")]
pub struct ArgsError(#[from] serde_json::Error);

impl RawArgs {
    /// Arguments that another node has received: JSON separated by commas, without brackets, and the
    /// attachments that its placeholders stand for.
    ///
    /// # Errors
    /// If the JSON is none, or one of its placeholders stands for nothing.
    pub fn from_parts(
        json: impl Into<ByteString>,
        attachments: Vec<Bytes>,
    ) -> Result<Self, ArgsError> {
        let json = json.into();
        let array = format!("[{json}]");
        serde_json::from_str::<IgnoredAny>(&array)?;
        if !placeholders::are_valid(&array, attachments.len()) {
            return Err(serde_json::Error::custom("there is no such attachment").into());
        }
        Ok(Self { json, attachments })
    }

    pub(crate) fn new(json: ByteString, attachments: Vec<Bytes>) -> Self {
        Self { json, attachments }
    }

    /// What a client would receive.
    pub(crate) fn of(args: &impl Arguments) -> Result<Self, serde_json::Error> {
        let mut json = Vec::with_capacity(128);
        let (given, mut attachments) = binary::collect_attachments(|| args.write(&mut json));
        attachments.extend(given?);
        let json = String::from_utf8(json).expect("serde_json writes UTF-8");
        Ok(Self { json: json.into(), attachments })
    }

    pub(crate) fn set_attachments(&mut self, attachments: Vec<Bytes>) {
        self.attachments = attachments;
    }

    /// The same in memory of its own: not in that of the packet, or of all that came with it.
    pub(crate) fn detached(&self) -> Self {
        let attachments = self.attachments.iter().map(|bytes| Bytes::copy_from_slice(bytes));
        Self { json: ByteString::from(&*self.json), attachments: attachments.collect() }
    }

    /// What they hold in memory, roughly, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.json.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }

    /// The arguments as JSON, separated by commas, without brackets.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The binary attachments, in the order of their numbers.
    pub fn attachments(&self) -> &[Bytes] {
        &self.attachments
    }

    /// The JSON of the first argument, if there is one.
    pub fn first(&self) -> Option<&RawValue> {
        let mut stream = serde_json::Deserializer::from_str(&self.json).into_iter::<&RawValue>();
        stream.next()?.ok()
    }

    /// The first argument as a `T`; a missing one counts as `null`.
    pub fn parse_first<T: DeserializeOwned>(&self) -> Result<T, ArgsError> {
        let first = self.first().map_or("null", RawValue::get);
        Ok(binary::with_attachments(&self.attachments, || serde_json::from_str(first))?)
    }

    /// All arguments as a tuple (or another type that is read from an array).
    pub fn parse_all<T: DeserializeOwned>(&self) -> Result<T, ArgsError> {
        let array = format!("[{}]", self.json);
        Ok(binary::with_attachments(&self.attachments, || serde_json::from_str(&array))?)
    }
}
