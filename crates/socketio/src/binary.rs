//! Binary values inside payloads: placeholders in JSON, bytes beside it.

use std::cell::RefCell;

use bytes::Bytes;
use serde::de::Error as _;
use serde::ser::{Error as _, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

thread_local! {
    /// The attachments of the packet that this thread is decoding, or encoding, at the moment.
    static ATTACHMENTS: RefCell<Option<Vec<Bytes>>> = const { RefCell::new(None) };
}

/// Bytes inside a payload. Clients see a `Buffer`, `ArrayBuffer` or `Uint8Array`. It has a meaning
/// only in what is emitted and received; anywhere else, serializing it is an error.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Binary(pub Bytes);

#[derive(Deserialize)]
struct Placeholder {
    #[serde(rename = "_placeholder")]
    placeholder: bool,
    num: usize,
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = ATTACHMENTS.with_borrow_mut(|attachments| {
            let attachments = attachments.as_mut()?;
            attachments.push(self.0.clone());
            Some(attachments.len() - 1)
        });
        let number = number.ok_or_else(|| S::Error::custom("binary values need a packet"))?;
        let mut placeholder = serializer.serialize_struct("Placeholder", 2)?;
        placeholder.serialize_field("_placeholder", &true)?;
        placeholder.serialize_field("num", &number)?;
        placeholder.end()
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Placeholder { placeholder, num } = Placeholder::deserialize(deserializer)?;
        let found = ATTACHMENTS
            .with_borrow(|attachments| attachments.as_ref().and_then(|all| all.get(num).cloned()));
        match found.filter(|_| placeholder) {
            Some(bytes) => Ok(Self(bytes)),
            None => Err(D::Error::custom("there is no such attachment")),
        }
    }
}

/// Runs `decode`, in which placeholders stand for `attachments`.
pub(crate) fn with_attachments<T>(attachments: &[Bytes], decode: impl FnOnce() -> T) -> T {
    let scope = Scope::enter(attachments.to_vec());
    let result = decode();
    drop(scope);
    result
}

/// Runs `encode` and returns the attachments for which it wrote placeholders.
pub(crate) fn collect_attachments<T>(encode: impl FnOnce() -> T) -> (T, Vec<Bytes>) {
    let scope = Scope::enter(Vec::new());
    let result = encode();
    let attachments = ATTACHMENTS.take().unwrap_or_default();
    drop(scope);
    (result, attachments)
}

/// What was in place before is put back, also when a serializer panics.
struct Scope(Option<Vec<Bytes>>);

impl Scope {
    fn enter(attachments: Vec<Bytes>) -> Self {
        Self(ATTACHMENTS.replace(Some(attachments)))
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        ATTACHMENTS.set(self.0.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Picture {
        name: String,
        data: Binary,
        thumbnail: Option<Binary>,
    }

    #[test]
    fn bytes_travel_beside_the_json() {
        let picture = Picture {
            name: "a".to_owned(),
            data: Binary(Bytes::from_static(&[1])),
            thumbnail: Some(Binary(Bytes::from_static(&[2, 3]))),
        };
        let (json, attachments) = collect_attachments(|| serde_json::to_string(&picture).unwrap());
        assert_eq!(
            json,
            concat!(
                r#"{"name":"a","data":{"_placeholder":true,"num":0},"#,
                r#""thumbnail":{"_placeholder":true,"num":1}}"#
            )
        );
        let decoded = with_attachments(&attachments, || serde_json::from_str::<Picture>(&json));
        assert_eq!(decoded.unwrap(), picture);
    }

    #[test]
    fn placeholders_of_nothing_are_errors() {
        let json = r#"{"_placeholder":true,"num":1}"#;
        let one = [Bytes::from_static(b"x")];
        assert!(with_attachments(&one, || serde_json::from_str::<Binary>(json)).is_err());
        assert!(serde_json::from_str::<Binary>(json).is_err());
        assert!(serde_json::to_string(&Binary(Bytes::new())).is_err());
    }
}
