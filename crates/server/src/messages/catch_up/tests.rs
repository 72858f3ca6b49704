//! What nobody can tell.

use crate::messages::testing::{House, Mood, short};

#[tokio::test(start_paused = true)]
async fn without_the_database_nothing_is_said_of_any_room() {
    let house = House::new(Mood::Away).await;
    // Also if there are rooms of which it is known that they may not be read.
    house.client.post(r#"421["catch-up",{"rooms":{"a":0,"lobby":0,"ventas":0}}]"#).await;
    let heard = house.client.read_until("431").await;
    let heard: Vec<_> = heard.iter().filter_map(|packet| short(packet)).collect();
    assert_eq!(heard, ["ack 1: unavailable"]);
    house.realtime.shutdown().await;
}
