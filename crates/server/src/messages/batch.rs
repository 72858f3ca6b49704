//! What becomes of messages that are stored together: which of them are new, and their numbers.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::{Appended, Direct, NewMessage, Original};
use crate::database::StorageError;
use crate::rooms::Channel;
use crate::users::UserId;

/// Messages of one call, of which it is known which are new.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    /// Those that are to be stored, in the order given.
    fresh: Vec<&'a NewMessage>,
    /// One for each message.
    fates: Vec<Fate>,
}

/// What becomes of a message.
#[derive(Debug, Clone)]
enum Fate {
    /// It is the new one at this place.
    Fresh(usize),
    /// It says again what the new one at this place says.
    Repeats(usize),
    /// It was stored by an earlier call.
    Stored(Original),
}

/// A message of an earlier call.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) user: UserId,
    pub(super) client_msg_id: String,
    pub(super) original: Original,
}

/// A batch whose new messages have their numbers.
#[derive(Debug)]
pub(super) struct Numbered<'a> {
    /// Those that are to be stored.
    pub(super) fresh: Vec<(&'a NewMessage, u64)>,
    fates: Vec<Fate>,
}

/// By what a message is known when it is sent again.
pub(super) fn key(message: &NewMessage) -> Option<(UserId, &str)> {
    Some((message.user, message.client_msg_id.as_deref()?))
}

impl<'a> Batch<'a> {
    /// These messages, some of which are `stored`.
    pub(super) fn of(messages: &'a [NewMessage], stored: &[Stored]) -> Self {
        let holds_nul = |message: &NewMessage| {
            message.text.contains('\0') || key(message).is_some_and(|(_, id)| id.contains('\0'))
        };
        debug_assert!(!messages.iter().any(holds_nul), "no text here holds U+0000");
        let stored = stored.iter().map(|Stored { user, client_msg_id, original }| {
            ((*user, client_msg_id.as_str()), Fate::Stored(original.clone()))
        });
        let mut seen: HashMap<_, _> = stored.collect();
        let mut fresh = Vec::with_capacity(messages.len());
        let fates = messages.iter().map(|message| {
            let place = fresh.len();
            if let Some(key) = key(message) {
                match seen.entry(key) {
                    Entry::Occupied(known) => return known.get().clone(),
                    Entry::Vacant(unknown) => unknown.insert(Fate::Repeats(place)),
                };
            }
            fresh.push(message);
            Fate::Fresh(place)
        });
        let fates = fates.collect();
        Self { fresh, fates }
    }

    /// The channels that have new messages, in the order of their names, and how many.
    pub(super) fn growth(&self) -> BTreeMap<Cow<'a, str>, i64> {
        let mut growth = BTreeMap::new();
        for message in &self.fresh {
            *growth.entry(message.channel.name()).or_default() += 1;
        }
        growth
    }

    /// Gives the new messages their numbers. `last_seqs` are those of the last ones in each channel;
    /// `None` if there is a channel without one.
    pub(super) fn number(self, last_seqs: Vec<(String, i64)>) -> Option<Numbered<'a>> {
        let mut last_seqs: HashMap<_, _> = last_seqs.into_iter().collect();
        let Self { fresh, fates } = self;
        // From the last one backwards.
        let number = |message: &'a NewMessage| {
            let last_seq = last_seqs.get_mut(message.channel.name().as_ref())?;
            *last_seq -= 1;
            Some((message, last_seq.cast_unsigned() + 1))
        };
        let mut fresh: Vec<_> = fresh.into_iter().rev().map(number).collect::<Option<_>>()?;
        fresh.reverse();
        Some(Numbered { fresh, fates })
    }
}

impl Numbered<'_> {
    /// What became of each message.
    pub(super) fn into_results(self) -> Vec<Appended> {
        let Self { fresh, fates } = self;
        let result = |fate| match fate {
            Fate::Fresh(place) => Appended::Now { seq: fresh[place].1 },
            Fate::Repeats(place) => {
                let (NewMessage { id, channel, sent_at_millis, .. }, seq) = fresh[place];
                let (id, sent_at_millis) = (*id, *sent_at_millis);
                Appended::Before(Original { id, channel: channel.clone(), seq, sent_at_millis })
            }
            Fate::Stored(original) => Appended::Before(original),
        };
        fates.into_iter().map(result).collect()
    }
}

/// The database gave no number for a channel. After that its connection is not used again.
pub(super) fn unnumbered() -> sqlx::Error {
    sqlx::Error::Protocol("a channel has no number".to_owned())
}

/// A number or a time as it is stored, or as a bound of those.
pub(super) fn to_stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// What a user has with somebody else, as it stands in a row.
pub(super) fn read_direct(
    room: &str,
    last_seq: i64,
    full_name: Option<String>,
) -> Result<Direct, StorageError> {
    let Channel::Direct(pair) = room.parse().map_err(StorageError::new)? else {
        return Err(StorageError::new(format!("{room} is not between two people")));
    };
    let full_name = full_name.unwrap_or_default();
    Ok(Direct { pair, full_name, last_seq: last_seq.cast_unsigned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Sources;

    fn new_message(user: UserId, client_msg_id: Option<&str>) -> NewMessage {
        NewMessage {
            id: Sources::system().random_id(),
            channel: "ventas".parse().unwrap(),
            user,
            text: "hola".to_owned(),
            sent_at_millis: 1_700_000_000_000,
            client_msg_id: client_msg_id.map(str::to_owned),
        }
    }

    #[test]
    fn numbers_are_those_up_to_the_last_one_and_every_message_has_its_result() {
        let user = UserId::new(Sources::system().random_id());
        let messages =
            [None, Some("a"), Some("b"), Some("a"), None].map(|id| new_message(user, id));
        let original = |message: &NewMessage, seq| {
            let NewMessage { id, channel, sent_at_millis, .. } = message.clone();
            Original { id, channel, seq, sent_at_millis }
        };
        let before = original(&new_message(user, Some("b")), 3);
        let client_msg_id = "b".to_owned();
        let stored = Stored { user, client_msg_id, original: before.clone() };
        let batch = Batch::of(&messages, &[stored]);
        assert_eq!(batch.growth(), [("ventas".into(), 3)].into());
        let numbered = batch.number(vec![("ventas".to_owned(), 10)]).unwrap();
        let expected = [
            Appended::Now { seq: 8 },
            Appended::Now { seq: 9 },
            Appended::Before(before),
            Appended::Before(original(&messages[1], 9)),
            Appended::Now { seq: 10 },
        ];
        assert_eq!(numbered.into_results(), expected);
    }

    #[test]
    fn a_channel_without_a_number_is_noticed() {
        let user = UserId::new(Sources::system().random_id());
        let messages = [new_message(user, None)];
        assert!(Batch::of(&messages, &[]).number(Vec::new()).is_none());
    }
}
