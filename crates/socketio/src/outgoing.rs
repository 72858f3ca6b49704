//! Events on their way out, as those see them who watch all of them.

use std::fmt;

use engineio::{Delivery, RoomName};

use crate::args::RawArgs;
use crate::socket_id::SocketId;

/// An event on its way out, for [`on_any_outgoing`](crate::Namespace::on_any_outgoing).
#[derive(Clone)]
pub struct Outgoing<'a> {
    /// The name of the event.
    pub event: &'a str,
    /// Its arguments, without what recovery and acks add for the client.
    pub args: RawArgs,
    /// For whom it is.
    pub to: Recipients<'a>,
    /// What becomes of it when a socket's outbox is full.
    pub delivery: Delivery,
}

/// For whom an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipients<'a> {
    /// For one socket.
    Socket(&'a SocketId),
    /// For all sockets of the namespace that are in one of the rooms (all there are, if there are no
    /// rooms) and in none of the excepted ones.
    Rooms {
        /// The rooms.
        rooms: &'a [RoomName],
        /// Those that are excepted; so is the sender of a broadcast, by its own room.
        except: &'a [RoomName],
    },
}

impl fmt::Debug for Outgoing<'_> {
    /// Without the arguments, which may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut outgoing = f.debug_struct("Outgoing");
        outgoing.field("event", &self.event).field("to", &self.to).finish_non_exhaustive()
    }
}
