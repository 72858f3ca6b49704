//! A deactivation reaches every connection of the user, whatever happens at the same time.

use std::num::NonZeroUsize;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_util::poll;
use http::Request;
use serde_json::json;
use tower::ServiceExt as _;

use super::*;
use crate::auth::{Accounts, Authenticator, PasswordHasher, Tokens};
use crate::clock::Sources;
use crate::config::{self, Config, Secret};
use crate::http::BodyTimeout;
use crate::realtime::{Realtime, Stores};
use crate::sessions::testing::PollingClient;
use crate::users::testing::{Gate, MemoryUsers, member};
use crate::users::{PasswordChange, PasswordHash, Role, UsersState};

/// The gateway and the routes of users, and two of them: an admin and Bob.
struct House {
    users: Arc<MemoryUsers>,
    changes: UserChanges,
    tasks: TaskTracker,
    realtime: Realtime,
    router: Router,
    admins_token: String,
    bob: UserId,
    bobs_token: String,
}

impl House {
    fn new(make: impl FnOnce([User; 2]) -> MemoryUsers) -> Self {
        let admin = User { roles: vec![Role::Admin], ..member("ada@example.com") };
        let (ada, bob) = (admin.id, member("bob@example.com"));
        let bobs_id = bob.id;
        let users = Arc::new(make([admin, bob]));
        let sources = Sources::system();
        let settings = config::Sources { directory: "/nonexistent".into(), ..Default::default() };
        let config = Config::load(&settings).unwrap();
        let secret = Secret::new("a secret for these tests alone".to_owned());
        let tokens = Tokens::new(&secret, Duration::from_hours(2), sources.clone());
        let authenticator = Authenticator::new(tokens.clone(), users.clone());
        let realtime =
            Realtime::start(&config, Stores::testing(users.clone()), &authenticator, &sources);
        let tasks = TaskTracker::new();
        let sessions = realtime.sessions().clone();
        let changes = UserChanges::new(users.clone(), sessions, tasks.clone());
        let hasher = PasswordHasher::new(NonZeroUsize::MIN, 1, sources.clone()).unwrap();
        let accounts = Accounts::new(users.clone(), hasher, sources);
        let router = crate::users::routes(UsersState {
            users: users.clone(),
            changes: changes.clone(),
            accounts,
            authenticator,
            body_timeout: BodyTimeout(Duration::from_secs(10)),
        })
        .into();
        let (admins_token, bobs_token) = (tokens.issue(ada, 0), tokens.issue(bobs_id, 0));
        Self { users, changes, tasks, realtime, router, admins_token, bob: bobs_id, bobs_token }
    }

    /// Bob asks to be let in.
    async fn bob_connects(&self) -> PollingClient {
        let client = PollingClient::open(self.realtime.service()).await;
        client.post(&format!("40{}", json!({ "token": self.bobs_token }))).await;
        client
    }

    fn deactivation_of_bob(&self) -> Request<Body> {
        Request::patch(format!("/{}", self.bob))
            .header("authorization", format!("Bearer {}", self.admins_token))
            .header("content-type", "application/json")
            .body(Body::from(r#"{"isActive":false}"#))
            .unwrap()
    }
}

/// How a socket ends that may not come back.
fn assert_ended_as_inactive(packets: &[String]) {
    let [.., exception, disconnect] = packets else { panic!("{packets:?}") };
    assert!(exception.contains("user_inactive"), "{packets:?}");
    assert_eq!(disconnect, "41");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_ends_the_connections_all_the_same() {
    let gate = Gate::new();
    let house = House::new(|users| MemoryUsers::of(users).holding_updates(&gate));
    let bob = house.bob_connects().await;
    bob.read_until("42[\"clients-updated\"").await;

    let mut request = Box::pin(house.router.clone().oneshot(house.deactivation_of_bob()));
    tokio::select! {
        answer = &mut request => panic!("{answer:?}"),
        () = gate.arrival() => {}
    }
    drop(request);
    assert!(!house.users.find(house.bob).await.unwrap().unwrap().is_active);
    house.tasks.close();
    let mut end = std::pin::pin!(house.tasks.wait());
    assert!(poll!(&mut end).is_pending(), "who waits for the tasks waits for this one");

    gate.open();
    end.await;
    assert_ended_as_inactive(&bob.read_until("41").await);
}

#[tokio::test(start_paused = true)]
async fn who_was_found_active_before_the_deactivation_does_not_stay() {
    let gate = Gate::new();
    let house = House::new(|users| MemoryUsers::of(users).holding_finds(&gate));
    let bob = house.bob_connects().await;
    gate.arrival().await;
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    house.changes.make(house.bob, change).await.unwrap().unwrap();
    gate.open();
    let packets = bob.read_until("41").await;
    assert!(packets[0].starts_with("40"), "{packets:?}");
    assert_ended_as_inactive(&packets);
    assert!(!packets.iter().any(|packet| packet.contains("clients-updated")), "{packets:?}");
}

#[tokio::test(start_paused = true)]
async fn who_changes_while_the_database_goes_away_is_not_let_in() {
    let gate = Gate::new();
    let house = House::new(|users| MemoryUsers::of(users).holding_finds(&gate));
    let bob = house.bob_connects().await;
    gate.arrival().await;
    house.realtime.sessions().user_changed(house.bob).await;
    house.users.go_away();
    gate.open();
    assert_eq!(bob.read_until("1").await, ["1"], "the transport alone is closed");
}

/// Another password, and no token from before.
fn another_password() -> UserChange {
    let hash = PasswordHash::new("$argon2id$another".to_owned());
    let tokens_since_secs = Sources::system().now_secs() + 1;
    let password = Some(PasswordChange { hash, tokens_since_secs });
    UserChange { password, ..UserChange::default() }
}

/// How a socket ends whose token does not count any more.
fn assert_ended_as_revoked(packets: &[String]) {
    let [.., exception, disconnect] = packets else { panic!("{packets:?}") };
    assert!(exception.contains("token_expired"), "{packets:?}");
    assert_eq!(disconnect, "41");
}

#[tokio::test(start_paused = true)]
async fn another_password_ends_live_connections() {
    let house = House::new(MemoryUsers::of);
    let bob = house.bob_connects().await;
    bob.read_until("42[\"clients-updated\"").await;
    house.changes.make(house.bob, another_password()).await.unwrap().unwrap();
    assert_eq!(house.realtime.sessions().connected_as(house.bob), []);
    assert_ended_as_revoked(&bob.read_until("41").await);
}

#[tokio::test(start_paused = true)]
async fn who_was_looked_up_before_the_other_password_does_not_stay() {
    let gate = Gate::new();
    let house = House::new(|users| MemoryUsers::of(users).holding_finds(&gate));
    let bob = house.bob_connects().await;
    gate.arrival().await;
    house.changes.make(house.bob, another_password()).await.unwrap().unwrap();
    gate.open();
    assert_ended_as_revoked(&bob.read_until("41").await);
}

#[tokio::test(start_paused = true)]
async fn live_connections_have_the_new_roles_at_once() {
    let house = House::new(MemoryUsers::of);
    let bob = house.bob_connects().await;
    bob.read_until("42[\"clients-updated\"").await;
    let change = UserChange { roles: Some(vec![Role::SuperUser]), ..UserChange::default() };
    let user = house.changes.make(house.bob, change).await.unwrap().unwrap();
    assert_eq!(house.realtime.sessions().connected_as(house.bob), [Arc::new(user)]);
}

#[tokio::test(start_paused = true)]
async fn who_was_looked_up_before_the_new_roles_has_them() {
    let gate = Gate::new();
    let house = House::new(|users| MemoryUsers::of(users).holding_finds(&gate));
    let bob = house.bob_connects().await;
    gate.arrival().await;
    let change = UserChange { roles: Some(vec![Role::SuperUser]), ..UserChange::default() };
    let user = house.changes.make(house.bob, change).await.unwrap().unwrap();
    gate.open();
    bob.read_until("42[\"clients-updated\"").await;
    assert_eq!(house.realtime.sessions().connected_as(house.bob), [Arc::new(user)]);
}

#[tokio::test(start_paused = true)]
async fn who_is_still_active_stays() {
    let gate = Gate::new();
    let house = House::new(|users| MemoryUsers::of(users).holding_finds(&gate));
    let bob = house.bob_connects().await;
    gate.arrival().await;
    house.realtime.sessions().user_changed(member("eve@example.com").id).await;
    gate.open();
    bob.read_until("42[\"clients-updated\"").await;
}
