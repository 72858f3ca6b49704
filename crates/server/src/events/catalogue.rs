//! The catalogue: every event that there is, and nothing twice.

use schemars::{Schema, SchemaGenerator};
use socketio::Namespace;

use super::client_event::{ClientEvent, HandOver, Handle, pass_on, receive};
use super::limit::Limit;
use super::problem::ExceptionEvent;
use super::server_event::{Schemas as _, ServerEvent};
use crate::messages::{
    CatchUp, DirectMessage, Gateway, MessageFromClient, MessageFromServer, MessageHistory,
    SomeoneTyping, Typing,
};
use crate::presence::{ClientsUpdated, PresenceDiff, PresenceSubscribe};
use crate::rooms::{JoinRoom, LeaveRoom, RoomMembers};
use crate::sessions::{AuthExpiring, AuthRefresh, Client, SessionReplaced};

/// What clients send.
pub(super) const FROM_CLIENTS: &[FromClients] = &[
    FromClients::handed_over::<MessageFromClient>(),
    FromClients::handed_over::<DirectMessage>(),
    FromClients::handled::<JoinRoom>(),
    FromClients::handled::<LeaveRoom>(),
    FromClients::handled::<RoomMembers>(),
    FromClients::handled::<MessageHistory>(),
    FromClients::handled::<CatchUp>(),
    FromClients::handled::<Typing>(),
    FromClients::handled::<PresenceSubscribe>(),
    FromClients::handled::<AuthRefresh>(),
];

/// What the server sends.
pub(super) const FROM_SERVER: &[FromServer] = &[
    FromServer::of::<MessageFromServer>(),
    FromServer::of::<SomeoneTyping>(),
    FromServer::of::<ClientsUpdated>(),
    FromServer::of::<PresenceDiff>(),
    FromServer::of::<AuthExpiring>(),
    FromServer::of::<SessionReplaced>(),
    FromServer::of::<ExceptionEvent>(),
];

type Chat = Namespace<Client, Gateway>;

/// An event that clients send.
pub(super) struct FromClients {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) limit: Limit,
    pub(super) payload: fn(&mut SchemaGenerator) -> Schema,
    pub(super) answer: fn(&mut SchemaGenerator) -> Schema,
    register: fn(Chat) -> Chat,
}

/// An event that the server sends.
pub(super) struct FromServer {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) to: &'static str,
    pub(super) argument_names: &'static [&'static str],
    pub(super) arguments: fn(&mut SchemaGenerator) -> Vec<Schema>,
}

impl FromClients {
    const fn handled<E: Handle>() -> Self {
        Self::of::<E>(|namespace| namespace.on(E::NAME, receive::<E>))
    }

    const fn handed_over<E: HandOver>() -> Self {
        Self::of::<E>(|namespace| namespace.on(E::NAME, pass_on::<E>))
    }

    const fn of<E: ClientEvent>(register: fn(Chat) -> Chat) -> Self {
        Self {
            name: E::NAME,
            about: E::ABOUT,
            limit: E::LIMIT,
            payload: |generator| generator.subschema_for::<E::Payload<'static>>(),
            answer: |generator| generator.subschema_for::<E::Answer>(),
            register,
        }
    }
}

impl FromServer {
    const fn of<E: ServerEvent>() -> Self {
        Self {
            name: E::NAME,
            about: E::ABOUT,
            to: E::TO,
            argument_names: E::NAMES,
            arguments: E::Arguments::schemas,
        }
    }
}

/// Has a namespace handle every event that clients send.
pub(crate) fn register(namespace: Chat) -> Chat {
    FROM_CLIENTS.iter().fold(namespace, |namespace, event| (event.register)(namespace))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nothing_is_in_it_twice_and_every_argument_has_a_name() {
        let mut names = HashSet::new();
        assert!(FROM_CLIENTS.iter().all(|event| names.insert(event.name)));
        let mut names = HashSet::new();
        for event in FROM_SERVER {
            assert!(names.insert(event.name), "{} is twice", event.name);
            let arguments = (event.arguments)(&mut SchemaGenerator::default());
            assert_eq!(arguments.len(), event.argument_names.len(), "{}", event.name);
        }
    }
}
