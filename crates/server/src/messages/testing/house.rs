//! A server, and somebody who is connected to it.

use std::sync::Arc;
use std::time::Duration;

use super::{MemoryMessages, Mood};
use crate::auth::{Authenticator, Tokens};
use crate::clock::Sources;
use crate::config::{self, Config, Secret};
use crate::realtime::{Realtime, Stores};
use crate::rooms::testing::MemoryMembers;
use crate::sessions::testing::PollingClient;
use crate::users::UserId;
use crate::users::testing::{MemoryUsers, member};

/// A server with one user, who is connected.
pub(crate) struct House {
    pub(crate) messages: Arc<MemoryMessages>,
    pub(crate) users: Arc<MemoryUsers>,
    pub(crate) members: Arc<MemoryMembers>,
    pub(crate) realtime: Realtime,
    pub(crate) client: PollingClient,
    /// Who is connected.
    pub(crate) id: UserId,
}

impl House {
    /// That stores what is said.
    pub(crate) async fn new(mood: Mood) -> Self {
        Self::with(mood, true).await
    }

    /// That stores what is said, or does not.
    pub(crate) async fn with(mood: Mood, store: bool) -> Self {
        let settings = config::Sources { directory: "/nonexistent".into(), ..Default::default() };
        let mut config = Config::load(&settings).unwrap();
        config.messages.store = store;
        let user = member("ada@example.com");
        let id = user.id;
        let users = Arc::new(MemoryUsers::of([user]));
        let sources = Sources::system();
        let secret = Secret::new("a secret for these tests alone".to_owned());
        let tokens = Tokens::new(&secret, Duration::from_hours(2), sources.clone());
        let token = tokens.issue(id, 0);
        let authenticator = Authenticator::new(tokens, users.clone());
        let messages = MemoryMessages::new(mood);
        let members = Arc::<MemoryMembers>::default();
        let stores =
            Stores { users: users.clone(), members: members.clone(), messages: messages.clone() };
        let realtime = Realtime::start(&config, stores, &authenticator, &sources);
        let client = PollingClient::open(realtime.service()).await;
        client.post(&format!(r#"40{{"token":"{token}"}}"#)).await;
        client.read_until(r#"42["clients-updated""#).await;
        Self { messages, users, members, realtime, client, id }
    }

    /// Says something and asks for the ack of this number.
    pub(crate) async fn say(&self, ack: u32, text: &str, client_msg_id: Option<&str>) {
        let payload = match client_msg_id {
            Some(id) => format!(r#"{{"message":"{text}","clientMsgId":"{id}"}}"#),
            None => format!(r#"{{"message":"{text}"}}"#),
        };
        self.client.post(&format!(r#"42{ack}["message-from-client",{payload}]"#)).await;
    }

    /// Waits until the database has answered once more, in whatever way.
    pub(crate) async fn appended(&self) {
        self.messages.appended.acquire().await.unwrap().forget();
    }

    /// What the client has heard up to a message, shortened to what matters: acks, and messages with
    /// their numbers.
    pub(crate) async fn hears_until(&self, text: &str) -> Vec<String> {
        let begin = format!(
            r#"42["message-from-server",{{"fullName":"Ada <b>Lovelace</b> 'quoted'; --","message":"{text}""#
        );
        let packets = self.client.read_until(&begin).await;
        packets.iter().filter_map(|packet| short(packet)).collect()
    }
}

/// An ack, or a message with its number, shortened to what matters.
pub(crate) fn short(packet: &str) -> Option<String> {
    let value = |name: &str| {
        let (_, rest) = packet.split_once(&format!(r#""{name}":"#))?;
        let end = rest.find([',', '}'])?;
        Some(rest[..end].trim_matches('"').to_owned())
    };
    if let Some(ack) = packet.strip_prefix("43") {
        let number = ack.split('[').next()?;
        let duplicate = if packet.contains(r#""duplicate":true"#) { " again" } else { "" };
        let what = value("seq").or_else(|| value("code"))?;
        return Some(format!("ack {number}: {what}{duplicate}"));
    }
    Some(format!("{}: {}", value("message")?, value("seq")?))
}
