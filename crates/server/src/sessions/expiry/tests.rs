//! Notices while the server's queue is full, in virtual time.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;

use crate::sessions::Device;
use crate::sessions::testing::{Agent, GRACE, House, NOTICE};

const SECOND: Duration = Duration::from_secs(1);

/// Enough for whatever happens at once.
const SOON: Duration = Duration::from_millis(50);

async fn connect(house: &House, agents: &TaskTracker, person: usize, life_secs: u64) -> Agent {
    let token = house.mint(person, life_secs).token;
    let agent = Agent::connect(house.realtime.service(), agents, &token, Device::Desktop).await;
    sleep(SOON).await;
    assert!(agent.id().is_some());
    agent
}

#[tokio::test(start_paused = true)]
async fn a_notice_that_finds_no_room_is_given_later() {
    let (house, agents) = (House::new("unlimited", false), TaskTracker::new());
    let agent = connect(&house, &agents, 0, 20).await;
    let all_room = house.namespace().reserve(usize::MAX).await;
    // It is due after 10 s.
    sleep(13 * SECOND).await;
    drop(all_room);
    sleep(2 * SECOND).await;
    assert_eq!(agent.count("auth-expiring"), 1);
    sleep(3 * SECOND).await;
    assert_eq!(agent.count("auth-expiring"), 1, "given once, it is not given again");
}

#[tokio::test(start_paused = true)]
async fn a_notice_of_a_token_that_was_replaced_while_it_waited_is_not_given() {
    let (house, agents) = (House::new("unlimited", false), TaskTracker::new());
    let agent = connect(&house, &agents, 0, 20).await;
    let another = house.mint(0, 7_200).token;
    let all_room = house.namespace().reserve(usize::MAX).await;
    sleep(10 * SECOND).await;
    agent.emit(1, "auth-refresh", &json!({ "token": another })).await;
    sleep(SECOND / 2).await;
    drop(all_room);
    sleep(5 * SECOND).await;
    assert_eq!(agent.ack(1).unwrap()["ok"], true);
    assert_eq!(agent.count("auth-expiring"), 0);
}

#[tokio::test(start_paused = true)]
async fn however_many_notices_wait_for_room_ends_come_in_time() {
    let (house, agents) = (House::new("unlimited", false), TaskTracker::new());
    let ending = connect(&house, &agents, 0, 36).await;
    let mut waiting = Vec::new();
    for _ in 0..10 {
        waiting.push(connect(&house, &agents, 1, 60).await);
    }
    sleep(30 * SECOND).await;
    let _all_room = house.namespace().reserve(usize::MAX).await;
    // The notices are due after 40 s, all of them, and the end a second later.
    assert_eq!(36 * SECOND + GRACE + NOTICE, 61 * SECOND);
    sleep(13 * SECOND).await;
    assert_eq!(ending.ending().as_deref(), Some("token_expired"));
    assert!(waiting.iter().all(|agent| agent.count("auth-expiring") == 0));
    assert_eq!(house.connected().len(), waiting.len());
}
