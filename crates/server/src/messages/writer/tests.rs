//! What senders and others hear when the database fails, and when the server ends.

use crate::messages::testing::{House, Mood, short};

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
async fn who_asks_for_no_ack_is_told_by_an_exception_with_what_was_sent() {
    let house = House::new(Mood::Away).await;
    house.client.post(r#"42["message-from-client",{"message":"one"}]"#).await;
    let heard = house.client.read_until(r#"42["exception""#).await;
    let exception = heard.last().unwrap();
    assert!(exception.contains(r#""code":"unavailable""#), "{exception}");
    let cause = r#""cause":{"pattern":"message-from-client","data":{"message":"one"}}"#;
    assert!(exception.contains(cause), "{exception}");
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
