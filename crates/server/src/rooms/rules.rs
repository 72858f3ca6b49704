//! What rooms there are, who may join and post, and what is kept of what is said there.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Channel, LOBBY, RoomName};
use crate::config::{self, OTHER_ROOMS, RoleName};
use crate::users::{Role, User};

/// What somebody wants to do in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Be a member, and read.
    Read,
    /// Say something.
    Post,
}

/// The rules of all channels.
#[derive(Debug)]
pub(crate) struct Rules {
    lobby: Rule,
    direct: Rule,
    named: BTreeMap<RoomName, Rule>,
    /// Of rooms that have no rule of their own; `None`: there are none.
    other: Option<Rule>,
}

/// The rules of one channel.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    join: Roles,
    post: Roles,
    pub(crate) store: bool,
    pub(crate) retention: Retention,
}

/// What is kept of what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retention {
    /// The last ones, so many; `None`: all.
    pub(crate) count: Option<u64>,
    /// For how long; `None`: for ever.
    pub(crate) age: Option<Duration>,
}

/// Those whom something is for.
#[derive(Debug, Clone)]
enum Roles {
    Everyone,
    Of(Vec<Role>),
}

/// There is no such room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoRoom;

impl Rules {
    /// The rules that are configured.
    pub(crate) fn new(config: &config::Config) -> Self {
        let rule = |room: &config::Room| Rule::new(room, &config.messages);
        let usual = rule(&config::Room::default());
        let rooms = &config.rooms;
        let named = rooms.iter().filter_map(|(name, room)| Some((name.parse().ok()?, rule(room))));
        let other = match rooms.get(OTHER_ROOMS) {
            Some(other) => Some(rule(other)),
            None => rooms.is_empty().then(|| usual.clone()),
        };
        let lobby = rooms.get(LOBBY).map_or_else(|| usual.clone(), rule);
        Self { lobby, direct: usual, named: named.collect(), other }
    }

    /// The rule of a channel.
    pub(super) fn of(&self, channel: &Channel) -> Result<&Rule, NoRoom> {
        match channel {
            Channel::Lobby => Ok(&self.lobby),
            Channel::Direct(_) => Ok(&self.direct),
            Channel::Named(room) => self.named.get(room).or(self.other.as_ref()).ok_or(NoRoom),
        }
    }

    /// The rooms that are known by name.
    pub(super) fn named(&self) -> impl Iterator<Item = &RoomName> {
        self.named.keys()
    }
}

impl Rule {
    fn new(room: &config::Room, usual: &config::Messages) -> Self {
        let count = room.keep_count.unwrap_or(usual.keep_count);
        let age = room.keep_for.unwrap_or(usual.keep_for).get();
        Self {
            join: Roles::new(&room.join),
            post: Roles::new(&room.post),
            store: room.store.unwrap_or(usual.store),
            retention: Retention {
                count: Some(count).filter(|count| *count > 0),
                age: Some(age).filter(|age| !age.is_zero()),
            },
        }
    }

    /// Whether somebody who is a member, or would be, may do this.
    pub(super) fn allows(&self, user: &User, access: Access) -> bool {
        let roles = match access {
            Access::Read => &[&self.join] as &[&Roles],
            Access::Post => &[&self.join, &self.post],
        };
        roles.iter().all(|roles| roles.include(user))
    }
}

impl Roles {
    fn new(roles: &[RoleName]) -> Self {
        if roles.is_empty() {
            return Self::Everyone;
        }
        Self::Of(roles.iter().map(|RoleName(role)| *role).collect())
    }

    fn include(&self, user: &User) -> bool {
        match self {
            Self::Everyone => true,
            Self::Of(roles) => user.roles.iter().any(|role| roles.contains(role)),
        }
    }
}
