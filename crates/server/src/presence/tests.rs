//! Announcements while the server's queue is full, in virtual time.

use std::time::Duration;

use futures_util::poll;
use serde_json::json;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;

use crate::sessions::Device;
use crate::sessions::testing::{Agent, House};

/// Enough for whatever happens at once.
const SOON: Duration = Duration::from_millis(50);

/// Longer than a handler may take, and than the longest pause between two lists.
const LONG: Duration = Duration::from_secs(31);

async fn connect(house: &House, agents: &TaskTracker, person: usize) -> Agent {
    let token = house.mint(person, 7_200).token;
    let agent = Agent::connect(house.realtime.service(), agents, &token, Device::Desktop).await;
    sleep(SOON).await;
    agent
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_whose_announcement_is_given_up_is_in_a_list_all_the_same() {
    let (house, agents) = (House::new("replace", false), TaskTracker::new());
    let ada = connect(&house, &agents, 0).await;
    let queue = house.namespace();
    let all_room = queue.reserve(usize::MAX).await;
    let bob = connect(&house, &agents, 1).await;
    // Behind his CONNECT reply, and before his announcement.
    let mut again = Box::pin(queue.reserve(usize::MAX));
    assert!(poll!(&mut again).is_pending());
    drop(all_room);
    let all_room = again.await;
    sleep(LONG).await;
    drop(all_room);
    sleep(LONG).await;
    let both = json!([ada.id().unwrap(), bob.id().unwrap()]);
    for agent in [ada, bob] {
        assert_eq!(agent.last("clients-updated").as_ref(), Some(&both));
    }
}
