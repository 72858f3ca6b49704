//! What is emitted: the arguments of an event or an ack, written as JSON.

use bytes::Bytes;
use serde::Serialize;
use serde::ser::Error as _;

use crate::args::RawArgs;
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

/// Appends the JSON array that an event (its name and its arguments) or an ack is made of. Returns
/// the attachments for its placeholders.
pub(crate) fn write_array(
    json: &mut Vec<u8>,
    event: Option<&str>,
    args: &impl Arguments,
) -> Result<Vec<Bytes>, serde_json::Error> {
    let (raw, mut attachments) =
        binary::collect_attachments(|| write_array_without_binary(json, event, args));
    attachments.extend(raw?);
    Ok(attachments)
}

fn write_array_without_binary(
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
