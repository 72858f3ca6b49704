//! `direct-message`: something is said to one person.

use schemars::JsonSchema;
use serde::Deserialize;
use socketio::Socket;

use super::Gateway;
use super::said::{ClientMsgId, Published, Said, check_client_msg_id, check_text};
use crate::code::Code;
use crate::events::{ClientEvent, HandOver, Limit, Problem, Reply, Text};
use crate::rooms::direct;
use crate::sessions::Client;
use crate::users::{Email, UserId};

/// The event `direct-message`.
pub(crate) struct DirectMessage;

/// What is said, and to whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NewDirectMessage")]
pub(crate) struct NewDirectMessage<'a> {
    /// To whom.
    #[serde(borrow)]
    to: Receiver<'a>,
    /// The text, at most as long as the setting `messages.max_length` says.
    #[serde(borrow)]
    message: Text<'a, 1>,
    /// What the client calls it: unique among the messages of the user. A message of the same name is
    /// not said twice.
    #[serde(borrow, default)]
    client_msg_id: Option<ClientMsgId<'a>>,
}

/// A user, by one of the two.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Receiver")]
pub(crate) struct Receiver<'a> {
    #[serde(borrow, default)]
    user_id: Option<Text<'a, 1, 64>>,
    #[serde(borrow, default)]
    email: Option<Text<'a, 1, 256>>,
}

/// How a user is named.
pub(super) enum Named {
    Id(UserId),
    Email(Email),
}

impl ClientEvent for DirectMessage {
    const NAME: &'static str = "direct-message";
    const ABOUT: &'static str = "Says something to one user. It reaches all connections of both, now \
        or later: what two users say to each other is a room of its own, with the name that the \
        answer gives (`direct:<id>:<id>`, the lesser id first), which nobody joins or leaves.";
    const LIMIT: Limit = Limit::Messages;
    type Payload<'a> = NewDirectMessage<'a>;
    type Answer = Published;
}

impl HandOver for DirectMessage {
    fn comes_again(message: &NewDirectMessage<'_>) -> bool {
        message.client_msg_id.is_some()
    }

    async fn hand_over<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        message: NewDirectMessage<'a>,
        reply: Reply<Published>,
    ) -> Result<(), (Problem, Reply<Published>)> {
        match said(gateway, socket, message).await {
            Ok(said) => gateway.conversations().publish(said, reply).await,
            Err(problem) => Err((problem, reply)),
        }
    }
}

async fn said(
    gateway: &Gateway,
    socket: &Socket<Client>,
    NewDirectMessage { to, message, client_msg_id }: NewDirectMessage<'_>,
) -> Result<Said, Problem> {
    check_text(&message, gateway.max_message_chars())?;
    let sender = socket.data().user();
    let client_msg_id = check_client_msg_id(client_msg_id)?;
    let receiver = gateway.find(to.named()?).await?;
    let channel = direct(sender.id, receiver);
    Ok(Said { channel, sender, text: message.as_str().to_owned(), client_msg_id })
}

impl Receiver<'_> {
    fn named(self) -> Result<Named, Problem> {
        match (self.user_id, self.email) {
            (Some(id), None) => id.as_str().parse().map(Named::Id).map_err(|_| nobody()),
            (None, Some(email)) => {
                Email::parse(email.as_str()).map(Named::Email).map_err(|_| nobody())
            }
            (None, None) | (Some(_), Some(_)) => {
                Err(Problem::invalid("to must have either userId or email"))
            }
        }
    }
}

impl Gateway {
    /// The id of a user who may sign in. One who is connected is known without asking the database.
    pub(super) async fn find(&self, named: Named) -> Result<UserId, Problem> {
        let found = match named {
            Named::Id(id) if self.sessions().is_connected(id) => return Ok(id),
            Named::Id(id) => self.conversations().users().find(id).await,
            Named::Email(email) => {
                let found = self.conversations().users().find_credentials(&email).await;
                found.map(|found| found.map(|credentials| credentials.user))
            }
        };
        match found {
            Ok(Some(user)) if user.is_active => Ok(user.id),
            Ok(_) => Err(nobody()),
            Err(cause) => {
                tracing::warn!(%cause, "a user cannot be looked up");
                Err(Problem::new(Code::Unavailable, "users cannot be looked up at the moment"))
            }
        }
    }
}

fn nobody() -> Problem {
    Problem::new(Code::NotFound, "there is no such user")
}
