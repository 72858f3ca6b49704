//! The server under test, and the people whom it knows.

use std::sync::Arc;
use std::time::Duration;

use socketio::NamespaceRef;
use tokio_util::task::TaskTracker;

use crate::auth::{Authenticator, Tokens};
use crate::clock::testing::RunningClock;
use crate::clock::{Clock as _, Sources};
use crate::config::{self, Config, Secret, Span};
use crate::realtime::{Realtime, Stores};
use crate::users::testing::{MemoryUsers, member};
use crate::users::{PasswordChange, PasswordHash, UserChange, UserChanges, UserId};

/// What is told before the end of a token, and how long a connection may outlive it.
pub(crate) const NOTICE: Duration = Duration::from_secs(20);
pub(crate) const GRACE: Duration = Duration::from_secs(5);

const SECRET: &str = "a secret for these tests alone";

/// Some second since the epoch.
const START: u64 = 1_700_000_000;

pub(crate) struct House {
    pub(crate) realtime: Realtime,
    pub(crate) clock: Arc<RunningClock>,
    pub(crate) people: Vec<Person>,
    pub(crate) users: Arc<MemoryUsers>,
    sources: Sources,
    changes: UserChanges,
    tasks: TaskTracker,
}

/// A user, as the model knows them.
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) is_active: bool,
    /// Tokens that were issued before do not count.
    pub(crate) tokens_since_secs: u64,
}

/// A token, and from when and until when it counts.
pub(crate) struct Minted {
    pub(crate) token: String,
    pub(crate) issued_at_secs: u64,
    pub(crate) ends_at_secs: u64,
}

impl House {
    pub(crate) fn new(policy: &str, per_device: bool) -> Self {
        Self::with(policy, per_device, |users| users)
    }

    /// With users that may be made to wait.
    pub(crate) fn with(
        policy: &str,
        per_device: bool,
        arrange: impl FnOnce(MemoryUsers) -> MemoryUsers,
    ) -> Self {
        let settings = config::Sources { directory: "/nonexistent".into(), ..Default::default() };
        let mut config = Config::load(&settings).unwrap();
        config.sessions = config::Sessions { policy: policy.parse().unwrap(), per_device };
        (config.auth.expiry_notice, config.auth.expiry_grace) = (Span(NOTICE), Span(GRACE));
        config.rate_limits.enabled = false;
        config.messages.store = false;
        let clock = RunningClock::at_secs(START);
        let sources = clock.sources();
        let users = ["ada@example.com", "bob@example.com", "eve@example.com"].map(member);
        let people = users.each_ref().map(|user| Person {
            id: user.id,
            is_active: true,
            tokens_since_secs: 0,
        });
        let users = Arc::new(arrange(MemoryUsers::of(users)));
        let tokens = Self::tokens(&sources, 1);
        let authenticator = Authenticator::new(tokens, users.clone());
        let realtime =
            Realtime::start(&config, Stores::testing(users.clone()), &authenticator, &sources);
        let tasks = TaskTracker::new();
        let changes = UserChanges::new(users.clone(), realtime.sessions().clone(), tasks.clone());
        Self { realtime, clock, people: people.into(), users, sources, changes, tasks }
    }

    fn tokens(sources: &Sources, life_secs: u64) -> Tokens {
        let secret = Secret::new(SECRET.to_owned());
        Tokens::new(&secret, Duration::from_secs(life_secs), sources.clone())
    }

    /// Milliseconds since the epoch.
    pub(crate) fn now_millis(&self) -> u64 {
        self.clock.now_millis()
    }

    /// A token that counts for so long.
    pub(crate) fn mint(&self, person: usize, life_secs: u64) -> Minted {
        let Person { id, tokens_since_secs, .. } = self.people[person];
        let now = self.sources.now_secs();
        let (issued_at_secs, ends_at_secs) = (now.max(tokens_since_secs), now + life_secs);
        let token = Self::tokens(&self.sources, life_secs).issue(id, tokens_since_secs);
        Minted { token, issued_at_secs, ends_at_secs }
    }

    pub(crate) async fn set_active(&mut self, person: usize, is_active: bool) {
        let change = UserChange { is_active: Some(is_active), ..UserChange::default() };
        self.change(person, change).await;
        self.people[person].is_active = is_active;
    }

    pub(crate) async fn change_password(&mut self, person: usize) {
        let tokens_since_secs = self.sources.now_secs() + 1;
        let hash = PasswordHash::new("$argon2id$another".to_owned());
        let password = Some(PasswordChange { hash, tokens_since_secs });
        self.change(person, UserChange { password, ..UserChange::default() }).await;
        let known = &mut self.people[person].tokens_since_secs;
        *known = if *known == 0 { tokens_since_secs } else { tokens_since_secs.max(*known + 1) };
    }

    pub(crate) async fn change(&self, person: usize, change: UserChange) {
        self.changes.make(self.people[person].id, change).await.unwrap().unwrap();
    }

    /// The namespace of the chat, whose queue a test may fill.
    pub(crate) fn namespace(&self) -> NamespaceRef {
        self.realtime.service().of("/").unwrap()
    }

    /// The ids of the connections that are registered, in order.
    pub(crate) fn connected(&self) -> Vec<String> {
        let registry = self.realtime.sessions().registry();
        let all = registry.page(crate::database::Page { limit: u32::MAX, offset: 0 });
        all.iter().map(|socket| socket.id().to_string()).collect()
    }

    pub(crate) async fn close(self) {
        self.realtime.shutdown().await;
        self.tasks.close();
        self.tasks.wait().await;
    }
}
