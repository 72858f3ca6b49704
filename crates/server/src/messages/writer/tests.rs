//! What senders and others hear when the database fails, and when the server ends.

use std::sync::Arc;
use std::time::Duration;

use crate::auth::{Authenticator, Tokens};
use crate::clock::Sources;
use crate::config::{self, Config, Secret};
use crate::messages::testing::{MemoryMessages, Mood};
use crate::realtime::{Realtime, Stores};
use crate::sessions::testing::PollingClient;
use crate::users::testing::{MemoryUsers, member};

/// A server with one user, who is connected.
struct House {
    messages: Arc<MemoryMessages>,
    users: Arc<MemoryUsers>,
    realtime: Realtime,
    client: PollingClient,
}

impl House {
    async fn new(mood: Mood) -> Self {
        let settings = config::Sources { directory: "/nonexistent".into(), ..Default::default() };
        let config = Config::load(&settings).unwrap();
        let user = member("ada@example.com");
        let id = user.id;
        let users = Arc::new(MemoryUsers::of([user]));
        let sources = Sources::system();
        let secret = Secret::new("a secret for these tests alone".to_owned());
        let tokens = Tokens::new(&secret, Duration::from_hours(2), sources.clone());
        let token = tokens.issue(id, 0);
        let authenticator = Authenticator::new(tokens, users.clone());
        let messages = MemoryMessages::new(mood);
        let stores = Stores { messages: messages.clone(), ..Stores::testing(users.clone()) };
        let realtime = Realtime::start(&config, stores, &authenticator, &sources);
        let client = PollingClient::open(realtime.service()).await;
        client.post(&format!(r#"40{{"token":"{token}"}}"#)).await;
        client.read_until(r#"42["clients-updated""#).await;
        Self { messages, users, realtime, client }
    }

    /// Says something and asks for the ack of this number.
    async fn say(&self, ack: u32, text: &str, client_msg_id: Option<&str>) {
        let payload = match client_msg_id {
            Some(id) => format!(r#"{{"message":"{text}","clientMsgId":"{id}"}}"#),
            None => format!(r#"{{"message":"{text}"}}"#),
        };
        self.client.post(&format!(r#"42{ack}["message-from-client",{payload}]"#)).await;
    }

    /// Waits until the database has answered once more, in whatever way.
    async fn appended(&self) {
        self.messages.appended.acquire().await.unwrap().forget();
    }

    /// What the client has heard up to a message, shortened to what matters: acks, and messages with
    /// their numbers.
    async fn hears_until(&self, text: &str) -> Vec<String> {
        let begin = format!(
            r#"42["message-from-server",{{"fullName":"Ada <b>Lovelace</b> 'quoted'; --","message":"{text}""#
        );
        let packets = self.client.read_until(&begin).await;
        packets.iter().filter_map(|packet| short(packet)).collect()
    }
}

fn short(packet: &str) -> Option<String> {
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

#[tokio::test(start_paused = true)]
async fn a_message_is_acked_and_then_announced() {
    let house = House::new(Mood::Works).await;
    house.say(1, "one", None).await;
    assert_eq!(house.hears_until("one").await, ["ack 1: 1", "one: 1"]);
    house.say(2, "two", Some("x")).await;
    assert_eq!(house.hears_until("two").await, ["ack 2: 2", "two: 2"]);
    house.say(3, "two", Some("x")).await;
    house.say(4, "three", None).await;
    assert_eq!(house.hears_until("three").await, ["ack 3: 2 again", "ack 4: 3", "three: 3"]);
    house.realtime.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn with_a_name_a_message_that_is_not_stored_is_not_answered_and_can_be_sent_again() {
    let house = House::new(Mood::Away).await;
    house.say(1, "one", None).await;
    house.say(2, "two", Some("x")).await;
    house.say(3, "three", None).await;
    let heard = house.client.read_until("433").await;
    let heard: Vec<_> = heard.iter().filter_map(|packet| short(packet)).collect();
    assert_eq!(heard, ["ack 1: unavailable", "ack 3: unavailable"]);
    house.messages.set_mood(Mood::Works);
    house.say(4, "two", Some("x")).await;
    assert_eq!(house.hears_until("two").await, ["ack 4: 1", "two: 1"]);
    assert_eq!(house.messages.texts(), ["two"]);
    house.realtime.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_stored_although_it_did_not_seem_so_is_announced_before_what_comes_next() {
    let house = House::new(Mood::Mute).await;
    house.say(1, "one", Some("x")).await;
    house.appended().await;
    house.say(2, "never", None).await;
    house.client.read_until("432").await;
    house.messages.set_mood(Mood::Works);
    house.say(3, "two", None).await;
    let expected = ["ack 1: 1", "one: 1", "ack 3: 2", "two: 2"];
    assert_eq!(house.hears_until("two").await, expected);
    assert_eq!(house.messages.texts(), ["one", "two"]);
    house.realtime.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_stored_although_it_did_not_seem_so_is_announced_though_nobody_says_anything() {
    let house = House::new(Mood::Mute).await;
    house.say(1, "one", None).await;
    house.client.read_until("431").await;
    house.messages.set_mood(Mood::Works);
    assert_eq!(house.hears_until("one").await, ["one: 1"]);
    house.realtime.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn with_a_name_a_message_whose_receiver_cannot_be_looked_up_is_not_answered() {
    let house = House::new(Mood::Works).await;
    house.users.go_away();
    let direct = |ack: u32, more: &str| {
        let to = r#""to":{"email":"bob@example.com"},"message":"hola""#;
        format!(r#"42{ack}["direct-message",{{{to}{more}}}]"#)
    };
    house.client.post(&direct(1, r#","clientMsgId":"x""#)).await;
    house.client.post(&direct(2, "")).await;
    let heard = house.client.read_until("432").await;
    let heard: Vec<_> = heard.iter().filter_map(|packet| short(packet)).collect();
    assert_eq!(heard, ["ack 2: unavailable"]);
    house.realtime.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_is_stored_before_the_server_ends() {
    let house = House::new(Mood::Works).await;
    house.messages.gate.forget_permits(tokio::sync::Semaphore::MAX_PERMITS);
    for (ack, text) in [(1, "one"), (2, "two"), (3, "three")] {
        house.say(ack, text, None).await;
    }
    let messages = house.messages.clone();
    let open = async {
        tokio::task::yield_now().await;
        assert_eq!(messages.texts(), [""; 0]);
        messages.gate.add_permits(10);
    };
    tokio::join!(house.realtime.shutdown(), open);
    assert_eq!(messages.texts(), ["one", "two", "three"]);
}
