//! Users, devices, policies, drops, refreshes and changes at random against a model: there is never
//! more than the policy allows, everyone who is connected hears everything and nobody else anything,
//! and every end has its reason. In virtual time; the wall clock is set back now and then.

mod random;

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use self::random::{Random, for_seeds};
use crate::sessions::Device;
use crate::sessions::testing::{Agent, GRACE, House, Minted, NOTICE, Person};

const SEEDS: u64 = 16;
const STEPS: usize = 60;

/// Enough for whatever happens at once. Nothing that is expected lies closer to a moment in which is
/// looked.
const SOON: Duration = Duration::from_millis(50);

/// Longer than a sign of life may take.
const SIGN_OF_LIFE: Duration = Duration::from_millis(2_500);

/// When a client that has vanished is noticed: between the timeout of a pong and that and the
/// interval of pings.
const NOTICED: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(45));

/// One client, as the model knows it.
struct Known {
    agent: Agent,
    id: String,
    person: usize,
    device: Device,
    state: State,
    issued_at_secs: u64,
    ends_at_secs: u64,
    /// When it is told that its token ends, if it was not yet.
    notice_at_millis: Option<u64>,
    notices: usize,
    heard: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Connected,
    Vanished(Instant),
    /// It has left, or its connection broke.
    Gone,
    /// The server has ended it, and said why.
    Ended(&'static str),
}

struct World {
    house: House,
    random: Random,
    agents: TaskTracker,
    most: usize,
    rejects: bool,
    per_device: bool,
    /// All that were ever let in, in the order in which they were.
    clients: Vec<Known>,
    /// Those that were not.
    refused: Vec<Agent>,
    acks: usize,
}

#[test]
fn sessions_agree_with_the_model() {
    for_seeds(SEEDS, |seed| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut world = World::new(Random::new(seed));
            for _ in 0..STEPS {
                world.step().await;
                world.settle(SOON).await;
                world.check();
            }
            world.close().await;
        });
    });
}

impl World {
    fn new(mut random: Random) -> Self {
        let policy = random.one_of(&["replace", "reject", "limit:1", "limit:3", "unlimited"]);
        let per_device = random.below(2) == 0;
        let most = match policy {
            "unlimited" => usize::MAX,
            "limit:3" => 3,
            _ => 1,
        };
        Self {
            house: House::new(policy, per_device),
            random,
            agents: TaskTracker::new(),
            most,
            rejects: policy == "reject",
            per_device,
            clients: Vec::new(),
            refused: Vec::new(),
            acks: 0,
        }
    }

    async fn step(&mut self) {
        match self.random.below(16) {
            0..=4 => self.connect().await,
            5 => self.connect_as_nobody().await,
            6..=7 => self.say().await,
            8..=9 => self.refresh().await,
            10 => self.lose().await,
            11 => self.vanish(),
            12 => self.change_somebody().await,
            13 => self.house.clock.set_back_secs(self.random.below(20) as u64),
            _ => {
                let secs = self.random.below(40) as u64;
                self.settle(Duration::from_secs(secs)).await;
            }
        }
    }

    /// Lets time pass, and a little more if something is expected right then.
    async fn settle(&mut self, time: Duration) {
        tokio::time::sleep(time).await;
        while self.is_close_to_something() {
            tokio::time::sleep(SOON).await;
        }
        self.pass();
    }

    fn is_close_to_something(&self) -> bool {
        let now = self.house.now_millis();
        let present = self.clients.iter().filter(|client| client.is_present());
        let moments =
            present.flat_map(|known| [known.end_millis(), known.notice_at_millis.unwrap_or(0)]);
        moments.into_iter().any(|moment| moment.abs_diff(now) < 150)
    }

    /// What time alone brings about.
    fn pass(&mut self) {
        let now = self.house.now_millis();
        let connected = self.house.connected();
        for client in self.clients.iter_mut().filter(|client| client.is_present()) {
            if client.notice_at_millis.is_some_and(|notice_at| notice_at <= now) {
                client.notice_at_millis = None;
                client.notices += 1;
            }
            if client.end_millis() <= now {
                client.end("token_expired");
            } else if let State::Vanished(since) = client.state {
                let (earliest, latest) = NOTICED;
                let is_there = connected.contains(&client.id);
                assert!(is_there || since.elapsed() + SOON >= earliest, "noticed too early");
                assert!(!is_there || since.elapsed() <= latest + SOON, "a ghost");
                if !is_there {
                    client.state = State::Gone;
                }
            }
        }
    }

    async fn connect(&mut self) {
        let person = self.random.below(self.house.people.len());
        let device = self.random.one_of(&[Device::Desktop, Device::Mobile]);
        let life_secs = self.random.one_of(&[6, 30, 90, 7_200]);
        let Minted { token, issued_at_secs, ends_at_secs } = self.house.mint(person, life_secs);
        let io = self.house.realtime.service();
        let rivals = self.rivals(person, device);
        let ghosts = rivals.iter().any(|at| matches!(self.clients[*at].state, State::Vanished(_)));
        let began = self.house.now_millis();
        let agent = Agent::connect(io, &self.agents, &token, device).await;
        let waits = self.rejects && ghosts && self.house.people[person].is_active;
        tokio::time::sleep(if waits { SIGN_OF_LIFE } else { SOON }).await;
        if !self.house.people[person].is_active {
            return self.refuse(agent, "user_inactive");
        }
        if self.rejects && !rivals.is_empty() && !ghosts {
            return self.refuse(agent, "session_limit");
        }
        let surplus = (rivals.len() + 1).saturating_sub(self.most);
        for at in rivals.into_iter().take(surplus) {
            if self.rejects {
                self.clients[at].state = State::Gone;
            } else {
                self.clients[at].end("session_replaced");
            }
        }
        let id = agent.id().expect("it is let in");
        let mut known = Known {
            agent,
            id,
            person,
            device,
            state: State::Connected,
            issued_at_secs,
            ends_at_secs,
            notice_at_millis: None,
            notices: 0,
            heard: 0,
        };
        // When exactly it was let in does not matter but for the shortest life, which nobody waits for.
        known.expect_notice(if waits { began + 2_000 } else { began });
        self.clients.push(known);
    }

    /// Those who count together with a newcomer, in the order in which they came.
    fn rivals(&self, person: usize, device: Device) -> Vec<usize> {
        let is_rival = |known: &Known| {
            known.is_present()
                && known.person == person
                && (!self.per_device || known.device == device)
        };
        (0..self.clients.len()).filter(|at| is_rival(&self.clients[*at])).collect()
    }

    async fn connect_as_nobody(&mut self) {
        let person = self.random.below(self.house.people.len());
        let Minted { token, .. } = self.house.mint(person, 60);
        let (token, code) = self.random.one_of(&[
            ("", "token_missing"),
            ("nonsense", "token_invalid"),
            (&token[..token.len() - 4], "token_invalid"),
        ]);
        let io = self.house.realtime.service();
        let agent = Agent::connect(io, &self.agents, token, Device::Desktop).await;
        tokio::time::sleep(SOON).await;
        self.refuse(agent, code);
    }

    fn refuse(&mut self, agent: Agent, code: &str) {
        assert_eq!(agent.ending().as_deref(), Some(code));
        self.refused.push(agent);
    }

    /// One who is connected.
    fn somebody(&mut self) -> Option<usize> {
        let connected = (0..self.clients.len())
            .filter(|at| self.clients[*at].state == State::Connected)
            .collect::<Vec<_>>();
        (!connected.is_empty()).then(|| self.random.one_of(&connected))
    }

    async fn say(&mut self) {
        let Some(speaker) = self.somebody() else { return };
        self.acks += 1;
        let payload = json!({ "message": "hola" });
        self.clients[speaker].agent.emit(self.acks, "message-from-client", &payload).await;
        tokio::time::sleep(SOON).await;
        let ack = self.clients[speaker].agent.ack(self.acks).expect("an ack");
        assert_eq!(ack["ok"], true, "{ack}");
        for client in &mut self.clients {
            client.heard += usize::from(client.state == State::Connected);
        }
    }

    async fn refresh(&mut self) {
        let Some(at) = self.somebody() else { return };
        let person = self.clients[at].person;
        let is_strange = self.random.below(4) == 0;
        let stranger = (person + 1) % self.house.people.len();
        let life_secs = self.random.one_of(&[6, 30, 90, 7_200]);
        let holder = if is_strange { stranger } else { person };
        let Minted { token, issued_at_secs, ends_at_secs } = self.house.mint(holder, life_secs);
        let now = self.house.now_millis();
        self.acks += 1;
        let client = &mut self.clients[at];
        client.agent.emit(self.acks, "auth-refresh", &json!({ "token": token })).await;
        tokio::time::sleep(SOON).await;
        let ack = client.agent.ack(self.acks).expect("an ack");
        if is_strange {
            let is_active = self.house.people[stranger].is_active;
            let code = if is_active { "forbidden" } else { "user_inactive" };
            assert_eq!((&ack["ok"], &ack["error"]["code"]), (&json!(false), &json!(code)));
            return;
        }
        assert_eq!(ack["ok"], true, "{ack}");
        client.issued_at_secs = issued_at_secs;
        if ends_at_secs > client.ends_at_secs {
            client.ends_at_secs = ends_at_secs;
            client.expect_notice(now);
        }
        let ends_at = crate::clock::rfc3339(client.ends_at_secs * 1_000);
        assert_eq!(ack["expiresAt"], ends_at);
    }

    /// Somebody leaves, or their connection breaks.
    async fn lose(&mut self) {
        let Some(at) = self.somebody() else { return };
        let client = &mut self.clients[at];
        client.state = State::Gone;
        if self.random.below(2) == 0 {
            client.agent.leave().await;
        }
        client.agent.drop_connection();
    }

    fn vanish(&mut self) {
        let Some(at) = self.somebody() else { return };
        self.clients[at].agent.vanish();
        self.clients[at].state = State::Vanished(Instant::now());
    }

    async fn change_somebody(&mut self) {
        let person = self.random.below(self.house.people.len());
        let code = match (self.house.people[person].is_active, self.random.below(2)) {
            (false, _) => return self.house.set_active(person, true).await,
            (true, 0) => {
                self.house.set_active(person, false).await;
                "user_inactive"
            }
            (true, _) => {
                self.house.change_password(person).await;
                "token_expired"
            }
        };
        let Person { is_active, tokens_since_secs, .. } = self.house.people[person];
        for client in &mut self.clients {
            // The clock may have been set back since a token was issued.
            let is_revoked = client.issued_at_secs < tokens_since_secs;
            if client.is_present() && client.person == person && (!is_active || is_revoked) {
                client.end(code);
            }
        }
    }

    fn check(&self) {
        let present = self.clients.iter().filter(|client| client.is_present());
        let expected: Vec<_> = present.clone().map(|client| client.id.clone()).collect();
        assert_eq!(self.house.connected(), expected, "who is registered, in order");
        for client in present {
            let rivals = self.rivals(client.person, client.device).len();
            assert!(rivals <= self.most, "{rivals} at once");
        }
        for client in &self.clients {
            client.check();
        }
        for agent in &self.refused {
            for event in ["message-from-server", "clients-updated", "auth-expiring"] {
                assert_eq!(agent.count(event), 0, "who was refused got {event}");
            }
        }
    }

    async fn close(self) {
        self.house.close().await;
        for client in &self.clients {
            client.agent.drop_connection();
        }
        self.agents.close();
        self.agents.wait().await;
    }
}

impl Known {
    /// Whether the server has it registered.
    fn is_present(&self) -> bool {
        matches!(self.state, State::Connected | State::Vanished(_))
    }

    /// When it ends with its token.
    fn end_millis(&self) -> u64 {
        self.ends_at_secs * 1_000 + u64::try_from(GRACE.as_millis()).unwrap()
    }

    fn expect_notice(&mut self, now_millis: u64) {
        let ends_at = self.ends_at_secs * 1_000;
        let half = ends_at.saturating_sub(now_millis) / 2;
        let notice = half.min(u64::try_from(NOTICE.as_millis()).unwrap());
        self.notice_at_millis = Some(ends_at - notice);
    }

    /// The server ends it. One that has vanished does not hear it.
    fn end(&mut self, code: &'static str) {
        self.state = match self.state {
            State::Connected => State::Ended(code),
            _ => State::Gone,
        };
    }

    fn check(&self) {
        match self.state {
            State::Connected => {
                assert_eq!(self.agent.ending(), None);
                assert_eq!(self.agent.count("auth-expiring"), self.notices);
            }
            State::Ended(code) => assert_eq!(self.agent.ending().as_deref(), Some(code)),
            State::Vanished(_) | State::Gone => return,
        }
        assert_eq!(self.agent.count("message-from-server"), self.heard);
        assert!(self.agent.count("clients-updated") > 0);
    }
}
