//! Rooms, and what is answered: as little as the load generator needs to tell that all is well.

/// An event with an ack: to enter a room, or to say something there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request<'a> {
    /// The number of the ack.
    ack: &'a str,
    pub(crate) room: &'a str,
    /// `None` to enter it.
    pub(crate) message: Option<&'a str>,
}

/// Who is in a room, by their places, and how many messages there were.
#[derive(Debug, Default)]
pub(crate) struct Room {
    pub(crate) members: Vec<usize>,
    pub(crate) seq: u64,
}

impl<'a> Request<'a> {
    /// What the load generator sends, and nothing else.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?.strip_prefix("42")?;
        let (ack, event) = text.split_once("[\"")?;
        let (event, payload) = event.split_once("\",")?;
        let value = |name| {
            let (_, rest) = payload.split_once(name)?;
            Some(rest.split_once('"')?.0)
        };
        let message = match event {
            "join-room" => None,
            "message-from-client" => Some(value("\"message\":\"")?),
            _ => return None,
        };
        (!ack.is_empty()).then_some(Self { ack, room: value("\"room\":\"")?, message })
    }

    /// The ack, before the message is told.
    pub(crate) fn answer(&self, seq: u64) -> String {
        let Self { ack, room, message } = self;
        match message {
            None => format!("43{ack}[{{\"ok\":true,\"room\":\"{room}\",\"lastSeq\":{seq}}}]"),
            Some(_) => format!(
                "43{ack}[{{\"ok\":true,\"id\":\"019a0000-0000-7000-8000-000000000000\",\
                 \"seq\":{seq},\"room\":\"{room}\",\"sentAt\":\"2026-01-01T00:00:00.000Z\"}}]"
            ),
        }
    }
}

/// What everyone in a room gets. `message` is JSON.
pub(crate) fn told(message: &str, room: &str, seq: u64) -> String {
    format!(
        "42[\"message-from-server\",{{\"fullName\":\"Bench User\",\"message\":{message}}},\
         {{\"id\":\"019a0000-0000-7000-8000-000000000000\",\"seq\":{seq},\"room\":\"{room}\",\
         \"userId\":\"7e270000-0000-4000-8000-000000000000\",\
         \"sentAt\":\"2026-01-01T00:00:00.000Z\"}}]"
    )
}
