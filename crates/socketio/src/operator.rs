//! Sending to many: operators that are chained, and end in `emit`.

use std::sync::Arc;

use engineio::{Delivery, LatestKey, Packet, RoomName, Share};
use serde::Serialize;

use crate::adapter::Broadcasting;
use crate::encode::{Arguments, One};
use crate::namespace::NamespaceRef;

/// Whom an event goes to. Without a room, everyone in the namespace; a socket in several of the
/// rooms gets one copy.
#[derive(Debug, Clone)]
#[must_use = "an operator does nothing before it emits"]
pub struct Operator {
    namespace: NamespaceRef,
    rooms: Vec<RoomName>,
    except_rooms: Vec<RoomName>,
    delivery: Delivery,
}

impl Operator {
    pub(crate) fn new(namespace: NamespaceRef) -> Self {
        Self {
            namespace,
            rooms: Vec::new(),
            except_rooms: Vec::new(),
            delivery: Delivery::Reliable,
        }
    }

    /// Also to this room. Every socket is in the room of its own id.
    pub fn to(mut self, room: impl Into<Arc<str>>) -> Self {
        self.rooms.push(room.into());
        self
    }

    /// Not to the sockets of this room, or, by its id, to one socket.
    pub fn except(mut self, room: impl Into<Arc<str>>) -> Self {
        self.except_rooms.push(room.into());
        self
    }

    /// Not to sockets for which too much waits already.
    pub fn volatile(mut self) -> Self {
        self.delivery = Delivery::Volatile;
        self
    }

    /// Of the events with this key only the newest matters: it replaces one that still waits, and
    /// never makes a client too slow.
    pub fn latest(mut self, key: LatestKey) -> Self {
        self.delivery = Delivery::Latest(key);
        self
    }

    /// Sends an event with one argument. Waits while the server's queue is full.
    pub async fn emit<T>(self, event: &str, payload: &T) -> Result<(), serde_json::Error>
    where
        T: Serialize + Sync + ?Sized,
    {
        self.emit_args(event, One(payload)).await
    }

    /// Sends an event with any number of arguments.
    pub async fn emit_args(
        self,
        event: &str,
        args: impl Arguments,
    ) -> Result<(), serde_json::Error> {
        let packet = self.namespace.prefix().event(None, event, &args)?;
        drop(args);
        let share = self.namespace.hub().reserve(packet.len()).await;
        self.publish(share, packet);
        Ok(())
    }

    /// Sends an event at once, with a share that was reserved before: for those who number events
    /// under a lock of their own, in which they must not wait.
    pub fn emit_reserved(
        self,
        share: Share,
        event: &str,
        args: &impl Arguments,
    ) -> Result<(), serde_json::Error> {
        let packet = self.namespace.prefix().event(None, event, args)?;
        self.publish(share, packet);
        Ok(())
    }

    fn publish(self, share: Share, packet: Packet) {
        let Self { namespace, rooms, except_rooms, delivery } = self;
        let operation = Broadcasting {
            namespace: namespace.shared_path(),
            rooms,
            except_rooms,
            delivery,
            packet,
        };
        namespace.adapter().broadcast(share, operation);
    }
}
