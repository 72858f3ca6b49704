//! Addressing many: operators that are chained, and end in what is to be done.

use std::sync::Arc;
use std::time::Duration;

use engineio::{Delivery, LatestKey, RoomName, Share};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ArgsError;
use crate::adapter::{Adapter, AdapterError, Answers, Broadcasting, RoomChange, Selection};
use crate::arguments::{Arguments, One};
use crate::encode::Draft;
use crate::namespace::NamespaceRef;
use crate::outgoing::Recipients;
use crate::remote_socket::RemoteSocket;
use crate::socket_id::SocketId;

/// Sockets that are addressed together. Without a room, everyone in the namespace; a socket in
/// several of the rooms counts once.
#[derive(Debug, Clone)]
#[must_use = "an operator does nothing by itself"]
pub struct Operator {
    namespace: NamespaceRef,
    rooms: Vec<RoomName>,
    except_rooms: Vec<RoomName>,
    delivery: Delivery,
    local: bool,
}

/// What the sockets that were addressed have answered.
#[derive(Debug)]
pub struct BroadcastAnswers<T> {
    /// Who answered in time, and what, or what is wrong with it.
    pub answers: Vec<(SocketId, Result<T, ArgsError>)>,
    /// Who got the event and did not answer in time, or has gone.
    pub missing: Vec<SocketId>,
    /// Why the adapter could not reach all nodes, if it could not: their sockets may have got the
    /// event or not, and are named in neither list. Never with the adapter of one process.
    pub unreached: Option<AdapterError>,
}

impl Operator {
    pub(crate) fn new(namespace: NamespaceRef) -> Self {
        Self {
            namespace,
            rooms: Vec::new(),
            except_rooms: Vec::new(),
            delivery: Delivery::Reliable,
            local: false,
        }
    }

    /// Also to this room. Every socket is in the room of its own id.
    pub fn to(mut self, room: impl Into<Arc<str>>) -> Self {
        self.rooms.push(room.into());
        self
    }

    /// The same as [`to`](Self::to): socket.io's `in`, which is no name in Rust.
    pub fn within(self, room: impl Into<Arc<str>>) -> Self {
        self.to(room)
    }

    /// Not to the sockets of this room, or, by its id, to one socket.
    pub fn except(mut self, room: impl Into<Arc<str>>) -> Self {
        self.except_rooms.push(room.into());
        self
    }

    /// Not to sockets whose transport is not writable at the moment ([`Delivery::Volatile`]).
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

    /// Only the sockets of this process, whatever the adapter reaches.
    pub fn local(mut self) -> Self {
        self.local = true;
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
        let draft = self.draft(event, &args)?;
        drop(args);
        let share = self.namespace.hub().reserve(draft.len()).await;
        self.publish(share, draft);
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
        let draft = self.draft(event, args)?;
        self.publish(share, draft);
        Ok(())
    }

    /// Sends an event and waits until everyone who got it has answered (the first argument of the
    /// answer counts, as a `T`) or gone, but no longer than `timeout`. Answers of together more
    /// than 64 MiB count as missing.
    ///
    /// # Errors
    /// If the payload cannot be written as JSON.
    pub async fn emit_with_ack<T: DeserializeOwned>(
        mut self,
        event: &str,
        args: impl Arguments,
        timeout: Duration,
    ) -> Result<BroadcastAnswers<T>, serde_json::Error> {
        let event = self.draft(event, &args)?;
        drop(args);
        let share = self.namespace.hub().reserve(event.len()).await;
        let answers = Answers::default();
        let operation = self.broadcasting(event);
        let all = self.adapter().broadcast_with_ack(share, operation, timeout, answers.clone());
        let unreached = tokio::time::timeout(timeout, all).await.ok().and_then(Result::err);
        let (answers, missing) = answers.take();
        let answers = answers.into_iter().map(|(socket, args)| (socket, args.parse_first()));
        Ok(BroadcastAnswers { answers: answers.collect(), missing, unreached })
    }

    /// The sockets and the rooms that they are in.
    ///
    /// # Errors
    /// If the adapter could not ask all nodes; never with the adapter of one process.
    pub async fn fetch_sockets(mut self) -> Result<Vec<RemoteSocket>, AdapterError> {
        let sockets = self.selection();
        self.adapter().fetch(sockets).await
    }

    /// The number of sockets.
    ///
    /// # Errors
    /// Like [`fetch_sockets`](Self::fetch_sockets).
    pub async fn count(mut self) -> Result<usize, AdapterError> {
        let sockets = self.selection();
        self.adapter().count(sockets).await
    }

    /// Has the sockets join a room. Waits while the server's queue is full.
    pub async fn sockets_join(self, room: impl Into<Arc<str>>) {
        self.change_rooms(RoomChange::Join(vec![room.into()])).await;
    }

    /// Has the sockets leave a room: also that of its own id, if it is named, by which a socket can
    /// no longer be addressed then.
    pub async fn sockets_leave(self, room: impl Into<Arc<str>>) {
        self.change_rooms(RoomChange::Leave(vec![room.into()])).await;
    }

    /// Ends the sockets; with `close` the sessions below as well, once everything was delivered.
    ///
    /// # Errors
    /// Like [`fetch_sockets`](Self::fetch_sockets).
    pub async fn disconnect_sockets(mut self, close: bool) -> Result<(), AdapterError> {
        let sockets = self.selection();
        self.adapter().disconnect(sockets, close).await
    }

    async fn change_rooms(mut self, change: RoomChange) {
        let share = self.namespace.hub().reserve(0).await;
        let sockets = self.selection();
        self.adapter().change_rooms(share, sockets, change);
    }

    /// Encodes an event, and shows it to those who watch.
    fn draft(&self, event: &str, args: &impl Arguments) -> Result<Draft, serde_json::Error> {
        let draft = self.namespace.encoder().draft(event, args)?;
        let to = Recipients::Rooms { rooms: &self.rooms, except: &self.except_rooms };
        self.namespace.outgoing(event, args, to, self.delivery);
        Ok(draft)
    }

    fn publish(mut self, share: Share, event: Draft) {
        let operation = self.broadcasting(event);
        self.adapter().broadcast(share, operation);
    }

    fn broadcasting(&mut self, event: Draft) -> Broadcasting {
        Broadcasting { to: self.selection(), delivery: self.delivery, event }
    }

    fn selection(&mut self) -> Selection {
        Selection {
            namespace: self.namespace.shared_path(),
            rooms: std::mem::take(&mut self.rooms),
            except_rooms: std::mem::take(&mut self.except_rooms),
        }
    }

    fn adapter(&self) -> &dyn Adapter {
        if self.local { self.namespace.local() } else { self.namespace.adapter() }
    }
}
