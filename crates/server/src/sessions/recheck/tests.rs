//! What connections see of changes of their user, in virtual time.

use std::time::Duration;

use serde_json::json;
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;

use crate::sessions::Device;
use crate::sessions::testing::{Agent, House};
use crate::users::testing::Gate;
use crate::users::{FullName, UserChange, UserRepository as _};

/// Enough for whatever happens at once.
const SOON: Duration = Duration::from_millis(50);

async fn connect(house: &House, agents: &TaskTracker, person: usize) -> Agent {
    let token = house.mint(person, 7_200).token;
    let agent = Agent::connect(house.realtime.service(), agents, &token, Device::Desktop).await;
    sleep(SOON).await;
    agent
}

fn another_name() -> UserChange {
    let full_name = Some(FullName::parse("Another Name").unwrap());
    UserChange { full_name, ..UserChange::default() }
}

fn deactivation() -> UserChange {
    UserChange { is_active: Some(false), ..UserChange::default() }
}

#[tokio::test(start_paused = true)]
async fn connections_of_one_user_are_looked_at_side_by_side() {
    let gate = Gate::new();
    let house = House::with("unlimited", false, |users| users.holding_finds(&gate));
    let agents = TaskTracker::new();
    gate.admit(2);
    for _ in 0..2 {
        connect(&house, &agents, 0).await;
        gate.arrival().await;
    }
    let both_are_looked_up = async {
        let both = async {
            gate.arrival().await;
            gate.arrival().await;
        };
        timeout(SOON, both).await.expect("neither waits for the other");
        gate.open();
    };
    tokio::join!(house.change(0, another_name()), both_are_looked_up);
    assert_eq!(house.connected().len(), 2);
}

/// Whoever has changed after they were looked up, and before they were let in, gets nothing at all.
#[tokio::test(start_paused = true)]
async fn who_changes_right_before_they_are_let_in_comes_back_first() {
    let (house, agents) = (House::new("unlimited", false), TaskTracker::new());
    let witness = connect(&house, &agents, 1).await;
    let all_room = house.namespace().reserve(usize::MAX).await;
    let agent = connect(&house, &agents, 0).await;
    house.change(0, deactivation()).await;
    drop(all_room);
    sleep(SOON).await;
    assert_eq!(agent.packets(), ["1"]);
    assert_eq!(house.connected(), [witness.id().unwrap()]);
    let again = connect(&house, &agents, 0).await;
    assert_eq!(again.ending().as_deref(), Some("user_inactive"));
}

#[tokio::test(start_paused = true)]
async fn changes_of_others_keep_nobody_out() {
    let (house, agents) = (House::new("unlimited", false), TaskTracker::new());
    let all_room = house.namespace().reserve(usize::MAX).await;
    let agent = connect(&house, &agents, 0).await;
    house.change(1, another_name()).await;
    drop(all_room);
    sleep(SOON).await;
    assert_eq!(house.connected(), [agent.id().unwrap()]);
}

/// By a refresh a connection may learn of a change of which nobody has told this process.
#[tokio::test(start_paused = true)]
async fn others_hear_of_a_name_that_came_with_a_refresh() {
    let (house, agents) = (House::new("unlimited", false), TaskTracker::new());
    let (ada, bob) = (connect(&house, &agents, 0).await, connect(&house, &agents, 1).await);
    bob.emit(1, "presence-subscribe", &json!({})).await;
    sleep(SOON).await;
    house.users.update(house.people[0].id, &another_name()).await.unwrap().unwrap();
    let token = house.mint(0, 7_200).token;
    ada.emit(1, "auth-refresh", &json!({ "token": token })).await;
    sleep(20 * SOON).await;
    assert_eq!(ada.ack(1).unwrap()["ok"], true);
    let diff = bob.last("presence-diff").unwrap();
    assert_eq!(diff["joins"][0]["fullName"], "Another Name");
}

#[tokio::test(start_paused = true)]
async fn of_whom_nobody_can_tell_the_transport_alone_is_closed() {
    let (house, agents) = (House::new("unlimited", false), TaskTracker::new());
    let agent = connect(&house, &agents, 0).await;
    house.users.go_away();
    house.realtime.sessions().user_changed(house.people[0].id).await;
    sleep(SOON).await;
    assert_eq!(agent.packets().last().map(String::as_str), Some("1"));
    assert_eq!(agent.ending(), None);
}
