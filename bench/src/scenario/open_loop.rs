//! Latency at a fixed rate, with clients that read and with some that do not.

use std::time::{Duration, Instant};

use super::fanout::GENERATOR;
use super::session::{Context, Session};
use crate::contender::Contender;
use crate::figure::{Figure, Unit};
use crate::latency::millis_at;
use crate::load::{Fault, OpenLoop, at_random, evenly};
use crate::meter;

pub(crate) const P99: &str = "p99";
pub(crate) const P99_AT_RANDOM: &str = "p99 at random times";
pub(crate) const SLOW_CLOSED: &str = "slow readers closed";
pub(crate) const SLOW_MEMORY: &str = "memory per slow reader";
pub(crate) const P99_WITH_SLOW: &str = "p99 with slow readers";

/// What makes a message as long as a usual one.
const PADDING: usize = 30;

/// What makes messages so long that the share of a slow reader is more than its outbox and the
/// buffers of the kernel hold, which take 4 MB on Linux.
const SLOW_PADDING: usize = 19_900;

/// Of the times at which messages are sent at random: the same for every contender.
const SEED: u64 = 2026;

/// Latency of delivery at half of the rate at which Node is at its limit: at equal intervals, and at
/// random times.
pub(super) fn run(
    context: &Context,
    contender: Contender,
    clients: usize,
) -> Result<Vec<Figure>, Fault> {
    let (rate, duration) = (rate(context)?, context.duration() * 4);
    let mut session = Session::with_clients(context, contender, clients, None)?;
    let meter = session.meter()?;
    let mut even = OpenLoop::new(clients, evenly(rate, duration), PADDING);
    pace(&mut session, &mut even)?;
    let spent = session.read(&meter)?;
    let mut random = OpenLoop::new(clients, at_random(rate, duration, SEED), PADDING);
    pace(&mut session, &mut random)?;
    session.end()?;
    let at = |name, load: &OpenLoop, percentile| {
        Figure::new(name, Unit::Milliseconds, millis_at(load.latency(), percentile))
    };
    Ok(vec![
        at(P99, &even, 99.0),
        at("p50", &even, 50.0),
        at("p99.9", &even, 99.9),
        at(P99_AT_RANDOM, &random, 99.0),
        at("p50 at random times", &random, 50.0),
        at("p99.9 at random times", &random, 99.9),
        Figure::new("rate", Unit::PerSecond, rate),
        Figure::new("the server's core", Unit::Percent, spent.server_percent()),
        Figure::new(GENERATOR, Unit::Percent, spent.generator_percent()),
        Figure::new("sent late, p99", Unit::Milliseconds, millis_at(even.lateness(), 99.0)),
    ])
}

/// The same, with longer messages, before and after one client in twenty has stopped to read.
pub(super) fn run_with_slow_readers(
    context: &Context,
    contender: Contender,
    clients: usize,
) -> Result<Vec<Figure>, Fault> {
    let slow = clients / 20;
    let (all, before) = long_messages(context, contender, clients, 0)?;
    let (some, after) = long_messages(context, contender, clients, slow)?;
    let p99 = |load: &OpenLoop| millis_at(load.latency(), 99.0);
    let per_slow = (after.grown_bytes - before.grown_bytes) / slow as f64 / 1e3;
    Ok(vec![
        Figure::new(P99, Unit::Milliseconds, p99(&all)),
        Figure::new(P99_WITH_SLOW, Unit::Milliseconds, p99(&some)),
        Figure::new(SLOW_MEMORY, Unit::Kilobytes, per_slow),
        Figure::new(SLOW_CLOSED, Unit::Percent, 100.0 * after.closed as f64 / slow as f64),
        Figure::new(GENERATOR, Unit::Percent, after.generator_percent),
    ])
}

/// What a run with long messages has done to the server.
struct Strain {
    /// By how much its memory was larger at the worst moment than before the first message.
    grown_bytes: f64,
    /// Slow readers whose connection it has closed.
    closed: usize,
    generator_percent: f64,
}

fn long_messages(
    context: &Context,
    contender: Contender,
    clients: usize,
    slow: usize,
) -> Result<(OpenLoop, Strain), Fault> {
    let schedule = evenly(rate(context)? / 2.0, context.duration() * 6);
    let readers = clients - slow;
    let mut session = Session::with_clients(context, contender, clients, None)?;
    for client in readers..clients {
        session.swarm.stop_reading(client)?;
    }
    let (meter, before) = (session.meter()?, session.server.usage()?.resident_bytes);
    let mut load = OpenLoop::new(clients, schedule, SLOW_PADDING).with_readers(readers);
    pace(&mut session, &mut load)?;
    let (spent, peak) = (session.read(&meter)?, session.server.usage()?.peak_bytes);
    let open = meter::open_connections(session.server.address.port())?;
    let closed = clients.saturating_sub(open);
    session.end()?;
    let grown_bytes = peak as f64 - before as f64;
    Ok((load, Strain { grown_bytes, closed, generator_percent: spent.generator_percent() }))
}

/// How long the load generator looks at nothing but what arrives.
const LONGEST_WAIT: Duration = Duration::from_millis(20);

fn rate(context: &Context) -> Result<f64, Fault> {
    let best = context.node_best.ok_or_else(|| {
        Fault::Wrong("the rate is half of Node's best, and Node cannot be measured".to_owned())
    })?;
    Ok(best / 2.0)
}

fn pace(session: &mut Session, load: &mut OpenLoop) -> Result<(), Fault> {
    load.begin();
    let end = Instant::now() + Duration::from_mins(2);
    while !load.is_done() {
        if Instant::now() > end {
            return Err(Fault::TimedOut("deliveries at a fixed rate".to_owned()));
        }
        let due = load.send_due();
        let sent = session.swarm.carry_out(due);
        session.blame(sent)?;
        // The last millisecond is spent awake: the system's timer is no finer.
        let wait = load.until_next().unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        let whole = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let turned = session.swarm.turn(load, Duration::from_millis(whole));
        session.blame(turned)?;
    }
    Ok(())
}
