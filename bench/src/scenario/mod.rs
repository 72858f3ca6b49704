//! What is measured.

mod clients;
mod echo;
mod fanout;
mod open_loop;
mod presence;
mod session;
mod store;

pub(crate) use session::Context;

use crate::contender::Contender::{
    self, Bun, Floor, FloorCoalescing, Library, Node, Original, Socketioxide, Tertulia,
    TertuliaAllCores, TertuliaPostgres, TertuliaSqlite,
};
use crate::figure::Figure;
use crate::load::{Audience, Crowd, Fault, Way};
use crate::results::Results;

/// A way to load a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Scenario {
    Broadcast,
    Burst,
    Rooms,
    Echo,
    OpenLoop,
    Idle,
    ConnectWebSocket,
    ConnectUpgrade,
    Storm,
    StormLarge,
    Presence,
    Growth,
    SlowReaders,
    Cores,
    StoreOne,
    StoreBurst,
    StoreMany,
    StoreBeside,
}

/// Figures by which targets are named.
pub(crate) mod names {
    pub(crate) use super::clients::{CONNECT_CPU, JOIN_CPU, LIST_BYTES, MEMORY, MEMORY_OF_RETURN};
    pub(crate) use super::echo::PER_CPU_SECOND;
    pub(crate) use super::fanout::{CPU, RATE};
    pub(crate) use super::open_loop::{
        P99, P99_AT_RANDOM, P99_WITH_SLOW, SLOW_CLOSED, SLOW_MEMORY,
    };
    pub(crate) use super::store::{P99 as ACK_P99, PUBLISHES, RATE_BESIDE};
}

impl Scenario {
    pub(crate) const ALL: [Self; 18] = [
        Self::Broadcast,
        Self::Burst,
        Self::Rooms,
        Self::Echo,
        Self::OpenLoop,
        Self::Idle,
        Self::ConnectWebSocket,
        Self::ConnectUpgrade,
        Self::Storm,
        Self::StormLarge,
        Self::Presence,
        Self::Growth,
        Self::SlowReaders,
        Self::Cores,
        Self::StoreOne,
        Self::StoreBurst,
        Self::StoreMany,
        Self::StoreBeside,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::Burst => "burst",
            Self::Rooms => "rooms",
            Self::Echo => "echo",
            Self::OpenLoop => "open-loop",
            Self::Idle => "idle",
            Self::ConnectWebSocket => "connect-websocket",
            Self::ConnectUpgrade => "connect-upgrade",
            Self::Storm => "storm",
            Self::StormLarge => "storm-large",
            Self::Presence => "presence",
            Self::Growth => "growth",
            Self::SlowReaders => "slow-readers",
            Self::Cores => "cores",
            Self::StoreOne => "store-one",
            Self::StoreBurst => "store-burst",
            Self::StoreMany => "store-many",
            Self::StoreBeside => "store-beside",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Broadcast => "Broadcast to 1,000 clients, one at a time",
            Self::Burst => "Broadcast to 1,000 clients, 16 in flight",
            Self::Rooms => "1,000 clients in 100 rooms of 10, one message in flight in each room",
            Self::Echo => "Echo with ack, 1,000 clients with one request in flight each",
            Self::OpenLoop => "Delivery to 1,000 clients at half of Node's best rate",
            Self::Idle => "8,000 idle clients",
            Self::ConnectWebSocket => "Connecting over WebSocket",
            Self::ConnectUpgrade => "Connecting over polling, then upgrading",
            Self::Storm => "1,000 users join one after another, lists on",
            Self::StormLarge => "8,000 users join one after another, lists on",
            Self::Presence => {
                "8,000 subscribers to presence, of whom 100 leave and 100 come in each second"
            }
            Self::Growth => "Broadcast one at a time, as clients become more",
            Self::SlowReaders => "1,000 clients, of which 50 stop reading",
            Self::Cores => "Broadcast to 1,000 clients, 16 in flight, on one core and on all",
            Self::StoreOne => "Stored messages to a room of 10: one sender, one message in flight",
            Self::StoreBurst => "Stored messages to a room of 10: one sender, 64 in flight",
            Self::StoreMany => {
                "Stored messages to 20 rooms of 10: 200 senders with one message in flight each"
            }
            Self::StoreBeside => {
                "Broadcast to 1,200 clients, not stored, one at a time, while 200 of them publish in \
                 20 stored rooms"
            }
        }
    }

    /// Who takes part. The peers have no lists and no users: storms are between us and the original. They
    /// store nothing either.
    pub(crate) fn contenders(self) -> &'static [Contender] {
        match self {
            Self::Broadcast => &[Floor, Tertulia, Library, Node, Socketioxide, Bun, Original],
            Self::Burst => {
                &[Floor, FloorCoalescing, Tertulia, Library, Node, Socketioxide, Bun, Original]
            }
            Self::Rooms | Self::Echo => &[Library, Node, Socketioxide, Bun],
            Self::OpenLoop => &[Floor, Tertulia, Node, Socketioxide, Bun],
            Self::Idle | Self::ConnectWebSocket => {
                &[Floor, Tertulia, Library, Node, Socketioxide, Bun]
            }
            Self::ConnectUpgrade => &[Tertulia, Library, Node, Socketioxide, Bun],
            Self::Storm => &[Tertulia, Original],
            Self::StormLarge | Self::Presence => &[Tertulia],
            Self::Growth => &[Floor, Tertulia, Library],
            Self::SlowReaders => &[Tertulia, Node],
            Self::Cores => &[Tertulia, TertuliaAllCores],
            Self::StoreOne | Self::StoreBurst | Self::StoreMany => {
                &[Floor, Tertulia, TertuliaSqlite, TertuliaPostgres]
            }
            Self::StoreBeside => &[Tertulia, TertuliaSqlite, TertuliaPostgres],
        }
    }

    /// Whether it is about messages that are stored.
    pub(crate) fn stores(self) -> bool {
        matches!(self, Self::StoreOne | Self::StoreBurst | Self::StoreMany | Self::StoreBeside)
    }

    /// Whether it needs to know first what Node can do at most.
    pub(crate) fn needs_rate(self) -> bool {
        matches!(self, Self::OpenLoop | Self::SlowReaders)
    }

    /// One run with a fresh server.
    pub(crate) fn run(self, context: &Context, who: Contender) -> Result<Vec<Figure>, Fault> {
        match self {
            Self::Broadcast => fanout::run(context, who, 1_000, Audience::Everyone, 1),
            Self::Burst | Self::Cores => fanout::run(context, who, 1_000, Audience::Everyone, 16),
            Self::Rooms => fanout::run(context, who, 1_000, Audience::Rooms(10), 1),
            Self::Echo => echo::run(context, who, 1_000),
            Self::OpenLoop => open_loop::run(context, who, 1_000),
            Self::SlowReaders => open_loop::run_with_slow_readers(context, who, 1_000),
            Self::Idle => clients::idle(context, who, context.scale(8_000)),
            Self::ConnectWebSocket => {
                clients::connect(context, who, Way::WebSocket, context.scale(4_000))
            }
            Self::ConnectUpgrade => {
                clients::connect(context, who, Way::Upgrade, context.scale(4_000))
            }
            Self::Storm => clients::storm(context, who, context.scale(1_000)),
            Self::StormLarge => clients::storm(context, who, context.scale(8_000)),
            Self::Presence => presence::run(context, who, context.scale(8_000)),
            Self::Growth => clients::growth(context, who, sizes(context.quick)),
            Self::StoreOne => store::run(context, who, one_sender(1)),
            Self::StoreBurst => store::run(context, who, one_sender(64)),
            Self::StoreMany => store::run(context, who, MANY_SENDERS),
            Self::StoreBeside => store::beside(context, who, 1_200, MANY_SENDERS),
        }
    }
}

/// In rooms as small as this, what is measured is publishing rather than delivering.
const MEMBERS: usize = 10;

const MANY_SENDERS: Crowd = Crowd { clients: 200, members: MEMBERS, senders: 200, in_flight: 1 };

fn one_sender(in_flight: u64) -> Crowd {
    Crowd { clients: MEMBERS, members: MEMBERS, senders: 1, in_flight }
}

fn sizes(quick: bool) -> &'static [usize] {
    if quick { &[250, 1_000] } else { &[250, 1_000, 4_000, 8_000] }
}

/// Node's broadcasts to 1,000 clients per second, with 16 in flight: as this run has measured it, or
/// measured now.
pub(crate) fn node_best(context: &Context, results: &Results) -> Result<f64, Fault> {
    let known = results.median(Scenario::Burst.name(), Node.name(), names::RATE);
    let rate = known.map_or_else(|| measured_rate(context), Ok)?;
    Ok(rate / 1_000.0)
}

fn measured_rate(context: &Context) -> Result<f64, Fault> {
    let figures = Scenario::Burst.run(context, Node)?;
    let rate = figures.iter().find(|figure| figure.name == names::RATE);
    rate.map(|rate| rate.value).ok_or_else(|| Fault::Wrong("no rate was measured".to_owned()))
}
