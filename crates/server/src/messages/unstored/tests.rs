//! What is not stored asks no database.

use crate::messages::testing::{House, Mood, short};

#[tokio::test(start_paused = true)]
async fn with_every_database_away_what_is_not_stored_reaches_everyone() {
    let house = House::with(Mood::Away, false).await;
    house.client.post(r#"421["join-room",{"room":"ventas"}]"#).await;
    house.client.read_until("431").await;
    house.users.go_away();
    house.members.go_away();
    let to = house.id;
    for event in [
        r#"422["message-from-client",{"message":"to all"}]"#.to_owned(),
        r#"423["message-from-client",{"room":"ventas","message":"to some"}]"#.to_owned(),
        format!(r#"424["direct-message",{{"to":{{"userId":"{to}"}},"message":"to one"}}]"#),
    ] {
        house.client.post(&event).await;
    }
    let heard = house.client.read_until("434").await;
    let heard: Vec<_> = heard.iter().filter_map(|packet| short(packet)).collect();
    let expected = ["to all: 1", "ack 2: 1", "to some: 1", "ack 3: 1", "to one: 1", "ack 4: 1"];
    assert_eq!(heard, expected);
    assert_eq!(house.messages.texts(), [""; 0]);
    house.realtime.shutdown().await;
}
