//! Who is in which room: the one place that is asked, by sockets and by requests.
//!
//! Being a member is a matter of users and lasts until they leave. A member's connections are all in
//! the room, which Socket.IO knows as `room:<name>`; and all connections of a user are in
//! `user:<id>`, through which rooms are entered and left by all of them in one step, those included
//! that are away and may come back.

use std::collections::BTreeMap;
use std::sync::Arc;

use socketio::Socket;

use super::joined::{Joined, Register};
use super::rules::{NoRoom, Rule, Rules};
use super::{Access, Added, Channel, Member, MemberRepository, RoomName};
use crate::code::Code;
use crate::config;
use crate::database::StorageError;
use crate::events::Problem;
use crate::sessions::Client;
use crate::users::{User, UserId};

/// The members of all rooms. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Members(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    rules: Rules,
    register: Register,
    repository: Arc<dyn MemberRepository>,
    /// How many rooms a user may be in; `None`: any number.
    most_rooms: Option<usize>,
}

/// Why something may not be done in a channel.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Denied {
    /// It does not exist.
    #[error("there is no such room")]
    NoSuchRoom,
    /// Not for a user of these roles, whether they have joined or not.
    #[error("this room is not open to your roles")]
    NotForRoles,
    /// They are no member.
    #[error("join this room first")]
    NotMember,
    /// It is between others.
    #[error("this is between others")]
    NotOne,
    /// As many rooms as there may be.
    #[error("you are in as many rooms as you may be: leave one first")]
    TooManyRooms,
    /// Nobody can tell now.
    #[error("this cannot be decided now, try again in a moment")]
    Unavailable(#[from] StorageError),
}

impl Members {
    pub(crate) fn new(config: &config::Config, repository: Arc<dyn MemberRepository>) -> Self {
        Self(Arc::new(Inner {
            rules: Rules::new(config),
            register: Register::default(),
            repository,
            most_rooms: config.rate_limits.enabled.then_some(config.rate_limits.rooms_per_user),
        }))
    }

    /// The rule of a channel.
    pub(crate) fn rule(&self, channel: &Channel) -> Result<&Rule, Denied> {
        Ok(self.0.rules.of(channel)?)
    }

    /// Whether a user may do this in a channel. Of those who are connected it is known without
    /// asking the database.
    pub(crate) async fn check(
        &self,
        user: &User,
        channel: &Channel,
        access: Access,
    ) -> Result<(), Denied> {
        if !self.rule(channel)?.allows(user, access) {
            return Err(Denied::NotForRoles);
        }
        match channel {
            Channel::Lobby => Ok(()),
            Channel::Direct(pair) if pair.contains(user.id) => Ok(()),
            Channel::Direct(_) => Err(Denied::NotOne),
            Channel::Named(room) if self.is_member(user.id, room).await? => Ok(()),
            Channel::Named(_) => Err(Denied::NotMember),
        }
    }

    async fn is_member(&self, user: UserId, room: &RoomName) -> Result<bool, StorageError> {
        match self.0.register.find(user) {
            Some(joined) => Ok(joined.contains(room)),
            None => self.0.repository.is_member(user, room).await,
        }
    }

    /// The rooms of a user who is about to connect.
    pub(crate) async fn load(&self, user: UserId) -> Result<Arc<Joined>, StorageError> {
        self.0.register.load(user, &*self.0.repository).await
    }

    /// The rooms that a client is in from its first moment.
    pub(crate) fn first_rooms(&self, client: &Client) -> Vec<Arc<str>> {
        let (names, version) = client.joined().names();
        client.set_rooms_version(version);
        let user = client.user();
        let open = names.into_iter().filter(|room| self.is_open(&user, room));
        open.map(|room| room_of(&room)).chain([user_room(user.id)]).collect()
    }

    fn is_open(&self, user: &User, room: &RoomName) -> bool {
        let rule = self.0.rules.of(&Channel::Named(room.clone()));
        rule.is_ok_and(|rule| rule.allows(user, Access::Read))
    }

    /// Has a client that is connected by now follow what was changed since it got its first rooms.
    pub(crate) async fn follow(&self, socket: &Socket<Client>) {
        let client = socket.data();
        let joined = client.joined();
        while joined.version() != client.rooms_version() {
            let turn = joined.turn().await;
            let (names, version) = joined.names();
            let wanted: Vec<_> = {
                let user = client.user();
                let open = names.iter().filter(|room| self.is_open(&user, room));
                open.map(room_of).collect()
            };
            let present = socket.rooms().await;
            for room in present.iter().filter(|room| is_named(room) && !wanted.contains(room)) {
                socket.leave(Arc::clone(room)).await;
            }
            for room in wanted.iter().filter(|room| !present.contains(room)) {
                socket.join(Arc::clone(room)).await;
            }
            client.set_rooms_version(version);
            drop(turn);
        }
    }

    /// Makes a user a member, and has all of their connections enter the room.
    pub(super) async fn join(
        &self,
        socket: &Socket<Client>,
        room: &RoomName,
    ) -> Result<(), Denied> {
        let client = socket.data();
        let rule = self.rule(&Channel::Named(room.clone()))?;
        let joined = client.joined();
        let turn = joined.turn().await;
        // A change of roles waits for this turn, or has had its own.
        if !rule.allows(&client.user(), Access::Read) {
            return Err(Denied::NotForRoles);
        }
        if !joined.contains(room) {
            let most = self.0.most_rooms.unwrap_or(usize::MAX);
            match self.0.repository.add(client.user_id(), room, most).await? {
                Added::Member => joined.insert(room.clone()),
                Added::TooManyRooms => return Err(Denied::TooManyRooms),
            }
        }
        everywhere(socket).sockets_join(room_of(room)).await;
        drop(turn);
        Ok(())
    }

    /// Makes a user a member no more, and has all of their connections leave the room. If the
    /// database fails they are out of it only until they connect anew.
    pub(super) async fn leave(
        &self,
        socket: &Socket<Client>,
        room: &RoomName,
    ) -> Result<(), Denied> {
        let client = socket.data();
        let joined = client.joined();
        let turn = joined.turn().await;
        joined.remove(room);
        everywhere(socket).sockets_leave(room_of(room)).await;
        self.0.repository.remove(client.user_id(), room).await?;
        drop(turn);
        Ok(())
    }

    /// A user's roles have changed: their connections, those included that are away, leave the rooms
    /// that are not for them any more, and enter those that are again.
    pub(crate) async fn roles_changed(&self, socket: &Socket<Client>) {
        let (joined, user) = (socket.data().joined(), socket.data().user());
        let turn = joined.turn().await;
        // Those that are about to connect follow by themselves.
        joined.touch();
        for room in joined.names().0 {
            let name = room_of(&room);
            if self.is_open(&user, &room) {
                everywhere(socket).sockets_join(name).await;
            } else {
                everywhere(socket).sockets_leave(name).await;
            }
        }
        drop(turn);
    }

    /// The members of a room, at most so many.
    pub(super) async fn list(
        &self,
        room: &RoomName,
        limit: u32,
    ) -> Result<Vec<Member>, StorageError> {
        self.0.repository.members(room, limit).await
    }

    /// The rooms of a user, and those that they may join, in the order of their names.
    pub(super) async fn rooms_for(
        &self,
        user: &User,
    ) -> Result<Vec<(RoomName, bool)>, StorageError> {
        let names = match self.0.register.find(user.id) {
            Some(joined) => joined.names().0,
            None => self.0.repository.rooms_of(user.id).await?,
        };
        let configured = self.0.rules.named().cloned().map(|room| (room, false));
        let mut rooms: BTreeMap<_, _> = configured.collect();
        rooms.extend(names.into_iter().map(|room| (room, true)));
        rooms.retain(|room, _| self.is_open(user, room));
        Ok(rooms.into_iter().collect())
    }
}

/// All connections of a client's user.
fn everywhere(socket: &Socket<Client>) -> socketio::Operator {
    socket.namespace().to(user_room(socket.data().user_id()))
}

/// What begins like this is a room that people join.
const NAMED: &str = "room:";

fn is_named(room: &str) -> bool {
    room.starts_with(NAMED)
}

/// The room as Socket.IO knows it. It is no socket's id and no user's room, whatever its name is.
pub(crate) fn room_of(room: &RoomName) -> Arc<str> {
    format!("{NAMED}{room}").into()
}

/// The room of all connections of a user.
pub(crate) fn user_room(user: UserId) -> Arc<str> {
    format!("user:{user}").into()
}

impl From<NoRoom> for Denied {
    fn from(NoRoom: NoRoom) -> Self {
        Self::NoSuchRoom
    }
}

impl Denied {
    /// The code that clients see.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::NoSuchRoom => Code::NotFound,
            Self::NotForRoles | Self::NotMember | Self::NotOne | Self::TooManyRooms => {
                Code::Forbidden
            }
            Self::Unavailable(_) => Code::Unavailable,
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        if let Denied::Unavailable(cause) = &denied {
            tracing::warn!(%cause, "who is in a room cannot be decided");
        }
        Self::new(denied.code(), denied.to_string())
    }
}
