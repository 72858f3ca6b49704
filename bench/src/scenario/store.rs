//! Messages that are stored before they are acked, and what that costs those that are not.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::fanout::GENERATOR;
use super::session::{AT_ONCE, Context, Session, Spent};
use crate::contender::{Contender, Home};
use crate::figure::{Figure, Unit};
use crate::latency::millis_at;
use crate::load::{Actions, Audience, Beside, Crowd, Fanout, Fault, Joining, Publishing, Way};

pub(crate) const PUBLISHES: &str = "publishes";
pub(crate) const P99: &str = "ack p99";
pub(crate) const RATE_BESIDE: &str = "broadcasts beside 1,000 publishes/s";

const WARM_UP: Duration = Duration::from_millis(500);

/// What comes once more than it should comes now.
const LEFTOVERS: Duration = Duration::from_millis(50);

/// Publishes each second, where they are the same for all.
const PACE: u32 = 1_000;

/// The lobby is not stored, any other room is.
const RULES: &str = "[rooms.lobby]\nstore = false\n\n[rooms.\"*\"]\n";

/// A server with a database of its own, so that what was stored before makes no difference.
struct Stage {
    home: Home,
    _folder: TempDir,
}

impl Stage {
    fn new(context: &Context, who: Contender, users: usize) -> Result<Self, Fault> {
        let folder = tempfile::tempdir_in(context.home.folder())?;
        let mut home = Home::prepare(folder.path(), users)?;
        if who == Contender::TertuliaPostgres {
            let postgres = context.postgres.as_ref();
            let postgres = postgres.ok_or_else(|| Fault::Database("it is missing".to_owned()))?;
            home = home.with_database(postgres.url(&postgres.empty_database()));
        }
        std::fs::write(folder.path().join("tertulia.toml"), RULES)?;
        if who.has_users() {
            home.import()?;
        }
        Ok(Self { home, _folder: folder })
    }

    fn session(&self, context: &Context, who: Contender, users: usize) -> Result<Session, Fault> {
        let mut session = Session::start_at(&self.home, context, who, Way::WebSocket, false)?;
        let mut joining = Joining::new(0..users, session.counted());
        session.bring_in(&mut joining, AT_ONCE)?;
        Ok(session)
    }
}

/// Clients in rooms, of whom some publish.
pub(super) fn run(context: &Context, who: Contender, crowd: Crowd) -> Result<Vec<Figure>, Fault> {
    let stage = Stage::new(context, who, crowd.clients)?;
    let mut session = stage.session(context, who, crowd.clients)?;
    let mut load = Publishing::new(0, crowd);
    let enter = load.enter();
    session.work(&mut load, enter, "entering rooms", Publishing::all_are_in)?;
    stretch(&mut session, &mut load, WARM_UP)?;
    load.forget_latency();
    let (acks, meter, database) = (load.acks(), session.meter()?, database_cpu(context, who)?);
    stretch(&mut session, &mut load, context.duration())?;
    let (acks, spent) = (load.acks() - acks, session.read(&meter)?);
    let database = database_cpu(context, who)?.saturating_sub(database);
    session.rest(&mut load, LEFTOVERS)?;
    session.end()?;
    let with_database = (spent.cpu + database).as_secs_f64() * 1e6 / acks as f64;
    let at = |percentile| millis_at(load.latency(), percentile);
    Ok(vec![
        Figure::new(PUBLISHES, Unit::PerSecond, spent.rate(acks)),
        Figure::new("ack p50", Unit::Milliseconds, at(50.0)),
        Figure::new(P99, Unit::Milliseconds, at(99.0)),
        Figure::new("CPU per publish", Unit::Microseconds, spent.micros_per(acks)),
        Figure::new("with the database's", Unit::Microseconds, with_database),
        Figure::new("the server's core", Unit::Percent, spent.server_percent()),
        Figure::new(GENERATOR, Unit::Percent, spent.generator_percent()),
        Figure::new("the disk alone, p50", Unit::Milliseconds, sync_millis(context.home.folder())?),
    ])
}

fn stretch(session: &mut Session, load: &mut Publishing, time: Duration) -> Result<(), Fault> {
    let end = Instant::now() + time;
    let actions = load.go();
    session.work(load, actions, "publishing", |_| Instant::now() >= end)?;
    load.stop();
    session.work(load, Actions::default(), "the last messages", Publishing::is_quiet)
}

/// PostgreSQL's; SQLite is inside the server, and counts there.
fn database_cpu(context: &Context, who: Contender) -> Result<Duration, Fault> {
    match &context.postgres {
        Some(postgres) if who == Contender::TertuliaPostgres => Ok(postgres.cpu_time()?),
        _ => Ok(Duration::ZERO),
    }
}

/// How long it takes to append one page to a file and to have it on disk: no commit takes less.
fn sync_millis(folder: &Path) -> Result<f64, Fault> {
    const TIMES: usize = 101;
    let mut file = File::create(folder.join("sync"))?;
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let start = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times[TIMES / 2].as_secs_f64() * 1e3)
}

/// What others publish while client 0 broadcasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    Silent,
    Paced,
    AsMuchAsTheyCan,
}

/// Broadcasts that are not stored, to all `clients`, one at a time; alone, and while some of these
/// clients publish in rooms that are stored.
pub(super) fn beside(
    context: &Context,
    who: Contender,
    clients: usize,
    crowd: Crowd,
) -> Result<Vec<Figure>, Fault> {
    let stage = Stage::new(context, who, clients)?;
    let mut session = stage.session(context, who, clients)?;
    let mut load = Beside {
        broadcasts: Fanout::new(clients, Audience::Everyone, 1),
        publishing: Publishing::new(clients - crowd.clients, crowd),
    };
    let enter = load.publishing.enter();
    session.work(&mut load, enter, "entering rooms", |load| load.publishing.all_are_in())?;
    let duration = context.duration();
    phase(&mut session, &mut load, Others::AsMuchAsTheyCan, WARM_UP)?;
    let alone = phase(&mut session, &mut load, Others::Silent, duration)?;
    let paced = phase(&mut session, &mut load, Others::Paced, duration)?;
    let most = phase(&mut session, &mut load, Others::AsMuchAsTheyCan, duration)?;
    session.rest(&mut load, LEFTOVERS)?;
    session.end()?;
    let mut figures = vec![
        Figure::new(RATE_BESIDE, Unit::PerSecond, paced.rate),
        Figure::new("alone", Unit::PerSecond, alone.rate),
        Figure::new("beside as many as there can be", Unit::PerSecond, most.rate),
        Figure::new("publishes meanwhile", Unit::PerSecond, most.publishes),
    ];
    for (name, phase) in [("alone", &alone), ("beside 1,000/s", &paced), ("beside all", &most)] {
        figures.push(Figure::new(format!("p99 {name}"), Unit::Milliseconds, phase.p99));
    }
    for (name, phase) in [("alone", &alone), ("beside 1,000/s", &paced), ("beside all", &most)] {
        let name = format!("the server's core {name}");
        figures.push(Figure::new(name, Unit::Percent, phase.spent.server_percent()));
    }
    figures.push(Figure::new(GENERATOR, Unit::Percent, paced.spent.generator_percent()));
    Ok(figures)
}

/// How broadcasts went.
struct Phase {
    rate: f64,
    /// From a message to the last of its deliveries.
    p99: f64,
    publishes: f64,
    spent: Spent,
}

fn phase(
    session: &mut Session,
    load: &mut Beside,
    others: Others,
    time: Duration,
) -> Result<Phase, Fault> {
    load.broadcasts.forget_latency();
    let (broadcasts, acks) = (load.broadcasts.completed(), load.publishing.acks());
    let (meter, end) = (session.meter()?, Instant::now() + time);
    let mut actions = load.broadcasts.go();
    if others == Others::AsMuchAsTheyCan {
        actions.append(load.publishing.go());
    }
    if others == Others::Paced {
        let carried = session.swarm.carry_out(actions);
        session.blame(carried)?;
        pace(session, load, time)?;
    } else {
        session.work(load, actions, "broadcasts", |_| Instant::now() >= end)?;
    }
    let spent = session.read(&meter)?;
    let rate = spent.rate(load.broadcasts.completed() - broadcasts);
    let publishes = spent.rate(load.publishing.acks() - acks);
    load.broadcasts.stop();
    load.publishing.stop();
    session.work(load, Actions::default(), "the last messages", Beside::is_quiet)?;
    let p99 = millis_at(load.broadcasts.latency(), 99.0);
    Ok(Phase { rate, p99, publishes, spent })
}

/// Publishes at equal intervals, whatever becomes of what was published before.
fn pace(session: &mut Session, load: &mut Beside, time: Duration) -> Result<(), Fault> {
    let (start, mut published) = (Instant::now(), 0);
    while start.elapsed() < time {
        let mut actions = Actions::default();
        while start.elapsed() >= Duration::from_secs(1) * published / PACE {
            load.publishing.publish_one(&mut actions);
            published += 1;
        }
        let carried = session.swarm.carry_out(actions);
        session.blame(carried)?;
        let turned = session.swarm.turn(load, Duration::from_millis(1));
        session.blame(turned)?;
    }
    Ok(())
}
